//! Other releases: those that this machine has recorded, the newest first.

use ratatui::text::{Line, Span};

use crate::core::inquiry::Recorded;
use crate::core::text::middle;
use crate::tui::figure::{age, plural};
use crate::tui::glyph;
use crate::tui::list::window;
use crate::tui::rows::releases;
use crate::tui::screen::Scene;
use crate::tui::screen::paint::{Row, clip, pad, right};
use crate::tui::screen::view::{below, caption, cursor, fact, nothing};
use crate::tui::theme::Role;
use crate::tui::view::View;

/// The caption, the list, and the one under the cursor.
pub fn lines(scene: &Scene<'_>, width: usize, height: usize) -> Vec<Row> {
    let filter = scene.model.filter(View::Releases);
    let found = releases(scene.model);
    let says = scene.line(Role::Quiet, format!("{} recorded on this machine", plural(found.len(), "release")));
    let mut lines = vec![caption(scene, filter, says, Row::default(), width)];
    match &scene.model.recorded {
        None => lines.push(scene.line(Role::Quiet, " looking through the journals …")),
        Some(Err(why)) => lines.extend(fact(scene, "problem", why, Role::Strong, width, 3)),
        Some(Ok(_)) if found.is_empty() => lines.push(nothing(scene, filter, "none yet")),
        Some(Ok(_)) => {
            let chosen = scene.model.cursor(View::Releases).min(found.len() - 1);
            let about = found.get(chosen).map(|one| about(scene, one, width)).unwrap_or_default();
            let panel = below(height, about.len());
            let room = height.saturating_sub(1 + panel);
            for place in window(found.len(), chosen, room) {
                lines.extend(found.get(place).map(|one| line(scene, one, place == chosen, width)));
            }
            if panel > 0 {
                lines.resize(height.saturating_sub(panel), Row::default());
                lines.extend(about.into_iter().take(panel));
            }
        }
    }
    lines
}

fn line(scene: &Scene<'_>, one: &Recorded, chosen: bool, width: usize) -> Row {
    let here = one.is_of(scene.snapshot);
    let (sign, role, words) = match one.outcome.as_deref() {
        _ if here => (glyph::NOW, Role::Strong, "this one"),
        Some(outcome) if outcome.starts_with("promoted") => (glyph::DONE, Role::Good, outcome),
        Some(outcome) if outcome.starts_with("rolled-back") => (glyph::BACK, Role::Plain, outcome),
        Some(outcome) => (glyph::STOP, Role::Warn, outcome),
        None => (glyph::WAIT, Role::Plain, "flying, or cut off"),
    };
    let name_width = (width / 3).clamp(12, 48);
    let name = pad(&middle(&one.release, name_width), name_width);
    let name = if chosen { scene.span(Role::Chosen, name) } else { Span::raw(name) };
    let started = right(&age(scene.now.since(one.started)), 5);
    let mut line = Line::from(vec![
        cursor(scene, chosen),
        name,
        scene.span(Role::Quiet, format!(" {started}  ")),
        scene.span(role, sign),
        Span::raw(format!(" {} ", pad(words, 20))),
        Span::raw(one.versions.clone()),
    ]);
    // Half a place is worth nothing; below the list it is told whole.
    let place = Span::raw(format!("  {}", one.place));
    if line.width() + place.width() <= width {
        line.spans.push(scene.span(Role::Quiet, place.content.to_string()));
    }
    clip(line, width)
}

fn about(scene: &Scene<'_>, one: &Recorded, width: usize) -> Vec<Row> {
    let mut lines = vec![scene.rule(&middle(&one.release, width / 2), Row::default(), width)];
    let mut say = |label: &str, text: &str| lines.extend(fact(scene, label, text, Role::Plain, width, 2));
    say("where", &one.place);
    say("versions", &one.versions);
    say("began", &format!("{} ({} ago)", one.started, scene.age(one.started)));
    say(
        "ended",
        &match &one.outcome {
            Some(outcome) => format!("{outcome}, {}", one.last),
            None => format!("not recorded; last written {} ago", scene.age(one.last)),
        },
    );
    say("journal", &one.path);
    lines
}
