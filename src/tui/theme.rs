//! Roles and how they look. The screen names a role, never a colour; the user's own palette decides what a colour is.
//!
//! Only the sixteen ANSI names are used, and never a background: what is chosen is reversed, and so is what a tired person must
//! not overlook, a sign to look at and an alarm: the text's own colours exchanged can be read on any background. A state is
//! always a word and a sign too, so each palette stays readable in one colour. Words are coloured only in colours that can be
//! read on black and on white; green and cyan cannot, and colour the sign beside a word alone ([`Role::of_words`]). Yellow is
//! not used: on white not even a sign of it can be seen.

use std::str::FromStr;

use ratatui::style::{Color, Modifier, Style};

/// What a piece of text is, as far as its look is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Ordinary text.
    Plain,
    /// Text that matters less: labels, what is over, what is stale.
    Quiet,
    /// Text that matters more.
    Strong,
    /// The sign of something that is well; its words stay plain.
    Good,
    /// The sign of something to look at (held, gated, paused, suspect); its words are strong.
    Warn,
    /// It does not go on, or something is suspect: sign and word as one block that is seen at a glance.
    Alarm,
    /// Something is wrong: a breach, a stall, traffic on a bad version.
    Bad,
    /// There is no evidence: no data, stale, down.
    Blind,
    /// The sign of what a person did or asked for; its words stay plain.
    Person,
    /// The word that marks production.
    Production,
    /// Lines between regions and around dialogs.
    Frame,
    /// A key that can be pressed.
    Key,
    /// What is chosen.
    Chosen,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 13] = [
        Self::Plain,
        Self::Quiet,
        Self::Strong,
        Self::Good,
        Self::Warn,
        Self::Alarm,
        Self::Bad,
        Self::Blind,
        Self::Person,
        Self::Production,
        Self::Frame,
        Self::Key,
        Self::Chosen,
    ];

    /// Its name, by which a configuration may colour it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Quiet => "quiet",
            Self::Strong => "strong",
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Alarm => "alarm",
            Self::Bad => "bad",
            Self::Blind => "blind",
            Self::Person => "person",
            Self::Production => "production",
            Self::Frame => "frame",
            Self::Key => "key",
            Self::Chosen => "chosen",
        }
    }

    /// The role of the words beside a sign of this role.
    pub fn of_words(self) -> Self {
        match self {
            Self::Good | Self::Person => Self::Plain,
            Self::Warn => Self::Strong,
            other => other,
        }
    }

    /// The role of words beside a sign of this role where a block would be too much: a name, a label.
    pub fn of_label(self) -> Self {
        if self == Self::Alarm { Self::Strong } else { self.of_words() }
    }
}

/// The palettes that `--theme` names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Palette {
    /// Red, green and their kin.
    #[default]
    Default,
    /// Blue against red, no green: for red-green blindness.
    Colorblind,
    /// No colour at all: bold, dim, underlined, reversed.
    Mono,
}

impl FromStr for Palette {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "default" => Ok(Self::Default),
            "colorblind" => Ok(Self::Colorblind),
            "mono" => Ok(Self::Mono),
            other => Err(format!("unknown theme {other:?}; the themes are default, colorblind and mono")),
        }
    }
}

/// Gives each role its style.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Theme {
    palette: Palette,
    /// Colours that somebody chose, by the role's place in [`Role::ALL`]; `Some(None)`: the text's own.
    chosen: [Option<Option<Color>>; Role::ALL.len()],
}

impl Theme {
    /// The theme of a palette.
    pub fn new(palette: Palette) -> Self {
        Self { palette, chosen: [None; Role::ALL.len()] }
    }

    /// The same theme with another colour for a role: one of the sixteen by its place in the palette, or the text's own.
    /// A theme without colour stays so.
    #[must_use]
    pub fn with(mut self, role: Role, colour: Option<u8>) -> Self {
        let place = Role::ALL.iter().position(|known| *known == role);
        if let Some(chosen) = place.and_then(|place| self.chosen.get_mut(place)) {
            *chosen = Some(colour.and_then(ansi));
        }
        self
    }

    fn chosen(self, role: Role) -> Option<Option<Color>> {
        let place = Role::ALL.iter().position(|known| *known == role)?;
        self.chosen.get(place).copied().flatten()
    }

    /// Whether it has no colours.
    pub fn is_mono(self) -> bool {
        self.palette == Palette::Mono
    }

    /// The style of a role.
    pub fn style(self, role: Role) -> Style {
        let style = Style::new().add_modifier(modifier(self.palette, role));
        let colour = match (self.palette, self.chosen(role)) {
            (Palette::Default | Palette::Colorblind, Some(chosen)) => chosen,
            (Palette::Default, None) => default_colour(role),
            (Palette::Colorblind, None) => colorblind_colour(role),
            (Palette::Mono, _) => return style.add_modifier(instead_of_colour(role)),
        };
        colour.map_or(style, |colour| style.fg(colour))
    }
}

/// A colour of the terminal's palette, by its place.
fn ansi(place: u8) -> Option<Color> {
    const ALL: [Color; 16] = [
        Color::Black,
        Color::Red,
        Color::Green,
        Color::Yellow,
        Color::Blue,
        Color::Magenta,
        Color::Cyan,
        Color::Gray,
        Color::DarkGray,
        Color::LightRed,
        Color::LightGreen,
        Color::LightYellow,
        Color::LightBlue,
        Color::LightMagenta,
        Color::LightCyan,
        Color::White,
    ];
    ALL.get(usize::from(place)).copied()
}

fn modifier(palette: Palette, role: Role) -> Modifier {
    match role {
        Role::Warn if palette != Palette::Mono => Modifier::BOLD.union(Modifier::REVERSED),
        Role::Plain | Role::Good | Role::Person | Role::Blind => Modifier::empty(),
        Role::Quiet | Role::Frame => Modifier::DIM,
        Role::Strong | Role::Warn | Role::Bad | Role::Production | Role::Key => Modifier::BOLD,
        Role::Alarm => Modifier::BOLD.union(Modifier::REVERSED),
        Role::Chosen => Modifier::REVERSED,
    }
}

fn instead_of_colour(role: Role) -> Modifier {
    match role {
        Role::Bad | Role::Production | Role::Blind => Modifier::UNDERLINED,
        _ => Modifier::empty(),
    }
}

fn default_colour(role: Role) -> Option<Color> {
    match role {
        Role::Good => Some(Color::Green),
        Role::Bad | Role::Production => Some(Color::Red),
        Role::Blind => Some(Color::Magenta),
        Role::Person => Some(Color::Cyan),
        Role::Plain
        | Role::Quiet
        | Role::Strong
        | Role::Warn
        | Role::Alarm
        | Role::Key
        | Role::Frame
        | Role::Chosen => None,
    }
}

fn colorblind_colour(role: Role) -> Option<Color> {
    match role {
        Role::Good => Some(Color::LightBlue),
        Role::Bad | Role::Production => Some(Color::LightRed),
        Role::Blind => Some(Color::Magenta),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_role_has_a_background_and_mono_has_no_colour() {
        for palette in [Palette::Default, Palette::Colorblind, Palette::Mono] {
            for role in Role::ALL {
                let style = Theme::new(palette).style(role);
                assert_eq!(style.bg, None, "{role:?}");
                assert!(palette != Palette::Mono || style.fg.is_none(), "{role:?}");
            }
        }
    }

    #[test]
    fn no_palette_draws_in_a_colour_that_vanishes_on_white_or_on_black() {
        let vanish = [Color::Yellow, Color::LightYellow, Color::White, Color::Gray, Color::Black, Color::DarkGray];
        for palette in [Palette::Default, Palette::Colorblind, Palette::Mono] {
            for role in Role::ALL {
                let style = Theme::new(palette).style(role);
                assert!(style.fg.is_none_or(|colour| !vanish.contains(&colour)), "{role:?} {style:?}");
            }
            let sign = Theme::new(palette).style(Role::Warn);
            assert!(sign != Theme::new(palette).style(Role::Plain) && sign.add_modifier.contains(Modifier::BOLD));
        }
    }

    #[test]
    fn in_one_colour_what_is_wrong_still_differs_from_what_is_well() {
        let mono = Theme::new(Palette::Mono);
        for (one, other) in [
            (Role::Bad, Role::Plain),
            (Role::Bad, Role::Warn),
            (Role::Warn, Role::Plain),
            (Role::Blind, Role::Plain),
            (Role::Alarm, Role::Chosen),
            (Role::Alarm, Role::Warn),
        ] {
            assert_ne!(mono.style(one), mono.style(other), "{one:?} {other:?}");
        }
    }

    #[test]
    fn a_chosen_colour_goes_over_the_palette_and_mono_stays_mono() {
        let chosen = |palette| Theme::new(palette).with(Role::Bad, Some(5)).with(Role::Good, None).style(Role::Bad).fg;
        assert_eq!(chosen(Palette::Default), Some(Color::Magenta));
        assert_eq!(chosen(Palette::Mono), None);
        assert_eq!(Theme::new(Palette::Default).with(Role::Good, None).style(Role::Good).fg, None);
    }

    #[test]
    fn a_wrong_name_says_the_right_ones() {
        assert_eq!("mono".parse(), Ok(Palette::Mono));
        assert_eq!(
            "dark".parse::<Palette>(),
            Err("unknown theme \"dark\"; the themes are default, colorblind and mono".to_owned())
        );
    }
}
