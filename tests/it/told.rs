//! What a tired person is told of a release: who does what, what that means for users, what happens by itself and when.

use std::time::Duration;

use glidepath::core::command::Verb;
use glidepath::core::event::Event;
use glidepath::core::proof::{LineKind, LineState};
use glidepath::core::snapshot::{Outcome, Snapshot, WriteState};

use crate::toy::{Toy, plan};

fn toy() -> Toy {
    Toy::new(plan(10, &[1, 10, 25, 50, 100], 60))
}

fn by_odds() -> Toy {
    let mut plan = plan(10, &[1, 10, 25, 50, 100], 60);
    for rule in plan.rules.iter_mut().filter(|rule| rule.sli.budget().is_some()) {
        rule.odds = Some(Default::default());
    }
    plan.hash = plan.seal();
    Toy::new(plan)
}

/// Lets it fly until the picture is so.
fn until(toy: &mut Toy, is_so: impl Fn(&Snapshot) -> bool) -> Snapshot {
    for _ in 0..3_000 {
        toy.second();
        let picture = toy.picture();
        if is_so(&picture) {
            return picture;
        }
    }
    panic!("never so: {:?}", toy.picture().next);
}

fn reason(picture: &Snapshot) -> &str {
    picture.hold.as_ref().map_or("", |hold| &hold.reason)
}

/// What the rollback's dialog says under a label.
fn of_rollback<'a>(picture: &'a Snapshot, label: &str) -> Option<&'a str> {
    let offer = picture.offers.iter().find(|offer| offer.command == "rollback")?;
    let lines = offer.would.as_ref().ok()?;
    lines.iter().find(|(known, _)| known == label).map(|(_, text)| text.as_str())
}

#[test]
fn whoever_takes_our_pin_away_is_named_with_what_it_means_and_stops_no_rollback() {
    let mut toy = toy();
    toy.weather.fight = true;
    toy.attended = true;
    let picture = until(&mut toy, |picture| reason(picture).contains("takes our pin of Service checkout away"));
    assert!(
        reason(&picture).starts_with("argocd-controller")
            && reason(&picture).contains("users meet both 1.7.4 (10 pods)"),
        "{}",
        reason(&picture)
    );
    let ends = &picture.hold.as_ref().unwrap().ends;
    assert!(ends.contains("Does not go on by itself") && ends.contains("r rolls back"), "{ends}");
    let fight = of_rollback(&picture, "fight").unwrap();
    for words in ["argocd-controller", "Service checkout", "3 times", "may put one back", "without limit", "goes on"] {
        assert!(fight.contains(words), "{words} is missing: {fight}");
    }
    let mut calm = self::toy();
    calm.run(30);
    assert_eq!(of_rollback(&calm.picture(), "fight"), None, "nobody fights");
}

#[test]
fn a_suspicion_says_at_which_odds_it_rolls_back_and_at_which_it_goes_on() {
    let mut toy = by_odds();
    toy.run(150).weather.canary_errors = 3;
    let picture = until(&mut toy, |picture| picture.rules.iter().any(|rule| rule.judgement.suspicion));
    let ends = &picture.hold.as_ref().unwrap().ends;
    assert_eq!(ends, "Rolls back by itself at 1000:1; goes on by itself below 20:1.");
    assert!(picture.next.contains(ends.as_str()), "{}", picture.next);
}

#[test]
fn a_wait_for_pods_says_since_when_and_when_it_is_given_up() {
    let mut toy = toy();
    toy.weather.room = Some(0);
    let picture = until(&mut toy, |picture| picture.wait.is_some());
    let wait = picture.wait.unwrap();
    assert_eq!(wait.until.since(wait.since), toy.plan.limits.ready);
    assert_eq!((wait.then.as_str(), wait.lacks.starts_with("0 of 1 canary pods are Ready: ")), ("rolls back", true));
    toy.weather.room = None;
    until(&mut toy, |picture| picture.wait.is_none());
}

#[test]
fn a_rollback_that_is_not_heard_says_that_it_was_sent_and_when_it_is_sent_again() {
    let mut toy = toy();
    toy.run(100).weather.api_down = true;
    toy.command(Verb::Rollback);
    toy.run(10);
    let picture = toy.picture();
    let write = picture.rollback.as_ref().unwrap().writes.iter().find(|write| write.what.contains("to 0")).unwrap();
    assert!(write.tries > 3 && write.why.as_deref() == Some("connection refused"), "{write:?}");
    let WriteState::Again { at } = write.state else { panic!("{write:?}") };
    assert!(at.since(toy.now) <= Duration::from_secs(1));
    toy.weather.api_down = false;
    until(&mut toy, |picture| {
        picture.rollback.as_ref().unwrap().writes.iter().all(|write| !write.what.contains("to 0"))
    });
}

#[test]
fn a_line_that_still_stands_was_proved_when_it_first_stood() {
    let mut toy = toy();
    toy.run(100).command(Verb::Rollback);
    let picture = until(&mut toy, |picture| picture.ended.is_some());
    let rollback = picture.rollback.unwrap();
    for line in &rollback.lines {
        let told = toy.events.iter().find(|(_, event)| {
            matches!(event, Event::Proof { line: known, state: LineState::Done, .. } if *known == line.line)
        });
        assert_eq!(line.done_at, told.map(|(at, _)| *at), "{}", line.line);
    }
    let done = |kind: LineKind| rollback.lines.iter().find(|line| line.line == kind).unwrap().done_at;
    assert!(done(LineKind::StableCapacity) < done(LineKind::SloInside), "capacity was looked at again meanwhile");
}

#[test]
fn a_share_of_slow_requests_is_not_told_as_a_latency() {
    let mut toy = toy();
    toy.run(100).command(Verb::Rollback);
    let picture = until(&mut toy, |picture| picture.ended.is_some());
    let lines = picture.rollback.unwrap().lines;
    let inside = lines.iter().find(|line| line.line == LineKind::SloInside).unwrap();
    assert_eq!(inside.why, "errors: 0 % failed, p95: 0 % slower than 100ms");
}

#[test]
fn how_rarely_odds_are_wrong_is_told_where_odds_decided() {
    let told = |toy: &Toy| toy.ended().unwrap().notes.iter().filter(|note| note.contains("bets")).count();
    let mut by_a_person = by_odds();
    by_a_person.run(100).command(Verb::Rollback);
    by_a_person.run(300);
    assert_eq!((by_a_person.ended().unwrap().outcome, told(&by_a_person)), (Outcome::RolledBack, 0));
    let mut by_the_gate = by_odds();
    by_the_gate.run(150).weather.canary_errors = 5;
    by_the_gate.run(900);
    assert_eq!((by_the_gate.ended().unwrap().outcome, told(&by_the_gate)), (Outcome::RolledBack, 1));
    let mut promoted = by_odds();
    promoted.run(3_000);
    assert_eq!((promoted.ended().unwrap().outcome, told(&promoted)), (Outcome::Promoted, 1));
}
