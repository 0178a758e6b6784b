//! The screen without a terminal: as text, and as an SVG that stands on its own.

use std::fmt::Write;

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

use crate::core::snapshot::Snapshot;
use crate::core::time::Time;
use crate::tui::keymap::Keymap;
use crate::tui::look::Look;
use crate::tui::model::Model;
use crate::tui::screen::{Scene, draw};

/// One frame of a snapshot, as the cockpit would show it first, at `width`×`height` cells.
pub fn frame(snapshot: &Snapshot, look: Look, now: Time, width: u16, height: u16) -> Buffer {
    let scene = Scene { snapshot, model: &Model::default(), keymap: &Keymap::default(), look, now, present: now };
    draw(&scene, Rect::new(0, 0, width, height))
}

/// A frame as text, a line a row, without trailing spaces.
pub fn text(frame: &Buffer) -> String {
    let mut text = String::new();
    for row in rows(frame) {
        let mut line = String::new();
        let mut hidden = 0;
        for cell in row {
            if hidden == 0 {
                line.push_str(cell.symbol());
                hidden = cell.symbol().width().saturating_sub(1);
            } else {
                hidden -= 1;
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// A frame as an SVG document, light letters on dark.
pub fn svg(frame: &Buffer) -> String {
    const CELL: (u32, u32) = (9, 19);
    const MARGIN: u32 = 12;
    let width = u32::from(frame.area.width) * CELL.0 + 2 * MARGIN;
    let height = u32::from(frame.area.height) * CELL.1 + 2 * MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"15\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{BACKGROUND}\"/>\n"
    );
    for (place, row) in rows(frame).enumerate() {
        let line = u32::try_from(place).unwrap_or(0);
        let top = MARGIN + line * CELL.1;
        for run in runs(row) {
            let left = MARGIN + run.column * CELL.0;
            let wide = run.columns * CELL.0;
            let look = Ink::of(run.cell);
            if let Some(fill) = look.back {
                // Writing to a string cannot fail.
                let _ = writeln!(
                    svg,
                    "<rect x=\"{left}\" y=\"{top}\" width=\"{wide}\" height=\"{}\" fill=\"{fill}\"/>",
                    CELL.1
                );
            }
            if !run.text.trim().is_empty() {
                let baseline = top + 14;
                let _ = writeln!(
                    svg,
                    "<text x=\"{left}\" y=\"{baseline}\" textLength=\"{wide}\" xml:space=\"preserve\"{}>{}</text>",
                    look.attributes(),
                    escaped(&run.text)
                );
            }
        }
    }
    svg.push_str("</svg>\n");
    svg
}

const BACKGROUND: &str = "#1e1e1e";
const FOREGROUND: &str = "#d4d4d4";

fn rows(frame: &Buffer) -> impl Iterator<Item = &[Cell]> {
    frame.content.chunks(usize::from(frame.area.width.max(1)))
}

/// Neighbouring cells of one style.
struct Run<'a> {
    column: u32,
    columns: u32,
    text: String,
    cell: &'a Cell,
}

fn runs(row: &[Cell]) -> Vec<Run<'_>> {
    let mut runs: Vec<Run<'_>> = Vec::new();
    let mut hidden = 0;
    for (column, cell) in (0u32..).zip(row) {
        let symbol = if hidden == 0 { cell.symbol() } else { "" };
        hidden = if hidden == 0 { cell.symbol().width().saturating_sub(1) } else { hidden - 1 };
        match runs.last_mut() {
            Some(run) if run.cell.style() == cell.style() => {
                run.columns += 1;
                run.text.push_str(symbol);
            }
            _ => runs.push(Run { column, columns: 1, text: symbol.to_owned(), cell }),
        }
    }
    runs
}

/// How a run is drawn.
struct Ink {
    fore: &'static str,
    back: Option<&'static str>,
    modifier: Modifier,
}

impl Ink {
    fn of(cell: &Cell) -> Self {
        let fore = hex(cell.fg).unwrap_or(FOREGROUND);
        if cell.modifier.contains(Modifier::REVERSED) {
            return Self { fore: BACKGROUND, back: Some(fore), modifier: cell.modifier };
        }
        Self { fore, back: hex(cell.bg), modifier: cell.modifier }
    }

    fn attributes(&self) -> String {
        let mut text = format!(" fill=\"{}\"", self.fore);
        if self.modifier.contains(Modifier::BOLD) {
            text += " font-weight=\"bold\"";
        }
        if self.modifier.contains(Modifier::DIM) {
            text += " opacity=\"0.65\"";
        }
        if self.modifier.contains(Modifier::UNDERLINED) {
            text += " text-decoration=\"underline\"";
        }
        text
    }
}

/// The sixteen names as a common terminal shows them.
fn hex(colour: Color) -> Option<&'static str> {
    match colour {
        Color::Black => Some("#000000"),
        Color::Red => Some("#f14c4c"),
        Color::Green => Some("#23d18b"),
        Color::Yellow => Some("#e5e510"),
        Color::Blue => Some("#3b8eea"),
        Color::Magenta => Some("#d670d6"),
        Color::Cyan => Some("#29b8db"),
        Color::Gray => Some("#d4d4d4"),
        Color::DarkGray => Some("#767676"),
        Color::LightRed => Some("#ff7b72"),
        Color::LightGreen => Some("#7ee787"),
        Color::LightYellow => Some("#f5f543"),
        Color::LightBlue => Some("#79c0ff"),
        Color::LightMagenta => Some("#e5a0e5"),
        Color::LightCyan => Some("#7ddcf0"),
        Color::White => Some("#ffffff"),
        _ => None,
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
