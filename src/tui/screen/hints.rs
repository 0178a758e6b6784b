//! The bottom: the answer to the last key, and the keys that do something now.

use ratatui::text::{Line, Span};

use crate::core::snapshot::Toggle;
use crate::tui::allowed::{allowed, shows_flight};
use crate::tui::keymap::{Action, Entry};
use crate::tui::screen::Scene;
use crate::tui::screen::paint::{Row, clip, wrap_at_most};

/// The keys of the line, in order of what survives longest when it is narrow.
const ORDER: [Action; 10] = [
    Action::Rollback,
    Action::Quit,
    Action::Help,
    Action::Approve,
    Action::Promote,
    Action::PauseOrResume,
    Action::SkipSettle,
    Action::Open,
    Action::Flight,
    Action::Log,
];

/// The notice, if there is one, and the hint line.
pub fn lines(scene: &Scene<'_>, width: usize) -> Vec<Row> {
    let mut lines = Vec::new();
    if let Some(notice) = &scene.model.notice {
        for text in wrap_at_most(&notice.text, width.saturating_sub(2), 2) {
            lines.push(Line::from(vec![Span::raw(" "), scene.span(notice.role, text)]));
        }
    }
    lines.push(keys(scene, width));
    lines
}

/// The keys that do something now; where they do not all fit, the last of [`ORDER`] go first.
pub fn keys(scene: &Scene<'_>, width: usize) -> Row {
    let works = |action: &&Action| allowed(**action, scene.snapshot, scene.model).is_ok() && matters(scene, **action);
    let mut shown: Vec<Action> = Vec::new();
    let mut used = 0;
    for action in ORDER.iter().filter(works) {
        let wide = hint(scene, *action).width() + if used > 0 { 3 } else { 1 };
        if used + wide <= width || shown.is_empty() {
            used += wide;
            shown.push(*action);
        }
    }
    let mut line = Line::default();
    // On the screen they stand in the order of the table, which is that of the help.
    for entry in scene.keymap.entries().iter().filter(|entry| shown.contains(&entry.action)) {
        line.spans.push(Span::raw(if line.spans.is_empty() { " " } else { "   " }));
        line.spans.extend(hint(scene, entry.action).spans);
    }
    clip(line, width)
}

/// Whether a key that works is worth the room: a key that is never surprising is left to the help.
fn matters(scene: &Scene<'_>, action: Action) -> bool {
    match action {
        Action::Flight => !shows_flight(scene.snapshot),
        Action::Open => scene.model.opened.is_none(),
        _ => true,
    }
}

fn hint(scene: &Scene<'_>, action: Action) -> Row {
    let Some(Entry { hint: Some(words), .. }) = scene.keymap.entry(action) else { return Row::default() };
    let words = match action {
        Action::PauseOrResume if scene.snapshot.pause != Toggle::Off => "resume",
        Action::Flight if scene.model.view == crate::tui::model::View::Flight => "proof",
        _ => words,
    };
    let key = scene.keymap.key(action);
    Line::from(vec![scene.span(crate::tui::theme::Role::Key, key), Span::raw(format!(" {words}"))])
}
