//! The dialog of what can be taken away from here: the screen, the snapshot, the journal.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::tui::export::Export;
use crate::tui::screen::Scene;
use crate::tui::screen::dialog::{Dialog, Keys, inner_width, labelled};
use crate::tui::screen::paint::{Row, wrap};
use crate::tui::theme::Role;

/// What it says.
pub fn dialog(scene: &Scene<'_>, area: Rect) -> Dialog {
    let width = inner_width(area);
    let mut lines: Vec<Row> = Vec::new();
    for export in Export::ALL {
        let mut key = export.key().to_string();
        for text in wrap(export.says(), width.saturating_sub(3)) {
            lines.push(Line::from(vec![
                scene.span(Role::Key, std::mem::replace(&mut key, " ".to_owned())),
                Span::raw(format!("  {text}")),
            ]));
        }
    }
    lines.push(Row::default());
    lines.extend(labelled(scene, "files", "go beside the journal; their paths are printed when you leave", width));
    lines.extend(labelled(scene, "journal", &scene.snapshot.journal.path, width));
    for path in scene.model.exported.iter().rev().take(3) {
        lines.extend(labelled(scene, "written", path, width));
    }
    let keys = Keys { out: Some("Close"), others: Vec::new() };
    Dialog { title: "Take away".to_owned(), lines, keys }
}
