//! In which form a release is shown.

use std::io::{IsTerminal, stdin, stdout};

use crate::cli::args::Global;

/// The forms, all of the same snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Front {
    /// The full screen.
    Cockpit,
    /// Lines of text.
    Plain,
    /// One JSON object a line.
    Json,
}

impl Front {
    /// The form that was asked for. Where the cockpit has no terminal it becomes plain; the text says why, for stderr.
    pub fn choose(global: &Global) -> (Self, Option<&'static str>) {
        let terminal = stdin().is_terminal() && stdout().is_terminal();
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        choose(global.plain, global.json, terminal, dumb)
    }
}

fn choose(plain: bool, json: bool, terminal: bool, dumb: bool) -> (Front, Option<&'static str>) {
    match (plain, json) {
        (_, true) => (Front::Json, None),
        (true, false) => (Front::Plain, None),
        (false, false) if !terminal => (Front::Plain, Some("no terminal here, so the cockpit is shown as --plain")),
        (false, false) if dumb => (Front::Plain, Some("TERM is dumb, so the cockpit is shown as --plain")),
        (false, false) => (Front::Cockpit, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cockpit_needs_a_terminal_and_says_so_where_it_has_none() {
        assert_eq!(choose(false, false, true, false), (Front::Cockpit, None));
        assert_eq!(choose(false, true, true, false), (Front::Json, None));
        assert_eq!(choose(true, false, true, false), (Front::Plain, None));
        assert!(matches!(choose(false, false, false, false), (Front::Plain, Some(_))));
        assert!(matches!(choose(false, false, true, true), (Front::Plain, Some(_))));
        assert_eq!(choose(true, false, false, true), (Front::Plain, None));
    }
}
