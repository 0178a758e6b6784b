//! Every action of the keymap through the real loop: once where it does something, and once where it cannot, with its reason.
//!
//! The table is a `match` over all actions, so an action that nobody has tried does not compile.

use std::sync::Arc;

use glidepath::core::command::Verb;
use glidepath::core::inquiry::Question;
use glidepath::core::snapshot::Snapshot;
use glidepath::tui::keymap::{Action, Keymap};
use glidepath::tui::travel::Way;
use glidepath::tui::update::Left;
use glidepath::tui::view::View;

use super::after;
use super::seat::{Seat, promote};
use super::tape::tape;
use super::views::rich;
use crate::snapshots::{ago, crash_loop, idle, nine, phase, soaking};

/// What must come of it.
enum Comes {
    /// The screen says so.
    Sees(&'static str),
    /// The screen says so no longer.
    SeesNo(&'static str),
    /// The engine is sent this.
    Sends(Verb),
    /// The desk is asked, and the last question is so.
    Asks(fn(&Question) -> bool),
    /// This goes into the clipboard.
    Copies(&'static str),
    /// The cockpit closes.
    Leaves(Left),
    /// The whole screen is written again.
    Draws,
}

use Comes::{Asks, Copies, Draws, Leaves, Sees, SeesNo, Sends};

/// Where one sits, what one presses, and what comes of it.
struct Case {
    seat: fn() -> Seat,
    keys: &'static str,
    comes: Comes,
}

fn case(seat: fn() -> Seat, keys: &'static str, comes: Comes) -> Case {
    Case { seat, keys, comes }
}

fn flying() -> Seat {
    Seat::take(outside_production(rich(soaking())))
}

fn rolling_back() -> Seat {
    Seat::take(phase("rolling-back"))
}

fn recorded() -> Seat {
    Seat::replay(tape())
}

fn outside_production(mut snapshot: Snapshot) -> Snapshot {
    Arc::make_mut(&mut snapshot.plan).production = false;
    snapshot
}

fn settling() -> Seat {
    let mut snapshot = phase("rolling-back");
    let settle = snapshot.offers.iter_mut().find(|offer| offer.command == "skip-settle").unwrap();
    settle.would = Ok(vec![("then".to_owned(), "the canary goes now".to_owned())]);
    Seat::take(snapshot)
}

fn fought() -> Seat {
    let mut snapshot = phase("fight");
    let resume = snapshot.offers.iter_mut().find(|offer| offer.command == "resume").unwrap();
    resume.would = Ok(vec![("then".to_owned(), "Service checkout is pinned to 1.8.0 again".to_owned())]);
    Seat::take(snapshot)
}

fn undriven() -> Seat {
    let mut snapshot = phase("observing");
    snapshot.driver.silent_since = Some(ago(90));
    Seat::take(snapshot)
}

/// Where the action does something; and where it cannot, with its words. `None`: there is no place where it cannot.
fn cases(action: Action) -> (Case, Option<Case>) {
    let logs = |question: &Question| matches!(question, Question::Logs(asks) if !asks[0].previous);
    let before = |question: &Question| matches!(question, Question::Logs(asks) if asks[0].previous);
    match action {
        Action::Rollback => (
            case(flying, "r y", Sends(Verb::Rollback)),
            Some(case(rolling_back, "r", Sees("rollback: it is rolling back already"))),
        ),
        Action::Approve => (
            case(|| Seat::take(phase("gated")), "a y", Sends(Verb::Approve)),
            Some(case(flying, "a", Sees("approve: no gate is open"))),
        ),
        Action::Promote => (
            case(flying, "p y", Sends(promote())),
            Some(case(rolling_back, "p", Sees("promote: it is being rolled back"))),
        ),
        Action::PromoteFull => (
            case(flying, "P y", Sends(Verb::Promote { full: true, over: false })),
            Some(case(rolling_back, "P", Sees("promote-full: it is being rolled back"))),
        ),
        Action::PauseOrResume => {
            (case(flying, "space", Sends(Verb::Pause)), Some(case(rolling_back, "space", Sees("pause: "))))
        }
        Action::SkipSettle => (
            case(settling, "s y", Sends(Verb::SkipSettle)),
            Some(case(flying, "s", Sees("skip-settle: nothing is being rolled back"))),
        ),
        Action::PinAgain => (
            case(fought, "u y", Sends(Verb::Resume)),
            Some(case(flying, "u", Sees("pin-again: no Service waits to be pinned again"))),
        ),
        Action::TakeOver => {
            (case(undriven, "t", Leaves(Left::TakeOver)), Some(case(flying, "t", Sees("take-over: you drive already"))))
        }
        Action::Go(view) => go(view),
        Action::NextView => (case(flying, "}", Sees("errors of checkout, 1 of 3")), None),
        Action::PreviousView => (case(flying, "{", Sees("the log of this program")), None),
        Action::Open => (
            case(|| Seat::take(nine()), "enter", Sees("esc goes back")),
            Some(case(flying, "enter", Sees("open: there is one workload, and it is shown"))),
        ),
        Action::Back => (case(flying, "3 esc", Sees("── evidence")), None),
        Action::Filter => (
            case(flying, "3 /", Sees("to filter, ! first hides")),
            Some(case(flying, "/", Sees("filter: what is shown cannot be filtered"))),
        ),
        Action::Logs => {
            (case(flying, "3 j L", Asks(logs)), Some(case(flying, "L", Sees("logs: put the cursor on a pod first"))))
        }
        Action::CanaryLogs => (
            case(flying, "A", Asks(logs)),
            Some(case(|| Seat::take(idle()), "A", Sees("canary-logs: there is no canary pod"))),
        ),
        Action::Previous => {
            (case(flying, "3 j L b", Asks(before)), Some(case(flying, "b", Sees("previous: no log is open"))))
        }
        Action::Sort => {
            (case(flying, "3 S", Sees("by ")), Some(case(flying, "S", Sees("sort: the pods are not what is shown"))))
        }
        Action::Containers => (
            case(flying, "3 c", Sees("fewer containers")),
            Some(case(flying, "c", Sees("containers: the pods are not what is shown"))),
        ),
        Action::NextPane => (case(flying, "tab j", Sees("events, 1 newer above")), None),
        Action::PreviousPane => (case(flying, "backtab j", Sees("events, 1 newer above")), None),
        Action::Up => (case(flying, "j j j k", Sees("pods, 2 above")), None),
        Action::Down => (case(flying, "j", Sees("pods, 1 above")), None),
        Action::PageUp => (case(flying, "ctrl-d ctrl-u", SeesNo(" above")), None),
        Action::PageDown => (case(flying, "ctrl-d", Sees(" above")), None),
        Action::Top => (case(flying, "G g", SeesNo(" above")), None),
        Action::Bottom => (case(flying, "G", Sees("pods, 12 above")), None),
        Action::Left => (case(recorded, "right right left", Sees("moment 2 of 5")), None),
        Action::Right => (case(recorded, "right", Sees("moment 2 of 5")), None),
        Action::Export => (case(flying, "e", Sees("Take away")), None),
        Action::Copy => (
            case(|| Seat::take(rich(crash_loop())), "3 y", Copies("checkout-canary-6456f8d9c55-7hw2q")),
            Some(case(flying, "9 y", Sees("copy: nothing is under the cursor"))),
        ),
        Action::Travel(way) => travel(way),
        Action::Help => (case(flying, "?", Sees("Every action")), None),
        Action::Redraw => (case(flying, "ctrl-l", Draws), None),
        Action::Quit => (case(flying, "q", Sees("hold here and leave")), None),
        Action::Interrupt => (case(flying, "? ctrl-c", SeesNo("Every action")), None),
    }
}

fn go(view: View) -> (Case, Option<Case>) {
    let shows = |keys, words| (case(flying, keys, Sees(words)), None);
    match view {
        View::Now | View::Flight => (
            case(rolling_back, "f", Sees("── evidence")),
            Some(case(flying, "1", Sees("flight: the flight is what is shown"))),
        ),
        View::Evidence => shows("2", "errors of checkout, 1 of 3"),
        View::Pods => shows("3", "13 pods"),
        View::Events => shows("4", "── events"),
        View::Journal => shows("5", "6 entries, newest first"),
        View::Plan => shows("6", "plan"),
        View::Proof => shows("7", "proof"),
        View::Releases => (case(flying, "8", Asks(|question| *question == Question::Releases)), None),
        View::Log => shows("9", "the log of this program"),
    }
}

fn travel(way: Way) -> (Case, Option<Case>) {
    let present = "later: this is now; [ looks at the past";
    match way {
        Way::Earlier => (case(flying, "[", Asks(|question| matches!(question, Question::Tape(_)))), None),
        Way::Later => (case(recorded, "]", Sees("moment 2 of 5")), Some(case(flying, "]", Sees(present)))),
        Way::Faster => (
            case(recorded, "+ space", Sees("plays ×30")),
            Some(case(flying, "+", Sees("faster: no recording is shown"))),
        ),
        Way::Slower => (
            case(recorded, "- space", Sees("plays ×5")),
            Some(case(flying, "-", Sees("slower: no recording is shown"))),
        ),
        // Reached by arrows, space and esc, which are actions of their own.
        Way::Back | Way::On | Way::Play | Way::First | Way::Last | Way::Present => {
            (case(recorded, "right", Sees("moment 2 of 5")), None)
        }
    }
}

async fn comes(name: &str, case: Case) {
    let mut seat = (case.seat)();
    seat.sees(" ").await;
    let written = seat.written();
    seat.press(case.keys).await;
    match case.comes {
        Sees(words) => drop(seat.sees(words).await),
        SeesNo(words) => {
            // The last key is through when a key after it is.
            seat.press("+").await;
            seat.sees("faster: ").await;
            seat.sees_no(words).await;
        }
        Sends(verb) => assert_eq!(seat.sent().await.verb, verb, "{name}"),
        Asks(wanted) => while !wanted(&seat.asked().await.what) {},
        Copies(text) => {
            seat.sees("sent to the terminal's clipboard").await;
            assert_eq!(seat.copied(), [text], "{name}");
        }
        Leaves(left) => {
            assert_eq!(seat.left().await, left, "{name}");
            return;
        }
        Draws => {
            seat.writes_more_than(written).await;
        }
    }
    assert!(seat.is_open(), "{name} closed the cockpit");
}

#[tokio::test(start_paused = true)]
async fn every_action_does_something_where_it_can() {
    for entry in Keymap::default().entries() {
        comes(entry.name, cases(entry.action).0).await;
    }
}

#[tokio::test(start_paused = true)]
async fn every_action_that_cannot_be_taken_says_why_and_sends_nothing() {
    for entry in Keymap::default().entries() {
        let Some(case) = cases(entry.action).1 else { continue };
        let Sees(words) = case.comes else { panic!("a refusal is something that one sees") };
        let mut seat = (case.seat)();
        seat.press(case.keys).await;
        seat.sees(words).await;
        seat.sent_nothing();
        assert!(seat.is_open());
    }
}

#[tokio::test(start_paused = true)]
async fn the_help_gives_every_reason_that_a_key_gives() {
    for entry in Keymap::default().entries() {
        let Some(case) = cases(entry.action).1.filter(|case| case.keys.chars().count() == 1) else { continue };
        let Sees(words) = case.comes else { panic!("a refusal is something that one sees") };
        let Some((_, why)) = words.split_once(": ").filter(|(_, why)| !why.is_empty()) else { continue };
        let mut seat = (case.seat)();
        let letters: Vec<String> = entry.name.chars().map(String::from).collect();
        seat.press(&format!("? {}", letters.join(" "))).await;
        // In full, below the list.
        let first: String = why.split_whitespace().take(4).collect::<Vec<_>>().join(" ");
        seat.sees(&format!("not now: {first}")).await;
    }
}

/// Every key that a terminal sends in one piece.
fn every_key() -> Vec<String> {
    let letters = (33u8..127).map(|byte| char::from(byte).to_string());
    let controls = ('a'..='z').map(|letter| format!("ctrl-{letter}"));
    let named = ["enter", "esc", "tab", "backtab", "space", "up", "down", "left", "right", "bs"].map(str::to_owned);
    letters.chain(controls).chain(named).collect()
}

#[test]
fn a_key_that_does_nothing_says_why() {
    // Where a list ends, and where one goes is where one is: that is no surprise.
    let at_an_end = |view: usize, key: &str| {
        let ends = ["up", "down", "k", "j", "g", "G", "ctrl-u", "ctrl-d", "tab", "backtab", "esc"];
        let views = [&["1", "f"][..], &["2", "v"], &["3"], &["4"], &["5"], &["6"], &["7"], &["8"], &["9", "l"]];
        ends.contains(&key) || views[view - 1].contains(&key)
    };
    let mut silent = Vec::new();
    for (name, snapshot) in
        [("flying", rich(soaking())), ("idle", idle()), ("back", phase("rolling-back")), ("nine", nine())]
    {
        for view in 1..=9 {
            for key in every_key().into_iter().filter(|key| !at_an_end(view, key)) {
                let mut before = after(&view.to_string(), &snapshot);
                before.refusal = None;
                let (then, outs) = super::pressed(before.clone(), &key, &snapshot);
                if then == before && outs.is_empty() {
                    silent.push(format!("{name}, view {view}: {key}"));
                }
            }
        }
    }
    assert!(silent.is_empty(), "{silent:#?}");
    let said = |keys| after(keys, &rich(soaking())).refusal.unwrap_or_default();
    assert_eq!(said("x"), "x: this key does nothing; ? lists them all");
    assert_eq!(said("9 j"), "down: what is shown here does not move");
    assert_eq!(said("4 left"), "left: only logs are wider than the screen");
    assert_eq!(after("j j", &phase("rolling-back")).events, 2);
}
