//! Names that we make, and names that we are given.

use sha2::{Digest, Sha256};

use crate::core::time::Time;

/// The longest name that is also good as a label value.
pub const LONGEST: usize = 63;

/// What a ReplicaSet adds to its Deployment's name: a dash and at most ten characters.
const HASH: usize = 11;

/// The canary's name: stable's with `-canary`, cut so that its ReplicaSets' names still fit. A name that is cut keeps a
/// piece of the whole name's hash, so that two long names never share a canary.
pub fn canary(stable: &str) -> String {
    with_suffix(stable, "-canary")
}

/// The baseline's name, made as the canary's is.
pub fn baseline(stable: &str) -> String {
    with_suffix(stable, "-baseline")
}

fn with_suffix(stable: &str, suffix: &str) -> String {
    let room = LONGEST - HASH - suffix.len();
    if stable.len() <= room {
        return format!("{stable}{suffix}");
    }
    let hash: String = Sha256::digest(stable.as_bytes()).iter().take(3).map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{hash}{suffix}", head(stable, room - hash.len() - 1))
}

/// The name of an object of ours that stands beside what is called `name`. One that is cut keeps a piece of the whole
/// name's hash, so that two long names never share an object.
pub fn beside(name: &str) -> String {
    const PREFIX: &str = "glidepath-";
    let room = LONGEST - PREFIX.len();
    // An application may be called anything; what is no name for an object is told apart by its hash too.
    if name.len() <= room && is_word(name) {
        return format!("{PREFIX}{name}");
    }
    let hash: String = Sha256::digest(name.as_bytes()).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let plain = plain(name);
    match head(&plain, room - hash.len() - 1) {
        "" => format!("{PREFIX}{hash}"),
        head => format!("{PREFIX}{head}-{hash}"),
    }
}

/// A release's id, from what it is and when it began: `checkout-1-8-0-20251123-230000`.
pub fn release(application: &str, version: &str, now: Time) -> String {
    // RFC 3339 begins `2025-11-23T23:00:00`.
    let at: String = now.to_string().chars().take(19).filter(char::is_ascii_digit).collect();
    let (day, clock) = at.split_at(at.len().min(8));
    let what = plain(&format!("{application}-{version}"));
    let what = if what.is_empty() { "release".to_owned() } else { what };
    let when = format!("-{day}-{clock}");
    format!("{}{when}", head(&what, LONGEST - when.len()))
}

/// Whether `name` can be the name of a namespace or of a release.
pub fn is_label(name: &str) -> bool {
    name.len() <= LONGEST && is_word(name)
}

fn is_word(word: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !word.is_empty() && word.chars().all(inner) && !word.starts_with('-') && !word.ends_with('-')
}

/// Lower case letters and digits, with single dashes between what is something else.
fn plain(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}

/// The first `length` bytes of an ASCII name, without what cannot stand at an end.
fn head(name: &str, length: usize) -> &str {
    name.get(..length).unwrap_or(name).trim_end_matches(['-', '.'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_beside_a_thing_is_named_after_it() {
        assert_eq!(beside("checkout"), "glidepath-checkout");
        let (long, longer) = ("a".repeat(80), "a".repeat(81));
        assert_ne!(beside(&long), beside(&longer));
        for name in [long.as_str(), "T.A.R.S. — the whole", "日本"] {
            assert!(is_label(&beside(name)), "{}", beside(name));
        }
    }
    use proptest::prelude::*;

    fn is_object(name: &str) -> bool {
        name.len() <= 253 && name.split('.').all(is_word)
    }

    #[test]
    fn a_canary_is_called_after_its_stable() {
        assert_eq!(canary("checkout"), "checkout-canary");
        let long = "a-very-long-deployment-name-that-somebody-thought-of-one-day";
        assert!(canary(long).starts_with("a-very-long-deployment-name-that-some"), "{}", canary(long));
        assert_ne!(canary(long), canary(&format!("{long}-2")));
    }

    #[test]
    fn a_release_is_called_after_what_and_when() {
        let now = Time::from_millis(1_763_938_800_123);
        assert_eq!(release("checkout", "1.8.0", now), "checkout-1-8-0-20251123-230000");
        assert_eq!(release("Größe", "", now), "gr-e-20251123-230000");
        assert_eq!(release("", "", now), "release-20251123-230000");
    }

    #[test]
    fn names_are_told_from_paths() {
        assert!(is_label("shop-2"));
        for wrong in ["", "Web", "a/b", "-a", "a-", "a.b", "a b", "../x"] {
            assert!(!is_label(wrong), "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn made_names_are_always_names(stable in "[a-z]([-a-z0-9.]{0,250}[a-z0-9])?", version in "\\PC{0,80}") {
            for beside in [canary(&stable), baseline(&stable)] {
                prop_assert!(beside.len() + HASH <= LONGEST);
                if is_object(&stable) {
                    prop_assert!(is_object(&beside), "{beside}");
                }
            }
            prop_assert!(is_label(&release(&stable, &version, Time::from_millis(0))));
        }
    }
}
