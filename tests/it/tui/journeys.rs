//! Keystrokes through the real loop: every action, each refusal, each way out.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use glidepath::core::act::{Act, ActVerb};
use glidepath::core::command::Verb;
use glidepath::core::inquiry::{Fact, News, Question, Rehearsal, Trial};
use glidepath::core::snapshot::{LogLine, Snapshot, Toggle, Tone};
use glidepath::core::verdict::Verdict;
use glidepath::tui::update::Left;
use ratatui::crossterm::event::Event;

use super::seat::{Seat, promote};
use crate::snapshots::{nine, now, phase, soaking, suspicion};

fn staging(mut snapshot: Snapshot) -> Snapshot {
    Arc::make_mut(&mut snapshot.plan).production = false;
    snapshot
}

#[tokio::test(start_paused = true)]
async fn two_keys_roll_back_and_the_screen_becomes_the_proof() {
    let mut seat = Seat::take(suspicion());
    seat.sees("HOLDING").await;
    seat.press("r").await;
    let dialog = seat.sees("Roll back checkout 1.8.0 → 1.7.4").await;
    assert!(dialog.contains("scale checkout-canary 3 → 0"), "{dialog}");
    assert!(dialog.contains("[ Cancel: enter, esc ]"), "{dialog}");
    seat.press("y").await;
    let command = seat.sent().await;
    assert_eq!((command.verb, command.by.as_str()), (Verb::Rollback, "dana@example.com"));
    assert_eq!(command.seen.worst, Some(Verdict::Inconclusive));
    seat.sees("ROLL BACK sent").await;
    seat.snapshots.send_replace(Arc::new(phase("stalled")));
    let proof = seat.sees("proof of the rollback").await;
    assert!(proof.contains("USERS ARE SAFE") && proof.contains("STALLED"), "{proof}");
}

/// A page reaches whoever looks elsewhere: once, and not when it is found on opening.
#[tokio::test(start_paused = true)]
async fn a_page_rings_the_terminal_once_and_stays_on_the_screen() {
    let mut seat = Seat::take(suspicion());
    seat.sees("HOLDING").await;
    assert_eq!(seat.rung(), Vec::<String>::new());
    seat.snapshots.send_replace(Arc::new(phase("paged")));
    let screen = seat.sees("PAGED at 14:31:00  errors: P0: 31 % of the canary's requests failed").await;
    assert!(screen.contains("ROLLING BACK"), "{screen}");
    seat.show(|snapshot| snapshot.rollback.as_mut().unwrap().cause = "still the same".to_owned());
    seat.sees("still the same").await;
    let rung = seat.rung();
    assert_eq!(rung.len(), 1, "{rung:?}");
    assert!(rung[0].starts_with("\x07\x1b]9;glidepath: page for checkout: errors: P0: 31 %"), "{rung:?}");
    let opened = Seat::take(phase("paged"));
    assert_eq!(opened.rung(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn enter_and_esc_cancel_every_dangerous_action() {
    for (open, title) in
        [("r", "Roll back"), ("p", "Promote"), ("P", "straight to 100 %"), ("q", "Leave"), ("?", "Every action")]
    {
        for cancel in ["enter", "esc"] {
            if (open, cancel) == ("?", "enter") {
                continue;
            }
            let mut seat = Seat::take(staging(soaking()));
            seat.press(open).await;
            seat.sees(title).await;
            seat.press(cancel).await;
            seat.sees("pods ──").await;
            seat.sent_nothing();
            assert!(seat.is_open());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_key_that_opens_a_dialog_does_not_confirm_it() {
    for open in ["r", "p", "P"] {
        let mut seat = Seat::take(staging(soaking()));
        seat.press(open).await;
        seat.sees("Cancel").await;
        seat.press(&format!("{open} {open} space x")).await;
        seat.press("esc").await;
        seat.sees_no("Cancel").await;
        seat.sent_nothing();
    }
}

#[tokio::test(start_paused = true)]
async fn an_approval_names_what_was_seen() {
    let mut seat = Seat::take(phase("gated"));
    seat.press("a").await;
    seat.sees("Approve checkout 1.7.4 → 1.8.0").await;
    seat.press("y").await;
    let command = seat.sent().await;
    assert_eq!(command.verb, Verb::Approve);
    assert_eq!((command.seen.step, command.seen.worst), (Some(3), Some(Verdict::Pass)));
    assert_eq!(command.seen.hash.as_deref(), Some("5f0c".repeat(16).as_str()));
    seat.sees("APPROVE sent").await;
    seat.answer(&command, Ok("approved"));
    seat.sees_no("APPROVE sent").await;
}

#[tokio::test(start_paused = true)]
async fn production_asks_for_the_name_to_promote_and_never_to_roll_back() {
    let mut seat = Seat::take(soaking());
    seat.press("p y").await;
    seat.sees("Type checkout to confirm: y").await;
    seat.press("enter").await;
    seat.sees("Type checkout to confirm: y").await;
    seat.sent_nothing();
    seat.press("bs c h e c k o u t").await;
    seat.sees("enter promote").await;
    seat.press("enter").await;
    assert_eq!(seat.sent().await.verb, promote());
    seat.press("r y").await;
    assert_eq!(seat.sent().await.verb, Verb::Rollback);
}

#[tokio::test(start_paused = true)]
async fn elsewhere_one_other_key_promotes() {
    let mut seat = Seat::take(staging(soaking()));
    seat.press("p y").await;
    assert_eq!(seat.sent().await.verb, promote());
    seat.press("P y").await;
    assert_eq!(seat.sent().await.verb, Verb::Promote { full: true, over: false });
}

#[tokio::test(start_paused = true)]
async fn asked_pausing_and_paused_are_three_things() {
    let mut seat = Seat::take(soaking());
    seat.press("space").await;
    let command = seat.sent().await;
    assert_eq!(command.verb, Verb::Pause);
    seat.sees("PAUSE sent").await;
    seat.show(|snapshot| snapshot.pause = Toggle::Pausing { by: "dana@example.com".to_owned() });
    seat.answer(&command, Ok("it stops before the next advance"));
    let pausing = seat.sees_no("PAUSE sent").await;
    assert!(pausing.contains("PAUSING"), "{pausing}");
    seat.snapshots.send_replace(Arc::new(phase("paused")));
    seat.sees("PAUSED").await;
    seat.press("space").await;
    assert_eq!(seat.sent().await.verb, Verb::Resume);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_done_is_refused_in_words() {
    let mut seat = Seat::take(soaking());
    seat.press("a").await;
    seat.sees("approve: no gate is open; the one after step 4 (50 %) asks for an approval").await;
    seat.press("s").await;
    seat.sees("skip-settle: nothing is being rolled back").await;
    seat.press("enter").await;
    seat.sees("open: there is one workload, and it is shown").await;
    seat.press("f").await;
    seat.sees("flight: the flight is what is shown").await;
    seat.press("j").await;
    seat.sees_no("flight: the flight is what is shown").await;
    seat.show(|snapshot| *snapshot = phase("rolling-back"));
    seat.sees("proof of the rollback").await;
    seat.press("r").await;
    seat.sees("rollback: it is rolling back already").await;
    seat.press("p").await;
    seat.sees("promote: it is being rolled back").await;
    seat.sent_nothing();
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_the_engine_is_shown() {
    let mut seat = Seat::take(staging(soaking()));
    seat.press("p y").await;
    let command = seat.sent().await;
    seat.answer(&command, Err("metrics are stale for 41s"));
    seat.sees("refused: promote: metrics are stale for 41s").await;
}

#[tokio::test(start_paused = true)]
async fn an_offer_that_lapses_while_its_dialog_is_open_sends_nothing() {
    let mut seat = Seat::take(staging(soaking()));
    seat.press("p").await;
    seat.sees("Promote checkout").await;
    seat.show(|snapshot| {
        for offer in &mut snapshot.offers {
            offer.would = Err("errors is suspect".to_owned());
        }
    });
    seat.sees("refused  errors is suspect").await;
    seat.press("y").await;
    seat.sees("promote: errors is suspect").await;
    seat.sent_nothing();
    // A rollback is sent all the same: the engine decides.
    seat.press("r y").await;
    assert_eq!(seat.sent().await.verb, Verb::Rollback);
}

#[tokio::test(start_paused = true)]
async fn a_step_that_changes_under_a_dialog_is_said() {
    let mut seat = Seat::take(staging(soaking()));
    seat.press("p").await;
    seat.sees("Promote checkout").await;
    seat.show(|snapshot| snapshot.step.as_mut().unwrap().index = 3);
    seat.sees("the step has changed since this opened").await;
    seat.press("y").await;
    assert_eq!(seat.sent().await.seen.step, Some(2));
}

#[tokio::test(start_paused = true)]
async fn rollback_opens_from_anywhere() {
    for elsewhere in ["?", "? p a", "q", "p", "p c h", "l", "tab j"] {
        let mut seat = Seat::take(soaking());
        seat.press(elsewhere).await;
        seat.press("ctrl-r").await;
        seat.sees("Roll back checkout").await;
        seat.press("y").await;
        assert_eq!(seat.sent().await.verb, Verb::Rollback, "{elsewhere}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_rollback_that_was_confirmed_is_what_is_seen_next() {
    for elsewhere in ["3 / c a n", "2", "3 enter", "8", "l"] {
        let mut seat = Seat::take(soaking());
        seat.press(elsewhere).await;
        seat.press("ctrl-r").await;
        seat.sees("Roll back checkout").await;
        seat.press("y").await;
        seat.show(|snapshot| *snapshot = phase("rolling-back"));
        seat.sees("proof of the rollback").await;
        // And nothing that was typed into is left open.
        seat.press("?").await;
        seat.sees("Every action").await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_same_command_is_not_sent_twice_but_a_rollback_is() {
    let mut seat = Seat::take(soaking());
    seat.press("space space").await;
    seat.sent().await;
    seat.sees("pause: it was sent already").await;
    seat.sent_nothing();
    seat.press("r y r y").await;
    assert_eq!(seat.sent().await.verb, Verb::Rollback);
    assert_eq!(seat.sent().await.verb, Verb::Rollback);
}

#[tokio::test(start_paused = true)]
async fn help_is_filtered_and_runs_what_is_chosen() {
    let mut seat = Seat::take(soaking());
    seat.press("?").await;
    // The key that begins a filter in lists begins this one too.
    seat.press("/").await;
    let all = seat.sees("Every action").await;
    assert!(all.contains("bring all traffic back, and prove it"), "{all}");
    seat.press("r o l l b").await;
    seat.sees_no("promote-full").await;
    seat.press("enter").await;
    seat.sees("Roll back checkout").await;
    seat.press("esc : a p p r o v e enter").await;
    seat.sees("approve: no gate is open").await;
    seat.press("? z z z").await;
    seat.sees("no action has these words").await;
    seat.press("enter").await;
    seat.sees_no("Every action").await;
    seat.sent_nothing();
}

#[tokio::test(start_paused = true)]
async fn quitting_says_what_becomes_of_the_release() {
    let mut seat = Seat::take(soaking());
    seat.press("q").await;
    let dialog = seat.sees("hold here and leave").await;
    assert!(dialog.contains("You drive this release, in the step of 25 %."), "{dialog}");
    seat.press("h").await;
    assert_eq!(seat.sent().await.verb, Verb::HoldHere);
    seat.sees("HOLD HERE AND LEAVE sent").await;
    seat.snapshots.send_replace(Arc::new(phase("held")));
    assert_eq!(seat.left().await, Left::Ended);
}

#[tokio::test(start_paused = true)]
async fn a_hold_that_is_refused_does_not_leave() {
    let mut seat = Seat::take(soaking());
    seat.press("q h").await;
    let command = seat.sent().await;
    seat.answer(&command, Err("a write is under way"));
    seat.sees("refused: hold: a write is under way").await;
    seat.snapshots.send_replace(Arc::new(phase("promoted")));
    seat.sees("PROMOTED").await;
    assert!(seat.is_open());
    seat.press("q").await;
    assert_eq!(seat.left().await, Left::Ended);
}

#[tokio::test(start_paused = true)]
async fn quitting_can_become_a_rollback() {
    let mut seat = Seat::take(soaking());
    seat.press("q r y").await;
    assert_eq!(seat.sent().await.verb, Verb::Rollback);
    assert!(seat.is_open());
}

#[tokio::test(start_paused = true)]
async fn where_nothing_flies_quitting_asks_nothing() {
    let seat = Seat::take(phase("idle"));
    seat.press("q").await;
    assert_eq!(seat.left().await, Left::Observer);
}

#[tokio::test(start_paused = true)]
async fn an_observer_leaves_what_others_drive() {
    let mut seat = Seat::take(phase("observing"));
    seat.press("q").await;
    seat.sees("sam@example.com drives this release. It goes on without you.").await;
    seat.press("y").await;
    assert_eq!(seat.left().await, Left::Observer);
}

#[tokio::test(start_paused = true)]
async fn leaving_a_rollback_asks_first() {
    let mut seat = Seat::take(phase("rolling-back"));
    seat.press("q").await;
    seat.sees("Users are NOT proven safe yet").await;
    seat.press("enter").await;
    seat.sees_no("Users are NOT proven safe yet").await;
    assert!(seat.is_open());
    seat.press("q y").await;
    assert_eq!(seat.left().await, Left::AtOnce);
}

#[tokio::test(start_paused = true)]
async fn after_the_end_q_just_leaves() {
    for name in ["promoted", "rolled-back", "unproven", "held"] {
        let seat = Seat::take(phase(name));
        seat.press("q").await;
        assert_eq!(seat.left().await, Left::Ended, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn ctrl_c_closes_then_asks_then_leaves() {
    let mut seat = Seat::take(soaking());
    seat.press("? ctrl-c").await;
    seat.sees("pods ──").await;
    seat.clock.set(now() + Duration::from_secs(5));
    seat.press("ctrl-c").await;
    seat.sees("hold here and leave").await;
    seat.clock.set(now() + Duration::from_secs(6));
    seat.press("ctrl-c").await;
    assert_eq!(seat.left().await, Left::AtOnce);
}

#[tokio::test(start_paused = true)]
async fn who_has_chosen_to_leave_is_never_kept() {
    let mut seat = Seat::take(soaking());
    seat.press("q h").await;
    seat.sent().await;
    // The engine does not answer.
    seat.press("q").await;
    assert_eq!(seat.left().await, Left::AtOnce);
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_is_said_and_holds_nothing_up() {
    let mut seat = Seat::with_queue(soaking(), 1);
    seat.press("space r y").await;
    seat.sees("rollback: not sent: the engine has not taken the earlier ones yet").await;
    assert_eq!(seat.sent().await.verb, Verb::Pause);
    seat.press("r y").await;
    assert_eq!(seat.sent().await.verb, Verb::Rollback);
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_dies_closes_the_screen_and_one_that_ended_does_not() {
    let mut seat = Seat::take(soaking());
    seat.sees("SOAKING").await;
    let (gone, _) = tokio::sync::watch::channel(Arc::new(soaking()));
    drop(std::mem::replace(&mut seat.snapshots, gone));
    assert_eq!(seat.left().await, Left::EngineGone);

    let mut seat = Seat::take(phase("promoted"));
    let (gone, _) = tokio::sync::watch::channel(Arc::new(soaking()));
    drop(std::mem::replace(&mut seat.snapshots, gone));
    seat.sees("PROMOTED").await;
    seat.press("q").await;
    assert_eq!(seat.left().await, Left::Ended);
}

#[tokio::test(start_paused = true)]
async fn a_terminal_that_goes_ends_the_loop() {
    let seat = Seat::take(soaking());
    seat.keys.send(Err(io::Error::from_raw_os_error(5))).await.unwrap();
    assert!(matches!(seat.left().await, Left::TerminalGone(_)));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_drawn_after_the_curtain_has_fallen() {
    let mut seat = Seat::take(soaking());
    seat.sees("SOAKING").await;
    let written = seat.written();
    seat.curtain.fall();
    seat.show(|snapshot| snapshot.next = "something new".to_owned());
    assert_eq!(seat.written(), written);
    assert_eq!(seat.left().await, Left::EngineGone);
}

#[tokio::test(start_paused = true)]
async fn what_does_not_change_is_not_written_again() {
    let mut seat = Seat::take(phase("promoted"));
    seat.sees("PROMOTED").await;
    let written = seat.written();
    for _ in 0..20 {
        seat.show(|snapshot| snapshot.offers.clear());
        tokio::time::advance(Duration::from_secs(1)).await;
    }
    // A key that does something shows that the loop has been through all of these.
    seat.press("?").await;
    seat.sees("Every action").await;
    assert_eq!(seat.written(), written + 1);
}

#[tokio::test(start_paused = true)]
async fn clocks_move_once_a_second_while_something_flies() {
    let mut seat = Seat::take(soaking());
    seat.sees("04:12 of 10:00").await;
    seat.clock.set(now() + Duration::from_secs(7));
    tokio::time::advance(Duration::from_secs(2)).await;
    seat.sees("04:19 of 10:00").await;
}

#[tokio::test(start_paused = true)]
async fn many_snapshots_at_once_are_few_frames() {
    let mut seat = Seat::take(soaking());
    seat.sees("SOAKING").await;
    let written = seat.written();
    for number in 0..200 {
        seat.show(|snapshot| snapshot.next = format!("Picture {number}."));
        tokio::task::yield_now().await;
    }
    seat.sees("Picture 199.").await;
    assert!(seat.written() - written < 10, "{}", seat.written() - written);
}

#[tokio::test(start_paused = true)]
async fn a_changed_window_is_drawn_anew() {
    let mut seat = Seat::take(soaking());
    seat.sees("SOAKING").await;
    let written = seat.written();
    seat.keys.send(Ok(Event::Resize(80, 24))).await.unwrap();
    seat.press("?").await;
    seat.sees("Every action").await;
    assert!(seat.written() > written);
}

#[tokio::test(start_paused = true)]
async fn arrows_and_letters_move_the_lists_and_what_arrives_moves_nobody() {
    let mut seat = Seat::take(soaking());
    seat.press("j down").await;
    seat.sees("pods, 2 above").await;
    seat.press("k up").await;
    seat.sees_no("above").await;
    seat.press("tab j j j").await;
    seat.sees("events, 3 newer above").await;
    seat.show(|snapshot| {
        snapshot.log.push(LogLine { at: now(), tone: Tone::Plain, text: "something new".to_owned(), about: None })
    });
    let kept = seat.sees("events, 4 newer above").await;
    assert!(!kept.contains("something new"), "{kept}");
    seat.press("g").await;
    seat.sees("something new").await;
    seat.press("G").await;
    seat.sees("newer above").await;
    seat.press("ctrl-u ctrl-d").await;
    assert!(seat.is_open());
}

#[tokio::test(start_paused = true)]
async fn a_workload_opens_and_closes() {
    let mut seat = Seat::take(nine());
    seat.sees("orchestration").await;
    seat.press("down enter").await;
    let opened = seat.sees("dashboard-ui, the last minute, esc goes back").await;
    assert!(opened.contains("NO DATA") && !opened.contains("eval-engine-canary"), "{opened}");
    seat.press("esc").await;
    seat.sees("insight-engine").await;
}

#[tokio::test(start_paused = true)]
async fn the_flight_can_be_looked_at_beside_the_proof() {
    let mut seat = Seat::take(phase("stalled"));
    seat.sees("proof of the rollback").await;
    seat.press("f").await;
    seat.sees("── evidence").await;
    seat.press("esc").await;
    seat.sees("proof of the rollback").await;
}

#[tokio::test(start_paused = true)]
async fn the_log_pane_shows_what_was_logged_before_it_opened() {
    use tracing_subscriber::layer::SubscriberExt;
    let subscriber = tracing_subscriber::registry().with(tui_logger::TuiTracingSubscriberLayer);
    tracing::subscriber::with_default(subscriber, || tracing::warn!("the watch \u{1b}[31mbegan again"));
    let mut seat = Seat::take(soaking());
    seat.press("l").await;
    let log = seat.sees("the log of this program").await;
    assert!(log.contains("the watch \\u{1b}[31mbegan again"), "{log}");
    seat.press("l").await;
    seat.sees("── evidence").await;
}

fn with_writes(mut snapshot: Snapshot) -> Snapshot {
    let scale = Act::on("checkout", ActVerb::ScaleCanary { replicas: 0 });
    for offer in snapshot.offers.iter_mut().filter(|offer| offer.command == "rollback") {
        offer.acts = vec![scale.clone()];
    }
    snapshot
}

#[tokio::test(start_paused = true)]
async fn a_rollback_is_tried_while_its_dialog_is_open_and_never_waits_for_the_answer() {
    let mut seat = Seat::take(with_writes(suspicion()));
    seat.press("r").await;
    seat.sees("asking the API server for a dry run").await;
    let asked = seat.asked().await;
    assert!(matches!(&asked.what, Question::Rehearse(acts) if acts.len() == 1), "{asked:?}");
    let writes = vec![Rehearsal { what: "scale the canary of checkout to 0".to_owned(), admitted: Ok(()) }];
    let around = vec![Fact::odd_if("git", "Argo CD owns checkout", true)];
    seat.tell(asked.number, News::Rehearsed(Trial { writes, around })).await;
    let dialog = seat.sees("the API server would admit it (dry run").await;
    assert!(dialog.contains("Argo CD owns checkout") && dialog.contains("as of"), "{dialog}");
    seat.press("esc r").await;
    // No answer to the second question: it is confirmed all the same.
    seat.sees("asking the API server for a dry run").await;
    seat.press("y").await;
    assert_eq!(seat.sent().await.verb, Verb::Rollback);
}

#[tokio::test(start_paused = true)]
async fn a_write_that_would_be_refused_is_said_in_the_server_s_words_and_can_be_sent() {
    let mut seat = Seat::take(with_writes(suspicion()));
    seat.press("r").await;
    let asked = seat.asked().await;
    let refused = Err("admission webhook \"freeze\" denied the request".to_owned());
    let writes = vec![Rehearsal { what: "scale the canary of checkout to 0".to_owned(), admitted: refused }];
    seat.tell(asked.number, News::Rehearsed(Trial { writes, around: Vec::new() })).await;
    seat.sees("WOULD REFUSE").await;
    seat.press("y").await;
    assert_eq!(seat.sent().await.verb, Verb::Rollback);
}

#[tokio::test(start_paused = true)]
async fn a_cockpit_that_only_looks_on_says_so_and_sends_nothing() {
    let mut seat = Seat::take(Snapshot { read_only: true, ..staging(suspicion()) });
    seat.sees("READ-ONLY").await;
    for key in ["r", "p", "P", "space", "ctrl-r"] {
        seat.press(key).await;
        seat.sees("--read-only").await;
        seat.press("esc").await;
        seat.sees_no("--read-only").await;
    }
    seat.sent_nothing();
    seat.press("q").await;
    assert_eq!(seat.left().await, Left::Observer);
}
