//! How the process ends.

use std::process::ExitCode;

use crate::core::problem::Problem;
use crate::core::snapshot::{Ended, Errand, Outcome};

/// The exit code of the process: `main` and a script both read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit(u8);

impl Exit {
    /// Promoted, detached, obeyed, or nothing to complain of.
    pub const DONE: Self = Self(0);
    /// Something that the user must correct.
    pub const USER: Self = Self(2);
    /// A rollback was obeyed, and its proof did not come in time.
    pub const UNPROVEN: Self = Self(4);

    /// The number.
    pub fn code(self) -> u8 {
        self.0
    }

    /// How a command line ends that asked for help, or that is wrong.
    pub fn of_usage(error: &clap::Error) -> Self {
        if error.use_stderr() { Self::USER } else { Self::DONE }
    }

    /// How a process with this errand ends.
    pub fn of(ended: &Ended, errand: Errand) -> Self {
        Self(ended.exit_code_for(errand))
    }
}

impl From<Outcome> for Exit {
    fn from(outcome: Outcome) -> Self {
        Self(outcome.exit_code())
    }
}

impl From<&Problem> for Exit {
    fn from(problem: &Problem) -> Self {
        Self(problem.exit_code())
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_and_problems_have_the_codes_of_the_table() {
        let outcomes = [
            (Outcome::Promoted, 0),
            (Outcome::Detached, 0),
            (Outcome::Failed, 1),
            (Outcome::RolledBack, 3),
            (Outcome::Held, 4),
            (Outcome::Superseded, 4),
            (Outcome::Refused, 5),
            (Outcome::ContactLost, 6),
        ];
        for (outcome, code) in outcomes {
            assert_eq!(Exit::from(outcome).code(), code, "{outcome:?}");
        }
        let problems = [Problem::internal(""), Problem::user(""), Problem::refused(""), Problem::unreachable("")];
        assert_eq!(problems.each_ref().map(|problem| Exit::from(problem).code()), [1, 2, 5, 6]);
        let ended = |outcome: Outcome, proven| Ended {
            outcome,
            proven,
            exit_code: outcome.exit_code(),
            why: String::new(),
            notes: Vec::new(),
            nothing_flew: false,
        };
        let asked = |outcome, proven| Exit::of(&ended(outcome, proven), Errand::Rollback).code();
        let codes = [asked(Outcome::RolledBack, true), asked(Outcome::RolledBack, false), asked(Outcome::Held, false)];
        assert_eq!(codes, [0, 4, 4]);
        assert_eq!(Exit::of(&ended(Outcome::RolledBack, true), Errand::Release).code(), 3);
    }
}
