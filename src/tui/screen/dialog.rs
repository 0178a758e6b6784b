//! The frame of everything that lies over the screen. Its keys survive any size.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Widget};

use crate::tui::figure::plural;
use crate::tui::screen::Scene;
use crate::tui::screen::paint::{Row, clip, join, pad, put, wrap_at_most};
use crate::tui::theme::Role;

/// The widest dialog.
const WIDEST: u16 = 96;

/// What a dialog says.
pub struct Dialog {
    /// In its upper border.
    pub title: String,
    /// Its body; what does not fit is scrolled to.
    pub lines: Vec<Row>,
    /// Its keys, which survive any size.
    pub keys: Keys,
}

/// The keys of a dialog.
pub struct Keys {
    /// What the focused way out is called; `None`: enter does something else here.
    pub out: Option<&'static str>,
    /// The other keys and what they do.
    pub others: Vec<(&'static str, &'static str)>,
}

impl Keys {
    /// Each key with its words.
    fn parts(&self, scene: &Scene<'_>) -> Vec<Row> {
        let out = self.out.map(|out| scene.line(Role::Chosen, format!("[ {out}: enter, esc ]")));
        let key = |(key, words): &(&str, &str)| {
            Line::from(vec![scene.span(Role::Key, (*key).to_owned()), Span::raw(format!(" {words}"))])
        };
        out.into_iter().chain(self.others.iter().map(key)).collect()
    }

    /// In one line where they fit, else one below the other.
    fn lines(&self, scene: &Scene<'_>, width: usize) -> Vec<Row> {
        let parts = self.parts(scene);
        let fits = ["      ", "  "].map(|gap| join(parts.clone(), gap)).into_iter().find(|line| line.width() <= width);
        fits.map_or(parts, |line| vec![line])
    }
}

/// How wide the text inside a dialog is on this screen.
pub fn inner_width(area: Rect) -> usize {
    usize::from(area.width.min(WIDEST)).saturating_sub(4)
}

/// Whether there is room for nothing but a title and keys.
pub fn is_bare(area: Rect) -> bool {
    area.height < 6 || area.width < 20
}

/// Draws it in the middle of the area, and dims what lies below; on a tiny one only its title and its keys are left.
pub fn draw(scene: &Scene<'_>, dialog: &Dialog, area: Rect, buffer: &mut Buffer) {
    if is_bare(area) {
        return draw_bare(scene, dialog, area, buffer);
    }
    let width = area.width.min(WIDEST);
    let inside = inner_width(area);
    let keys = dialog.keys.lines(scene, inside);
    let fixed = 2 + keys.len();
    let room = room(scene, dialog, area);
    let mut body = dialog.lines.clone();
    if body.len() < room {
        body.push(Row::default());
    }
    if body.len() > room {
        let above = scene.model.scrolled.min(overflow(scene, dialog, area));
        let shown = room.saturating_sub(1);
        let below = body.len().saturating_sub(above + shown);
        body = body.into_iter().skip(above).take(shown).collect();
        body.push(scene.line(Role::Strong, more(above, below)));
    }
    let height = u16::try_from(fixed + body.len()).unwrap_or(area.height).min(area.height);
    let place = Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
    buffer.set_style(area, scene.look.theme.style(Role::Quiet));
    Clear.render(place, buffer);
    let mut lines = vec![top(scene, &dialog.title, usize::from(width))];
    lines.extend(body.into_iter().chain(keys).map(|line| framed(scene, line, inside)));
    lines.push(scene.line(Role::Frame, format!("└{}┘", "─".repeat(usize::from(width).saturating_sub(2)))));
    put(buffer, place, &lines);
}

/// How many lines of the body there is room for.
fn room(scene: &Scene<'_>, dialog: &Dialog, area: Rect) -> usize {
    let keys = dialog.keys.lines(scene, inner_width(area));
    usize::from(area.height).saturating_sub(2 + keys.len())
}

/// How many lines of the body do not fit; one line says so, and how they are reached.
pub fn overflow(scene: &Scene<'_>, dialog: &Dialog, area: Rect) -> usize {
    let room = room(scene, dialog, area);
    if is_bare(area) || dialog.lines.len() <= room { 0 } else { dialog.lines.len() + 1 - room.max(1) }
}

/// What is not shown, and the keys that lead there.
fn more(above: usize, below: usize) -> String {
    match (above, below) {
        (0, below) => format!("↓ {} below", plural(below, "more line")),
        (above, 0) => format!("↑ {} above", plural(above, "line")),
        (above, below) => format!("↑ {} above, ↓ {below} below", plural(above, "line")),
    }
}

fn draw_bare(scene: &Scene<'_>, dialog: &Dialog, area: Rect, buffer: &mut Buffer) {
    Clear.render(area, buffer);
    let width = usize::from(area.width);
    let mut parts = dialog.keys.parts(scene);
    // What confirms is said first: esc goes back everywhere.
    parts.reverse();
    let mut lines = if usize::from(area.height) < parts.len() { vec![join(parts, " ")] } else { parts };
    if lines.len() < usize::from(area.height) {
        lines.insert(0, scene.line(Role::Strong, dialog.title.clone()));
    }
    let lines: Vec<Row> = lines.into_iter().map(|line| clip(line, width)).collect();
    put(buffer, area, &lines);
}

fn top(scene: &Scene<'_>, title: &str, width: usize) -> Row {
    let words = vec![Span::raw(" "), scene.span(Role::Strong, title.to_owned()), Span::raw(" ")];
    let title = clip(Line::from(words), width.saturating_sub(4));
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
    labelled_at_most(scene, label, text, width, usize::MAX)
}

/// The same in at most `most` lines.
pub fn labelled_at_most(scene: &Scene<'_>, label: &str, text: &str, width: usize, most: usize) -> Vec<Row> {
    const LABEL: usize = 9;
    wrap_at_most(text, width.saturating_sub(LABEL), most)
        .into_iter()
        .enumerate()
        .map(|(place, text)| {
            let label = if place == 0 { pad(label, LABEL) } else { " ".repeat(LABEL) };
            Line::from(vec![scene.span(Role::Quiet, label), Span::raw(text)])
        })
        .collect()
}
