//! Changing the remaining steps while they are flown.

use std::sync::Arc;
use std::time::Duration;

use glidepath::core::command::Verb;
use glidepath::core::plan::Step;
use glidepath::core::snapshot::Snapshot;
use glidepath::tui::edit;

use super::seat::Seat;
use crate::snapshots::{phase, soaking};
use crate::toy::{self, Toy};

fn editable(mut snapshot: Snapshot) -> Snapshot {
    Arc::make_mut(&mut snapshot.plan).production = false;
    snapshot
}

#[test]
fn the_line_is_read_as_it_is_written_and_says_what_is_wrong() {
    let snapshot = soaking();
    let line = edit::written(&snapshot);
    assert_eq!(line, "25% 10m, 50% 10m approval, 100% 10m");
    assert_eq!(edit::read(&line, &snapshot).as_ref(), Ok(&snapshot.plan.steps));
    for (wrong, why) in [
        ("25% 10m, 50%", "write a weight and a soak"),
        ("25% 10m, x 10m", "no weight from 1% to 100%"),
        ("25% 10", "not a span of time"),
        ("25% 10m soon", "only approval may stand there"),
        ("", "write a weight and a soak"),
    ] {
        let said = edit::read(wrong, &snapshot).unwrap_err();
        assert!(said.contains(why), "{wrong:?}: {said}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_steps_are_changed_in_a_line_confirmed_and_sent_with_what_was_seen() {
    let mut seat = Seat::take(editable(soaking()));
    seat.press("6 enter").await;
    seat.sees("25% 10m, 50% 10m approval, 100% 10m").await;
    seat.press("bs bs bs 5 m enter").await;
    let dialog = seat.sees("Change the steps of checkout").await;
    assert!(dialog.contains("Cancel") && dialog.contains("100 % for 5m"), "{dialog}");
    seat.press("y").await;
    let command = seat.sent().await;
    let Verb::Edit { steps } = command.verb else { panic!("the steps are sent") };
    assert_eq!(steps.len(), 5);
    assert_eq!(steps[4], Step { weight: 100, soak: Duration::from_secs(300), approval: false });
    assert!(command.seen.hash.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_line_that_is_wrong_goes_nowhere_and_what_cannot_be_changed_says_so() {
    let mut seat = Seat::take(editable(soaking()));
    seat.press("6 enter bs bs bs enter").await;
    seat.sees("write a weight and a soak").await;
    seat.press("esc").await;
    seat.sees_no("Change the remaining steps").await;
    seat.sent_nothing();
    let mut over = Seat::take(phase("stalled"));
    over.press("6 enter").await;
    over.sees("the steps are flown").await;
}

#[test]
fn an_edit_makes_a_new_hash_lapses_approvals_and_keeps_what_was_flown() {
    let mut toy = Toy::new(toy::plan(10, &[10, 50, 100], 60));
    let soaks = |toy: &Toy| toy.state.as_ref().unwrap().stepping().is_some_and(|step| step.soaking_since.is_some());
    for _ in 0..300 {
        toy.second();
        if soaks(&toy) {
            break;
        }
    }
    assert!(soaks(&toy));
    let first = toy.plan.hash.clone();
    let mut steps = toy.plan.steps.clone();
    steps[1] = Step { weight: 30, soak: Duration::from_secs(5), approval: true };
    toy.command(Verb::Edit { steps: steps.clone() });
    toy.second();
    let edited = toy.state.as_ref().unwrap().edited.clone().expect("it was obeyed");
    assert_eq!((edited.steps.clone(), edited.first.clone()), (steps, first.clone()));
    let plan = toy.plan.edited(&edited);
    assert_ne!(plan.hash, first);
    assert_eq!(plan.hash, plan.seal());
    let refused = |toy: &mut Toy, steps: Vec<Step>, why: &str| {
        toy.command(Verb::Edit { steps });
        toy.second();
        let said = toy.events.iter().rev().find_map(|(_, event)| match event {
            glidepath::core::event::Event::Command { accepted: false, why, .. } => Some(why.clone()),
            _ => None,
        });
        assert!(said.as_deref().is_some_and(|said| said.contains(why)), "{said:?}");
    };
    let step = |weight| Step { weight, soak: Duration::from_secs(60), approval: false };
    refused(&mut toy, vec![step(20), step(50), step(100)], "the weight of the step that is being flown stands");
    refused(&mut toy, vec![step(10), step(5), step(100)], "must rise");
    refused(&mut toy, vec![step(10), step(50)], "the last step stays at 100 %");
}
