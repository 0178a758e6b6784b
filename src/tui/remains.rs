//! What a cockpit leaves behind when it closes, for whoever opened it to print where the shell is again.

use std::sync::{Arc, Mutex, PoisonError};

/// A place that the cockpit's thread fills, and that outlives it.
#[derive(Clone, Debug, Default)]
pub struct LeftBehind(Arc<Mutex<Remains>>);

/// What is left behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remains {
    /// The files that were written on a person's word.
    pub exported: Vec<String>,
    /// The last frame, as text.
    pub screen: String,
    /// What went wrong and had no place on the screen.
    pub troubles: Vec<String>,
}

impl LeftBehind {
    /// What is left behind so far.
    pub fn remains(&self) -> Remains {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Leaves the last frame, and the files that were written.
    pub fn leave(&self, screen: String, exported: Vec<String>) {
        let mut remains = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (remains.screen, remains.exported) = (screen, exported);
    }

    /// Adds something that went wrong.
    pub fn trouble(&self, what: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).troubles.push(what);
    }
}

impl Remains {
    /// As lines for the terminal, the frame only where it was asked for.
    pub fn text(&self, with_screen: bool) -> String {
        let mut text = if with_screen { self.screen.clone() } else { String::new() };
        for path in &self.exported {
            text.push_str(&format!("written: {path}\n"));
        }
        for trouble in &self.troubles {
            text.push_str(&format!("{trouble}\n"));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_screen_is_printed_where_it_was_asked_for_and_paths_always() {
        let behind = LeftBehind::default();
        behind.trouble("the recording ends early: disk full".to_owned());
        behind.leave("frame\n".to_owned(), vec!["a.svg".to_owned()]);
        let remains = behind.remains();
        assert_eq!(remains.text(true), "frame\nwritten: a.svg\nthe recording ends early: disk full\n");
        assert_eq!(remains.text(false), "written: a.svg\nthe recording ends early: disk full\n");
    }
}
