//! How bad a breach is, and what each level of it does.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::core::rule::Action;

/// The level of a breach, P0 the worst. Ordered from mild to severe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Priority {
    /// Worth a note.
    P3,
    /// Worth stopping for.
    P2,
    /// Worth a rollback.
    P1,
    /// Worth waking somebody.
    P0,
}

impl Priority {
    /// All of them, the worst first.
    pub const ALL: [Self; 4] = [Self::P0, Self::P1, Self::P2, Self::P3];

    /// What a breach of this level does unless it is configured otherwise.
    pub fn usual(self) -> Response {
        match self {
            Self::P0 => Response { action: Action::Rollback, page: true },
            Self::P1 => Response { action: Action::Rollback, page: false },
            Self::P2 => Response { action: Action::Hold, page: false },
            Self::P3 => Response { action: Action::Note, page: false },
        }
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::P0 => "P0",
            Self::P1 => "P1",
            Self::P2 => "P2",
            Self::P3 => "P3",
        })
    }
}

/// What a breach does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Response {
    /// To the release.
    pub action: Action,
    /// Whether whoever is on call is called.
    pub page: bool,
}

/// One level of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// Its name.
    pub priority: Priority,
    /// A value that is worse than this has reached it; in the rule's unit: a share, seconds, or the query's own.
    pub bound: f64,
    /// What it does to the release.
    pub action: Action,
    /// Whether whoever is on call is called.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub page: bool,
}
