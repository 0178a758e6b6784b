//! What is told beside the Deployment: which happenings, in which words, and that nothing waits for it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::BoxFuture;
use glidepath::core::bulletin::{Bulletin, bulletin};
use glidepath::core::event::{Edge, Event};
use glidepath::core::plan::Plan;
use glidepath::core::snapshot::{Outcome, StepState};
use glidepath::core::time::Time;
use glidepath::engine::clock::{Clock, SteppedClock};
use glidepath::engine::herald::Herald;
use glidepath::engine::port::{Board, Posted};
use glidepath::engine::record::{Body, Record};
use tokio::sync::{broadcast, watch};

use crate::toy;

/// A board that answers as it is told, then takes everything.
struct Answers {
    next: Mutex<Vec<Posted>>,
    seen: watch::Sender<Vec<String>>,
}

impl Board for Answers {
    fn post(&self, bulletin: Bulletin) -> BoxFuture<'static, Posted> {
        self.seen.send_modify(|seen| seen.push(format!("{} {}: {}", bulletin.id, bulletin.reason, bulletin.text)));
        let posted = self.next.lock().unwrap().pop().unwrap_or(Posted::Done);
        Box::pin(async move { posted })
    }
}

fn plan() -> Arc<Plan> {
    Arc::new(toy::plan(10, &[10, 50, 100], 60))
}

fn record(seq: u64, event: Event) -> Arc<Record> {
    Arc::new(Record::new(2, seq, Time::from_millis(0), "r1", Body::Event(event)))
}

fn hold(reason: &str) -> Event {
    Event::Hold { state: Edge::Begun, reason: reason.to_owned() }
}

fn ended() -> Event {
    Event::Ended {
        outcome: Outcome::Held,
        proven: false,
        exit_code: 4,
        why: "it was told to".to_owned(),
        notes: Vec::new(),
    }
}

#[tokio::test]
async fn what_nobody_answered_is_posted_again_and_what_is_refused_is_not() {
    let (seen, mut posts) = watch::channel(Vec::new());
    let never = Posted::Never("may not create events".to_owned());
    let next = Mutex::new(vec![never, Posted::Later("no answer".to_owned())]);
    let board = Arc::new(Answers { next, seen });
    let clock = SteppedClock::at(Time::from_millis(0));
    let (events, listener) = broadcast::channel(16);
    let herald = Herald::start(listener, plan(), board, Arc::new(clock.clone()));
    for event in [hold("one"), Event::Note { text: "for us alone".to_owned() }, hold("two"), ended()] {
        events.send(record(1, event)).unwrap();
    }
    let count = async |count: usize, posts: &mut watch::Receiver<Vec<String>>| {
        let seen = tokio::time::timeout(Duration::from_secs(5), posts.wait_for(|posts| posts.len() >= count)).await;
        seen.expect("in time").expect("it runs").clone()
    };
    assert_eq!(count(1, &mut posts).await, ["r1/2/1 Holding: holding: one"]);
    // It waits for the clock by now, or will look at it before it does.
    clock.set(clock.now() + Duration::from_secs(5));
    let all = count(4, &mut posts).await;
    assert_eq!(all[0], all[1], "the same again");
    assert_eq!(all[2], "r1/2/1 Holding: holding: two");
    assert!(all[3].starts_with("r1/2/1 ReleaseEnded: "), "{}", all[3]);
    herald.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_board_that_never_answers_holds_up_nobody() {
    struct Silent;
    impl Board for Silent {
        fn post(&self, _: Bulletin) -> BoxFuture<'static, Posted> {
            Box::pin(std::future::pending())
        }
    }
    let clock = SteppedClock::at(Time::from_millis(0));
    let (events, listener) = broadcast::channel(2);
    let herald = Herald::start(listener, plan(), Arc::new(Silent), Arc::new(clock));
    for seq in 0..100 {
        events.send(record(seq, hold("x"))).unwrap();
    }
    let began = tokio::time::Instant::now();
    herald.end().await;
    assert_eq!(began.elapsed(), Duration::from_secs(1));
}

#[test]
fn who_looks_at_the_deployment_is_told_the_milestones_and_nothing_else() {
    let plan = toy::plan(10, &[10, 50, 100], 60);
    let at = Time::from_millis(0);
    let told = |event: Event| bulletin(&event, &plan, "r/1/1".to_owned(), at).map(|told| (told.reason, told.warning));
    let step = |state| Event::Step { index: 1, weight: 10, state };
    assert_eq!(told(step(StepState::Scaling)), Some(("StepStarted", false)));
    assert_eq!(told(step(StepState::Soaking)), None);
    assert_eq!(told(step(StepState::Passed)), Some(("StepPassed", false)));
    assert_eq!(told(hold("no data")), Some(("Holding", true)));
    assert_eq!(told(Event::Rollback { cause: "a breach".to_owned() }), Some(("RollingBack", true)));
    let end = |outcome, proven| Event::Ended { outcome, proven, exit_code: 0, why: String::new(), notes: Vec::new() };
    assert_eq!(told(end(Outcome::Promoted, false)), Some(("Promoted", false)));
    assert_eq!(told(end(Outcome::RolledBack, true)), Some(("RolledBack", false)));
    assert_eq!(told(end(Outcome::RolledBack, false)), Some(("RolledBack", true)));
    assert_eq!(told(end(Outcome::Held, false)), Some(("ReleaseEnded", true)));
    assert_eq!(told(Event::Note { text: "for us".to_owned() }), None);
    let page =
        Event::Page { workload: "checkout".into(), rule: Some("errors".into()), why: "P0: half of them fail".into() };
    assert_eq!(told(page.clone()), Some(("Page", true)));
    let bulletin = bulletin(&page, &plan, "r/1/1".to_owned(), at).unwrap();
    assert_eq!(bulletin.text, "page whoever is on call: errors of checkout: P0: half of them fail");
    assert_eq!(bulletin.workload.as_deref(), Some("checkout"));
}
