//! What people said that still holds, and why the engine waits.

use serde::{Deserialize, Serialize};

use crate::core::plan::Step;
use crate::core::time::Time;
use crate::core::verdict::Verdict;

/// Who paused, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// Since when.
    pub since: Time,
    /// Who.
    pub by: String,
    /// Whether nothing that was begun is under way any more.
    pub settled: bool,
}

/// An order to advance now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromoteOrder {
    /// Who.
    pub by: String,
    /// Straight to 100 %.
    pub full: bool,
    /// Verdicts and data are waived.
    pub over: bool,
    /// The step that it was given for: it ends with it.
    pub step: usize,
}

/// An approval, bound to what the approver saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Who.
    pub by: String,
    /// When.
    pub at: Time,
    /// For which step.
    pub step: usize,
    /// The worst verdict that they saw: a worse one makes the approval lapse.
    pub worst: Verdict,
}

/// The steps as somebody changed them in the flight.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edited {
    /// All steps.
    pub steps: Vec<Step>,
    /// The release hash before the first change, by which the release is resumed.
    pub first: String,
    /// Who.
    pub by: String,
    /// When.
    pub at: Time,
}

/// A hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldNow {
    /// Since when.
    pub since: Time,
    /// The kind of reason, so that a change of its numbers is no new hold.
    pub key: String,
    /// Why, in a sentence.
    pub reason: String,
}
