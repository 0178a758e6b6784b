//! The proof of a rollback: a checklist with a clock.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::core::plan::{Kind, Plan};
use crate::core::text::middle;
use crate::core::time::Time;

/// The columns that a version may take in a line's words.
const VERSION: usize = 6;

/// One line of the checklist, for one workload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProofLine {
    /// What is to be proved.
    pub line: LineKind,
    /// The workload.
    pub workload: String,
    /// How far it is.
    pub state: LineState,
    /// What it rests on (done), what is missing (waiting, stalled).
    pub why: String,
    /// When it was done, on the engine's clock.
    pub done_at: Option<Time>,
}

/// The lines, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LineKind {
    /// The write that takes traffic away was accepted: the canary's size, after the pin where there was one.
    Accepted,
    /// The EndpointSlices name only stable pods.
    Observed,
    /// The canary's measured request rate is zero, or no canary pod exists any more.
    CanaryZero,
    /// Stable is at full capacity.
    StableCapacity,
    /// The SLOs are inside their targets again.
    SloInside,
}

impl LineKind {
    /// All lines, in their order.
    pub const ALL: [Self; 5] =
        [Self::Accepted, Self::Observed, Self::CanaryZero, Self::StableCapacity, Self::SloInside];
}

impl LineKind {
    /// The line in words, for a screen: the term itself is what the stream and the journal call it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Accepted => "canary to 0",
            Self::Observed => "routes to stable",
            Self::CanaryZero => "canary gets none",
            Self::StableCapacity => "stable full size",
            Self::SloInside => "within targets",
        }
    }

    /// The same with versions where an earlier one is brought back: then "stable" and "canary" would each mean both.
    pub fn words_for(self, plan: &Plan) -> String {
        let (good, bad) = match plan.kind {
            Kind::Release => return self.words().to_owned(),
            Kind::Restore | Kind::RestoreInPlace => (middle(&plan.to, VERSION), middle(&plan.from, VERSION)),
        };
        match self {
            Self::Accepted => format!("{good} put back"),
            Self::Observed => format!("routes to {good}"),
            Self::CanaryZero => format!("{bad} gets none"),
            Self::StableCapacity => format!("{good} full size"),
            Self::SloInside => self.words().to_owned(),
        }
    }

    /// The same in one word, for the head of a narrow column.
    pub fn word(self) -> &'static str {
        match self {
            Self::Accepted => "written",
            Self::Observed => "routes",
            Self::CanaryZero => "canary none",
            Self::StableCapacity => "stable full",
            Self::SloInside => "targets",
        }
    }
}

impl fmt::Display for LineKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Accepted => "accepted",
            Self::Observed => "observed",
            Self::CanaryZero => "canary-zero",
            Self::StableCapacity => "stable-capacity",
            Self::SloInside => "slo-inside",
        })
    }
}

/// What may be said of users once no canary gets a request: that they are safe only where stable does not fail as well, and
/// that they were never in danger where that is known (`unmet`). `bad` names what they do not meet.
pub fn of_users(lines: &[ProofLine], unmet: bool, bad: &str) -> String {
    match stable_fails(lines) {
        _ if unmet => format!("no user ever met {bad}"),
        Some(_) => format!("no user meets {bad}"),
        None => "users are safe".to_owned(),
    }
}

/// What stable's own metrics say against it, where that keeps the proof open: the traffic is back, and it is not shown to be
/// well served.
pub fn stable_fails(lines: &[ProofLine]) -> Option<&ProofLine> {
    lines.iter().find(|line| line.line == LineKind::SloInside && line.state == LineState::Stalled)
}

/// How far a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LineState {
    /// On its way.
    Waiting,
    /// Proved.
    Done,
    /// Not moving, and the reason is known.
    Stalled,
}
