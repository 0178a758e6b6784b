//! The cockpit's keys: the usual ones, with those that the configuration chose.

use crate::config::Bound;
use crate::core::problem::Problem;
use crate::core::text::neutral;
use crate::tui::keymap::{Binding, Keymap};

/// The keymap.
///
/// # Errors
/// Everything that is wrong with the bindings, each with its place.
pub fn keymap(bound: &[Bound]) -> Result<Keymap, Problem> {
    let bindings: Vec<Binding> = bound
        .iter()
        .map(|bound| Binding {
            action: neutral(&bound.action),
            keys: bound.keys.iter().map(|key| neutral(key)).collect(),
            place: bound.place.clone(),
        })
        .collect();
    Keymap::with(&bindings).map_err(|wrong| Problem::user(wrong.join("\n")).hint("mend them in the section [keys]"))
}
