//! What went wrong, in words for the person who must act on it: what, where, and what to do.

use std::fmt;

/// An error that reaches a person. The kind decides the exit code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Whose problem it is.
    pub kind: ProblemKind,
    /// What is wrong and where; lower case, no full stop. Neutralised text only.
    pub what: String,
    /// What to do, one entry a hint.
    pub hints: Vec<String>,
}

/// Whose problem it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// Something the user must correct (exit code 2).
    User,
    /// A gate, a verdict, or another driver says no (5).
    Refused,
    /// Nobody answers (6).
    Unreachable,
    /// A fault of ours (1).
    Internal,
}

impl Problem {
    /// Something the user must correct.
    pub fn user(what: impl Into<String>) -> Self {
        Self { kind: ProblemKind::User, what: what.into(), hints: Vec::new() }
    }

    /// A gate, a verdict, or another driver says no.
    pub fn refused(what: impl Into<String>) -> Self {
        Self { kind: ProblemKind::Refused, ..Self::user(what) }
    }

    /// Nobody answers.
    pub fn unreachable(what: impl Into<String>) -> Self {
        Self { kind: ProblemKind::Unreachable, ..Self::user(what) }
    }

    /// A fault of ours.
    pub fn internal(what: impl Into<String>) -> Self {
        Self { kind: ProblemKind::Internal, ..Self::user(what) }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The exit code of a process that ends with this problem.
    pub fn exit_code(&self) -> u8 {
        match self.kind {
            ProblemKind::Internal => 1,
            ProblemKind::User => 2,
            ProblemKind::Refused => 5,
            ProblemKind::Unreachable => 6,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.what)?;
        for hint in &self.hints {
            write!(f, "\nhint: {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}
