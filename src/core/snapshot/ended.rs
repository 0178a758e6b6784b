//! How a release ended.

use serde::{Deserialize, Serialize};

/// How a release ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// In which way.
    pub outcome: Outcome,
    /// Whether the proof is whole (rollbacks only).
    pub proven: bool,
    /// The exit code of `release`, `attach` and `demo`.
    pub exit_code: u8,
    /// Why, in a sentence.
    pub why: String,
    /// What a person should still know: what names the old version, what is left.
    pub notes: Vec<String>,
    /// Whether nothing had begun: somebody looked at what serves, with the way back at hand, and left.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub nothing_flew: bool,
}

/// Why it ended where nothing had begun.
pub const NOTHING_FLEW: &str = "nothing was flying, and nothing was changed";

/// What a process was asked for: its exit code goes by that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Errand {
    /// To bring a release to its end, whichever that is.
    #[default]
    Release,
    /// To roll back.
    Rollback,
}

impl Ended {
    /// How it ended in the words of a person; of a rollback, whether that is proven.
    pub fn words(&self) -> &'static str {
        match (self.outcome, self.proven) {
            (Outcome::RolledBack, true) => "rolled back, proven",
            (Outcome::RolledBack, false) => "rolled back, not proven",
            (outcome, _) => outcome.words(),
        }
    }

    /// The exit code of a process with this errand: who asked for a rollback got what they wanted, once it is proven.
    pub fn exit_code_for(&self, errand: Errand) -> u8 {
        match (errand, self.outcome) {
            (Errand::Rollback, Outcome::RolledBack) if self.proven => 0,
            (Errand::Rollback, Outcome::RolledBack) => 4,
            _ => self.exit_code,
        }
    }
}

/// The ways a release can end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The new version serves alone.
    Promoted,
    /// The old version serves alone.
    RolledBack,
    /// The weight stays; nobody drives.
    Held,
    /// Somebody changed stable's template in the flight.
    Superseded,
    /// A gate, a verdict or another driver stood in the way.
    Refused,
    /// An internal error.
    Failed,
    /// The cockpit left; another driver goes on.
    Detached,
    /// The API server could not be reached, or a signal ended a driver without a terminal.
    ContactLost,
}

impl Outcome {
    /// The exit code of `release`, `attach` and `demo`.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Promoted | Self::Detached => 0,
            Self::Failed => 1,
            Self::RolledBack => 3,
            Self::Held | Self::Superseded => 4,
            Self::Refused => 5,
            Self::ContactLost => 6,
        }
    }

    /// The same in the words of a person.
    pub fn words(self) -> &'static str {
        match self {
            Self::RolledBack => "rolled back",
            Self::ContactLost => "contact lost",
            other => other.word(),
        }
    }

    /// The word for it in the stream.
    pub fn word(self) -> &'static str {
        match self {
            Self::Promoted => "promoted",
            Self::RolledBack => "rolled-back",
            Self::Held => "held",
            Self::Superseded => "superseded",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Detached => "detached",
            Self::ContactLost => "contact-lost",
        }
    }
}
