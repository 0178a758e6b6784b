//! The signs that stand beside words, and the last pass over a frame before it meets a terminal.
//!
//! Regions draw with Unicode. Where the terminal's locale has none, one table puts an ASCII sign into each cell. The same
//! pass is a fence: text is neutralised on its way into the program, and a cell that still holds something a terminal
//! would obey is replaced all the same.

use ratatui::buffer::Buffer;
use unicode_width::UnicodeWidthStr;

/// Done, passed, well.
pub const DONE: &str = "✔";
/// Failed.
pub const FAIL: &str = "✖";
/// To be looked at; stalled.
pub const ALERT: &str = "!";
/// Not begun.
pub const OPEN: &str = "○";
/// Under way.
pub const NOW: &str = "◉";
/// Waiting, or too few to say.
pub const WAIT: &str = "◌";
/// Inconclusive.
pub const UNDECIDED: &str = "◇";
/// No data.
pub const NOTHING: &str = "∅";
/// Stale.
pub const STALE: &str = "~";
/// Not a number; a question.
pub const QUESTION: &str = "?";
/// A source that does not answer.
pub const DOWN: &str = "⊘";
/// Ambiguous, or different from what was asked.
pub const UNEQUAL: &str = "≠";
/// Swapped.
pub const SWAPPED: &str = "⇄";
/// One side without the other.
pub const UNPAIRED: &str = "◐";
/// Both sides alike.
pub const COMMON: &str = "⊜";
/// Paused.
pub const PAUSED: &str = "‖";
/// Going back.
pub const BACK: &str = "◀";
/// A person; something that was redirected.
pub const PERSON: &str = "»";
/// Ended.
pub const STOP: &str = "■";
/// The line under the cursor.
pub const HERE: &str = "▸";
/// Value missing.
pub const MISSING: &str = "·";

/// The longest symbol of one cell, in bytes: a base character with a few marks, or a joined emoji.
const LONGEST_SYMBOL: usize = 40;

/// Makes a finished frame fit for the terminal: nothing that it would obey, and ASCII alone where `ascii` says so.
pub fn finish(buffer: &mut Buffer, ascii: bool) {
    for cell in &mut buffer.content {
        let symbol = cell.symbol();
        if symbol.len() == 1 && !symbol.starts_with(|c: char| c.is_control()) {
            continue;
        }
        if symbol.len() > LONGEST_SYMBOL || symbol.chars().any(is_dangerous) {
            cell.set_symbol("?");
        } else if ascii && !symbol.is_ascii() {
            let plain = in_ascii(symbol);
            cell.set_symbol(plain);
        }
    }
}

/// Whether a terminal would obey the character, or hide it, or reorder its line.
fn is_dangerous(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// One cell's symbol in ASCII; what the table does not know becomes a question mark.
fn in_ascii(symbol: &str) -> &'static str {
    match symbol {
        DONE => "+",
        FAIL => "X",
        OPEN => "o",
        NOW => "@",
        WAIT | "◔" => ".",
        UNDECIDED => "?",
        NOTHING | DOWN => "#",
        SWAPPED => "%",
        // It stands among percentages.
        UNEQUAL => "!",
        UNPAIRED => "(",
        COMMON => "=",
        PAUSED | "│" | "┊" => "|",
        BACK => "<",
        PERSON | HERE | "→" => ">",
        STOP => "*",
        MISSING | "…" => ".",
        "▁" => "_",
        "▂" => ",",
        "▃" => "-",
        "▄" => "=",
        "▅" => "+",
        "▆" => "*",
        "▇" => "%",
        "█" => "#",
        "▓" => "!",
        "─" | "┄" | "–" | "—" | "−" => "-",
        "┌" | "┐" | "└" | "┘" | "├" | "┤" | "┬" | "┴" | "┼" => "+",
        "×" => "x",
        "↑" => "^",
        "↓" => "v",
        "≤" => "<",
        "≥" => ">",
        "\u{a0}" | "\u{2009}" | "\u{202f}" => " ",
        other if other.width() == 0 => "",
        _ => "?",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;

    fn row(text: &str, ascii: bool) -> String {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 20, 1));
        buffer.set_string(0, 0, text, ratatui::style::Style::new());
        finish(&mut buffer, ascii);
        buffer.content.iter().map(|cell| cell.symbol()).collect::<String>().trim_end().to_owned()
    }

    #[test]
    fn an_ascii_terminal_is_sent_ascii_only() {
        assert_eq!(row("✔ 1.7 → 1.8 ── …", true), "+ 1.7 > 1.8 -- .");
        assert_eq!(row("0% of 1.8.0 ≠", true), "0% of 1.8.0 !");
        assert_eq!(row("世界 é", true), "? ?  ?");
        assert_eq!(row("✔ 世界", false), "✔ 世 界");
    }

    #[test]
    fn a_cell_that_a_terminal_would_obey_is_replaced() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 3, 1));
        for (cell, hostile) in buffer.content.iter_mut().zip(["\u{1b}[31m", "a\u{202e}", "e\u{301}"]) {
            cell.set_symbol(hostile);
        }
        finish(&mut buffer, false);
        let symbols: Vec<_> = buffer.content.iter().map(|cell| cell.symbol().to_owned()).collect();
        assert_eq!(symbols, ["?", "?", "e\u{301}"]);
    }
}
