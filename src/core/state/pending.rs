//! The writes that are wanted and not yet seen, and the pins that are wanted no more.

use serde::{Deserialize, Serialize};

use crate::core::time::Time;

/// A write that is wanted and not yet seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// How far it is.
    pub state: PendingState,
    /// How often it was sent.
    pub tries: u32,
    /// When it was first wanted.
    pub since: Time,
    /// Why the last try failed.
    pub why: Option<String>,
    /// Whether it was refused, so that waiting alone will not do.
    #[serde(default)]
    pub refused: bool,
}

/// How far a write is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum PendingState {
    /// Sent, no answer yet.
    Flying,
    /// Confirmed; the view should show it soon.
    Confirmed {
        /// When.
        at: Time,
    },
    /// Failed or lost: to be sent again (after a look) at this time.
    Again {
        /// When.
        at: Time,
    },
}

/// Why pins are no longer put up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "stop")]
pub enum PinStop {
    /// Somebody else takes our pin away again and again.
    Fight {
        /// The field manager.
        by: String,
        /// The Service.
        service: String,
    },
    /// Somebody else puts stable's old template back again and again.
    Undone {
        /// The field manager.
        by: String,
        /// The workload.
        workload: String,
    },
    /// Too few canary endpoints stood behind a pinned Service.
    Thin {
        /// The Service.
        service: String,
    },
}

/// A map whose keys are no strings, as JSON: a list of pairs.
pub(super) mod list {
    use super::Pending;
    use crate::core::act::Act;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::collections::BTreeMap;

    pub fn serialize<S: Serializer>(map: &BTreeMap<Act, Pending>, serializer: S) -> Result<S::Ok, S::Error> {
        map.iter().collect::<Vec<_>>().serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<Act, Pending>, D::Error> {
        Ok(Vec::<(Act, Pending)>::deserialize(deserializer)?.into_iter().collect())
    }
}
