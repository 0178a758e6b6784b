//! One key with its modifier, and the words that people say for it.

use std::fmt;
use std::str::FromStr;

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key with its modifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Chord {
    /// The key; capital letters carry their shift.
    pub code: KeyCode,
    /// Whether control is held.
    pub ctrl: bool,
}

/// The keys that have a name.
const NAMED: [(&str, KeyCode); 15] = [
    ("space", KeyCode::Char(' ')),
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("shift-tab", KeyCode::BackTab),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pgup", KeyCode::PageUp),
    ("pgdn", KeyCode::PageDown),
];

impl Chord {
    /// A key alone.
    pub const fn key(code: KeyCode) -> Self {
        Self { code, ctrl: false }
    }

    /// A letter, a digit or a sign.
    pub const fn char(letter: char) -> Self {
        Self::key(KeyCode::Char(letter))
    }

    /// A letter with control.
    pub const fn ctrl(letter: char) -> Self {
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
        if let Some((name, _)) = NAMED.iter().find(|(_, code)| *code == self.code) {
            return f.write_str(name);
        }
        match self.code {
            KeyCode::Char(letter) => write!(f, "{letter}"),
            KeyCode::F(number) => write!(f, "f{number}"),
            other => f.write_str(&format!("{other:?}").to_lowercase()),
        }
    }
}

impl FromStr for Chord {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unknown = || {
            format!(
                "{text:?} is no key; write a letter or sign, ctrl- and a letter, f1 to f12, or space, enter, esc, tab, shift-tab, backspace, delete, up, down, left, right, home, end, pgup, pgdn"
            )
        };
        let mut letters = text.chars();
        if let (Some(letter), None) = (letters.next(), letters.next()) {
            return if letter.is_control() || letter == ' ' { Err(unknown()) } else { Ok(Self::char(letter)) };
        }
        if let Some(rest) = text.strip_prefix("ctrl-") {
            let mut letters = rest.chars();
            return match (letters.next(), letters.next()) {
                (Some(letter), None) if letter.is_ascii_lowercase() => Ok(Self::ctrl(letter)),
                _ => Err(unknown()),
            };
        }
        if let Some((_, code)) = NAMED.iter().find(|(name, _)| *name == text) {
            return Ok(Self::key(*code));
        }
        let function = text.strip_prefix('f').and_then(|number| number.parse().ok()).filter(|n| (1..=12).contains(n));
        function.map(|number| Self::key(KeyCode::F(number))).ok_or_else(unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_named_as_people_say_them_and_read_back() {
        for name in ["space", "ctrl-r", "pgup", "tab", "shift-tab", "G", "?", "f5", "f12", "esc", "-", "ü"] {
            assert_eq!(name.parse::<Chord>().map(|chord| chord.to_string()).as_deref(), Ok(name));
        }
    }

    #[test]
    fn what_is_no_key_says_what_is_one() {
        for wrong in ["", " ", "ctrl-", "ctrl-R", "ctrl-rr", "f0", "f13", "meta-x", "strg-r"] {
            let said = wrong.parse::<Chord>().unwrap_err();
            assert!(said.contains("is no key; write a letter"), "{said}");
        }
    }
}
