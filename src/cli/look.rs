//! How the cockpit looks: the command line over the configuration over the environment.

use crate::cli::args::Global;
use crate::config::{Theme, Ui};
use crate::tui::look::{Look, LookWanted};
use crate::tui::theme::{Palette, Role};

/// The look that was asked for.
pub fn of(global: &Global, ui: &Ui) -> Look {
    let palette = match global.theme.unwrap_or(ui.theme) {
        Theme::Default => Palette::Default,
        Theme::Colorblind => Palette::Colorblind,
        Theme::Mono => Palette::Mono,
    };
    let wanted = LookWanted { palette, ascii: global.ascii || ui.ascii.unwrap_or(false) };
    let mut look = Look::new(wanted, |name| std::env::var(name).ok());
    look.silent = !ui.bell;
    for (name, colour) in &ui.colours {
        if let Some(role) = Role::ALL.into_iter().find(|role| role.name() == name) {
            look.theme = look.theme.with(role, *colour);
        }
    }
    look
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ROLES;

    #[test]
    fn the_configuration_knows_the_roles_that_there_are() {
        assert_eq!(Role::ALL.map(Role::name), ROLES);
    }
}
