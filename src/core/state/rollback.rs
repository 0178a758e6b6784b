//! A rollback under way.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::core::proof::ProofLine;
use crate::core::snapshot::Fought;
use crate::core::time::{Time, span};

/// A rollback under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rollback {
    /// Why.
    pub cause: String,
    /// When it was decided.
    pub since: Time,
    /// Whether a person asked for it: then one Ready stable endpoint is enough.
    pub person: bool,
    /// Whether the odds of a rule decided it: then how rarely they are wrong is worth a sentence at the end.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_odds: bool,
    /// Whether a person cut short the wait for what routes from outside the cluster.
    pub skip_settle: bool,
    /// The checklist.
    pub lines: Vec<ProofLine>,
    /// Since when the API server does not answer, and how long it did not before.
    pub lost_since: Option<Time>,
    /// How long it did not answer before that.
    #[serde(with = "span")]
    pub lost: Duration,
    /// When users were safe: every canary-zero was done.
    pub safe_since: Option<Time>,
    /// Whether the proof was whole when the wait for it ended; `None` while it goes on.
    pub closed: Option<bool>,
    /// When the canary was told to go: from here on readings are listened to for quiet.
    pub scaled_at: Option<Time>,
    /// Canary requests a second when the rollback was decided: what silence is measured against.
    pub rate_before: BTreeMap<String, f64>,
    /// Whether somebody was called because too few stable pods are Ready for the canary to go.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub paged: bool,
    /// Who has put a pin back that was seen gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fought: Option<Fought>,
    /// When another engine went on with it: the wait for the proof begins anew, whatever the clock of the one before said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resumed: Option<Time>,
}
