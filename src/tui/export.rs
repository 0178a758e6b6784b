//! What can be taken away from the cockpit.

/// One thing that can be taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Export {
    /// This screen as text.
    Text,
    /// This screen as a picture.
    Picture,
    /// The snapshot that it shows.
    Snapshot,
    /// The journal as far as it is written.
    Journal,
    /// The journal's path, to the terminal's clipboard.
    JournalPath,
}

impl Export {
    /// All of them, as the dialog lists them.
    pub const ALL: [Self; 5] = [Self::Text, Self::Picture, Self::Snapshot, Self::Journal, Self::JournalPath];

    /// Its key in the dialog.
    pub fn key(self) -> char {
        match self {
            Self::Text => 't',
            Self::Picture => 's',
            Self::Snapshot => 'j',
            Self::Journal => 'l',
            Self::JournalPath => 'c',
        }
    }

    /// What it is, in words.
    pub fn says(self) -> &'static str {
        match self {
            Self::Text => "this screen as text",
            Self::Picture => "this screen as a picture (SVG)",
            Self::Snapshot => "the snapshot that it shows (JSON)",
            Self::Journal => "the journal so far (JSON Lines, for replay)",
            Self::JournalPath => "copy the journal's path to the clipboard",
        }
    }

    /// How its file's name ends; `None`: it is no file.
    pub fn ending(self) -> Option<&'static str> {
        match self {
            Self::Text => Some("txt"),
            Self::Picture => Some("svg"),
            Self::Snapshot => Some("json"),
            Self::Journal => Some("jsonl"),
            Self::JournalPath => None,
        }
    }
}
