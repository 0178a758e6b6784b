//! Dialogs at any size and at any moment: what they say can be reached, and what is no question any more closes with a word.

use std::sync::Arc;

use glidepath::core::command::Verb;
use glidepath::core::decide::BEWARE;
use glidepath::core::inquiry::{Rehearsal, Trial};
use glidepath::core::plan::Kind;
use glidepath::core::snapshot::{Mode, Snapshot};
use glidepath::tui::allowed::{allowed, listed};
use glidepath::tui::keymap::{Entry, Keymap};
use glidepath::tui::model::{Modal, Model, Tried};

use super::screens::at;
use super::seat::Seat;
use super::{after, frame};
use crate::snapshots::{now, phase, soaking, suspicion};

/// What a rollback that begins by itself does to what is on the screen.
fn begins_to_roll_back(snapshot: &mut Snapshot) {
    let after = phase("rolling-back");
    (snapshot.mode, snapshot.rollback, snapshot.offers) = (Mode::RollingBack, after.rollback, after.offers);
}

#[tokio::test(start_paused = true)]
async fn a_dialog_closes_when_what_it_asks_happens_by_itself_and_a_late_y_does_nothing() {
    for (keys, words) in [
        ("r", "rollback: not needed: it is rolling back already, since 14:31:03 UTC"),
        ("p", "promote: closed: it is rolling back already, since 14:31:03 UTC"),
    ] {
        let mut seat = Seat::take(soaking());
        seat.press(keys).await;
        seat.sees("Cancel").await;
        seat.show(begins_to_roll_back);
        seat.sees_no("Cancel").await;
        seat.sees(words).await;
        seat.press("y").await;
        seat.sees(words).await;
        seat.sent_nothing();
        assert!(seat.copied().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_rollback_that_nobody_drives_is_finished_with_r_and_y() {
    for restores in [false, true] {
        let mut snapshot = phase("rolling-back");
        snapshot.driver = phase("abandoned").driver;
        if restores {
            let plan = Arc::make_mut(&mut snapshot.plan);
            (plan.kind, plan.from, plan.to) = (Kind::Restore, "1.8.0".to_owned(), "1.7.4".to_owned());
        }
        let mut seat = Seat::take(snapshot);
        seat.press("r").await;
        let asked = seat.sees("y finish the rollback").await;
        assert!(asked.contains("Finish the rollback of checkout 1.8.0 → 1.7.4"), "{asked}");
        assert!(asked.contains("nobody drives since 14:28:49 UTC (last: sam@example.com)"), "{asked}");
        seat.press("y").await;
        assert_eq!(seat.sent().await.verb, Verb::Rollback);
    }
}

#[tokio::test(start_paused = true)]
async fn a_rollback_that_somebody_took_over_meanwhile_asks_for_nobody_any_more() {
    let mut snapshot = phase("rolling-back");
    snapshot.driver = phase("abandoned").driver;
    let mut seat = Seat::take(snapshot);
    seat.press("r").await;
    seat.sees("y finish the rollback").await;
    seat.show(|snapshot| snapshot.driver = phase("observing").driver);
    seat.sees("rollback: not needed: it is rolling back already").await;
    seat.press("y").await;
    seat.sent_nothing();
}

#[tokio::test(start_paused = true)]
async fn whoever_rolls_back_what_nobody_drives_reads_that_they_take_the_wheel() {
    let mut seat = Seat::take(phase("abandoned"));
    seat.press("r").await;
    let asked = seat.sees("y roll back").await;
    assert!(asked.contains("(last: sam@example.com): y takes"), "{asked}");
}

#[tokio::test(start_paused = true)]
async fn a_dialog_closes_when_the_release_ends_under_it() {
    let mut seat = Seat::take(suspicion());
    seat.press("r").await;
    seat.sees("Cancel").await;
    seat.show(|snapshot| *snapshot = phase("rolled-back"));
    seat.sees("rollback: it has ended meanwhile: rolled back").await;
    seat.sees_no("Cancel").await;
    seat.press("y").await;
    seat.sent_nothing();
}

#[tokio::test(start_paused = true)]
async fn skipping_a_wait_is_asked_and_closes_when_there_is_none_any_more() {
    let mut settling = phase("rolling-back");
    let skip = settling.offers.iter_mut().find(|offer| offer.command == "skip-settle").unwrap();
    skip.would = Ok(vec![("risk".to_owned(), "what has not noticed yet still sends requests".to_owned())]);
    let mut seat = Seat::take(settling);
    seat.press("s").await;
    seat.sees("y skip the wait").await;
    seat.sent_nothing();
    seat.press("enter").await;
    seat.sees("cancelled: nothing was done").await;
    seat.press("s").await;
    seat.sees("what has not noticed yet").await;
    seat.show(|snapshot| {
        snapshot.offers.iter_mut().for_each(|offer| offer.would = Err("there is nothing to skip".to_owned()));
    });
    seat.sees("skip-settle: there is nothing to skip").await;
    seat.press("y").await;
    seat.sent_nothing();
}

#[test]
fn every_fact_of_a_dialog_can_be_reached_on_a_small_screen_and_its_keys_never_leave() {
    let snapshot = phase("fight");
    for (width, height) in [(60, 16), (40, 12)] {
        let mut seen = String::new();
        for lines in 0..40 {
            let mut model = after("r", &snapshot);
            model.scrolled = lines;
            let shown = at(&snapshot, &model, width, height);
            assert!(shown.contains("y roll back") && shown.contains("Cancel"), "{shown}");
            seen += &shown;
        }
        for words in ["safe ", "users ", "path ", "fight ", "after ", "gates ", "as of", "where ", "because "] {
            assert!(seen.contains(words), "{words} cannot be reached at {width}x{height}:\n{seen}");
        }
        let first = at(&snapshot, &after("r", &snapshot), width, height);
        assert!(first.contains("safe ") && first.contains("below"), "{first}");
    }
}

#[tokio::test(start_paused = true)]
async fn arrows_and_letters_move_what_a_dialog_says_and_stop_at_its_end() {
    let mut seat = Seat::before(phase("fight"), 40, 12);
    seat.press("r").await;
    seat.sees("more lines below").await;
    seat.press(&"down ".repeat(90)).await;
    seat.sees("lines above").await;
    seat.press("k").await;
    seat.sees("1 below").await;
    seat.press("y").await;
    assert_eq!(seat.sent().await.verb, Verb::Rollback);
}

#[test]
fn where_the_server_would_refuse_it_a_small_dialog_says_so_first() {
    let snapshot = soaking();
    let mut model = after("r", &snapshot);
    let Some(Modal::Confirm(confirm)) = &mut model.modal else { panic!("no dialog") };
    let write = Rehearsal { what: "scale checkout-canary to 0".to_owned(), admitted: Err("no limits".to_owned()) };
    let trial = Trial { writes: vec![write], around: Vec::new() };
    confirm.trial = Some(Tried { number: 1, answer: Some((trial, now())) });
    let shown = at(&snapshot, &model, 40, 12);
    assert!(shown.contains("WOULD REFUSE"), "{shown}");
}

#[test]
fn what_a_key_is_answered_moves_nothing_else() {
    let snapshot = soaking();
    let quiet = after("2", &snapshot);
    let answered = Model { refusal: Some("a reason".to_owned()), ..quiet.clone() };
    let lines = |model: &Model| {
        let shown = glidepath::tui::picture::text(&frame(&snapshot, model, Default::default(), 80, 24));
        shown.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let (before, with) = (lines(&quiet), lines(&answered));
    assert_eq!(before[..22], with[..22]);
    assert!(with[22].contains("a reason"), "{with:#?}");
}

/// What the help says from its first to its last line, walked through at a size.
fn whole_help(snapshot: &Snapshot, width: u16, height: u16) -> String {
    let mut seen = String::new();
    for downs in 0..Keymap::default().entries().len() {
        seen += &at(snapshot, &after(&format!("? {}", "down ".repeat(downs)), snapshot), width, height);
    }
    seen
}

#[test]
fn the_help_cuts_no_word_of_what_an_action_does_or_of_why_it_does_nothing() {
    for name in ["soaking", "rolling-back", "gated", "fight", "observing", "rolled-back", "api-lost"] {
        let snapshot = phase(name);
        let help = whole_help(&snapshot, 80, 24);
        let inside = help.lines().filter(|line| line.starts_with('│'));
        for line in inside {
            assert!(!line.contains('…'), "{name}: {line}");
        }
        // Where there is little room, the action under the cursor is told in full.
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let small = words(&whole_help(&snapshot, 40, 12).replace('│', " ")).join(" ");
        for entry in Keymap::default().entries() {
            let says = match allowed(entry.action, &snapshot, &Model::default()) {
                Ok(()) => entry.says.to_owned(),
                Err(why) => format!("not now: {why}"),
            };
            assert!(small.contains(&words(&says).join(" ")), "{name}: {says}");
        }
    }
}

#[test]
fn every_action_fits_on_a_line_of_the_design_size() {
    let help = whole_help(&soaking(), 80, 24);
    for entry in Keymap::default().entries() {
        let can = allowed(entry.action, &soaking(), &Model::default()).is_ok();
        let line = help.lines().find(|line| line.starts_with(&format!("│ {} ", entry.name))).unwrap();
        assert!(!can || line.contains(entry.says), "{line}");
    }
}

#[test]
fn what_can_be_done_now_comes_first_in_the_help_and_enter_runs_what_was_chosen() {
    let snapshot = soaking();
    let cannot = |entry: &&Entry| allowed(entry.action, &snapshot, &Model::default()).is_err();
    let keymap = Keymap::default();
    let all = listed("", &keymap, &snapshot, &Model::default());
    assert_eq!(all.len(), keymap.entries().len());
    let first = all.iter().position(cannot).unwrap();
    assert!(first > 20 && all.iter().skip(first).all(cannot));
    let shown = at(&snapshot, &after("?", &snapshot), 200, 60);
    let line = |words: &str| shown.lines().position(|line| line.contains(words)).unwrap();
    assert!(line("ctrl-c") < line("not now:"), "{shown}");
    // The order changes with what can be done, the action under the cursor does not.
    let chosen = after("? down down down", &snapshot);
    let before = at(&snapshot, &chosen, 20, 5);
    assert_eq!(at(&phase("rolling-back"), &chosen, 20, 5), before);
    // A name that was typed stays before what can be done.
    let approve = at(&snapshot, &after("? a p p r o v e", &snapshot), 20, 5);
    assert!(approve.contains("approve"), "{approve}");
}

#[test]
fn what_speaks_against_a_rollback_is_said_before_anything_else_at_every_size() {
    let mut snapshot = soaking();
    let offer = snapshot.offers.iter_mut().find(|offer| offer.command == "rollback").unwrap();
    let lines = offer.would.as_mut().unwrap();
    lines.insert(1, (BEWARE.to_owned(), "rolling back will not help: 1.7.4 fails as well".to_owned()));
    for (width, height) in [(120, 40), (80, 24), (60, 16), (40, 12)] {
        let shown = at(&snapshot, &after("r", &snapshot), width, height);
        let mut lines = shown.lines().skip_while(|line| !line.contains("┌─ Roll back"));
        assert!(lines.nth(1).unwrap().contains("beware   rolling back will not"), "{shown}");
        assert_eq!(shown.matches("beware").count(), 1, "{shown}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_can_be_taken_away_and_how_steps_are_changed_is_told_whole_on_a_small_screen() {
    for (keys, whole) in
        [("e", "copy the journal's path to the clipboard"), ("6 enter", "and approval where one is asked for.")]
    {
        let snapshot = soaking();
        let shown = at(&snapshot, &after(keys, &snapshot), 40, 12).replace('│', " ");
        let words = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(whole), "{shown}");
        let mut seat = Seat::before(snapshot, 40, 12);
        seat.press(keys).await;
        seat.sees("below").await;
        seat.press(&"down ".repeat(30)).await;
        seat.sees("above").await;
    }
}
