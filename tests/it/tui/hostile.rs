//! Text that would drive a terminal, in every place that shows text, on its way to the terminal.

use std::sync::Arc;

use glidepath::core::event::Event;
use glidepath::core::inquiry::{Fact, LogNews, Part, Sheet};
use glidepath::core::snapshot::Snapshot;
use glidepath::core::text::neutral;
use glidepath::tui::detail::Detail;
use glidepath::tui::look::Look;
use glidepath::tui::model::{Model, View};
use glidepath::tui::plain;

use super::colour::bytes;
use super::{after, frame};
use crate::snapshots::{ago, nine, nine_rolling_back, phase, suspicion};

pub const PAYLOADS: [&str; 13] = [
    "\u{1b}]52;c;cm0gLXJmIC8=\u{7}",
    "\u{1b}]8;;http://evil\u{1b}\\click\u{1b}]8;;\u{1b}\\",
    "\u{1b}[31mred\u{1b}[2J",
    "\u{1b}P+q544e\u{1b}\\",
    "\u{9b}31m\u{9d}0;title\u{9c}",
    "bell\u{7}back\u{8}\u{8}delete\u{7f}",
    "over\rwrite\nline\ttab",
    "safe\u{202e}txt.exe\u{202c}",
    "zero\u{200b}width\u{feff}\u{2060}",
    "世界 wide 🚀 ﾞ",
    "שלום עולם",
    "a\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}\u{308}\u{309}",
    "[ Cancel: enter, esc ]     y roll back",
];

/// A snapshot in which every text that comes from outside is this one.
fn filled(mut snapshot: Snapshot, text: &str) -> Snapshot {
    let plan = Arc::make_mut(&mut snapshot.plan);
    for field in [&mut plan.context, &mut plan.namespace, &mut plan.application, &mut plan.from, &mut plan.to] {
        *field = text.to_owned();
    }
    plan.told.push(text.to_owned());
    snapshot.driver.who = text.to_owned();
    snapshot.next = text.to_owned();
    snapshot.journal.trouble = Some(text.to_owned());
    if let Some(hold) = &mut snapshot.hold {
        hold.reason = text.to_owned();
    }
    for rule in &mut snapshot.rules {
        rule.judgement.rule = text.to_owned();
        rule.judgement.evidence.why = text.to_owned();
    }
    for workload in &mut snapshot.workloads {
        workload.pinned.push(text.to_owned());
        workload.pods.edit(|pods| {
            for pod in pods {
                pod.name = text.to_owned();
                pod.reason = text.to_owned();
                pod.message = Some(text.to_owned());
                pod.node = Some(text.to_owned());
                pod.set = text.to_owned();
                for container in &mut pod.containers {
                    container.name = text.to_owned();
                    container.state = text.to_owned();
                    container.last = Some(text.to_owned());
                }
            }
        });
    }
    for line in &mut snapshot.log {
        line.text = text.to_owned();
    }
    for happening in &mut snapshot.history {
        let happening = Arc::make_mut(happening);
        happening.line.text = text.to_owned();
        happening.event = Event::Command {
            command: text.to_owned(),
            by: text.to_owned(),
            reason: Some(text.to_owned()),
            accepted: false,
            why: text.to_owned(),
        };
    }
    for event in &mut snapshot.events {
        (event.about, event.reason, event.text) = (text.to_owned(), text.to_owned(), text.to_owned());
    }
    for offer in &mut snapshot.offers {
        offer.would = Ok(vec![(text.to_owned(), text.to_owned())]);
    }
    if let Some(rollback) = &mut snapshot.rollback {
        rollback.cause = text.to_owned();
        rollback.lines.iter_mut().for_each(|line| line.why = text.to_owned());
    }
    if let Some(ended) = &mut snapshot.ended {
        ended.why = text.to_owned();
        ended.notes = vec![text.to_owned()];
    }
    snapshot
}

/// What the desk told and what was typed, with this text in every place.
fn told(mut model: Model, text: &str) -> Model {
    match &mut model.detail {
        Some(Detail::Pod(page)) => {
            page.pod = text.to_owned();
            let fact = Fact::odd_if(text, text, true);
            let sheet = Sheet { parts: vec![Part { title: text.to_owned(), lines: vec![fact] }] };
            page.sheet = Some((Ok(sheet), ago(1)));
        }
        Some(Detail::Logs(pane)) => {
            pane.title = text.to_owned();
            pane.take(text, LogNews::Lines(vec![text.to_owned()]));
            pane.take(text, LogNews::Trouble(text.to_owned()));
        }
        Some(Detail::Rule(_)) | None => {}
    }
    model.usage.answer = Some((Err(text.to_owned()), ago(1)));
    if let Some(Ok(recorded)) = &mut model.recorded {
        for one in recorded {
            for field in [&mut one.release, &mut one.place, &mut one.versions, &mut one.path] {
                *field = text.to_owned();
            }
            one.outcome = Some(text.to_owned());
        }
    }
    model
}

/// Every region: each body, each view, each dialog.
fn views(text: &str) -> Vec<(Snapshot, Model)> {
    let flying = filled(suspicion(), text);
    let dialog = |keys: &str| after(keys, &flying);
    vec![
        (flying.clone(), Model::default()),
        (flying.clone(), dialog("r")),
        (flying.clone(), dialog("p")),
        (flying.clone(), dialog("q")),
        (flying.clone(), dialog("?")),
        (flying.clone(), Model { refusal: Some(text.to_owned()), ..Model::default() }),
        (filled(phase("observing"), text), dialog("q")),
        (filled(phase("starting"), text), Model::default()),
        (filled(phase("stalled"), text), Model::default()),
        (filled(phase("unproven"), text), Model::default()),
        (filled(phase("promoted"), text), Model { view: View::Now, ..Model::default() }),
        (filled(nine(), text), Model::default()),
        (filled(nine_rolling_back(), text), Model::default()),
    ]
    .into_iter()
    .chain(super::views::shown().into_iter().map(|(_, snapshot, model)| (filled(snapshot, text), told(model, text))))
    .collect()
}

/// What is left of what was sent when the escapes that our own backend writes are taken away.
pub fn without_our_escapes(sent: &str) -> String {
    let mut rest = String::new();
    let mut parts = sent.split("\u{1b}[");
    rest.push_str(parts.next().unwrap());
    for part in parts {
        let end = part.find(|c: char| c.is_ascii_alphabetic()).expect("an escape has an end");
        let (inside, after) = part.split_at(end);
        assert!(inside.chars().all(|c| c.is_ascii_digit() || ";?".contains(c)), "{part:?}");
        assert!(after.starts_with(['H', 'm', 'J', 'K', 'h', 'l']), "{part:?}");
        rest.push_str(&after[1..]);
    }
    rest
}

pub fn obeyed_by_a_terminal(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[test]
fn no_payload_reaches_the_terminal_from_any_region() {
    for payload in PAYLOADS {
        // As it comes in, and as a bug on the way in would let it through.
        for text in [neutral(payload), payload.to_owned()] {
            for (place, (snapshot, model)) in views(&text).into_iter().enumerate() {
                for (width, height) in [(80, 24), (150, 40), (20, 4)] {
                    let frame = frame(&snapshot, &model, Look::default(), width, height);
                    let rest = without_our_escapes(&bytes(&frame));
                    assert!(
                        !rest.contains(obeyed_by_a_terminal),
                        "{payload:?} in view {place} at {width}x{height}: {rest:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn wide_and_combining_characters_leave_every_frame_whole() {
    for payload in PAYLOADS {
        let text = neutral(payload);
        for (snapshot, model) in views(&text) {
            let frame = frame(&snapshot, &model, Look::default(), 80, 24);
            for row in frame.content.chunks(80) {
                for pair in row.windows(2) {
                    let wide = unicode_width::UnicodeWidthStr::width(pair[0].symbol()) > 1;
                    assert!(!wide || pair[1].symbol().trim().is_empty(), "{payload:?}");
                }
            }
        }
    }
    let dialog = filled(suspicion(), "世界");
    let shown = glidepath::tui::picture::text(&frame(&dialog, &after("r", &dialog), Look::default(), 80, 24));
    let edges: Vec<usize> =
        shown.lines().filter(|line| line.starts_with('│')).map(unicode_width::UnicodeWidthStr::width).collect();
    assert!(!edges.is_empty() && edges.iter().all(|edge| *edge == 80), "{shown}");
}

#[test]
fn a_megabyte_and_ten_thousand_marks_are_drawn_as_any_text() {
    let long = "x".repeat(1_000_000);
    let marks = format!("a{}", "\u{301}".repeat(10_000));
    for text in [neutral(&long), neutral(&marks), marks] {
        for (snapshot, model) in views(&text) {
            let frame = frame(&snapshot, &model, Look::default(), 80, 24);
            assert!(frame.content.iter().all(|cell| cell.symbol().len() <= 40));
        }
    }
}

#[test]
fn a_plain_line_is_one_line() {
    for payload in PAYLOADS {
        let snapshot = filled(phase("unproven"), &neutral(payload));
        let lines = [
            plain::first(&snapshot.plan, snapshot.at),
            plain::between(&suspicion(), &snapshot),
            plain::farewell(&snapshot, snapshot.ended.as_ref().unwrap()),
        ];
        for line in lines.iter().flatten() {
            assert!(!line.contains(obeyed_by_a_terminal), "{line:?}");
        }
    }
}
