//! Text that comes from outside: made harmless once, on the way in, for every sink.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The longest text that is kept of anything a cluster, a metric or a file says, in characters.
pub const LONGEST: usize = 1_000;

/// At most this many combining marks stay on one character.
const MARKS: usize = 4;

/// Makes text harmless: control characters (C0, C1, DEL), and those that reorder or hide text (bidi controls, zero width,
/// interlinear, tags) become visible escapes such as `\u{1b}`; a newline or tab becomes a space; runs of combining
/// marks and the whole are bounded. Harmless text comes back as it was.
pub fn neutral(text: &str) -> String {
    // Nearly everything that a cluster says is this plain, and there is much of it.
    if text.len() <= LONGEST && text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.to_owned();
    }
    let mut clean = String::with_capacity(text.len().min(LONGEST));
    let mut count = 0;
    for grapheme in text.graphemes(true) {
        for (place, c) in grapheme.chars().enumerate() {
            if count >= LONGEST {
                clean.push('…');
                return clean;
            }
            match c {
                '\n' | '\t' => clean.push(' '),
                '\r' if grapheme == "\r\n" => continue,
                c if is_dangerous(c) => clean.extend(c.escape_unicode()),
                _ if place > MARKS => continue,
                c => clean.push(c),
            }
            count += 1;
        }
    }
    clean
}

/// Whether a terminal would obey a character, or show the text around it otherwise than it is.
pub fn is_dangerous(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// `1 pod`, `2 pods`.
pub fn plural(number: impl Into<u64>, one: &str) -> String {
    let number = number.into();
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

/// A text as a sentence begins.
pub fn begun(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Cuts the middle out of an id that is wider than `width` columns: both ends of an id tell more than its middle.
pub fn middle(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    if width <= 1 {
        return "…".repeat(width);
    }
    let graphemes: Vec<&str> = text.graphemes(true).collect();
    let tail_width = (width - 1) / 2;
    let tail = take(graphemes.iter().rev().copied(), tail_width);
    let head = take(graphemes.iter().copied(), width - 1 - tail_width);
    format!("{}…{}", head.concat(), tail.iter().rev().copied().collect::<String>())
}

/// Cuts the end off a text that is wider than `width` columns.
pub fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    if width == 0 {
        return String::new();
    }
    format!("{}…", take(text.graphemes(true), width - 1).concat())
}

fn take<'a>(graphemes: impl Iterator<Item = &'a str>, width: usize) -> Vec<&'a str> {
    let mut used = 0;
    graphemes
        .take_while(|grapheme| {
            used += grapheme.width();
            used <= width
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escape_sequences_become_visible() {
        assert_eq!(neutral("a\u{1b}]52;c;eA==\u{7}b"), "a\\u{1b}]52;c;eA==\\u{7}b");
        assert_eq!(neutral("x\u{9b}31m"), "x\\u{9b}31m");
        assert_eq!(neutral("safe\u{202e}txt"), "safe\\u{202e}txt");
        assert_eq!(neutral("two\r\nlines\tand a tab"), "two lines and a tab");
        assert_eq!(neutral("Grüße, 世界"), "Grüße, 世界");
    }

    #[test]
    fn ids_keep_both_ends() {
        assert_eq!(middle("checkout-canary-6456f8c55-x2k9p", 16), "checkout…5-x2k9p");
        assert_eq!(middle("short", 16), "short");
        assert_eq!(middle("anything", 1), "…");
        assert_eq!(cut("a sentence", 6), "a sen…");
    }

    proptest! {
        #[test]
        fn neutral_text_has_no_dangerous_character_and_a_bound(text in "\\PC{0,40}|[\\x00-\\xff\u{300}\u{202e}\u{200b}]{0,60}") {
            let clean = neutral(&text);
            prop_assert!(!clean.chars().any(is_dangerous));
            prop_assert!(clean.chars().count() <= LONGEST + 12);
            prop_assert_eq!(neutral(&clean), clean);
        }

        #[test]
        fn cutting_keeps_the_width(text in "\\PC{0,40}", width in 0usize..30) {
            prop_assert!(middle(&text, width).width() <= width.max(text.width().min(width)));
            prop_assert!(cut(&text, width).width() <= width);
        }
    }
}
