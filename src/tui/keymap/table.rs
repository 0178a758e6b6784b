//! The actions with the keys that they have unless somebody chose others.

use ratatui::crossterm::event::KeyCode::{
    BackTab, Down, End, Enter, Esc, Home, Left, PageDown, PageUp, Right, Tab, Up,
};

use super::{Action, Chord, Entry};
use crate::tui::travel::Way;
use crate::tui::view::View;

/// All of them, in the order of the help.
pub(super) fn table() -> Vec<Entry> {
    [commands(), views(), lists(), movement(), travel(), program()].concat()
}

fn letters(letters: &[char]) -> Vec<Chord> {
    letters.iter().map(|&letter| Chord::char(letter)).collect()
}

fn entry(
    action: Action,
    name: &'static str,
    keys: Vec<Chord>,
    says: &'static str,
    hint: Option<&'static str>,
) -> Entry {
    Entry { action, name, keys, says, hint, anywhere: false }
}

fn commands() -> Vec<Entry> {
    vec![
        Entry {
            anywhere: true,
            ..entry(
                Action::Rollback,
                "rollback",
                vec![Chord::char('r'), Chord::ctrl('r')],
                "bring all traffic back, and prove it",
                Some("roll back"),
            )
        },
        entry(Action::Approve, "approve", letters(&['a']), "satisfy the open gate, in your name", Some("approve")),
        entry(
            Action::Promote,
            "promote",
            letters(&['p']),
            "advance now, without waiting out the soak",
            Some("promote"),
        ),
        entry(Action::PromoteFull, "promote-full", letters(&['P']), "go straight to 100 %", None),
        entry(Action::PauseOrResume, "pause", letters(&[' ']), "stop advancing, or advance again", Some("pause")),
        entry(
            Action::SkipSettle,
            "skip-settle",
            letters(&['s']),
            "do not wait for load balancers outside",
            Some("skip the wait"),
        ),
        entry(Action::PinAgain, "pin-again", letters(&['u']), "pin again what somebody unpinned", Some("pin again")),
        entry(
            Action::TakeOver,
            "take-over",
            letters(&['t']),
            "drive what nobody drives; it stays paused",
            Some("take over"),
        ),
    ]
}

fn views() -> Vec<Entry> {
    let view = |view: View, keys: &[char], says: &'static str| {
        entry(Action::Go(view), view.name(), letters(keys), says, Some(view.name()))
    };
    vec![
        view(View::Flight, &['1', 'f'], "gauges, pods, events; also beside the proof"),
        view(View::Evidence, &['2', 'v'], "each rule: its chart, and what it was counted from"),
        view(View::Pods, &['3'], "canary and stable as a tree, down to containers"),
        view(View::Events, &['4'], "the cluster's events and ours, in one order"),
        view(View::Journal, &['5'], "each decision, and who did what"),
        view(View::Plan, &['6'], "stages and steps, and what each waits for"),
        view(View::Proof, &['7'], "the proof of a rollback, line by line"),
        view(View::Releases, &['8'], "other releases, running or recorded"),
        view(View::Log, &['9', 'l'], "the log of this program"),
        entry(Action::NextView, "next-view", vec![Chord::char('}')], "the view after this one", None),
        entry(Action::PreviousView, "previous-view", vec![Chord::char('{')], "the view before this one", None),
    ]
}

fn lists() -> Vec<Entry> {
    vec![
        entry(Action::Open, "open", vec![Chord::key(Enter)], "open what is under the cursor", Some("open")),
        entry(Action::Back, "back", vec![Chord::key(Esc)], "back out one level", Some("back")),
        entry(
            Action::Filter,
            "filter",
            letters(&['/']),
            "only lines with these words; !words hides them",
            Some("filter"),
        ),
        entry(Action::Logs, "logs", letters(&['L']), "follow the logs of the pod under the cursor", Some("logs")),
        entry(
            Action::CanaryLogs,
            "canary-logs",
            letters(&['A']),
            "follow the logs of all canary pods",
            Some("all canary logs"),
        ),
        entry(
            Action::Previous,
            "previous",
            letters(&['b']),
            "logs of the run before this one, and back",
            Some("run before"),
        ),
        entry(Action::Sort, "sort", letters(&['S']), "sort pods in another way", Some("sort")),
        entry(
            Action::Containers,
            "containers",
            letters(&['c']),
            "containers of all pods, or of those in trouble",
            Some("containers"),
        ),
    ]
}

fn movement() -> Vec<Entry> {
    vec![
        entry(Action::NextPane, "next-pane", vec![Chord::key(Tab)], "the next list, or the next view", None),
        entry(
            Action::PreviousPane,
            "previous-pane",
            vec![Chord::key(BackTab)],
            "the list before, or the view before",
            None,
        ),
        entry(Action::Up, "up", vec![Chord::key(Up), Chord::char('k')], "one line up", None),
        entry(Action::Down, "down", vec![Chord::key(Down), Chord::char('j')], "one line down", None),
        entry(Action::PageUp, "page-up", vec![Chord::ctrl('u'), Chord::key(PageUp)], "half a page up", None),
        entry(Action::PageDown, "page-down", vec![Chord::ctrl('d'), Chord::key(PageDown)], "half a page down", None),
        entry(Action::Top, "top", vec![Chord::char('g'), Chord::key(Home)], "to the first line", None),
        entry(
            Action::Bottom,
            "bottom",
            vec![Chord::char('G'), Chord::key(End)],
            "to the last line; logs follow there",
            None,
        ),
        entry(Action::Left, "left", vec![Chord::key(Left)], "what is left of the screen", None),
        entry(Action::Right, "right", vec![Chord::key(Right)], "what is right of the screen", None),
    ]
}

fn travel() -> Vec<Entry> {
    let way = |way, name, key: char, says, hint| entry(Action::Travel(way), name, letters(&[key]), says, hint);
    vec![
        way(Way::Earlier, "earlier", '[', "look at the past: the decision before", Some("past")),
        way(Way::Later, "later", ']', "the decision after; after the last one, now", None),
        way(Way::Faster, "faster", '+', "play the recording faster", Some("faster")),
        way(Way::Slower, "slower", '-', "play the recording slower", Some("slower")),
    ]
}

fn program() -> Vec<Entry> {
    vec![
        entry(Action::Help, "help", letters(&['?', ':']), "every action, to be filtered and run", Some("all keys")),
        entry(
            Action::Export,
            "export",
            letters(&['e']),
            "take away this screen, the snapshot, the journal",
            Some("take away"),
        ),
        entry(Action::Copy, "copy", letters(&['y']), "copy what is under the cursor to the clipboard", Some("copy")),
        entry(Action::Redraw, "redraw", vec![Chord::ctrl('l')], "draw the whole screen again", None),
        entry(Action::Quit, "quit", letters(&['q']), "leave; asks what becomes of the release", Some("quit")),
        Entry {
            anywhere: true,
            ..entry(
                Action::Interrupt,
                "interrupt",
                vec![Chord::ctrl('c')],
                "close, or ask to quit; twice in 2 s: leave",
                None,
            )
        },
    ]
}
