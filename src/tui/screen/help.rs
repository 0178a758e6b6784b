//! Every action with its keys: what can be done now first, then what cannot, each with its reason. Filtered by typing, run by
//! enter.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::tui::allowed::{allowed, listed};
use crate::tui::keymap::Entry;
use crate::tui::model::Help;
use crate::tui::screen::Scene;
use crate::tui::screen::dialog::{Dialog, Keys, inner_width, is_bare};
use crate::tui::screen::paint::{Row, pad, spread, wrap_at_most};
use crate::tui::theme::Role;
use crate::tui::update;

/// From this width on there is room for names, keys and words.
const WIDE: usize = 56;

/// The most lines of one action.
const LINES: usize = 4;

/// What it says.
pub fn dialog(scene: &Scene<'_>, help: &Help, area: Rect) -> Dialog {
    let width = inner_width(area);
    let shown = listed(&help.filter, scene.keymap, scene.snapshot, scene.model);
    let chosen = help.place(&shown);
    let keys = Keys { out: None, others: vec![("type", "to filter"), ("esc", "close"), ("enter", "run")] };
    if is_bare(area) {
        // There is room for one action only, and it is the one that enter runs.
        let title = shown.get(chosen).map_or("no such action", |entry| entry.name).to_owned();
        return Dialog { title, lines: Vec::new(), keys };
    }
    let typed = Line::from(vec![
        scene.span(Role::Quiet, "filter   "),
        Span::raw(help.filter.clone()),
        scene.span(Role::Chosen, " "),
    ]);
    let place = format!("{} of {}", (chosen + 1).min(shown.len()), shown.len());
    let mut lines = vec![spread(typed, scene.line(Role::Quiet, place), width)];
    // Where there is room, it stays in sight what flies where.
    let around = if area.height < 16 { 4 } else { 7 };
    let room = usize::from(area.height).saturating_sub(around).max(1);
    if shown.is_empty() {
        lines.push(scene.line(Role::Quiet, "no action has these words"));
    }
    let columns = Columns::of(scene.keymap.entries(), width);
    let mut rows = Vec::new();
    let mut end = 0;
    for (place, entry) in shown.iter().enumerate() {
        rows.extend(entry_rows(scene, entry, place == chosen, &columns, width));
        if place == chosen {
            end = rows.len();
        }
    }
    lines.extend(rows.into_iter().skip(end.saturating_sub(room)).take(room));
    Dialog { title: "Every action".to_owned(), lines, keys }
}

/// How wide names and keys are, whatever the filter; a narrow screen has no room for names.
struct Columns {
    name: usize,
    keys: usize,
}

impl Columns {
    fn of(entries: &[Entry], width: usize) -> Self {
        let widest = |text: fn(&Entry) -> String| entries.iter().map(|entry| text(entry).width()).max().unwrap_or(0);
        let wide = width >= WIDE;
        let name = if wide { widest(|entry| entry.name.to_owned()) + 1 } else { 0 };
        Self { name, keys: widest(Entry::keys_in_words).min(width / 3) + 1 }
    }
}

/// An action in full where there is room for it, or where the cursor is on it; else its first line.
fn entry_rows(scene: &Scene<'_>, entry: &Entry, chosen: bool, columns: &Columns, width: usize) -> Vec<Row> {
    let label = |text: &str, wide: usize| {
        // The space after a label is not part of it.
        let role = if chosen { Role::Chosen } else { Role::Strong };
        [scene.span(role, pad(text, wide.saturating_sub(1))), Span::raw(" ")]
    };
    let keys = entry.keys_in_words();
    let lead = if columns.name > 0 {
        let mut lead = Vec::from(label(entry.name, columns.name));
        lead.push(scene.span(Role::Key, pad(&keys, columns.keys)));
        lead
    } else {
        Vec::from(label(&keys, columns.keys))
    };
    let indent = columns.name + columns.keys;
    let most = if chosen || width >= WIDE { LINES } else { 1 };
    let (says, role) = says(scene, entry);
    let text = |text: &str| scene.span(role, text.to_owned());
    let wrapped = wrap_at_most(&says, width.saturating_sub(indent), most);
    let mut rows = Vec::new();
    for (place, line) in wrapped.iter().enumerate() {
        let mut row = if place == 0 { Line::from(lead.clone()) } else { Line::from(" ".repeat(indent)) };
        row.spans.push(text(line));
        rows.push(row);
    }
    rows
}

/// What an action does now, or why it does nothing.
fn says(scene: &Scene<'_>, entry: &Entry) -> (String, Role) {
    match allowed(entry.action, scene.snapshot, scene.model) {
        Ok(()) => (update::says(scene.model, entry.action).unwrap_or(entry.says).to_owned(), Role::Plain),
        Err(why) => (format!("not now: {why}"), Role::Quiet),
    }
}
