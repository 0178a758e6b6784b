//! `[keys]`: which keys an action has, by its name.

use toml::de::DeValue;

use crate::config::fault::Wrong;
use crate::config::reader::Table;
use crate::config::value::wrong_kind;

/// The keys of one action, as they are written. Whether action and keys exist is known to the cockpit alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// The action's name.
    pub action: String,
    /// The names of its keys.
    pub keys: Vec<String>,
    /// Where: file, line and column.
    pub place: String,
}

/// Reads `[keys]` of the file that is called `file`.
pub fn keys(table: &Table<'_>, file: &str) -> Vec<Bound> {
    let names = table.names();
    let bound = names.into_iter().filter_map(|action| {
        let keys = table.get(action, key_names)?;
        let (line, column) = table.position_of_name(action);
        Some(Bound { action: action.to_owned(), keys, place: format!("{file}:{line}:{column}") })
    });
    bound.collect()
}

/// `"x"`, or `["x", "ctrl-x"]`; an empty list takes the keys away.
fn key_names(value: &DeValue<'_>) -> Result<Vec<String>, Wrong> {
    const WANTED: &str = "a key such as \"x\" or \"ctrl-x\", or a list of keys";
    match value {
        DeValue::String(key) => Ok(vec![key.to_string()]),
        DeValue::Array(keys) => {
            let each = keys.iter().map(|key| match key.get_ref() {
                DeValue::String(key) => Ok(key.to_string()),
                other => Err(wrong_kind(other, WANTED)),
            });
            each.collect()
        }
        other => Err(wrong_kind(other, WANTED)),
    }
}
