//! Which of the known names somebody probably meant.

/// How alike two names must be (Jaro-Winkler, 0–1): a slip of the finger, not another word.
const ALIKE: f64 = 0.8;

/// The known name that is most like `name`; `None` where none is alike.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&lower, candidate), candidate))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_seen_and_another_word_is_not() {
        let known = ["steps", "soak", "finish", "hpa"];
        assert_eq!(nearest("soack", known), Some("soak"));
        assert_eq!(nearest("Steps", known), Some("steps"));
        assert_eq!(nearest("hold_limit", ["hold", "blind"]), Some("hold"));
        assert_eq!(nearest("colour", known), None);
        assert_eq!(nearest("", known), None);
    }
}
