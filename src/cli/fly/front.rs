//! Which of the three fronts shows a flight.

use std::io::IsTerminal;

use crate::core::problem::Problem;

/// A front.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Front {
    /// The full-screen cockpit.
    Cockpit,
    /// One sentence a line.
    Plain,
    /// One JSON object a line.
    Json,
}

impl Front {
    /// What was asked for; without a terminal the cockpit becomes plain, and says so on stderr.
    ///
    /// # Errors
    /// When both `--plain` and `--json` are asked for.
    pub fn choose(plain: bool, json: bool) -> Result<Self, Problem> {
        match (plain, json) {
            (true, true) => Err(Problem::user("--plain and --json exclude each other").hint("choose one of them")),
            (true, false) => Ok(Self::Plain),
            (false, true) => Ok(Self::Json),
            (false, false) => Ok(Self::by_terminal()),
        }
    }

    fn by_terminal() -> Self {
        let why = if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
            "there is no terminal"
        } else if std::env::var("TERM").is_ok_and(|term| term == "dumb") {
            "the terminal is dumb"
        } else {
            return Self::Cockpit;
        };
        eprintln!("glidepath: {why}: showing --plain instead of the cockpit");
        Self::Plain
    }
}
