//! Every action with its keys; filtered by typing, run by enter, and with the reason where it is disabled.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::tui::allowed::allowed;
use crate::tui::keymap::{Chord, Entry, Keymap};
use crate::tui::model::Help;
use crate::tui::screen::dialog::{Dialog, inner_width};
use crate::tui::screen::paint::{Row, pad};
use crate::tui::screen::{Scene, dialog};
use crate::tui::theme::Role;

/// The actions whose name, words or keys hold every word of the filter.
pub fn filtered<'a>(keymap: &'a Keymap, filter: &str) -> Vec<&'a Entry> {
    let wanted: Vec<String> = filter.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let holds = |entry: &&Entry| {
        let text = format!("{} {} {}", entry.name, entry.says, keys(entry)).to_lowercase();
        wanted.iter().all(|word| text.contains(word))
    };
    keymap.entries().iter().filter(holds).collect()
}

fn keys(entry: &Entry) -> String {
    entry.keys.iter().map(Chord::to_string).collect::<Vec<_>>().join(" ")
}

/// Draws it.
pub fn draw(scene: &Scene<'_>, help: &Help, area: Rect, buffer: &mut Buffer) {
    let width = inner_width(area);
    let shown = filtered(scene.keymap, &help.filter);
    let chosen = help.chosen.min(shown.len().saturating_sub(1));
    let room = usize::from(area.height).saturating_sub(7).max(1);
    let first = (chosen + 1).saturating_sub(room);
    let mut lines = vec![
        Line::from(vec![
            scene.span(Role::Quiet, "filter   "),
            Span::raw(help.filter.clone()),
            scene.span(Role::Chosen, " "),
        ]),
        Row::default(),
    ];
    if shown.is_empty() {
        lines.push(scene.line(Role::Quiet, "no action has these words"));
    }
    for (place, entry) in shown.iter().enumerate().skip(first).take(room) {
        lines.push(row(scene, entry, place == chosen, width));
    }
    let keys = Line::from(vec![
        scene.span(Role::Key, "enter"),
        Span::raw("  run     "),
        scene.span(Role::Key, "esc"),
        Span::raw("  close     type to filter"),
    ]);
    dialog::draw(scene, &Dialog { title: "Every action".to_owned(), lines, keys }, area, buffer);
}

fn row(scene: &Scene<'_>, entry: &Entry, chosen: bool, width: usize) -> Row {
    let name = pad(entry.name, 13);
    let name = if chosen { scene.span(Role::Chosen, name) } else { scene.span(Role::Strong, name) };
    let reason = allowed(entry.action, scene.snapshot, scene.model).err();
    let (says, role) = match &reason {
        None => (entry.says.to_owned(), Role::Plain),
        Some(why) => (format!("not now: {why}"), Role::Quiet),
    };
    let line = Line::from(vec![
        name,
        Span::raw(" "),
        scene.span(Role::Key, pad(&keys(entry), 13)),
        Span::raw(" "),
        scene.span(role, says),
    ]);
    crate::tui::screen::paint::clip(line, width)
}
