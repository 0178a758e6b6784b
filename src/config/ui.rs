//! `[ui]`: how the cockpit looks.

use toml::de::DeValue;

use crate::config::fault::Wrong;
use crate::config::nearest::nearest;
use crate::config::reader::Table;
use crate::config::value::{flag, word, wrong_kind};

/// How the cockpit looks; the command line overrides it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ui {
    /// The colours.
    pub theme: Theme,
    /// Only ASCII, or any glyph; `None`: as the locale says.
    pub ascii: Option<bool>,
    /// The colours of single roles, over the theme's.
    pub colours: Vec<(String, Colour)>,
    /// Whether a page rings the terminal.
    pub bell: bool,
}

impl Default for Ui {
    fn default() -> Self {
        Self { theme: Theme::Default, ascii: None, colours: Vec::new(), bell: true }
    }
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

/// One of the sixteen colours that every terminal has, by its place in the palette; `None`: the text's own.
pub type Colour = Option<u8>;

/// What can have a colour of its own.
pub const ROLES: [&str; 13] = [
    "plain",
    "quiet",
    "strong",
    "good",
    "warn",
    "alarm",
    "bad",
    "blind",
    "person",
    "production",
    "frame",
    "key",
    "chosen",
];

/// The names of the sixteen colours, in the order of the palette.
const COLOURS: [&str; 16] = [
    "black",
    "red",
    "green",
    "yellow",
    "blue",
    "magenta",
    "cyan",
    "white",
    "bright-black",
    "bright-red",
    "bright-green",
    "bright-yellow",
    "bright-blue",
    "bright-magenta",
    "bright-cyan",
    "bright-white",
];

/// Reads `[ui]`.
pub fn ui(table: &Table<'_>) -> Ui {
    Ui {
        theme: table.or("theme", Theme::Default, word(&Theme::ALL)),
        ascii: table.get("ascii", flag),
        colours: table.table("colours", colours),
        bell: table.or("bell", true, flag),
    }
}

fn colours(table: &Table<'_>) -> Vec<(String, Colour)> {
    let chosen = table.names().into_iter().filter_map(|role| {
        let chosen = table.get(role, colour);
        if !ROLES.contains(&role) {
            let meant = nearest(role, ROLES).map(|near| format!("`{near}`"));
            let what = format!("there is no such role; the roles are {}", ROLES.join(", "));
            table.fault_of_name(role, Wrong::new(what).meaning(meant));
        }
        Some((role.to_owned(), chosen?))
    });
    chosen.collect()
}

fn colour(value: &DeValue<'_>) -> Result<Colour, Wrong> {
    let DeValue::String(name) = value else { return Err(wrong_kind(value, "the name of a colour")) };
    if name == "none" {
        return Ok(None);
    }
    match COLOURS.iter().position(|known| *known == name.as_ref()).and_then(|place| u8::try_from(place).ok()) {
        Some(place) => Ok(Some(place)),
        None => {
            let meant = nearest(name, COLOURS).map(|near| format!("`{near}`"));
            Err(Wrong::new(format!("no colour; the colours are none, {}", COLOURS.join(", "))).meaning(meant))
        }
    }
}
