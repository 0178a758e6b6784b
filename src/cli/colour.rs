//! Whether a stream may be coloured.

use std::ffi::OsString;
use std::io::{IsTerminal, stderr};

/// Whether diagnostics are coloured: at a terminal that can, and never against `NO_COLOR`.
pub fn on_stderr() -> bool {
    wanted(stderr().is_terminal(), |name| std::env::var_os(name))
}

fn wanted(terminal: bool, variable: impl Fn(&str) -> Option<OsString>) -> bool {
    let forbidden = variable("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = variable("TERM").is_some_and(|value| value == "dumb");
    terminal && !forbidden && !dumb
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_color_wins_over_a_terminal_unless_it_is_empty() {
        let with = |name: &'static str, value: &'static str| move |asked: &str| (asked == name).then(|| value.into());
        assert!(wanted(true, |_| None));
        assert!(!wanted(false, |_| None));
        assert!(!wanted(true, with("NO_COLOR", "1")));
        assert!(wanted(true, with("NO_COLOR", "")));
        assert!(!wanted(true, with("TERM", "dumb")));
    }
}
