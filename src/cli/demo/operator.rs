//! The scenario's operator: a person who is data.

use crate::core::command::{Command, Seen};
use crate::core::text::neutral;
use crate::core::time::Time;
use crate::sim::scenario::OperatorCommand;

/// The command that a scenario's operator gives, as that person's; `place` tells several of one moment apart.
pub fn command(asked: &OperatorCommand, at: Time, place: usize) -> Command {
    Command {
        id: format!("operator-{}-{place}", at.millis()),
        verb: asked.verb.clone(),
        by: neutral(&asked.by),
        at,
        reason: asked.reason.as_deref().map(neutral),
        seen: Seen::default(),
    }
}
