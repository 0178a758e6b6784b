//! A line of a file with a mark under the place that is meant.

use std::ops::Range;

use unicode_width::UnicodeWidthStr;

use crate::core::text::neutral;

/// How much of a long line is shown before and after the place, in characters.
const AROUND: usize = 60;

/// The line and the column (in characters) of a byte of `text`, both from 1.
pub fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = head(text, offset);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let column = before.get(line_start..).unwrap_or_default().chars().count();
    (before.matches('\n').count() + 1, column + 1)
}

/// The line at the beginning of `span` (a range of bytes), and below it carets as far as the span goes on that line.
pub fn excerpt(text: &str, span: Range<usize>) -> String {
    let (number, column) = position(text, span.start);
    let line = text.lines().nth(number - 1).unwrap_or_default();
    let length = text.get(span).and_then(|marked| marked.lines().next()).unwrap_or_default().chars().count();
    let (before, marked, after) = around(line, column - 1, length);
    let gutter = number.to_string();
    let caret = "^".repeat(marked.width().max(1));
    format!(
        "  {gutter} | {before}{marked}{after}\n  {blank} | {indent}{caret}",
        blank = " ".repeat(gutter.len()),
        indent = " ".repeat(before.width()),
    )
}

/// The three parts of a line, made harmless and short enough to look at.
fn around(line: &str, start: usize, length: usize) -> (String, String, String) {
    let from = start.saturating_sub(AROUND);
    let part = |from: usize, count: usize| neutral(&line.chars().skip(from).take(count).collect::<String>());
    let length = length.min(AROUND);
    let mut before = part(from, start - from);
    if from > 0 {
        before.insert(0, '…');
    }
    let mut after = part(start + length, AROUND);
    if line.chars().nth(start + length + AROUND).is_some() {
        after.push('…');
    }
    (before, part(start, length), after)
}

fn head(text: &str, offset: usize) -> &str {
    let mut end = offset.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_mark_stands_under_the_place() {
        let text = "a = 1\nsoak = \"10\"  # ten\n";
        assert_eq!(position(text, 13), (2, 8));
        assert_eq!(excerpt(text, 13..17), "  2 | soak = \"10\"  # ten\n    |        ^^^^");
    }

    #[test]
    fn wide_characters_tabs_and_escapes_do_not_move_the_mark() {
        assert_eq!(excerpt("名\t\u{1b} = x", 8..9), "  1 | 名 \\u{1b} = x\n    |             ^");
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let text = format!("{}X{}", "a".repeat(5_000), "b".repeat(5_000));
        let shown = excerpt(&text, 5_000..5_001);
        assert!(shown.lines().all(|line| line.chars().count() < 140), "{shown}");
        assert!(shown.contains("aXb"));
    }

    #[test]
    fn the_end_of_a_file_is_a_place() {
        assert_eq!(excerpt("a =", 3..3), "  1 | a =\n    |    ^");
        assert_eq!(position("a\n", 2), (2, 1));
    }

    proptest! {
        #[test]
        fn any_range_of_any_text_has_an_excerpt(text in "\\PC{0,30}|[\\x00-\\xff\n\r]{0,30}", from in 0usize..40, length in 0usize..40) {
            let shown = excerpt(&text, from..from + length);
            prop_assert_eq!(shown.lines().count(), 2);
        }
    }
}
