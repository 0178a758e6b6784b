//! What is being done: the phases of a release, and how far each is.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::core::snapshot::Outcome;
use crate::core::time::{Time, span};

/// What is being done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "phase")]
pub enum Phase {
    /// Nothing flies: the way back to an earlier version is known, and waits for a person's word.
    Idle,
    /// Marking the objects, creating the canary at 0 pods.
    Preparing,
    /// Flying a step.
    Stepping(Stepping),
    /// After 100 %: rolling stable, unpinning, verifying, cleaning up.
    Finishing(Finishing),
    /// Taking traffic back to stable, and proving it.
    RollingBack,
    /// Making safe what a held or superseded release leaves behind, before it ends so.
    Landing {
        /// How it will end.
        outcome: Outcome,
        /// Why.
        why: String,
    },
    /// Nothing more is done.
    Ended,
}

/// A step in flight.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stepping {
    /// From 0.
    pub index: usize,
    /// When the step began.
    pub began: Time,
    /// When the soak began: all pods Ready (and, at 100 %, every Service pinned).
    pub soaking_since: Option<Time>,
    /// Whether its evidence has begun to be counted: that goes on when another engine does.
    #[serde(default)]
    pub counting: bool,
    /// How much of the soak has passed.
    #[serde(with = "span")]
    pub soaked: Duration,
    /// When the soak was last added to.
    pub looked: Time,
    /// Whether the soak stands still.
    pub frozen: bool,
    /// The wait for pods.
    pub waiting: ReadyWait,
}

/// A wait for pods, bounded by `limits.ready` without a new highest count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadyWait {
    /// The highest count of Ready pods so far, over all workloads.
    pub highest: u32,
    /// When it was reached (or the wait began).
    pub since: Option<Time>,
}

/// What comes after 100 %.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finishing {
    /// How far it is.
    pub part: FinishPart,
    /// When this part began.
    pub since: Time,
    /// The wait for pods.
    pub waiting: ReadyWait,
}

/// The parts of finishing, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FinishPart {
    /// Waiting for the owner to bring the new image (`finish = "wait"`).
    AwaitOwner,
    /// Rolling every stable to the new template while the canary serves.
    Roll,
    /// Removing the pins, and seeing stable serve.
    Unpin,
    /// Judging all pods of the new template once more.
    Verify,
    /// Taking the canary away, and our marks.
    Clean,
}
