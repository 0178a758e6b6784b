//! The journal: each decision, who did what, each write and what became of it; below, what the one under the cursor rests
//! on.

use ratatui::text::{Line, Span};

use crate::core::compare::other_side;
use crate::core::event::Event;
use crate::core::snapshot::Happening;
use crate::tui::figure::{count, plural};
use crate::tui::list::window;
use crate::tui::rows::{journal, kind};
use crate::tui::screen::Scene;
use crate::tui::screen::events::tone;
use crate::tui::screen::paint::{Row, clip, pad};
use crate::tui::screen::view::{below, caption, cursor, fact, nothing};
use crate::tui::theme::Role;
use crate::tui::view::View;

/// The caption, the list, and the one under the cursor.
pub fn lines(scene: &Scene<'_>, width: usize, height: usize) -> Vec<Row> {
    let filter = scene.model.filter(View::Journal);
    let entries = journal(scene.snapshot, scene.model);
    let says = scene.line(
        Role::Quiet,
        format!("{}, newest first, times in UTC", plural(entries.len(), "entry").replace("entrys", "entries")),
    );
    let state = match &scene.snapshot.journal.trouble {
        None => scene.line(Role::Quiet, "written"),
        Some(_) => scene.line(Role::Bad, "NOT WRITTEN"),
    };
    let mut lines = vec![caption(scene, filter, says, state, width)];
    if entries.is_empty() {
        lines.push(nothing(scene, filter, "nothing is recorded yet"));
        return lines;
    }
    let chosen = scene.model.cursor(View::Journal).min(entries.len() - 1);
    let about = entries.get(chosen).map(|entry| about(scene, entry, width)).unwrap_or_default();
    let panel = below(height, about.len());
    let room = height.saturating_sub(1 + panel);
    for place in window(entries.len(), chosen, room) {
        lines.extend(entries.get(place).map(|entry| line(scene, entry, place == chosen, width)));
    }
    if panel > 0 {
        lines.resize(height.saturating_sub(panel), Row::default());
        lines.extend(about.into_iter().take(panel));
    }
    lines
}

fn line(scene: &Scene<'_>, entry: &Happening, chosen: bool, width: usize) -> Row {
    let (sign, role) = tone(entry.line.tone);
    let words = if role == Role::Bad { Role::Bad } else { Role::Plain };
    let time = entry.at.clock();
    let time = if chosen { scene.span(Role::Chosen, time) } else { scene.span(Role::Quiet, time) };
    let mut spans = vec![cursor(scene, chosen), time, Span::raw(" "), scene.span(role, sign), Span::raw(" ")];
    if width >= 60 {
        spans.push(scene.span(Role::Quiet, format!("{} ", pad(kind(entry), 8))));
    }
    spans.push(scene.span(words, entry.line.text.clone()));
    clip(Line::from(spans), width)
}

/// All that an entry says.
fn about(scene: &Scene<'_>, entry: &Happening, width: usize) -> Vec<Row> {
    let when = format!("{} UTC, {} ago", entry.at.clock(), scene.age(entry.at));
    let mut lines = vec![scene.rule(kind(entry), scene.line(Role::Quiet, when), width)];
    let mut say = |label: &str, text: &str, most: usize| {
        if !text.is_empty() {
            lines.extend(fact(scene, label, text, Role::Plain, width, most));
        }
    };
    say("says", &entry.line.text, 3);
    match &entry.event {
        Event::Verdict { rule, workload, verdict, data, evidence, .. } => {
            say("rule", &format!("{rule} of {workload}: {verdict}, data {}", data.words()), 1);
            say(
                "canary",
                &format!("{} bad of {} requests in this step", count(evidence.bad), count(evidence.requests)),
                1,
            );
            say(
                other_side(evidence.baseline),
                &format!("{} bad of {}", count(evidence.stable_bad), count(evidence.stable_requests)),
                1,
            );
        }
        Event::Command { command, by, reason, accepted, .. } => {
            let answer = if *accepted { "obeyed" } else { "refused" };
            say("who", by, 1);
            say("asked", &format!("{command}: {answer}"), 1);
            if let Some(reason) = reason {
                say("reason", reason, 2);
            }
        }
        Event::Effect { what, workload, why, .. } => {
            say("write", &format!("{what} ({workload})"), 1);
            say("answer", why.as_deref().unwrap_or_default(), 3);
        }
        Event::Proof { line, workload, elapsed_ms, .. } => {
            let after = crate::core::time::human(std::time::Duration::from_millis(*elapsed_ms));
            say("line", &format!("{line} of {workload}, {after} after the decision"), 1);
        }
        Event::Gate { kind, needs, .. } => say("gate", &format!("{kind}: {needs}"), 2),
        _ => {}
    }
    lines
}
