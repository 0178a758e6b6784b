//! `[ui]`: how the cockpit looks.

use crate::config::reader::Table;
use crate::config::value::{flag, word};

/// How the cockpit looks; the command line overrides it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ui {
    /// The colours.
    pub theme: Theme,
    /// Only ASCII, or any glyph; `None`: as the locale says.
    pub ascii: Option<bool>,
}

/// The colours of the cockpit. State is never told by colour alone in any of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// The terminal's own 16 colours.
    #[default]
    Default,
    /// Blue and orange in place of green and red.
    Colorblind,
    /// No colour.
    Mono,
}

impl Theme {
    /// Every theme by its name.
    pub const ALL: [(&'static str, Self); 3] =
        [("default", Self::Default), ("colorblind", Self::Colorblind), ("mono", Self::Mono)];
}

/// Reads `[ui]`.
pub fn ui(table: &Table<'_>) -> Ui {
    Ui { theme: table.or("theme", Theme::Default, word(&Theme::ALL)), ascii: table.get("ascii", flag) }
}
