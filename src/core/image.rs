//! What an image reference is made of.

use crate::core::text::neutral;

/// The repository of a reference: everything before the tag and the digest.
pub fn repository(reference: &str) -> &str {
    let untagged = reference.split('@').next().unwrap_or(reference);
    match untagged.rsplit_once(':') {
        // A colon before a slash belongs to the registry's port.
        Some((repository, tag)) if !tag.contains('/') => repository,
        _ => untagged,
    }
}

/// The version in a reference, in the words of a person: its tag, else the beginning of its digest, else `latest`.
pub fn version(reference: &str) -> String {
    let (tagged, digest) = reference.split_once('@').unwrap_or((reference, ""));
    let tag = tagged.strip_prefix(repository(reference)).and_then(|tag| tag.strip_prefix(':')).unwrap_or_default();
    if !tag.is_empty() {
        return neutral(tag);
    }
    match digest.split_once(':') {
        Some((_, hash)) => neutral(hash.get(..12).unwrap_or(hash)),
        None => "latest".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_come_apart() {
        for (reference, repository_is, version_is) in [
            ("web", "web", "latest"),
            ("web:1.8.0", "web", "1.8.0"),
            ("reg:5000/web", "reg:5000/web", "latest"),
            ("reg:5000/a/web:1.8.0", "reg:5000/a/web", "1.8.0"),
            ("web@sha256:0123456789abcdef", "web", "0123456789ab"),
            ("web:1.8.0@sha256:0123456789abcdef", "web", "1.8.0"),
        ] {
            assert_eq!(
                (repository(reference), version(reference).as_str()),
                (repository_is, version_is),
                "{reference}"
            );
        }
    }
}
