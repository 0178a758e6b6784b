//! Every action with its keys, its name and its words: one table that feeds dispatch, the hint line and the help.

mod bind;
mod chord;
mod table;

pub use bind::Binding;
pub use chord::Chord;

use crate::tui::travel::Way;
use crate::tui::view::View;

/// What a person can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Bring all traffic back.
    Rollback,
    /// Satisfy the open gate.
    Approve,
    /// Advance now.
    Promote,
    /// Straight to 100 %.
    PromoteFull,
    /// Pause, or resume.
    PauseOrResume,
    /// Cut short the wait for what routes from outside the cluster.
    SkipSettle,
    /// Put up the pins again that were given up.
    PinAgain,
    /// Drive a release that nobody drives.
    TakeOver,
    /// Show a view; the flight and the log also back.
    Go(View),
    /// The view after this one.
    NextView,
    /// The view before this one.
    PreviousView,
    /// Open what is under the cursor.
    Open,
    /// Back out one level.
    Back,
    /// Type a filter.
    Filter,
    /// The logs of the pod under the cursor.
    Logs,
    /// The logs of all canary pods.
    CanaryLogs,
    /// The logs of the run before, and back.
    Previous,
    /// Sort in another way.
    Sort,
    /// Show all containers, or those of pods in trouble.
    Containers,
    /// Give the arrows to the next list, or go to the next view.
    NextPane,
    /// The list or the view before.
    PreviousPane,
    /// One line up.
    Up,
    /// One line down.
    Down,
    /// Half a page up.
    PageUp,
    /// Half a page down.
    PageDown,
    /// To the first line.
    Top,
    /// To the last line.
    Bottom,
    /// What is left of the screen.
    Left,
    /// What is right of it.
    Right,
    /// What can be taken away.
    Export,
    /// Copy what is under the cursor.
    Copy,
    /// Go to another moment of the recording.
    Travel(Way),
    /// Every action, and why it is disabled.
    Help,
    /// Draw the whole screen again.
    Redraw,
    /// Ask, then leave.
    Quit,
    /// Close what is open, else ask to quit; twice within two seconds: leave.
    Interrupt,
}

/// One action of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it does.
    pub action: Action,
    /// Its name, by which a configuration may bind it to other keys.
    pub name: &'static str,
    /// Its keys; the first is the one that hints show.
    pub keys: Vec<Chord>,
    /// What it does, in words.
    pub says: &'static str,
    /// Its words in the hint line; `None`: it is not shown there.
    pub hint: Option<&'static str>,
    /// Whether its keys work everywhere, in dialogs and inputs too.
    pub anywhere: bool,
}

impl Entry {
    /// Its keys, with spaces between them.
    pub fn keys_in_words(&self) -> String {
        self.keys.iter().map(Chord::to_string).collect::<Vec<_>>().join(" ")
    }
}

/// How closely a filter names an action; what names it best comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Named {
    Whole,
    Beginning,
    Part,
    Not,
}

impl Named {
    fn by(filter: &str, name: &str) -> Self {
        if name == filter {
            Self::Whole
        } else if name.starts_with(filter) {
            Self::Beginning
        } else if name.contains(filter) {
            Self::Part
        } else {
            Self::Not
        }
    }
}

/// The keys of all actions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keymap {
    entries: Vec<Entry>,
}

impl Default for Keymap {
    fn default() -> Self {
        Self { entries: table::table() }
    }
}

impl Keymap {
    /// All actions, in the order of the help.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The action of a key, outside dialogs.
    pub fn action(&self, chord: Chord) -> Option<Action> {
        self.entries.iter().find(|entry| entry.keys.contains(&chord)).map(|entry| entry.action)
    }

    /// The action of a key that works inside dialogs and inputs too: letters do not, there they are text.
    pub fn action_anywhere(&self, chord: Chord) -> Option<Action> {
        let entry = self.entries.iter().find(|entry| entry.anywhere && entry.keys.contains(&chord))?;
        chord.typed().is_none().then_some(entry.action)
    }

    /// The entry of an action.
    pub fn entry(&self, action: Action) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.action == action)
    }

    /// The actions whose name, words or keys hold every word of the filter: the one that is named first, then those whose
    /// name begins with it or holds it. Whoever types `:events` and enter wants that view, and not the first action that
    /// speaks of events.
    pub fn filtered(&self, filter: &str) -> Vec<&Entry> {
        let filter = filter.trim().to_lowercase();
        let wanted: Vec<&str> = filter.split_whitespace().collect();
        let holds = |entry: &&Entry| {
            let text = format!("{} {} {}", entry.name, entry.says, entry.keys_in_words()).to_lowercase();
            wanted.iter().all(|word| text.contains(word))
        };
        let mut found: Vec<&Entry> = self.entries.iter().filter(holds).collect();
        found.sort_by_key(|entry| Named::by(&filter, entry.name));
        found
    }

    /// The key that hints show for an action.
    pub fn key(&self, action: Action) -> String {
        self.entry(action).and_then(|entry| entry.keys.first()).map(Chord::to_string).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_key_and_no_name_is_taken_twice() {
        let keymap = Keymap::default();
        let keys: Vec<String> = keymap.entries().iter().flat_map(|entry| &entry.keys).map(Chord::to_string).collect();
        assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len());
        let names: BTreeSet<_> = keymap.entries().iter().map(|entry| entry.name).collect();
        assert_eq!(names.len(), keymap.entries().len());
    }

    #[test]
    fn an_action_that_is_named_comes_first() {
        let keymap = Keymap::default();
        for entry in keymap.entries() {
            assert_eq!(keymap.filtered(entry.name).first().map(|first| first.name), Some(entry.name));
        }
        let names = |filter| keymap.filtered(filter).iter().map(|entry| entry.name).collect::<Vec<_>>();
        assert_eq!(names("pro")[..3], ["promote", "promote-full", "proof"]);
        assert_eq!(names("view").first(), Some(&"next-view"));
        assert_eq!(names("").len(), keymap.entries().len());
        assert_eq!(names("")[0], "rollback");
    }

    #[test]
    fn only_chords_that_are_no_text_work_in_inputs() {
        let keymap = Keymap::default();
        assert_eq!(keymap.action_anywhere(Chord::ctrl('r')), Some(Action::Rollback));
        assert_eq!(keymap.action_anywhere(Chord::char('r')), None);
        assert_eq!(keymap.action(Chord::char('r')), Some(Action::Rollback));
    }
}
