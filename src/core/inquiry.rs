//! What a front asks beside the snapshot, and what it is answered: a pod described, a log followed, a write tried.
//!
//! A question has a number, its answers carry it, and whoever asked something else meanwhile drops what no longer fits.

use serde::{Deserialize, Serialize};

use crate::core::act::Act;
use crate::core::snapshot::Snapshot;
use crate::core::time::Time;
use crate::core::usage::Usage;

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Its number, rising.
    pub number: u64,
    /// What is asked.
    pub what: Question,
}

/// What can be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// All that the cluster says of a pod.
    Describe {
        /// Its name.
        pod: String,
    },
    /// What the pods use: CPU and memory.
    Usage,
    /// The logs of these containers, until something else is asked.
    Logs(Vec<LogAsk>),
    /// Nothing more: logs are followed no longer.
    Silence,
    /// Whether the API server would admit these writes now.
    Rehearse(Vec<Act>),
    /// The releases that this machine has recorded.
    Releases,
    /// The recording in this journal.
    Tape(String),
    /// To write this text into a new file in the directory of what was taken away.
    Keep {
        /// The file's name; where one of that name exists, a number is put to it.
        name: String,
        /// The text.
        text: String,
    },
    /// To copy the journal, as far as it is written, into a new file beside what is kept otherwise.
    KeepJournal {
        /// The journal.
        path: String,
        /// The copy's name.
        name: String,
    },
}

/// One container's log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogAsk {
    /// The pod.
    pub pod: String,
    /// The container; `None`: the only one, or the one that the pod names as its default.
    pub container: Option<String>,
    /// The container's run before the one that runs now.
    pub previous: bool,
    /// How many of the newest lines come first.
    pub tail: u32,
}

/// An answer, or a part of one.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// The number of the question.
    pub number: u64,
    /// When it was known.
    pub at: Time,
    /// What is known.
    pub news: News,
}

/// What is known.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// A pod, described; or why it could not be.
    Described(Result<Sheet, String>),
    /// What the pods use; or why nobody knows.
    Used(Result<Usage, String>),
    /// Of the log of the pod of this name.
    Logged {
        /// The pod.
        pod: String,
        /// What.
        news: LogNews,
    },
    /// What became of the writes that were tried.
    Rehearsed(Trial),
    /// A file was written, and where; or why not.
    Kept(Result<String, String>),
    /// The releases that were recorded, the newest first; or why nobody knows.
    Releases(Result<Vec<Recorded>, String>),
}

/// What a log brings. Its text is neutralised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogNews {
    /// New lines, oldest first.
    Lines(Vec<String>),
    /// It cannot be read now, and why; it is tried again.
    Trouble(String),
    /// It has ended: the container writes no more.
    Ended,
}

/// An object on one page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    /// Its parts, in the order in which they are read.
    pub parts: Vec<Part>,
}

/// A part of a sheet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// What it is about.
    pub title: String,
    /// Labels with their texts.
    pub lines: Vec<Fact>,
}

/// One line of a sheet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// What it says.
    pub label: String,
    /// The text.
    pub text: String,
    /// Whether a person should look at it.
    pub odd: bool,
}

impl Fact {
    /// An ordinary fact.
    pub fn new(label: impl Into<String>, text: impl Into<String>) -> Self {
        Self { label: label.into(), text: text.into(), odd: false }
    }

    /// A fact that is odd where `odd` says so.
    pub fn odd_if(label: impl Into<String>, text: impl Into<String>, odd: bool) -> Self {
        Self { odd, ..Self::new(label, text) }
    }
}

/// Writes that were tried, and what stands around them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    /// The writes, in their order.
    pub writes: Vec<Rehearsal>,
    /// Who owns the objects, which budgets and quotas count their pods.
    pub around: Vec<Fact>,
}

/// One write, as the API server's dry run answered it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rehearsal {
    /// The write, in words.
    pub what: String,
    /// Whether it would be admitted; else the server's words.
    pub admitted: Result<(), String>,
}

/// A release that was recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// Its id.
    pub release: String,
    /// Where: context, namespace and application.
    pub place: String,
    /// `1.7.4 → 1.8.0`.
    pub versions: String,
    /// When it began.
    pub started: Time,
    /// How it ended; `None`: it flies, or nobody recorded its end.
    pub outcome: Option<String>,
    /// When it was last written to.
    pub last: Time,
    /// The journal's file.
    pub path: String,
}

impl Recorded {
    /// Whether it is the release that is shown. Two flights of one name, as of two demos that begin at the same moment of their
    /// own time, are told apart by their journals; where another machine drives, its journal is not among these.
    pub fn is_of(&self, snapshot: &Snapshot) -> bool {
        self.release == snapshot.plan.release && (!snapshot.driver.here || self.path == snapshot.journal.path)
    }
}
