//! How the cockpit looks: the command line over the configuration over the environment.

use crate::cli::args::Global;
use crate::config::{Theme, Ui};
use crate::tui::look::{Look, LookWanted};
use crate::tui::theme::Palette;

/// The look that was asked for.
pub fn of(global: &Global, ui: &Ui) -> Look {
    let palette = match global.theme.unwrap_or(ui.theme) {
        Theme::Default => Palette::Default,
        Theme::Colorblind => Palette::Colorblind,
        Theme::Mono => Palette::Mono,
    };
    let wanted = LookWanted { palette, ascii: global.ascii || ui.ascii.unwrap_or(false) };
    Look::new(wanted, |name| std::env::var(name).ok())
}
