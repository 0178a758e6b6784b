//! Every action with its keys; filtered by typing, run by enter, and with the reason where it is disabled.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::tui::allowed::allowed;
use crate::tui::keymap::Entry;
use crate::tui::model::Help;
use crate::tui::screen::Scene;
use crate::tui::screen::dialog::{Dialog, Keys, inner_width};
use crate::tui::screen::paint::{Row, clip, pad, wrap_at_most};
use crate::tui::theme::Role;
use crate::tui::update;

/// The lines for what an action does, or why it does not, in full.
const IN_FULL: usize = 3;

/// What it says.
pub fn dialog(scene: &Scene<'_>, help: &Help, area: Rect) -> Dialog {
    let width = inner_width(area);
    let shown = scene.keymap.filtered(&help.filter);
    let chosen = help.chosen.min(shown.len().saturating_sub(1));
    let tall = usize::from(area.height) > 7 + 2 * IN_FULL;
    let room = usize::from(area.height).saturating_sub(if tall { 7 + IN_FULL } else { 4 }).max(1);
    let first = (chosen + 1).saturating_sub(room);
    let mut lines = vec![Line::from(vec![
        scene.span(Role::Quiet, "filter   "),
        Span::raw(help.filter.clone()),
        scene.span(Role::Chosen, " "),
    ])];
    if tall {
        lines.push(Row::default());
    }
    if shown.is_empty() {
        lines.push(scene.line(Role::Quiet, "no action has these words"));
    }
    for (place, entry) in shown.iter().enumerate().skip(first).take(room) {
        lines.push(row(scene, entry, place == chosen, width));
    }
    // The reason of the line under the cursor is there in full, where it was cut.
    let full = shown.get(chosen).map(|entry| says(scene, entry).0).unwrap_or_default();
    if tall {
        lines.push(Row::default());
        lines.extend(wrap_at_most(&full, width, IN_FULL - 1).into_iter().map(|text| scene.line(Role::Plain, text)));
    }
    let keys = Keys { out: None, others: vec![("type", "to filter"), ("esc", "close"), ("enter", "run")] };
    Dialog { title: "Every action".to_owned(), lines, keys }
}

fn row(scene: &Scene<'_>, entry: &Entry, chosen: bool, width: usize) -> Row {
    let label = |text: &str| scene.span(if chosen { Role::Chosen } else { Role::Strong }, pad(text, 13));
    let (says, role) = says(scene, entry);
    let keys = entry.keys_in_words();
    // On a narrow screen the words are worth more than the name.
    let mut line = if width < 56 {
        Line::from(label(&keys))
    } else {
        Line::from(vec![label(entry.name), Span::raw(" "), scene.span(Role::Key, pad(&keys, 13))])
    };
    line.spans.extend([Span::raw(" "), scene.span(role, says)]);
    clip(line, width)
}

/// What an action does now, or why it does nothing.
fn says(scene: &Scene<'_>, entry: &Entry) -> (String, Role) {
    match allowed(entry.action, scene.snapshot, scene.model) {
        Ok(()) => (update::says(scene.model, entry.action).unwrap_or(entry.says).to_owned(), Role::Plain),
        Err(why) => (format!("not now: {why}"), Role::Quiet),
    }
}
