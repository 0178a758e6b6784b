//! How the cockpit looks on this terminal: from the environment and the command line, decided once.

use ratatui::crossterm::style::force_color_output;

use crate::tui::theme::{Palette, Theme};

/// How the cockpit looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// The styles.
    pub theme: Theme,
    /// Whether only ASCII is drawn.
    pub ascii: bool,
    /// Whether clocks stand still between two snapshots (`NO_MOTION`).
    pub still: bool,
    /// Whether a page does not ring the terminal (`[ui] bell = false`).
    pub silent: bool,
}

/// What the command line and the configuration say about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LookWanted {
    /// `--theme`.
    pub palette: Palette,
    /// `--ascii`.
    pub ascii: bool,
}

impl Look {
    /// Joins what is wanted with what the environment says. `variable` reads one variable; an empty one counts as unset.
    ///
    /// `NO_COLOR` makes every theme `mono`. ASCII is drawn where the locale names another character set than UTF-8, or
    /// where the terminal is the bare Linux console; an environment without a locale says nothing.
    pub fn new(wanted: LookWanted, variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let palette = if set("NO_COLOR").is_some() { Palette::Mono } else { wanted.palette };
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| set(name));
        let foreign_locale = locale.is_some_and(|locale| !is_utf8(&locale));
        let bare_console = set("TERM").is_some_and(|term| term == "linux");
        Self {
            theme: Theme::new(palette),
            ascii: wanted.ascii || foreign_locale || bare_console,
            still: set("NO_MOTION").is_some(),
            silent: false,
        }
    }
}

fn is_utf8(locale: &str) -> bool {
    let lower = locale.to_lowercase();
    lower.contains("utf-8") || lower.contains("utf8")
}

/// Makes crossterm honour what the theme decided. It answers `NO_COLOR` itself by writing nothing *inside* a colour
/// escape, which leaves `ESC[;m`: a reset that takes bold and reverse away. The theme has no colours then; this makes
/// crossterm write them as they are.
pub fn let_the_theme_decide_colours() {
    force_color_output(true);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(wanted: LookWanted, environment: &[(&str, &str)]) -> Look {
        Look::new(wanted, |name| environment.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn no_color_wins_over_a_theme_and_an_empty_one_says_nothing() {
        let wanted = LookWanted { palette: Palette::Colorblind, ascii: false };
        assert_eq!(look(wanted, &[("NO_COLOR", "1")]).theme, Theme::new(Palette::Mono));
        assert_eq!(look(wanted, &[("NO_COLOR", "")]).theme, Theme::new(Palette::Colorblind));
    }

    #[test]
    fn the_locale_decides_about_ascii() {
        let wanted = LookWanted::default();
        assert!(!look(wanted, &[]).ascii);
        assert!(!look(wanted, &[("LANG", "de_DE.UTF-8")]).ascii);
        assert!(look(wanted, &[("LC_ALL", "C"), ("LANG", "de_DE.UTF-8")]).ascii);
        assert!(look(wanted, &[("TERM", "linux")]).ascii);
        assert!(look(LookWanted { ascii: true, ..wanted }, &[("LANG", "C.utf8")]).ascii);
    }
}
