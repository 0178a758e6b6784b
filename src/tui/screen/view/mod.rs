//! The views under the tabs, one file each: a list with a cursor, and below it all about the line that the cursor is on.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::tui::detail::Detail;
use crate::tui::screen::paint::{Row, clip, put, spread};
use crate::tui::screen::{Scene, tabs};
use crate::tui::theme::Role;
use crate::tui::view::View;

pub mod events;
pub mod evidence;
pub mod journal;
pub mod logs;
pub mod page;
pub mod plan;
pub mod pods;
pub mod proof;
pub mod releases;

/// Draws a view under its tab.
pub fn draw(scene: &Scene<'_>, view: View, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    put(buffer, area, &[tabs::line(scene, usize::from(area.width))]);
    let body = Rect { y: area.y + 1, height: area.height - 1, ..area };
    let (width, height) = (usize::from(body.width), usize::from(body.height));
    let lines = match (view, &scene.model.detail) {
        (_, Some(Detail::Pod(page))) => page::lines(scene, page, width, height),
        (_, Some(Detail::Logs(pane))) => logs::lines(scene, pane, width, height),
        (_, Some(Detail::Rule(top))) => evidence::opened(scene, *top, width, height),
        (View::Evidence, None) => evidence::lines(scene, width, height),
        (View::Pods, None) => pods::lines(scene, width, height),
        (View::Events, None) => events::lines(scene, width, height),
        (View::Journal, None) => journal::lines(scene, width, height),
        (View::Plan, None) => plan::lines(scene, width, height),
        (View::Proof, None) => proof::lines(scene, width),
        (View::Releases, None) => releases::lines(scene, width, height),
        (View::Now | View::Flight | View::Log, None) => Vec::new(),
    };
    put(buffer, body, &lines);
}

/// The line above a list: what it shows, and the filter, with a cursor while it is typed.
pub fn caption(scene: &Scene<'_>, filter: &str, says: Row, right: Row, width: usize) -> Row {
    let mut left = Line::from(Span::raw(" "));
    if scene.model.typing || !filter.is_empty() {
        left.spans.push(scene.span(Role::Strong, format!("/{filter}")));
        left.spans.push(if scene.model.typing { scene.span(Role::Chosen, " ") } else { Span::raw("") });
        left.spans.push(Span::raw("  "));
    }
    left.spans.extend(says.spans);
    spread(left, right, width.saturating_sub(1))
}

/// The words for a list from which a filter leaves nothing, or which is empty.
pub fn nothing(scene: &Scene<'_>, filter: &str, empty: &str) -> Row {
    let text = if filter.is_empty() { empty.to_owned() } else { format!("nothing here has {filter:?}; esc shows all") };
    scene.line(Role::Quiet, format!(" {text}"))
}

/// How many lines below a list tell all about one of its entries; 0 where there is no room for both.
pub fn below(height: usize, wanted: usize) -> usize {
    if height < 9 { 0 } else { wanted.min(height / 2) }
}

/// A label and a text beside it in at most `most` lines, labels in one column.
pub fn fact(scene: &Scene<'_>, label: &str, text: &str, role: Role, width: usize, most: usize) -> Vec<Row> {
    const LABEL: usize = 11;
    crate::tui::screen::paint::wrap_at_most(text, width.saturating_sub(LABEL + 2), most)
        .into_iter()
        .enumerate()
        .map(|(place, text)| {
            let label =
                if place == 0 { crate::tui::screen::paint::pad(label, LABEL - 1) } else { " ".repeat(LABEL - 1) };
            clip(Line::from(vec![scene.span(Role::Quiet, format!(" {label} ")), scene.span(role, text)]), width)
        })
        .collect()
}

/// The first cell of a list's line: it says without colour which one the cursor is on.
pub fn cursor(scene: &Scene<'_>, chosen: bool) -> Span<'static> {
    if chosen { scene.span(Role::Strong, crate::tui::glyph::HERE) } else { Span::raw(" ") }
}
