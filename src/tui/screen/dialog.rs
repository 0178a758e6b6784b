//! The frame of everything that lies over the screen. Its last line, with the keys, survives any size.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Widget};

use crate::tui::screen::Scene;
use crate::tui::screen::paint::{Row, clip, put, wrap};
use crate::tui::theme::Role;

/// The widest dialog.
const WIDEST: u16 = 96;

/// What a dialog says.
pub struct Dialog {
    /// In its upper border.
    pub title: String,
    /// Its body; what does not fit is cut from the end.
    pub lines: Vec<Row>,
    /// Its keys.
    pub keys: Row,
}

/// How wide the text inside a dialog is on this screen.
pub fn inner_width(area: Rect) -> usize {
    usize::from(area.width.min(WIDEST)).saturating_sub(4)
}

/// Draws it in the middle of the area; on a tiny one its frame is left away, then its body, then its title.
pub fn draw(scene: &Scene<'_>, dialog: &Dialog, area: Rect, buffer: &mut Buffer) {
    let width = area.width.min(WIDEST);
    let wanted = u16::try_from(dialog.lines.len()).unwrap_or(u16::MAX).saturating_add(4);
    let height = wanted.min(area.height);
    let place = Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
    if area.height < 6 || area.width < 20 {
        return draw_bare(scene, dialog, area, buffer);
    }
    Clear.render(place, buffer);
    let inside = usize::from(width).saturating_sub(4);
    let mut lines = vec![top(scene, &dialog.title, usize::from(width))];
    let room = usize::from(height).saturating_sub(4);
    let cut = dialog.lines.len() > room;
    let shown = if cut { room.saturating_sub(1) } else { room };
    lines.extend(dialog.lines.iter().take(shown).map(|line| framed(scene, line.clone(), inside)));
    if cut {
        lines.push(framed(scene, Line::from("…"), inside));
    }
    lines.push(framed(scene, Row::default(), inside));
    lines.push(framed(scene, dialog.keys.clone(), inside));
    lines.push(scene.line(Role::Frame, format!("└{}┘", "─".repeat(usize::from(width).saturating_sub(2)))));
    put(buffer, place, &lines);
}

fn draw_bare(scene: &Scene<'_>, dialog: &Dialog, area: Rect, buffer: &mut Buffer) {
    Clear.render(area, buffer);
    let width = usize::from(area.width);
    let mut lines = vec![clip(dialog.keys.clone(), width)];
    if area.height > 1 {
        lines.insert(0, clip(scene.line(Role::Strong, dialog.title.clone()), width));
    }
    put(buffer, area, &lines);
}

fn top(scene: &Scene<'_>, title: &str, width: usize) -> Row {
    let title = clip(
        Line::from(vec![Span::raw(" "), scene.span(Role::Strong, title.to_owned()), Span::raw(" ")]),
        width.saturating_sub(4),
    );
    let rest = width.saturating_sub(3 + title.width());
    let mut line = Line::from(scene.span(Role::Frame, "┌─"));
    line.spans.extend(title.spans);
    line.spans.push(scene.span(Role::Frame, format!("{}┐", "─".repeat(rest))));
    line
}

fn framed(scene: &Scene<'_>, line: Row, inside: usize) -> Row {
    let line = clip(line, inside);
    let gap = inside.saturating_sub(line.width());
    let mut framed = Line::from(scene.span(Role::Frame, "│ "));
    framed.spans.extend(line.spans);
    framed.spans.push(Span::raw(" ".repeat(gap)));
    framed.spans.push(scene.span(Role::Frame, " │"));
    framed
}

/// A label and its text, wrapped beside it.
pub fn labelled(scene: &Scene<'_>, label: &str, text: &str, width: usize) -> Vec<Row> {
    const LABEL: usize = 9;
    wrap(text, width.saturating_sub(LABEL))
        .into_iter()
        .enumerate()
        .map(|(place, text)| {
            let label = if place == 0 { crate::tui::screen::paint::pad(label, LABEL) } else { " ".repeat(LABEL) };
            Line::from(vec![scene.span(Role::Quiet, label), Span::raw(text)])
        })
        .collect()
}

/// The focused way out, then the key that confirms.
pub fn cancel_or(scene: &Scene<'_>, cancel: &str, others: &[(&str, &str)]) -> Row {
    let mut line = Line::from(scene.span(Role::Chosen, format!("[ {cancel}: enter, esc ]")));
    for (key, words) in others {
        line.spans.push(Span::raw("     "));
        line.spans.push(scene.span(Role::Key, (*key).to_owned()));
        line.spans.push(Span::raw(format!("  {words}")));
    }
    line
}
