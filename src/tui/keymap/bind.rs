//! Keys that somebody chose: read by the names of actions and keys, and refused where two actions would share one.

use super::{Action, Chord, Entry, Keymap};

/// What the place of keys that nobody chose begins with.
const USUAL: &str = "the usual key of ";

/// The actions that are confirmed in a dialog.
const DANGEROUS: [Action; 4] = [Action::Rollback, Action::Approve, Action::Promote, Action::PromoteFull];

/// The keys that a configuration gives to one action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The action's name.
    pub action: String,
    /// The names of its keys; none: it has no key, and is reached by its name.
    pub keys: Vec<String>,
    /// Where it was written, for whoever has to mend it.
    pub place: String,
}

impl Keymap {
    /// The keymap with these keys in place of the usual ones.
    ///
    /// An action that is bound loses its usual keys; one that is not keeps them, unless they were given away: then it is
    /// named beside the binding that took them.
    ///
    /// # Errors
    /// Everything that is wrong, each with its place: an action or a key that does not exist, one key of two actions, and
    /// a rollback that could not be reached from an input.
    pub fn with(bindings: &[Binding]) -> Result<Self, Vec<String>> {
        let mut keymap = Self::default();
        let mut wrong = Vec::new();
        // Where the keys of an entry come from, for naming both places of a conflict.
        let mut places: Vec<String> = keymap.entries.iter().map(|entry| format!("{USUAL}{}", entry.name)).collect();
        for binding in bindings {
            let Some(index) = keymap.entries.iter().position(|entry| entry.name == binding.action) else {
                wrong.push(format!(
                    "{}: there is no action {:?}{}",
                    binding.place,
                    binding.action,
                    meant(&binding.action)
                ));
                continue;
            };
            let mut keys = Vec::new();
            for name in &binding.keys {
                match name.parse::<Chord>() {
                    Ok(key) => keys.push(key),
                    Err(why) => wrong.push(format!("{}: {why}", binding.place)),
                }
            }
            if let (Some(entry), Some(place)) = (keymap.entries.get_mut(index), places.get_mut(index)) {
                entry.keys = keys;
                *place = binding.place.clone();
            }
        }
        wrong.extend(conflicts(&keymap.entries, &places));
        for action in [Action::Rollback, Action::Interrupt] {
            wrong.extend(unreachable(&keymap, &places, action));
        }
        for action in DANGEROUS {
            wrong.extend(confirms_itself(&keymap, &places, action));
        }
        if wrong.is_empty() { Ok(keymap) } else { Err(wrong) }
    }
}

/// The name that was probably meant.
fn meant(action: &str) -> String {
    let keymap = Keymap::default();
    let near = |entry: &&Entry| {
        let name = entry.name;
        name.contains(action) || action.contains(name)
    };
    match keymap.entries.iter().find(near) {
        Some(entry) if !action.is_empty() => format!("; did you mean {}?", entry.name),
        _ => format!(
            "; the actions are {}",
            keymap.entries.iter().map(|entry| entry.name).collect::<Vec<_>>().join(", ")
        ),
    }
}

fn conflicts(entries: &[Entry], places: &[String]) -> Vec<String> {
    let all: Vec<(Chord, &Entry, &String)> = entries
        .iter()
        .zip(places)
        .flat_map(|(entry, place)| entry.keys.iter().map(move |key| (*key, entry, place)))
        .collect();
    let mut found = Vec::new();
    for (number, (key, entry, place)) in all.iter().enumerate() {
        for (_, other, elsewhere) in all.iter().skip(number + 1).filter(|(taken, ..)| taken == key) {
            found.push(if entry.name == other.name {
                format!("{place}: {key} is written twice for {}", entry.name)
            } else {
                // The binding is named first: it is what can be changed.
                let usual = place.starts_with(USUAL);
                let (here, at) = if usual { (*other, *elsewhere) } else { (*entry, *place) };
                let (there, beside) = if usual { (*entry, *place) } else { (*other, *elsewhere) };
                format!("{at}: {key} is bound to {}, and it is also {}", here.name, taken_by(beside, there.name))
            });
        }
    }
    found
}

fn taken_by(place: &str, action: &str) -> String {
    if place.starts_with(USUAL) {
        format!("{place}; give that action another one")
    } else {
        format!("bound to {action} at {place}")
    }
}

/// A rollback must be reachable from an input, where letters are text.
fn unreachable(keymap: &Keymap, places: &[String], action: Action) -> Option<String> {
    let index = keymap.entries.iter().position(|entry| entry.action == action)?;
    let entry = keymap.entries.get(index)?;
    let reachable = entry.keys.iter().any(|key| key.typed().is_none());
    (!reachable).then(|| {
        let place = places.get(index).map(String::as_str).unwrap_or_default();
        format!(
            "{place}: {} needs at least one key that is no letter, so that it works while one types: ctrl-r, f5",
            entry.name
        )
    })
}

/// What confirms a dangerous action must be another key than what opened it: a key that bounces confirms nothing.
fn confirms_itself(keymap: &Keymap, places: &[String], action: Action) -> Option<String> {
    let index = keymap.entries.iter().position(|entry| entry.action == action)?;
    let entry = keymap.entries.get(index)?;
    let confirms = entry.keys.iter().find(|key| matches!(key.typed(), Some('y' | 'Y')))?;
    let place = places.get(index).map(String::as_str).unwrap_or_default();
    Some(format!("{place}: {confirms} confirms {} in its dialog, so another key must open it", entry.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bind(bindings: &[(&str, &[&str])]) -> Result<Keymap, Vec<String>> {
        let bindings: Vec<Binding> = bindings
            .iter()
            .enumerate()
            .map(|(line, (action, keys))| Binding {
                action: (*action).to_owned(),
                keys: keys.iter().map(|key| (*key).to_owned()).collect(),
                place: format!("glidepath.toml:{}:1", line + 1),
            })
            .collect();
        Keymap::with(&bindings)
    }

    #[test]
    fn an_action_takes_the_keys_that_it_is_given() {
        let keymap =
            bind(&[("promote", &["n", "f6"]), ("rollback", &["R", "ctrl-r"]), ("log", &[])]).expect("it is right");
        assert_eq!(keymap.action(Chord::char('n')), Some(Action::Promote));
        assert_eq!(keymap.action(Chord::char('p')), None);
        assert_eq!(keymap.action(Chord::char('R')), Some(Action::Rollback));
        assert_eq!(keymap.action(Chord::char('l')), None);
        assert_eq!(keymap.key(Action::Rollback), "R");
    }

    #[test]
    fn a_conflict_names_both_places() {
        assert_eq!(
            bind(&[("promote", &["x"]), ("approve", &["x"])]).unwrap_err(),
            ["glidepath.toml:2:1: x is bound to approve, and it is also bound to promote at glidepath.toml:1:1"]
        );
        assert_eq!(
            bind(&[("promote", &["a"])]).unwrap_err(),
            [
                "glidepath.toml:1:1: a is bound to promote, and it is also the usual key of approve; give that action another one"
            ]
        );
        assert_eq!(
            bind(&[("promote", &["x", "x"])]).unwrap_err(),
            ["glidepath.toml:1:1: x is written twice for promote"]
        );
    }

    #[test]
    fn what_does_not_exist_is_said_with_what_does() {
        let said = bind(&[("promot", &["x"]), ("quit", &["strg-q"])]).unwrap_err().join("\n");
        assert!(said.contains("there is no action \"promot\"; did you mean promote?"), "{said}");
        assert!(said.contains("\"strg-q\" is no key"), "{said}");
    }

    #[test]
    fn no_key_both_opens_a_dialog_and_confirms_it() {
        let said = bind(&[("copy", &[]), ("rollback", &["y", "ctrl-r"])]).unwrap_err();
        assert_eq!(said, ["glidepath.toml:2:1: y confirms rollback in its dialog, so another key must open it"]);
        assert!(bind(&[("copy", &[]), ("sort", &["y"])]).is_ok());
    }

    #[test]
    fn a_rollback_stays_reachable_while_one_types() {
        let said = bind(&[("rollback", &["R"])]).unwrap_err().join("\n");
        assert!(said.contains("rollback needs at least one key that is no letter"), "{said}");
    }
}
