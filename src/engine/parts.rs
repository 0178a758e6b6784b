//! What an engine is made of, and what is held of it from outside.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio::sync::{broadcast, mpsc, watch};

use crate::core::command::{Answer, Command};
use crate::core::event::Event;
use crate::core::plan::Plan;
use crate::core::snapshot::{Driver, JournalNow, Outcome, Sharing, Snapshot};
use crate::core::state::State;
use crate::core::time::Time;
use crate::engine::book::Shelf;
use crate::engine::clock::SharedClock;
use crate::engine::journal::Journal;
use crate::engine::lease::Licence;
use crate::engine::port::{Cluster, Metrics};
use crate::engine::record::Record;

/// What an engine is made of.
pub struct Parts {
    /// What to do.
    pub plan: Arc<Plan>,
    /// Where an earlier engine stood; `None`: a new release.
    pub resume: Option<State>,
    /// By whose word this engine goes on in another's place: it is paused then, until somebody resumes it.
    pub taken_over: Option<String>,
    /// The lease under which it drives; `None` where nobody else can drive.
    pub licence: Option<Licence>,
    /// What is known of the engines before: the newest of their records.
    pub history: History,
    /// Where every terminal can read how the release stands; `None` where there is no other terminal.
    pub shelf: Option<Shelf>,
    /// Whether the cluster keeps people from sending commands in another's name.
    pub identity_enforced: Option<bool>,
    /// The number of this engine, from 1.
    pub epoch: u64,
    /// The cluster.
    pub cluster: Arc<dyn Cluster>,
    /// The metrics.
    pub metrics: Arc<dyn Metrics>,
    /// The time.
    pub clock: SharedClock,
    /// The journal.
    pub journal: Journal,
    /// Who drives, as the API server names them.
    pub who: String,
    /// Whether somebody sits at a terminal; the front changes it when that ends.
    pub attended: Arc<AtomicBool>,
    /// Whether every command is refused, whatever front or key it comes from.
    pub read_only: bool,
}

/// What is known of the engines before.
#[derive(Default)]
pub struct History {
    /// Their newest records, oldest first.
    pub records: Vec<Arc<Record>>,
    /// What of theirs is missing, as events.
    pub gaps: Vec<Event>,
}

/// What the engine answered to the newest commands.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// The answers, oldest first.
    pub answers: Vec<Answer>,
    /// The number of the record behind which they stand.
    pub seq: u64,
}

/// What fronts hold of an engine.
#[derive(Clone)]
pub struct Handle {
    /// The newest picture.
    pub snapshots: watch::Receiver<Arc<Snapshot>>,
    /// Where commands go.
    pub commands: mpsc::Sender<Command>,
    /// Set to end the engine now, in this way: the write under way is finished, nothing else is begun.
    pub stop: Arc<watch::Sender<Option<Outcome>>>,
    /// The answers to the newest commands, oldest first.
    pub answers: watch::Receiver<Said>,
    pub(in crate::engine) events: broadcast::Sender<Arc<Record>>,
}

impl Handle {
    /// All events from now on.
    pub fn events(&self) -> broadcast::Receiver<Arc<Record>> {
        self.events.subscribe()
    }
}

impl Parts {
    /// This process, as the driver.
    pub(in crate::engine) fn driver(&self, now: Time) -> Driver {
        Driver { who: self.who.clone(), here: true, heard: now, silent_since: None, last_word: None, epoch: self.epoch }
    }

    /// Who else can see this release.
    pub(in crate::engine) fn sharing(&self) -> Sharing {
        let trouble = self.shelf.as_ref().and_then(Shelf::trouble);
        Sharing { shared: self.shelf.is_some(), trouble, identity_enforced: self.identity_enforced }
    }

    /// How the journal does.
    pub(in crate::engine) fn journal_now(&self) -> JournalNow {
        JournalNow { path: self.journal.path().display().to_string(), trouble: self.journal.trouble() }
    }
}
