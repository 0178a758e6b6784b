//! Lists: which part of one is on the screen, and whether a text is among what a filter leaves.

use std::ops::Range;

/// The lines of a list of `total` that are shown in `height` lines: the cursor stays near the middle, where both ends of
/// the list let it.
pub fn window(total: usize, cursor: usize, height: usize) -> Range<usize> {
    let cursor = cursor.min(total.saturating_sub(1));
    let first = cursor.saturating_sub(height / 2).min(total.saturating_sub(height));
    first..(first + height).min(total)
}

/// Whether a filter leaves something: all words must be in one of its texts, whatever their case; with a `!` before them
/// none may be.
pub fn leaves<'a>(filter: &str, texts: impl IntoIterator<Item = &'a str> + Clone) -> bool {
    let (wanted, words) = match filter.trim().strip_prefix('!') {
        Some(words) => (false, words),
        None => (true, filter),
    };
    let holds = |word: &str| texts.clone().into_iter().any(|text| contains(text, word));
    let mut words = words.split_whitespace();
    if wanted { words.all(holds) } else { !words.any(holds) }
}

/// Whether a text holds a word, in ASCII of any case. It makes no copy: ten thousand pods are asked at every key.
fn contains(text: &str, word: &str) -> bool {
    let (text, word) = (text.as_bytes(), word.as_bytes());
    let Some(first) = word.first() else { return true };
    // Most bytes are told apart by one comparison each, before a whole part is looked at.
    let (lower, upper) = (first.to_ascii_lowercase(), first.to_ascii_uppercase());
    let begins = |byte: u8| byte == lower || byte == upper;
    text.iter().zip(text.windows(word.len())).any(|(byte, part)| begins(*byte) && part.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_cursor_is_in_the_middle_except_at_the_ends() {
        assert_eq!(window(100, 0, 10), 0..10);
        assert_eq!(window(100, 50, 10), 45..55);
        assert_eq!(window(100, 99, 10), 90..100);
        assert_eq!(window(3, 2, 10), 0..3);
        assert_eq!(window(0, 5, 10), 0..0);
    }

    #[test]
    fn filters_are_words_and_can_be_turned_round() {
        let leaves = |filter| leaves(filter, ["checkout-canary-x2k9p", "CrashLoopBackOff"]);
        assert!(leaves("") && leaves("X2K crash") && leaves("!ready"));
        assert!(!leaves("x2k ready") && !leaves("!crash") && leaves("!"));
    }

    proptest! {
        #[test]
        fn the_cursor_is_always_shown(total in 0usize..300, cursor in 0usize..400, height in 1usize..50) {
            let shown = window(total, cursor, height);
            prop_assert!(shown.len() == height.min(total));
            prop_assert!(total == 0 || shown.contains(&cursor.min(total - 1)));
        }
    }
}
