//! Image references as people give them: `[HOST[:PORT]/]PATH[:TAG][@DIGEST]`.

/// A reference to an image, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Host and path.
    pub repository: String,
    /// What stands after the colon.
    pub tag: Option<String>,
    /// What stands after the `@`, with its algorithm.
    pub digest: Option<String>,
}

impl Reference {
    /// Reads a reference.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| format!("{text:?} is not an image reference: {why}");
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) if is_digest(digest) => (name, Some(digest.to_owned())),
            Some(_) => return Err(wrong("what follows @ must be sha256: and 64 hexadecimal digits")),
            None => (text, None),
        };
        // A colon before the last slash belongs to the port of the host.
        let path = name.rfind('/').map_or(0, |slash| slash + 1);
        let (repository, version) = match name.rfind(':') {
            Some(colon) if colon >= path => (name.get(..colon).unwrap_or(name), name.get(colon + 1..)),
            _ => (name, None),
        };
        check_repository(repository).map_err(wrong)?;
        let tag = version.map(tag).transpose().map_err(|why| wrong(&why))?;
        Ok(Self { repository: repository.to_owned(), tag, digest })
    }
}

/// A tag: at most 128 letters, digits, `_`, `.` and `-`, and no `.` or `-` first.
///
/// # Errors
/// What is wrong with it.
pub fn tag(text: &str) -> Result<String, String> {
    let good = (1..=128).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))
        && !text.starts_with(['.', '-']);
    if good {
        return Ok(text.to_owned());
    }
    Err(format!("{text:?} is not an image tag: at most 128 letters, digits, _, . and -, and no . or - first"))
}

/// A repository alone: neither tag nor digest.
///
/// # Errors
/// What is wrong with it.
pub fn repository(text: &str) -> Result<String, String> {
    match Reference::parse(text)? {
        Reference { tag: None, digest: None, repository } => Ok(repository),
        _ => Err(format!("{text:?} names a version; give the repository alone, the version comes with each release")),
    }
}

fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha256:").is_some_and(|hex| hex.len() == 64 && hex.chars().all(|c| c.is_ascii_hexdigit()))
}

fn check_repository(text: &str) -> Result<(), &'static str> {
    let parts: Vec<&str> = text.split('/').collect();
    let (host, path) = match parts.split_first() {
        Some((first, rest)) if !rest.is_empty() && is_host(first) => (Some(*first), rest),
        _ => (None, parts.as_slice()),
    };
    if text.is_empty() || path.iter().any(|part| part.is_empty()) {
        return Err("a part of its path is empty");
    }
    if path.iter().any(|part| part.chars().any(|c| c.is_ascii_uppercase())) {
        return Err("its path has upper-case letters");
    }
    let port_is_good = host.and_then(|host| host.split_once(':')).is_none_or(|(_, port)| port.parse::<u16>().is_ok());
    if text.len() > 255 || !port_is_good || !path.iter().all(|part| is_component(part)) {
        return Err("write it as HOST/PATH:TAG or HOST/PATH@DIGEST");
    }
    Ok(())
}

/// Whether the first part is a host, by the rule that every container tool uses.
fn is_host(part: &str) -> bool {
    let plain = part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':'));
    plain && (part.contains(['.', ':']) || part == "localhost") && !part.starts_with(['.', '-', ':'])
}

fn is_component(part: &str) -> bool {
    let end = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    part.starts_with(end) && part.ends_with(end) && part.chars().all(|c| end(c) || matches!(c, '.' | '_' | '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_come_apart() {
        let parts =
            |text: &str| Reference::parse(text).map(|found| (found.repository, found.tag, found.digest.is_some()));
        assert_eq!(parts("checkout:1.8.0"), Ok(("checkout".into(), Some("1.8.0".into()), false)));
        assert_eq!(parts("localhost:5000/a/b"), Ok(("localhost:5000/a/b".into(), None, false)));
        assert_eq!(parts("localhost:5000/a/b:v1"), Ok(("localhost:5000/a/b".into(), Some("v1".into()), false)));
        let digest = format!("ghcr.io/x/y:v1@sha256:{}", "0a".repeat(32));
        assert_eq!(parts(&digest), Ok(("ghcr.io/x/y".into(), Some("v1".into()), true)));
    }

    #[test]
    fn what_is_no_reference_is_refused() {
        for wrong in [
            "",
            ":1",
            "a:",
            "A/b:1",
            "a//b",
            "/a",
            "a/",
            "a b",
            "a@sha256:12",
            "a:b:c",
            "h.io:x/a",
            "a:-1",
            "http://a/b:1",
            "-a",
        ] {
            assert!(Reference::parse(wrong).is_err(), "{wrong:?}");
        }
        assert!(repository("ghcr.io/x/y").is_ok());
        assert!(repository("ghcr.io/x/y:1").is_err());
    }
}
