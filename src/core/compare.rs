//! Whom the canary is compared with.

use crate::core::plan::Plan;

/// The other side of a relative rule: not at 100 %, and not while verifying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    /// All of stable, which takes users' traffic.
    WithStable,
    /// Fresh pods of stable's version, which take users' traffic as well.
    WithBaseline,
    /// Nobody: only the target judges.
    Alone,
}

impl Compare {
    /// In a step below 100 %: its baseline, where a release has one.
    pub fn beside(plan: &Plan) -> Self {
        if plan.has_baseline() { Self::WithBaseline } else { Self::WithStable }
    }

    /// Whether there is another side at all.
    pub fn has_other(self) -> bool {
        self != Self::Alone
    }

    /// What the other side is called; behind pins nobody is compared with, and what is shown beside is stable's.
    pub fn other(self) -> &'static str {
        other_side(self == Self::WithBaseline)
    }
}

/// What the side that a canary stands beside is called.
pub fn other_side(baseline: bool) -> &'static str {
    if baseline { "baseline" } else { "stable" }
}
