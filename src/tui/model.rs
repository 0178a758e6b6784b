//! The state of the screen itself: what is open, where the lists stand, and what was asked for and not yet answered.
//!
//! Nothing of the release is kept here; that is the snapshot's. What was asked is never shown as what is.

use crate::core::command::{Seen, Verb};
use crate::core::time::Time;
use crate::tui::theme::Role;

/// The most commands that may wait for an answer.
pub const PENDING: usize = 8;

/// The screen's own state.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    /// What fills the screen.
    pub view: View,
    /// What lies over it and takes the keys.
    pub modal: Option<Modal>,
    /// The list that the arrows move.
    pub pane: Pane,
    /// The workload that was opened, of several.
    pub opened: Option<String>,
    /// The line under the cursor in the list of workloads.
    pub cursor: usize,
    /// Pods scrolled past.
    pub pods: usize,
    /// Events scrolled past, from the newest; 0 follows.
    pub events: usize,
    /// What was sent and is not answered yet, oldest first.
    pub pending: Vec<Pending>,
    /// The answer to the last key, where it needs words; the next key takes it away.
    pub notice: Option<Notice>,
    /// Whether the screen leaves by itself when the release ends: a person chose to hold it here.
    pub leaving: bool,
    /// When ctrl-c was last pressed.
    pub interrupted: Option<Time>,
    /// How many commands were made, for their ids.
    pub made: u64,
}

/// What fills the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// What matters now: the flight, the proof of a rollback, the end.
    #[default]
    Now,
    /// The flight, also while the proof or the end would be shown.
    Flight,
    /// This program's log.
    Log,
}

/// A list that the arrows move.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pane {
    /// The workloads where there are several, else the pods.
    #[default]
    First,
    /// The pods.
    Pods,
    /// The events.
    Events,
}

/// What lies over the screen. At most one: a dialog cannot lie over a dialog.
#[derive(Clone, Debug, PartialEq)]
pub enum Modal {
    /// A dangerous command, to be confirmed.
    Confirm(Confirm),
    /// What becomes of the release when one leaves.
    Quit,
    /// Every action, filtered.
    Help(Help),
}

/// A dangerous command, before it is sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Confirm {
    /// What is asked for.
    pub verb: Verb,
    /// What was on the screen when the dialog opened.
    pub seen: Seen,
    /// What confirms it.
    pub guard: Guard,
}

/// What confirms a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Guard {
    /// The key `y`.
    Key,
    /// The application's name, typed, then enter.
    Name {
        /// What is typed so far.
        typed: String,
    },
}

/// The list of all actions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Help {
    /// What the list is filtered by.
    pub filter: String,
    /// The line under the cursor, of those that the filter leaves.
    pub chosen: usize,
}

/// A command that was sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Pending {
    /// Its id.
    pub id: String,
    /// What was asked.
    pub verb: Verb,
    /// When.
    pub at: Time,
}

/// Words for the person at the keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// How it looks.
    pub role: Role,
    /// The sentence.
    pub text: String,
}

impl Model {
    /// Says something to the person at the keys.
    pub fn say(&mut self, role: Role, text: impl Into<String>) {
        self.notice = Some(Notice { role, text: text.into() });
    }

    /// Whether such a command waits for its answer.
    pub fn is_pending(&self, wanted: &Verb) -> bool {
        self.pending.iter().any(|pending| pending.verb == *wanted)
    }
}
