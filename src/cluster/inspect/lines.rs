//! A log's bytes as lines, each bounded and neutralised, however they are cut into pieces on their way.

use crate::core::text::neutral;

/// The longest part of a line that is looked at, in bytes. What follows on the same line is not kept in memory at all.
const LONGEST: usize = 8 * 1024;

/// Gathers pieces into lines.
#[derive(Debug, Default)]
pub struct Lines {
    open: Vec<u8>,
    cut: bool,
}

impl Lines {
    /// Takes a piece; returns the lines that it completes.
    pub fn take(&mut self, piece: &[u8]) -> Vec<String> {
        let mut whole = Vec::new();
        for part in piece.split_inclusive(|byte| *byte == b'\n') {
            match part.strip_suffix(b"\n") {
                Some(rest) => {
                    self.keep(rest);
                    whole.push(self.close());
                }
                None => self.keep(part),
            }
        }
        whole
    }

    /// The last line, where the log does not end in a line end.
    pub fn rest(&mut self) -> Option<String> {
        (!self.open.is_empty()).then(|| self.close())
    }

    fn keep(&mut self, part: &[u8]) {
        let room = LONGEST.saturating_sub(self.open.len());
        self.cut |= part.len() > room;
        self.open.extend(part.iter().take(room));
    }

    fn close(&mut self) -> String {
        let text = neutral(String::from_utf8_lossy(&self.open).trim_end_matches('\r'));
        self.open.clear();
        if std::mem::take(&mut self.cut) && !text.ends_with('…') { text + "…" } else { text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_whole_however_they_are_cut() {
        let mut lines = Lines::default();
        assert_eq!(lines.take(b"one\ntw"), ["one"]);
        assert_eq!(lines.take(b"o\r\n\nthree"), ["two", ""]);
        assert_eq!(lines.rest().as_deref(), Some("three"));
        assert_eq!(lines.rest(), None);
    }

    #[test]
    fn a_megabyte_line_is_bounded_and_says_so() {
        let mut lines = Lines::default();
        for _ in 0..1_000 {
            assert!(lines.take(&[b'x'; 1_000]).is_empty());
        }
        let [line] = lines.take(b"\n").try_into().expect("one line");
        assert!(line.len() < 2_000 && line.ends_with('…'));
        assert_eq!(lines.take(b"next\n"), ["next"]);
    }

    #[test]
    fn escapes_are_visible() {
        assert_eq!(Lines::default().take(b"\x1b[31mred\x07\n"), ["\\u{1b}[31mred\\u{7}"]);
        assert_eq!(Lines::default().take(b"\xff\xfe\n"), ["\u{fffd}\u{fffd}"]);
    }
}
