//! The state of the screen itself: what is open, where the lists stand, and what was asked for and not yet answered.
//!
//! Nothing of the release is kept here; that is the snapshot's. What was asked is never shown as what is.

use std::collections::BTreeMap;

use crate::core::command::{Seen, Verb};
use crate::core::inquiry::{Recorded, Trial};
use crate::core::snapshot::Errand;
use crate::core::time::Time;
use crate::tui::detail::Detail;
use crate::tui::keymap::{Action, Entry};
use crate::tui::travel::Mark;
use crate::tui::tree::PodSort;
use crate::tui::usage::Known;
pub use crate::tui::view::View;

/// The most commands that may wait for an answer.
pub const PENDING: usize = 8;

/// The screen's own state.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    /// What this process was asked for.
    pub errand: Errand,
    /// What fills the screen.
    pub view: View,
    /// What lies over it and takes the keys.
    pub modal: Option<Modal>,
    /// How many lines of what lies over the screen are scrolled past.
    pub scrolled: usize,
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
    /// The line under the cursor, view by view.
    pub cursors: BTreeMap<View, usize>,
    /// What each list is filtered by.
    pub filters: BTreeMap<View, String>,
    /// Whether keys go into the filter of what is shown.
    pub typing: bool,
    /// By what pods are sorted.
    pub sort: PodSort,
    /// Whether the containers of every pod have a line.
    pub containers: bool,
    /// Whether the cursor in the tree of pods is on a pod: known from the last key or snapshot, so that no hint has to
    /// walk through ten thousand pods.
    pub on_pod: bool,
    /// What was opened from a list, and fills its view.
    pub detail: Option<Detail>,
    /// What the pods use, as far as the desk has said.
    pub usage: Known,
    /// The releases that are recorded, as far as the desk has said.
    pub recorded: Option<Result<Vec<Recorded>, String>>,
    /// Where in the past one is; `None`: in the present.
    pub travel: Option<Mark>,
    /// The files that were written on this person's word.
    pub exported: Vec<String>,
    /// What was just done, in words; the next key takes it away.
    pub notice: Option<String>,
    /// How many questions were asked, for their numbers.
    pub asked: u64,
    /// Half the height of the screen, by which pages are turned; 0: not drawn yet.
    pub page: usize,
    /// What was sent and is not answered yet, oldest first.
    pub pending: Vec<Pending>,
    /// Why what was asked is not done; the next key takes it away.
    pub refusal: Option<String>,
    /// Whether the screen leaves by itself when the release ends: a person chose to hold it here.
    pub leaving: bool,
    /// When ctrl-c was last pressed.
    pub interrupted: Option<Time>,
    /// How many commands were made, for their ids.
    pub made: u64,
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
    /// The remaining steps, as a line that is typed.
    Edit(String),
    /// What can be taken away.
    Export,
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
    /// What the API server says of its writes; `None`: it begins with none.
    pub trial: Option<Tried>,
}

/// A dry run that was asked for when a dialog opened.
#[derive(Clone, Debug, PartialEq)]
pub struct Tried {
    /// The number of the question.
    pub number: u64,
    /// The answer, and when it was true.
    pub answer: Option<(Trial, Time)>,
}

impl Tried {
    /// Whether the API server would not admit one of the writes.
    pub fn is_refused(&self) -> bool {
        self.answer.iter().flat_map(|(trial, _)| &trial.writes).any(|write| write.admitted.is_err())
    }
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
    /// The action under the cursor; `None`: the first that the filter leaves. It is no number: the order changes with what can
    /// be done, and enter must run what was chosen.
    pub chosen: Option<Action>,
}

impl Help {
    /// Where the cursor is among the actions that are listed.
    pub fn place(&self, listed: &[&Entry]) -> usize {
        let is_it = |entry: &&Entry| Some(entry.action) == self.chosen;
        listed.iter().position(is_it).unwrap_or(0)
    }
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

impl Model {
    /// Tells the person at the keys why something is not done.
    pub fn refuse(&mut self, why: impl Into<String>) {
        self.refusal = Some(why.into());
    }

    /// The line under the cursor of a view's list.
    pub fn cursor(&self, view: View) -> usize {
        self.cursors.get(&view).copied().unwrap_or(0)
    }

    /// What a view's list is filtered by.
    pub fn filter(&self, view: View) -> &str {
        self.filters.get(&view).map(String::as_str).unwrap_or_default()
    }

    /// Changes the filter that keys go into: of the logs that are open, else of the view's list.
    pub fn edit_filter(&mut self, change: impl FnOnce(&mut String)) {
        match &mut self.detail {
            Some(Detail::Logs(pane)) => pane.lines.edit(change),
            _ => change(self.filters.entry(self.view).or_default()),
        }
    }

    /// Whether such a command waits for its answer.
    pub fn is_pending(&self, wanted: &Verb) -> bool {
        self.pending.iter().any(|pending| pending.verb == *wanted)
    }
}
