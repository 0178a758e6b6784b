//! A command that travels through the cluster, and what a driver makes of it. Pure.
//!
//! It is obeyed at most once: a driver first writes on it that it takes it, where only one can, and then obeys. A driver that
//! ends in between leaves a command that nobody may obey any more, and the next one says so. A rollback is none of this:
//! obeying it twice is obeying it once, and one that is lost is worse than one that is heard twice.

use std::collections::BTreeSet;

use crate::core::command::{Command, Verb};

/// A command as it lies in the cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct Letter {
    /// Where it lies.
    pub name: String,
    /// Its UID, by which it is answered.
    pub id: String,
    /// The resourceVersion that was read.
    pub version: String,
    /// What it says, or why nobody can read it.
    pub command: Result<Command, String>,
    /// The epoch of the driver that took it.
    pub taken: Option<u64>,
    /// Whether it is answered.
    pub answered: bool,
}

/// What a driver does with a letter.
#[derive(Clone, Debug, PartialEq)]
pub enum Receipt {
    /// Nothing: it is answered, or in work.
    Leave,
    /// Take it; obey it if nobody else did.
    Take,
    /// Obey it.
    Obey,
    /// Say no, and why.
    Refuse(String),
}

/// What the driver of `epoch` does with a letter; `in_work` are those that it took itself, or that an earlier one answered.
pub fn receive(letter: &Letter, epoch: u64, in_work: &BTreeSet<String>) -> Receipt {
    let command = match &letter.command {
        _ if letter.answered || in_work.contains(&letter.id) => return Receipt::Leave,
        Ok(command) => command,
        Err(why) => return Receipt::Refuse(format!("it cannot be read: {why}")),
    };
    match letter.taken {
        _ if command.verb == Verb::Rollback => Receipt::Obey,
        None => Receipt::Take,
        // We took it, and the process that did is another one of the same epoch: there is none.
        Some(_) => Receipt::Refuse(
            "the driver that took it ended before it said whether it obeyed; look again, and ask again".to_owned(),
        ),
    }
    .for_epoch(letter.taken, epoch)
}

impl Receipt {
    /// A letter of a driver that is newer than this one is not this one's business.
    fn for_epoch(self, taken: Option<u64>, epoch: u64) -> Self {
        if taken.is_some_and(|taken| taken > epoch) { Self::Leave } else { self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::command::Seen;
    use crate::core::time::Time;

    fn letter(verb: Verb) -> Letter {
        let command = Command {
            id: "u1".into(),
            verb,
            by: "dana".into(),
            at: Time::from_millis(0),
            reason: None,
            seen: Seen::default(),
        };
        Letter {
            name: "glidepath-command-x".into(),
            id: "u1".into(),
            version: "1".into(),
            command: Ok(command),
            taken: None,
            answered: false,
        }
    }

    #[test]
    fn a_letter_is_taken_once_and_obeyed_once() {
        let none = BTreeSet::new();
        let new = letter(Verb::Pause);
        assert_eq!(receive(&new, 1, &none), Receipt::Take);
        assert_eq!(receive(&new, 1, &BTreeSet::from(["u1".to_owned()])), Receipt::Leave);
        assert_eq!(receive(&Letter { answered: true, ..new.clone() }, 1, &none), Receipt::Leave);
        let taken = Letter { taken: Some(1), ..new.clone() };
        assert!(matches!(receive(&taken, 2, &none), Receipt::Refuse(why) if why.contains("ask again")));
        assert_eq!(receive(&Letter { taken: Some(3), ..new }, 2, &none), Receipt::Leave);
    }

    #[test]
    fn a_rollback_is_obeyed_whoever_took_it() {
        let none = BTreeSet::new();
        assert_eq!(receive(&letter(Verb::Rollback), 1, &none), Receipt::Obey);
        assert_eq!(receive(&Letter { taken: Some(1), ..letter(Verb::Rollback) }, 2, &none), Receipt::Obey);
    }

    #[test]
    fn what_nobody_can_read_is_refused_and_not_left() {
        let garbled = Letter { command: Err("expected value".into()), ..letter(Verb::Pause) };
        assert!(
            matches!(receive(&garbled, 1, &BTreeSet::new()), Receipt::Refuse(why) if why.contains("expected value"))
        );
    }
}
