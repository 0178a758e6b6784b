//! Samples on their way in: made harmless for every sink, and still told apart.

use sha2::{Digest, Sha256};

use crate::core::sample::Sample;
use crate::core::text::{LONGEST, neutral};

/// The sample with its name and labels neutralised. Neutral text alone would make one series of two that differ in a
/// control character, or behind the longest text that is kept; so what had to change carries a finger print of what it was.
pub(super) fn harmless(mut sample: Sample) -> Sample {
    clean(&mut sample.name);
    for (name, value) in &mut sample.labels {
        clean(name);
        clean(value);
    }
    sample.labels.sort();
    sample
}

fn clean(text: &mut String) {
    // Nearly all text is plain, and asking this is cheap.
    if text.len() <= LONGEST && text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return;
    }
    let neutral = neutral(text);
    if neutral != *text {
        let print = Sha256::digest(text.as_bytes());
        *text = print.iter().take(4).fold(format!("{neutral} #"), |text, byte| format!("{text}{byte:02x}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::time::Time;

    fn with_path(path: &str) -> Sample {
        let labels = vec![("path".to_owned(), path.to_owned())];
        harmless(Sample { name: "a".to_owned(), labels, value: 1.0, at: Time::default() })
    }

    #[test]
    fn plain_labels_stay_as_they_are() {
        assert_eq!(with_path("/users/{id}?a=1").label("path"), Some("/users/{id}?a=1"));
        assert_eq!(with_path("/größe/世界").label("path"), Some("/größe/世界"));
    }

    #[test]
    fn dangerous_labels_are_visible_and_still_two_series() {
        let (escape, newline, blank) = (with_path("a\u{1b}[2J"), with_path("a\nb"), with_path("a b"));
        assert!(escape.label("path").is_some_and(|path| path.starts_with("a\\u{1b}[2J #")));
        assert!(newline.label("path").is_some_and(|path| path.starts_with("a b #")));
        assert_eq!(blank.label("path"), Some("a b"));
        let long = "x".repeat(5_000);
        assert_ne!(with_path(&format!("{long}1")), with_path(&format!("{long}2")));
    }
}
