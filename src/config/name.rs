//! The names that Kubernetes accepts, checked before anybody asks a cluster.

/// A name of an object such as a Deployment: at most 253 of `a-z`, `0-9`, `-` and `.`, with letters or digits at the ends.
///
/// # Errors
/// What is wrong with it.
pub fn object(text: &str) -> Result<String, String> {
    let good = text.len() <= 253 && text.split('.').all(is_label);
    if good { Ok(text.to_owned()) } else { Err(wrong(text, "an object's name is at most 253 of a-z, 0-9, - and .")) }
}

/// A name of a namespace, a Service or a release: at most 63 of `a-z`, `0-9` and `-`, with letters or digits at the ends.
///
/// # Errors
/// What is wrong with it.
pub fn label(text: &str) -> Result<String, String> {
    if is_label(text) { Ok(text.to_owned()) } else { Err(wrong(text, "such a name is at most 63 of a-z, 0-9 and -")) }
}

fn is_label(text: &str) -> bool {
    let inside = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=63).contains(&text.len()) && text.chars().all(inside) && !text.starts_with('-') && !text.ends_with('-')
}

fn wrong(text: &str, rule: &str) -> String {
    format!("{text:?} is not a Kubernetes name: {rule}, and begins and ends with a letter or digit")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_kubernetes() {
        assert!(label("tars-ppo-agent").is_ok());
        assert!(object("checkout.v2").is_ok());
        for wrong in ["", "-a", "a-", "A", "a_b", "a/b", "a b", "ä", &"a".repeat(64)] {
            assert!(label(wrong).is_err(), "{wrong:?}");
            assert!(object(wrong).is_err(), "{wrong:?}");
        }
        assert!(object("a..b").is_err());
        assert!(label("a.b").is_err());
    }
}
