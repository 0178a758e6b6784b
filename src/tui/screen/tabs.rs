//! The bar above a view: its name among the others, each with its key. Where they do not all fit, those beside it.

use ratatui::text::{Line, Span};

use crate::tui::keymap::Action;
use crate::tui::screen::Scene;
use crate::tui::screen::paint::{Row, clip};
use crate::tui::theme::Role;
use crate::tui::update::shown;
use crate::tui::view::View;

/// The bar, in exactly `width` columns.
pub fn line(scene: &Scene<'_>, width: usize) -> Row {
    let here = shown(scene.model, scene.snapshot);
    let all = bar(scene, here, |_| true);
    let bar = if all.width() <= width { all } else { bar(scene, here, |view| view == here) };
    let mut line = clip(bar, width);
    let missing = width.saturating_sub(line.width() + 1);
    if missing > 0 {
        line.spans.push(Span::raw(" "));
        line.spans.push(scene.span(Role::Frame, "─".repeat(missing)));
    }
    line
}

/// The views with their keys; those that are not `named` are told by their key alone. The one that is shown stands in
/// brackets where the others have spaces, so that nothing moves when another one is.
fn bar(scene: &Scene<'_>, here: View, named: impl Fn(View) -> bool) -> Row {
    let mut line = Line::default();
    let mut after = " ";
    for view in View::ALL {
        let key = scene.keymap.key(Action::Go(view));
        let words = if named(view) { format!("{key} {}", view.name()) } else { key };
        let words = words.trim().to_owned();
        if view == here {
            line.spans.push(scene.span(Role::Chosen, format!("[{words}]")));
            after = "";
        } else {
            line.spans.push(scene.span(Role::Quiet, format!("{after}{words}")));
            after = " ";
        }
    }
    line
}
