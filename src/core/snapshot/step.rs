//! The step that is flown, and what it waits for.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::core::state::HoldKind;
use crate::core::time::{Time, span};

/// A step as it is being flown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepNow {
    /// From 0.
    pub index: usize,
    /// Percent asked.
    pub weight: u32,
    /// How far it is.
    pub state: StepState,
    /// How much of the soak has passed.
    #[serde(with = "span")]
    pub soaked: Duration,
    /// How much must pass.
    #[serde(with = "span")]
    pub soak: Duration,
    /// Whether the soak stands still.
    pub frozen: bool,
}

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepState {
    /// Pods are coming up.
    Scaling,
    /// The soak runs.
    Soaking,
    /// It has passed.
    Passed,
    /// It was given up.
    Abandoned,
}

/// Intent beside fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum Toggle {
    /// Advancing.
    Off,
    /// Asked to pause, and something that was begun (a write under way) still has to end.
    Pausing {
        /// Who asked.
        by: String,
    },
    /// Not advancing.
    On {
        /// Since when.
        since: Time,
        /// Who asked.
        by: String,
    },
}

/// The engine does not advance, and says why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hold {
    /// Since when.
    pub since: Time,
    /// Why, in a sentence.
    pub reason: String,
    /// Which kind of reason it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<HoldKind>,
    /// When something happens by itself, and what: the blind limit's rollback, the hold limit's end.
    pub until: Option<(Time, ByItself)>,
    /// How it ends: by itself, and when, or on a person's word alone.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub ends: String,
}

/// What happens by itself where a hold or a wait comes to its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ByItself {
    /// All traffic goes back to stable.
    RollsBack,
    /// The release ends held.
    EndsHeld,
    /// The earlier template goes straight into the Deployment.
    RollsInPlace,
    /// Nothing but a word: it waits on.
    WaitsOn,
}

impl ByItself {
    /// What it does then, in words; `None` where nothing happens.
    pub fn words(self) -> Option<&'static str> {
        match self {
            Self::RollsBack => Some("rolls back"),
            Self::EndsHeld => Some("ends held"),
            Self::RollsInPlace => Some("rolls the Deployment back directly"),
            Self::WaitsOn => None,
        }
    }
}

/// A wait for pods, which has an end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// Since when.
    pub since: Time,
    /// When it is given up, unless one more pod becomes Ready before.
    pub until: Time,
    /// What happens then.
    pub then: ByItself,
    /// How many are Ready, and why no more are, in the cluster's words.
    pub lacks: String,
}

/// Something outside the evidence that must be satisfied before advancing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    /// `approval`, …
    pub kind: String,
    /// What it needs, in words.
    pub needs: String,
    /// Since when it is open.
    pub since: Time,
}
