//! What a person can ask of a release, and what they are answered.

use serde::{Deserialize, Serialize};

use crate::core::plan::Step;
use crate::core::time::Time;

/// One request of one person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Command {
    /// Unique, so that it is obeyed at most once.
    pub id: String,
    /// What is asked for.
    pub verb: Verb,
    /// Who asks, as the API server names them.
    pub by: String,
    /// When they asked.
    pub at: Time,
    /// Why, in their words.
    pub reason: Option<String>,
    /// What the sender had before their eyes; a command about a step that has moved on is refused.
    pub seen: Seen,
}

/// What a command's sender saw.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// The release's id; `None` where the sender looked at none.
    pub release: Option<String>,
    /// The release hash.
    pub hash: Option<String>,
    /// The epoch of the driver.
    #[serde(default)]
    pub epoch: Option<u64>,
    /// The step, from 0; `None` before the first and after the last.
    pub step: Option<usize>,
    /// The worst verdict on the screen, as its rank (see [`crate::core::verdict::Verdict`]).
    pub worst: Option<crate::core::verdict::Verdict>,
}

/// What can be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "verb")]
pub enum Verb {
    /// Satisfy the open approval gate.
    Approve,
    /// Advance now, without waiting out the soak.
    Promote {
        /// Straight to 100 %.
        full: bool,
        /// Waive verdicts and data (never a gate); needs a reason.
        over: bool,
    },
    /// Stop advancing.
    Pause,
    /// Advance again.
    Resume,
    /// Bring all traffic back to stable, take the canary away, and prove it.
    Rollback,
    /// Stop driving now: leave the release where it is and end *held*.
    HoldHere,
    /// Change the remaining steps while they are flown.
    Edit {
        /// All steps; those that have passed as they were.
        steps: Vec<Step>,
    },
    /// Cut short the wait for what routes to pod addresses from outside the cluster (during a rollback).
    SkipSettle,
}

impl Verb {
    /// The one word for it, by which rights are given: the word that it is written with.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Promote { .. } => "promote",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Rollback => "rollback",
            Self::HoldHere => "hold-here",
            Self::Edit { .. } => "edit",
            Self::SkipSettle => "skip-settle",
        }
    }

    /// The command's name on the command line and in events.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Promote { full: true, .. } => "promote --full",
            Self::Promote { over: true, .. } => "promote --override",
            Self::Promote { .. } => "promote",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Rollback => "rollback",
            Self::HoldHere => "hold",
            Self::Edit { .. } => "edit",
            Self::SkipSettle => "skip-settle",
        }
    }
}

/// Whether a command was obeyed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The command's id.
    pub id: String,
    /// `Ok`: obeyed (the text says how); `Err`: refused (the text says why and what to do).
    pub outcome: Result<String, String>,
}
