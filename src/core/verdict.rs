//! What a rule says about a canary, always with its evidence.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::core::level::Priority;
use crate::core::time::Time;

/// Pass, fail, or one of the two ways of not knowing. Ordered from good to bad, so that the worst of several is their maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The evidence meets the target.
    Pass,
    /// There is evidence and it does not decide.
    Inconclusive,
    /// There is no evidence to judge by.
    NoData,
    /// The evidence proves that the target is missed.
    Fail,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pass => "pass",
            Self::Inconclusive => "inconclusive",
            Self::NoData => "no-data",
            Self::Fail => "fail",
        })
    }
}

/// The state of the data that a verdict was made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DataState {
    /// Fresh and enough.
    Ok,
    /// Fresh, and too few requests to decide.
    TooLittleTraffic,
    /// Nobody exposes the series, or one that existed is gone.
    NoData,
    /// The newest sample is older than the rule's freshness.
    Stale,
    /// The samples are not numbers.
    Nan,
    /// The source does not answer.
    SourceDown,
    /// Several series where one was expected, or a bound that no bucket has.
    Ambiguous,
    /// What is measured as canary looks like stable and the other way round.
    Swapped,
    /// The canary is read, and nobody of the side that it is compared with.
    Unpaired,
}

impl DataState {
    /// Whether the rule is blind: only then does the blind limit run.
    pub fn is_blind(self) -> bool {
        matches!(self, Self::NoData | Self::Stale | Self::Nan | Self::SourceDown)
    }

    /// Whether the soak stands still while data is in this state.
    pub fn stops_soak(self) -> bool {
        self.is_blind() || matches!(self, Self::Ambiguous | Self::Swapped | Self::Unpaired)
    }

    /// The words for it on a screen.
    pub fn words(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::TooLittleTraffic => "too little traffic",
            Self::NoData => "no data",
            Self::Stale => "stale",
            Self::Nan => "NaN",
            Self::SourceDown => "source down",
            Self::Ambiguous => "ambiguous",
            Self::Swapped => "labels look swapped",
            Self::Unpaired => "nothing to compare with",
        }
    }
}

/// What one rule says about one workload now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// The rule's name.
    pub rule: String,
    /// The workload's name.
    pub workload: String,
    /// The verdict.
    pub verdict: Verdict,
    /// The state of its data.
    pub data: DataState,
    /// Whether the evidence is bad enough to hold, and not yet a breach.
    pub suspicion: bool,
    /// What it rests on.
    pub evidence: Evidence,
}

/// What still parts odds that speak against a canary from a rollback.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outlook {
    /// Where both sides go on as bad as they were in the last minute, the odds reach their line at about this moment.
    About(Time),
    /// They have reached it, and the canary is so young that what it shows may be its warming up: until this moment.
    WarmsUp(Time),
    /// They have reached it, and one short burst would explain the last minute as well.
    MayBeABurst,
}

/// The numbers behind a verdict.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The canary's measured value in the rule's unit: a share of requests (0–1), seconds, or bytes.
    pub canary: Option<f64>,
    /// Stable's, over the same time.
    pub stable: Option<f64>,
    /// The target in the same unit.
    pub target: Option<f64>,
    /// Canary requests since the step began.
    pub requests: u64,
    /// Of which bad (failed, or slower than the bound).
    pub bad: u64,
    /// Stable's requests over the same time.
    pub stable_requests: u64,
    /// Of which bad.
    pub stable_bad: u64,
    /// Whether these numbers of stable's are of its baseline alone: the canary is compared with that, and not with all of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub baseline: bool,
    /// Whether what is held against the canary is as true of whom it is compared with, and so no fault of its own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub common: bool,
    /// Whether a person should read `why` though the rule passes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub notable: bool,
    /// Bad samples in a row now.
    pub in_a_row: u32,
    /// The natural logarithm of the odds against the canary, the worse of those that may act, where odds judge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub odds: Option<f64>,
    /// The same of the odds at which the release rolls back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback_at: Option<f64>,
    /// What still parts odds that speak against the canary from a rollback, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outlook: Option<Outlook>,
    /// How bad a breach is, where the rule has levels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Priority>,
    /// Both sides and the odds on one line for a person, where odds judge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    /// How many more requests the rule needs before it can pass, where that is what it lacks.
    pub needs: Option<u64>,
    /// When the newest sample was true.
    pub newest: Option<Time>,
    /// One sentence that says why the verdict is what it is.
    pub why: String,
}
