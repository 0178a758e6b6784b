//! A rollback, as a person sees it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::core::proof::{LineKind, LineState, ProofLine, of_users};
use crate::core::time::{Time, span};

/// A rollback and its proof.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RollbackNow {
    /// Why.
    pub cause: String,
    /// When it was decided.
    pub since: Time,
    /// Requests a second to the version that is left behind, the last time it was measured, and when; 0 since then.
    pub canary_rate: Option<(f64, Time)>,
    /// Since when users are safe: when every workload's *canary-zero* was done.
    pub safe_since: Option<Time>,
    /// Whether it is known that no user ever met the version that is taken away.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unmet: bool,
    /// When the wait for the proof ends, proven or not; `None`: it has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Time>,
    /// How long the API server could not be reached since the decision.
    #[serde(with = "span")]
    pub lost: Duration,
    /// The checklist, in order.
    pub lines: Vec<ProofLine>,
    /// Who has put back what it takes away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fought: Option<Fought>,
    /// The writes that are wanted and not seen yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub writes: Vec<WriteNow>,
}

/// Somebody else who pins a Service to what is rolled back from, again and again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fought {
    /// The field manager.
    pub by: String,
    /// The Service.
    pub service: String,
}

impl RollbackNow {
    /// Who keeps it from going on, as long as somebody does.
    pub fn is_fought(&self) -> Option<&Fought> {
        let open = |line: &ProofLine| line.line == LineKind::Accepted && line.state != LineState::Done;
        self.fought.as_ref().filter(|_| self.lines.iter().any(open))
    }

    /// Whether no user meets the version that is taken away: that is proved, or none ever did.
    pub fn nobody_meets_it(&self) -> bool {
        self.unmet || self.safe_since.is_some()
    }

    /// What may be said of users, and since when where that began with the rollback; `None`: they may still meet it. `bad` names
    /// it.
    pub fn users(&self, bad: &str) -> Option<String> {
        let words = of_users(&self.lines, self.unmet, bad);
        match self.safe_since {
            _ if self.unmet => Some(words),
            Some(since) => Some(format!("{words} since {} UTC", since.clock())),
            None => None,
        }
    }
}

/// A write that is wanted and not seen yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteNow {
    /// What it does, in words.
    pub what: String,
    /// How often it was sent.
    pub tries: u32,
    /// Why the last try failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// How far it is.
    pub state: WriteState,
}

/// How far a write is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum WriteState {
    /// Sent, and no answer yet.
    Sent,
    /// The API server has it; it is not seen yet.
    Confirmed,
    /// It failed, or its answer was lost: it is sent again.
    Again {
        /// When.
        at: Time,
    },
}
