//! The cluster's events and ours in one order, the newest first; below, the whole text of the one under the cursor.

use ratatui::text::{Line, Span};

use crate::core::text::middle;
use crate::tui::figure::plural;
use crate::tui::glyph;
use crate::tui::list::window;
use crate::tui::rows::{Occurrence, events};
use crate::tui::screen::events::tone;
use crate::tui::screen::paint::{Row, clip, pad};
use crate::tui::screen::view::{below, caption, cursor, fact, nothing};
use crate::tui::screen::{Scene, sources};
use crate::tui::theme::Role;
use crate::tui::view::View;

/// The caption, the list, and the one under the cursor.
pub fn lines(scene: &Scene<'_>, width: usize, height: usize) -> Vec<Row> {
    let filter = scene.model.filter(View::Events);
    let events = events(scene.snapshot, scene.model);
    let says = scene.line(Role::Quiet, format!("{}, newest first, times in UTC", plural(events.len(), "event")));
    let mut lines = vec![caption(scene, filter, says, sources::line(scene), width)];
    if events.is_empty() {
        lines.push(nothing(scene, filter, "nothing has happened yet"));
        return lines;
    }
    let chosen = scene.model.cursor(View::Events).min(events.len() - 1);
    let about = events.get(chosen).map(|event| about(scene, *event, width)).unwrap_or_default();
    let panel = below(height, about.len());
    let room = height.saturating_sub(1 + panel);
    for place in window(events.len(), chosen, room) {
        lines.extend(events.get(place).map(|event| line(scene, *event, place == chosen, width)));
    }
    if panel > 0 {
        lines.resize(height.saturating_sub(panel), Row::default());
        lines.extend(about.into_iter().take(panel));
    }
    lines
}

fn line(scene: &Scene<'_>, event: Occurrence<'_>, chosen: bool, width: usize) -> Row {
    let time = event.at().clock();
    let time = if chosen { scene.span(Role::Chosen, time) } else { scene.span(Role::Quiet, time) };
    let mut line = Line::from(vec![cursor(scene, chosen), time, Span::raw(" ")]);
    match event {
        Occurrence::Ours(ours) => {
            let (sign, role) = tone(ours.tone);
            let words = if role == Role::Bad { Role::Bad } else { Role::Plain };
            line.spans.extend([scene.span(role, sign), Span::raw(" "), scene.span(words, ours.text.clone())]);
        }
        Occurrence::Theirs(theirs) => {
            let (sign, role) = if theirs.warning { (glyph::ALERT, Role::Warn) } else { (" ", Role::Quiet) };
            let about = pad(&middle(&theirs.about, about_width(width)), about_width(width));
            line.spans.extend([
                scene.span(role, sign),
                scene.span(Role::Quiet, format!(" {about} ")),
                scene.span(if theirs.warning { Role::Strong } else { Role::Plain }, theirs.reason.clone()),
                Span::raw(format!(": {}", theirs.text)),
            ]);
        }
    }
    clip(line, width)
}

fn about_width(width: usize) -> usize {
    (width / 4).clamp(8, 44)
}

fn about(scene: &Scene<'_>, event: Occurrence<'_>, width: usize) -> Vec<Row> {
    let when = |at: crate::core::time::Time| format!("{} UTC, {} ago", at.clock(), scene.age(at));
    match event {
        Occurrence::Ours(line) => {
            let mut lines = vec![scene.rule("glidepath", scene.line(Role::Quiet, when(line.at)), width)];
            lines.extend(fact(scene, "says", &line.text, Role::Plain, width, 4));
            lines
        }
        Occurrence::Theirs(event) => {
            let title = middle(&event.about, width.saturating_sub(36));
            let mut lines = vec![scene.rule(&title, scene.line(Role::Quiet, when(event.at)), width)];
            let kind = if event.warning { "warning" } else { "event" };
            lines.extend(fact(scene, kind, &event.reason, Role::Strong, width, 1));
            lines.extend(fact(scene, "says", &event.text, Role::Plain, width, 4));
            lines
        }
    }
}
