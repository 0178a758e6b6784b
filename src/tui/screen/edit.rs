//! The dialog in which the remaining steps are changed.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::tui::edit;
use crate::tui::screen::Scene;
use crate::tui::screen::dialog::{Dialog, Keys, inner_width, labelled};
use crate::tui::screen::paint::{Row, wrap};
use crate::tui::theme::Role;

/// What it says.
pub fn dialog(scene: &Scene<'_>, line: &str, area: Rect) -> Dialog {
    let width = inner_width(area);
    let what = "From the step that is flown on: weight, soak, and approval where one is asked for.";
    let mut lines: Vec<Row> = wrap(what, width).into_iter().map(|text| scene.line(Role::Quiet, text)).collect();
    lines.push(Row::default());
    let typed = wrap(line, width.saturating_sub(1));
    let last = typed.len().saturating_sub(1);
    for (place, text) in typed.into_iter().enumerate() {
        let cursor = if place == last { scene.span(Role::Chosen, " ") } else { Span::raw("") };
        lines.push(Line::from(vec![scene.span(Role::Strong, text), cursor]));
    }
    lines.push(Row::default());
    match edit::read(line, scene.snapshot) {
        Ok(_) => lines.extend(labelled(scene, "then", "enter shows what would change, to be confirmed", width)),
        Err(why) => lines.extend(labelled(scene, "wrong", &why, width)),
    }
    lines.extend(labelled(
        scene,
        "note",
        "a change makes a new release hash: an approval that was given lapses",
        width,
    ));
    let keys = Keys { out: None, others: vec![("esc", "cancel"), ("enter", "go on")] };
    Dialog { title: "Change the remaining steps".to_owned(), lines, keys }
}
