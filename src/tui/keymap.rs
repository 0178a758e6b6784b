//! Every action with its keys, its name and its words: one table that feeds dispatch, the hint line and the help.

use std::fmt;

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

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
    /// Drive a release that nobody drives.
    TakeOver,
    /// Show the flight while the proof or the end is on the screen, and back.
    Flight,
    /// Show this program's log, and back.
    Log,
    /// Open the workload under the cursor.
    Open,
    /// Back out one level.
    Back,
    /// Give the arrows to the next list.
    NextPane,
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
    /// Every action, and why it is disabled.
    Help,
    /// Draw the whole screen again.
    Redraw,
    /// Ask, then leave.
    Quit,
    /// Close what is open, else ask to quit; twice within two seconds: leave.
    Interrupt,
}

/// A key with its modifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Chord {
    /// The key; capital letters carry their shift.
    pub code: KeyCode,
    /// Whether control is held.
    pub ctrl: bool,
}

impl Chord {
    const fn key(code: KeyCode) -> Self {
        Self { code, ctrl: false }
    }

    const fn char(letter: char) -> Self {
        Self::key(KeyCode::Char(letter))
    }

    const fn ctrl(letter: char) -> Self {
        Self { code: KeyCode::Char(letter), ctrl: true }
    }

    /// The letter that an input takes from it, if it is one.
    pub fn typed(self) -> Option<char> {
        match self.code {
            KeyCode::Char(letter) if !self.ctrl => Some(letter),
            _ => None,
        }
    }
}

impl From<KeyEvent> for Chord {
    fn from(key: KeyEvent) -> Self {
        Self { code: key.code, ctrl: key.modifiers.contains(KeyModifiers::CONTROL) }
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ctrl {
            f.write_str("ctrl-")?;
        }
        match self.code {
            KeyCode::Char(' ') => f.write_str("space"),
            KeyCode::Char(letter) => write!(f, "{letter}"),
            KeyCode::Enter => f.write_str("enter"),
            KeyCode::Esc => f.write_str("esc"),
            KeyCode::PageUp => f.write_str("pgup"),
            KeyCode::PageDown => f.write_str("pgdn"),
            other => f.write_str(&format!("{other:?}").to_lowercase()),
        }
    }
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

/// The keys of all actions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keymap {
    entries: Vec<Entry>,
}

impl Default for Keymap {
    fn default() -> Self {
        Self { entries: table() }
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

    /// The actions whose name, words or keys hold every word of the filter.
    pub fn filtered(&self, filter: &str) -> Vec<&Entry> {
        let wanted: Vec<String> = filter.to_lowercase().split_whitespace().map(str::to_owned).collect();
        let holds = |entry: &&Entry| {
            let text = format!("{} {} {}", entry.name, entry.says, entry.keys_in_words()).to_lowercase();
            wanted.iter().all(|word| text.contains(word))
        };
        self.entries.iter().filter(holds).collect()
    }

    /// The key that hints show for an action.
    pub fn key(&self, action: Action) -> String {
        self.entry(action).and_then(|entry| entry.keys.first()).map(Chord::to_string).unwrap_or_default()
    }
}

fn table() -> Vec<Entry> {
    use KeyCode::{Down, End, Enter, Esc, Home, PageDown, PageUp, Tab, Up};
    let letter = |letters: &[char]| letters.iter().map(|&letter| Chord::char(letter)).collect::<Vec<_>>();
    let entry = |action, name, keys, says, hint| Entry { action, name, keys, says, hint, anywhere: false };
    vec![
        Entry {
            anywhere: true,
            ..entry(
                Action::Rollback,
                "rollback",
                vec![Chord::char('r'), Chord::ctrl('r')],
                "bring all traffic back, and prove it",
                Some("roll back"),
            )
        },
        entry(Action::Approve, "approve", letter(&['a']), "satisfy the open gate, in your name", Some("approve")),
        entry(Action::Promote, "promote", letter(&['p']), "advance now, without waiting out the soak", Some("promote")),
        entry(Action::PromoteFull, "promote-full", letter(&['P']), "go straight to 100 %", None),
        entry(Action::PauseOrResume, "pause", letter(&[' ']), "stop advancing, or advance again", Some("pause")),
        entry(
            Action::SkipSettle,
            "skip-settle",
            letter(&['s']),
            "do not wait for load balancers outside the cluster",
            Some("skip the wait"),
        ),
        entry(
            Action::TakeOver,
            "take-over",
            letter(&['t']),
            "drive a release that nobody drives; it stays paused until it is resumed",
            Some("take over"),
        ),
        entry(
            Action::Flight,
            "flight",
            letter(&['f']),
            "look at gauges and pods beside the proof, and back",
            Some("flight"),
        ),
        entry(Action::Open, "open", vec![Chord::key(Enter)], "open the workload under the cursor", Some("open")),
        entry(Action::Back, "back", vec![Chord::key(Esc)], "back out one level", None),
        entry(Action::NextPane, "next-pane", vec![Chord::key(Tab)], "give the arrows to the next list", None),
        entry(Action::Up, "up", vec![Chord::key(Up), Chord::char('k')], "one line up", None),
        entry(Action::Down, "down", vec![Chord::key(Down), Chord::char('j')], "one line down", None),
        entry(Action::PageUp, "page-up", vec![Chord::ctrl('u'), Chord::key(PageUp)], "half a page up", None),
        entry(Action::PageDown, "page-down", vec![Chord::ctrl('d'), Chord::key(PageDown)], "half a page down", None),
        entry(Action::Top, "top", vec![Chord::char('g'), Chord::key(Home)], "to the first line", None),
        entry(Action::Bottom, "bottom", vec![Chord::char('G'), Chord::key(End)], "to the last line", None),
        entry(Action::Log, "log", letter(&['l']), "show the log of this program, and back", Some("log")),
        entry(Action::Help, "help", letter(&['?', ':']), "every action, to be filtered and run", Some("all keys")),
        entry(Action::Redraw, "redraw", vec![Chord::ctrl('l')], "draw the whole screen again", None),
        entry(Action::Quit, "quit", letter(&['q']), "leave; asks first what becomes of the release", Some("quit")),
        Entry {
            anywhere: true,
            ..entry(
                Action::Interrupt,
                "interrupt",
                vec![Chord::ctrl('c')],
                "close what is open, else ask to quit; twice within 2 s leaves",
                None,
            )
        },
    ]
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
    fn only_chords_that_are_no_text_work_in_inputs() {
        let keymap = Keymap::default();
        assert_eq!(keymap.action_anywhere(Chord::ctrl('r')), Some(Action::Rollback));
        assert_eq!(keymap.action_anywhere(Chord::char('r')), None);
        assert_eq!(keymap.action(Chord::char('r')), Some(Action::Rollback));
    }

    #[test]
    fn keys_are_named_as_people_say_them() {
        let names: Vec<_> = [
            Chord::char(' '),
            Chord::ctrl('r'),
            Chord::key(KeyCode::PageUp),
            Chord::key(KeyCode::Tab),
            Chord::char('G'),
        ]
        .iter()
        .map(Chord::to_string)
        .collect();
        assert_eq!(names, ["space", "ctrl-r", "pgup", "tab", "G"]);
    }
}
