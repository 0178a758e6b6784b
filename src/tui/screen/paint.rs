//! Lines of styled text: padded, cut, wrapped and put side by side, all by the columns that a terminal gives them.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::core::text::cut;

/// A line that owns its text.
pub type Row = Line<'static>;

/// A text of exactly `width` columns: cut, or filled with spaces on the right.
pub fn pad(text: &str, width: usize) -> String {
    let text = cut(text, width);
    let missing = width.saturating_sub(text.width());
    text + &" ".repeat(missing)
}

/// A text of exactly `width` columns, filled with spaces on the left: for numbers.
pub fn right(text: &str, width: usize) -> String {
    let text = cut(text, width);
    " ".repeat(width.saturating_sub(text.width())) + &text
}

/// A sentence in lines of at most `width` columns, broken at spaces, but not between a number and its unit; a longer word is
/// cut.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in words(text) {
        if !line.is_empty() && line.width() + 1 + word.width() > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&cut(&word, width));
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// The words of a text; a unit belongs to its number, and so does a group of its digits: `8 840` must not end a line as `8`.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let is_unit = matches!(word.trim_end_matches([',', '.', ';', ')', ':']), "%" | "s" | "ms" | "min");
        match words.last_mut() {
            Some(number) if (is_unit || is_group(word)) && number.ends_with(|c: char| c.is_ascii_digit()) => {
                *number += &format!(" {word}");
            }
            _ => words.push(word.to_owned()),
        }
    }
    words
}

/// Whether a word is three digits, as thousands that stand apart are.
fn is_group(word: &str) -> bool {
    let digits = word.chars().take_while(char::is_ascii_digit).count();
    digits == 3 && !word.chars().skip(3).any(char::is_alphanumeric)
}

/// A text in at most `most` lines, of which the first is `beside` columns wide and the others `width`; with a `beside` of 0
/// the first line stays empty.
pub fn wrap_beside(text: &str, beside: usize, width: usize, most: usize) -> Vec<String> {
    let first = wrap(text, beside).into_iter().next().unwrap_or_default();
    // `wrap` cuts a word only where it is wider than the whole line; then the text begins on the next one.
    let rest = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match rest.strip_prefix(first.as_str()) {
        Some(rest) if most <= 1 => vec![if rest.is_empty() { first } else { mark_cut(&first, beside) }],
        Some(rest) => std::iter::once(first).chain(wrap_at_most(rest, width, most - 1)).collect(),
        None => std::iter::once(String::new()).chain(wrap_at_most(&rest, width, most.saturating_sub(1))).collect(),
    }
}

/// A line that says with `…` that something is missing after it.
fn mark_cut(line: &str, width: usize) -> String {
    if line.width() + 2 <= width {
        return format!("{line} …");
    }
    format!("{}…", cut_hard(line, width.saturating_sub(1)))
}

/// A sentence in at most `most` lines; the last one says with `…` that something is missing.
pub fn wrap_at_most(text: &str, width: usize, most: usize) -> Vec<String> {
    let mut lines = wrap(text, width);
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            *last = mark_cut(last, width);
        }
    }
    lines
}

/// Cuts a line to `width` columns.
pub fn clip(line: Row, width: usize) -> Row {
    if line.width() <= width {
        return line;
    }
    let mut room = width;
    let mut spans = Vec::new();
    for span in line.spans {
        let wide = span.width();
        if wide < room || (wide == room && room == 0) {
            room -= wide;
            spans.push(span);
        } else {
            // This span or one after it does not fit: it ends in `…`.
            let text = if wide == room && width == 1 {
                // A single column says more with its sign than with `…`.
                span.content.to_string()
            } else if wide == room {
                format!("{}…", cut_hard(&span.content, room.saturating_sub(1)))
            } else {
                cut_between(&span.content, room)
            };
            spans.push(Span::styled(text, span.style));
            break;
        }
    }
    Line::from(spans)
}

/// Cuts a text without saying so.
fn cut_hard(text: &str, width: usize) -> String {
    let marked = cut_between(&format!("{text}…"), width + 1);
    marked.strip_suffix('…').unwrap_or_default().to_owned()
}

/// Cuts the end off a text, and never through a number: the first digit of `100 %` is another number. Digits in a name are
/// none.
fn cut_between(text: &str, width: usize) -> String {
    let whole = cut(text, width);
    let Some(head) = whole.strip_suffix('…') else { return whole };
    let in_number = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | ':' | '%');
    let rest = text.get(head.len()..).unwrap_or_default();
    let before = head.trim_end_matches(in_number);
    let goes_on = rest.chars().next().is_some_and(in_number) && before.len() < head.len();
    let is_name = before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '/'));
    if goes_on && !is_name { format!("{before}…") } else { whole }
}

/// One line with `left` and `right` at its ends. Where both do not fit, the left one is cut.
pub fn spread(left: Row, right: Row, width: usize) -> Row {
    let right_width = right.width();
    if right_width == 0 || right_width + 2 >= width {
        return clip(left, width);
    }
    let mut line = clip(left, width - right_width - 1);
    line.spans.push(Span::raw(" ".repeat(width - right_width - line.width())));
    line.spans.extend(right.spans);
    line
}

/// The first of the candidates, from richest to poorest, that fits; the last one is cut.
pub fn first_fit(candidates: Vec<Row>, width: usize) -> Row {
    let mut poorest = Row::default();
    for candidate in candidates {
        if candidate.width() <= width {
            return candidate;
        }
        poorest = candidate;
    }
    clip(poorest, width)
}

/// Several spans with two spaces between them; empty ones leave no gap.
pub fn join(parts: Vec<Row>, gap: &str) -> Row {
    let mut line = Row::default();
    for part in parts.into_iter().filter(|part| part.width() > 0) {
        if !line.spans.is_empty() {
            line.spans.push(Span::raw(gap.to_owned()));
        }
        line.spans.extend(part.spans);
    }
    line
}

/// Cuts lines to `height`; the last that is left says with `…` that more would follow.
pub fn mark_more(lines: &mut Vec<Row>, height: usize, width: usize) {
    while lines.len() > height && lines.last().is_some_and(|line| line.width() == 0) {
        lines.pop();
    }
    if lines.len() > height {
        lines.truncate(height);
        if let Some(last) = lines.last_mut() {
            let mut cut = clip(std::mem::take(last), width.saturating_sub(2));
            if !cut.spans.last().is_some_and(|span| span.content.ends_with('…')) {
                cut.spans.push(Span::raw(" …"));
            }
            *last = cut;
        }
    }
}

/// Puts lines into an area, top down; what does not fit is left out.
pub fn put(buffer: &mut Buffer, area: Rect, lines: &[Row]) {
    let area = area.intersection(buffer.area);
    for (row, line) in (area.top()..area.bottom()).zip(lines) {
        buffer.set_line(area.left(), row, line, area.width);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sentences_break_at_spaces() {
        assert_eq!(wrap("rolls back at 1000:1, goes on", 12), ["rolls back", "at 1000:1,", "goes on"]);
        assert_eq!(wrap_at_most("rolls back at 1000:1, goes on", 12, 2), ["rolls back", "at 1000:1, …"]);
        assert_eq!(wrap_at_most("one two three", 3, 1), ["on…"]);
        assert_eq!(wrap("the target is 1 %, and more", 15), ["the target is", "1 %, and more"]);
        assert_eq!(wrap("stable (37 of 8 840) were", 14), ["stable (37 of", "8 840) were"]);
    }

    #[test]
    fn a_number_is_shown_whole_or_not_at_all() {
        let cut = |text: &str, width| clip(Line::from(text.to_owned()), width).to_string();
        assert_eq!(cut("Promote straight to 100 %", 22), "Promote straight to …");
        assert_eq!(cut("errors 0% of 1.00%, 4s", 17), "errors 0% of …");
        assert_eq!(cut("safe since 14:31:06 UTC", 17), "safe since …");
        assert_eq!(cut("soak 04:12 of 10:00", 11), "soak 04:12…");
        assert_eq!(cut("checkout-6456f8d9", 13), "checkout-645…");
        assert_eq!(wrap_at_most("a target of 1000:1, and more", 15, 1), ["a target of …"]);
    }

    #[test]
    fn a_text_can_begin_beside_something() {
        assert_eq!(wrap_beside("one two three four", 8, 14, 3), ["one two", "three four"]);
        assert_eq!(wrap_beside("one two three", 0, 14, 3), ["", "one two three"]);
        assert_eq!(wrap_beside("extraordinary things", 6, 20, 3), ["", "extraordinary things"]);
        assert_eq!(wrap_beside("one two three", 9, 14, 1), ["one two …"]);
    }

    #[test]
    fn the_right_end_survives_a_narrow_line() {
        let line = spread(Line::from("a long left side"), Line::from("4s"), 12);
        assert_eq!(line.to_string(), "a long l… 4s");
        assert_eq!(spread(Line::from("left"), Line::from("right"), 14).to_string(), "left     right");
    }

    proptest! {
        #[test]
        fn nothing_is_wider_than_asked(text in "\\PC{0,40}", width in 0usize..40) {
            prop_assert!(clip(Line::from(text.clone()), width).width() <= width);
            prop_assert!(wrap(&text, width).iter().all(|line| line.width() <= width));
            prop_assert!(wrap_at_most(&text, width, 2).iter().all(|line| line.width() <= width));
            prop_assert!(spread(Line::from(text.clone()), Line::from("ab"), width).width() <= width);
        }
    }
}
