//! The version that is typed for a flight: over the one that runs, as over a text that is marked.

use ratatui::crossterm::event::KeyCode;

use crate::core::image::repository;
use crate::tui::keymap::Chord;

/// The longest text that is taken.
const MOST: usize = 300;

/// What has been typed for one container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typing {
    /// Which of the Deployment's containers.
    pub container: usize,
    /// The text so far. `None`: nothing yet, and the version that runs is shown marked: the first letter replaces it.
    text: Option<String>,
}

/// An image reference as it stands in the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// What stays as it is, its last separator included.
    pub stays: String,
    /// What is typed, or would be replaced by it.
    pub version: String,
    /// Whether that is marked.
    pub marked: bool,
}

impl Typing {
    /// Nothing typed yet for this container.
    pub fn of(container: usize) -> Self {
        Self { container, text: None }
    }

    /// Takes a key that edits the text; `runs` is the image that runs.
    pub fn key(&mut self, chord: Chord, runs: &str) {
        match (chord.code, &mut self.text) {
            // As in any marked text: away with it, or go on behind it.
            (KeyCode::Backspace | KeyCode::Delete, None) => self.text = Some(String::new()),
            (KeyCode::Right | KeyCode::End, None) => self.text = Some(parts(runs).1.to_owned()),
            (KeyCode::Backspace, Some(text)) => {
                text.pop();
            }
            (_, text) => {
                if let Some(letter) = chord.typed().filter(|letter| !letter.is_whitespace()) {
                    let text = text.get_or_insert_default();
                    text.extend(Some(letter).filter(|_| text.len() < MOST));
                }
            }
        }
    }

    /// The image that is asked for; `None`: none yet, or the one that runs already, which is no release.
    pub fn image(&self, runs: &str) -> Option<String> {
        let typed = self.text.as_deref()?.trim_matches([':', '@']);
        let Shown { stays, version, .. } = self.shown(runs);
        let image = stays + &version;
        (!typed.is_empty() && image != runs).then_some(image)
    }

    /// What stands in the input.
    pub fn shown(&self, runs: &str) -> Shown {
        let (repository, version) = parts(runs);
        let Some(text) = &self.text else {
            let separator = runs.get(repository.len()..).and_then(|rest| rest.get(..1)).unwrap_or(":");
            return Shown { stays: format!("{repository}{separator}"), version: version.to_owned(), marked: true };
        };
        // No tag has a slash or a colon: whoever types one gives a whole reference.
        let tag = text.split('@').next().unwrap_or_default();
        let stays = match text.as_str() {
            text if text.starts_with([':', '@']) => repository.to_owned(),
            text if text.starts_with("sha256:") => format!("{repository}@"),
            _ if tag.contains(['/', ':']) => String::new(),
            _ => format!("{repository}:"),
        };
        Shown { stays, version: text.clone(), marked: false }
    }
}

/// The repository of a reference, and what names its version: tag, digest or both.
fn parts(reference: &str) -> (&str, &str) {
    let repository = repository(reference);
    (repository, reference.get(repository.len() + 1..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUNS: &str = "reg:5000/shop/cart:1.7.4";

    fn after(runs: &str, keys: &str) -> Typing {
        let mut typing = Typing::default();
        for letter in keys.chars() {
            let chord = match letter {
                '<' => Chord::key(KeyCode::Backspace),
                '>' => Chord::key(KeyCode::Right),
                letter => Chord::char(letter),
            };
            typing.key(chord, runs);
        }
        typing
    }

    fn image(runs: &str, keys: &str) -> Option<String> {
        after(runs, keys).image(runs)
    }

    #[test]
    fn what_is_typed_replaces_the_version_that_runs() {
        assert_eq!(image(RUNS, "1.8.0").as_deref(), Some("reg:5000/shop/cart:1.8.0"));
        assert_eq!(image(RUNS, "2<1.8.0<1").as_deref(), Some("reg:5000/shop/cart:1.8.1"));
        assert_eq!(image("cart", "1.8.0").as_deref(), Some("cart:1.8.0"));
        let digest = format!("sha256:{}", "0a".repeat(32));
        assert_eq!(image(&format!("cart@{digest}"), "1.8.0").as_deref(), Some("cart:1.8.0"));
        assert_eq!(image(RUNS, &digest), Some(format!("reg:5000/shop/cart@{digest}")));
        assert_eq!(image(RUNS, &format!("1.8.0@{digest}")), Some(format!("reg:5000/shop/cart:1.8.0@{digest}")));
    }

    #[test]
    fn a_key_to_the_right_goes_on_behind_the_version_that_runs() {
        assert_eq!(image(RUNS, ">-hotfix").as_deref(), Some("reg:5000/shop/cart:1.7.4-hotfix"));
        assert_eq!(image(RUNS, "><5").as_deref(), Some("reg:5000/shop/cart:1.7.5"));
    }

    #[test]
    fn a_whole_reference_that_is_pasted_is_taken_whole() {
        assert_eq!(image(RUNS, "ghcr.io/shop/cart:1.8.0").as_deref(), Some("ghcr.io/shop/cart:1.8.0"));
        assert_eq!(image(RUNS, "nginx:1.27 ").as_deref(), Some("nginx:1.27"));
        assert_eq!(image(RUNS, ":1.8.0").as_deref(), Some("reg:5000/shop/cart:1.8.0"));
    }

    #[test]
    fn what_is_no_release_is_not_asked_for() {
        for keys in ["", "<", "1.7.4", ">", ":", "@", "1<"] {
            assert_eq!(image(RUNS, keys), None, "{keys:?}");
        }
    }

    #[test]
    fn the_version_that_runs_is_marked_until_something_is_typed() {
        let shown = |keys: &str| {
            let Shown { stays, version, marked } = after(RUNS, keys).shown(RUNS);
            (stays, version, marked)
        };
        assert_eq!(shown(""), ("reg:5000/shop/cart:".into(), "1.7.4".into(), true));
        assert_eq!(shown("1"), ("reg:5000/shop/cart:".into(), "1".into(), false));
        assert_eq!(shown("<"), ("reg:5000/shop/cart:".into(), String::new(), false));
        assert_eq!(Typing::default().shown("cart@sha256:0a").stays, "cart@");
        assert_eq!(Typing::default().shown("cart").stays, "cart:");
    }
}
