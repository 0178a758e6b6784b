//! What was told, in sentences.

use serde::{Deserialize, Serialize};

use crate::core::event::Event;
use crate::core::time::Time;

/// One thing that happened, in a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// When.
    pub at: Time,
    /// How much it matters.
    pub tone: Tone,
    /// The sentence.
    pub text: String,
    /// What it says again and again: lines about the same can be told as one. `None`: it happens once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<About>,
}

/// What may happen again and again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum About {
    /// A verdict.
    Verdict {
        /// What it is of, and how it stands.
        of: String,
    },
    /// A hold begins.
    Held {
        /// For which kind of reason: what it says without its numbers.
        why: String,
    },
    /// A hold is over.
    Freed,
}

/// One event of the journal, as fronts show it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Happening {
    /// When.
    pub at: Time,
    /// What.
    pub event: Event,
    /// The sentence for it, and how much it matters.
    pub line: LogLine,
}

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tone {
    /// Ordinary progress.
    Plain,
    /// Something passed.
    Good,
    /// Something to look at.
    Warn,
    /// Something is wrong.
    Bad,
    /// A person did it.
    Person,
}

/// A call to whoever is on call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// When.
    pub at: Time,
    /// Why, in a sentence.
    pub why: String,
}
