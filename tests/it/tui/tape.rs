//! Time travel through the real loop: a recording is the same cockpit, and the past is never taken for the present.

use std::sync::Arc;
use std::time::Duration;

use glidepath::core::command::Verb;
use glidepath::core::event::{Edge, Event};
use glidepath::core::inquiry::Question;
use glidepath::core::snapshot::StepState;
use glidepath::core::state::{HoldKind, HoldNow, Phase, State, Stepping};
use glidepath::core::time::Time;
use glidepath::core::view::{ClusterView, Link, WorkloadView};
use glidepath::engine::record::{Body, Checkpoint, CheckpointTag, Gauge, Record, Sight, SightTag};
use glidepath::engine::tape::Tape;

use super::seat::Seat;
use crate::snapshots::{ago, now, plan, pod, soaking};

/// A release of two steps: it begins, soaks, holds, and goes on.
fn records() -> Vec<Record> {
    let plan = plan(&["checkout"]);
    let mut state = State::new(&plan, ago(600));
    let mut records = Vec::new();
    let mut write = |seconds: u64, body: Body| {
        let seq = records.len() as u64 + 1;
        records.push(Record::new(1, seq, ago(seconds), &plan.release, body));
    };
    let stand = |state: &State| {
        Body::Checkpoint(Checkpoint { event: CheckpointTag::Checkpoint, state: Box::new(state.clone()) })
    };
    let sight = |pods: usize, value: f64| {
        let pods = (0..pods).map(|n| pod(&format!("checkout-canary-{n}"), glidepath::core::view::Track::Canary, 700));
        let workload = WorkloadView { pods: pods.collect(), ..WorkloadView::default() };
        Body::Sight(Sight {
            event: SightTag::Sight,
            view: Some(Box::new(ClusterView {
                workloads: [("checkout".to_owned(), workload)].into(),
                ..Default::default()
            })),
            gauges: vec![Gauge { workload: "checkout".to_owned(), rule: "errors".to_owned(), value: Some(value) }],
            shares: Vec::new(),
            sources: [("api".to_owned(), Link::Live { heard: ago(600), revision: 0 })].into(),
            driver: "dana@example.com".to_owned(),
            canary_rate: None,
        })
    };
    write(600, Body::Event(Event::Started { plan: Box::new(plan.clone()) }));
    write(600, stand(&state));
    write(600, sight(0, 0.0));
    let stepping = |index: usize, at: Time| Stepping {
        index,
        began: at,
        soaking_since: Some(at),
        counting: true,
        soaked: Duration::ZERO,
        looked: at,
        frozen: false,
        waiting: Default::default(),
    };
    state.phase = Phase::Stepping(stepping(0, ago(500)));
    write(500, Body::Event(Event::Step { index: 1, weight: 1, state: StepState::Soaking }));
    write(500, stand(&state));
    write(500, sight(1, 0.002));
    state.hold = Some(HoldNow { since: ago(400), key: HoldKind::Against, reason: "errors is suspect".to_owned() });
    write(400, Body::Event(Event::Hold { state: Edge::Begun, reason: "errors is suspect".to_owned() }));
    write(400, stand(&state));
    write(400, sight(2, 0.02));
    state.hold = None;
    write(300, Body::Event(Event::Hold { state: Edge::Ended, reason: String::new() }));
    write(300, stand(&state));
    write(
        290,
        Body::Event(Event::Share { workload: "checkout".to_owned(), asked: 1.0, measured: Some(9.0), requests: 70 }),
    );
    write(290, stand(&state));
    records
}

pub fn tape() -> Arc<Tape> {
    Arc::new(Tape::of(records(), "checkout.jsonl".to_owned()).expect("it records a release"))
}

#[test]
fn every_moment_shows_what_stood_then_and_nothing_that_came_later() {
    let tape = tape();
    assert_eq!(tape.len(), 5);
    let picture = |place| tape.picture(place).expect("a picture");
    assert_eq!(picture(0).workloads[0].pods.len(), 0);
    assert!(picture(0).log.len() == 1 && picture(0).step.is_none());
    assert_eq!(picture(1).step.as_ref().map(|step| step.weight), Some(1));
    assert!(picture(1).hold.is_none());
    assert_eq!(picture(2).hold.as_ref().map(|hold| hold.reason.as_str()), Some("errors is suspect"));
    assert_eq!(picture(2).workloads[0].pods.len(), 2);
    assert!(picture(3).hold.is_none() && picture(99).at == ago(290));
    assert_eq!((tape.place_of(ago(450)), tape.place_of(now())), (1, 4));
    assert_eq!((tape.decision(4, false), tape.decision(0, true)), (3, 1));
}

#[test]
fn what_records_no_release_is_no_tape() {
    assert!(Tape::of(Vec::new(), String::new()).is_none());
    let without_plan = records().split_off(1);
    assert!(Tape::of(without_plan, String::new()).is_none());
    let begun = records().into_iter().take(1).collect();
    assert!(Tape::of(begun, String::new()).is_none());
}

#[tokio::test(start_paused = true)]
async fn a_live_flight_shows_its_past_with_a_mark_and_esc_returns() {
    let mut seat = Seat::take(soaking());
    seat.press("[").await;
    let asked = seat.asked().await;
    assert!(matches!(&asked.what, Question::Tape(path) if path.ends_with(".jsonl")), "{asked:?}");
    seat.give(Ok(tape())).await;
    let past = seat.sees("THE PAST").await;
    assert!(past.contains("moment 4 of 5"), "{past}");
    seat.press("[").await;
    let past = seat.sees("moment 3 of 5").await;
    assert!(past.contains("THE PAST") && past.contains("HOLDING"), "{past}");
    seat.press("p").await;
    seat.sees("the screen shows the past").await;
    seat.sent_nothing();
    seat.press("left").await;
    seat.sees("moment 2 of 5").await;
    seat.press("3").await;
    seat.sees("1 pod,").await;
    seat.press("1 esc").await;
    seat.sees_no("THE PAST").await;
}

#[tokio::test(start_paused = true)]
async fn a_rollback_from_the_past_is_one_of_the_present() {
    let mut seat = Seat::take(soaking());
    seat.press("[").await;
    seat.give(Ok(tape())).await;
    seat.sees("THE PAST").await;
    seat.press("ctrl-r").await;
    let dialog = seat.sees("Roll back checkout 1.8.0 → 1.7.4").await;
    assert!(!dialog.contains("THE PAST"), "{dialog}");
    seat.press("y").await;
    let command = seat.sent().await;
    assert_eq!((command.verb, command.seen.step), (Verb::Rollback, Some(2)));
}

#[tokio::test(start_paused = true)]
async fn a_recording_scrubs_plays_and_commands_nothing() {
    let mut seat = Seat::replay(tape());
    let shown = seat.sees("RECORDED").await;
    assert!(shown.contains("moment 1 of 5"), "{shown}");
    seat.press("]").await;
    seat.sees("moment 2 of 5").await;
    seat.press("r").await;
    seat.sees("this is a recording").await;
    seat.press("right").await;
    seat.sees("moment 3 of 5").await;
    seat.press("left left space").await;
    seat.sees("plays ×10").await;
    seat.press("+ +").await;
    seat.sees("moment 5 of 5, stands").await;
    seat.sent_nothing();
    seat.press("q").await;
    seat.left().await;
}

#[tokio::test(start_paused = true)]
async fn a_journal_that_cannot_be_read_is_said_and_the_present_stays() {
    let mut seat = Seat::take(soaking());
    seat.press("[").await;
    seat.give(Err("the disk is gone".to_owned())).await;
    let shown = seat.sees("it cannot be looked at: the disk is gone").await;
    assert!(!shown.contains("THE PAST"), "{shown}");
}
