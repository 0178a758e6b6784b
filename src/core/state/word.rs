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

/// The kinds of reasons for which the engine does not advance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HoldKind {
    /// Evidence against the canary that does not roll back (yet).
    Against,
    /// Data that cannot be judged.
    Unknown,
    /// The soak is over, and a rule does not pass.
    Evidence,
    /// Pods that were Ready no longer are.
    Pods,
    /// A pin is gone, and is put up again.
    Pins,
    /// Somebody takes our pin away, or our template back, again and again.
    Fight,
    /// Too few canary endpoints stood behind a pinned Service.
    Thin,
    /// Somebody else has changed stable's template.
    Foreign,
    /// The tag names another image than the one that the canary proved.
    TagMoved,
    /// An object of the plan is gone.
    Gone,
    /// The API server does not answer.
    Api,
    /// The lease is not surely ours.
    Lease,
    /// The journal cannot be written.
    Journal,
    /// The metrics source warns that its answer is not whole.
    Warned,
    /// Stable's own metrics are not known yet.
    StableData,
    /// A write does not go through.
    Write,
}

/// A hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldNow {
    /// Since when.
    pub since: Time,
    /// The kind of reason, so that a change of its numbers is no new hold.
    pub key: HoldKind,
    /// Why, in a sentence.
    pub reason: String,
}
