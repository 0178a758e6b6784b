//! What people ask for in a scenario.

use serde::Deserialize;

use super::fault::Trigger;
use crate::core::command::Verb;

/// What one person asks for, and when.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// What sets it off, once.
    pub when: Trigger,
    /// Who asks: `dana@example`.
    pub who: String,
    /// What is asked for: `approve`, `promote`, `promote --full`, `promote --override`, `pause`, `resume`, `rollback`.
    #[serde(deserialize_with = "verb")]
    pub command: Verb,
    /// Why, in their words.
    #[serde(default)]
    pub reason: Option<String>,
}

/// A command whose moment has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorCommand {
    /// Who asks.
    pub by: String,
    /// What is asked for.
    pub verb: Verb,
    /// Why, in their words.
    pub reason: Option<String>,
}

impl From<&Order> for OperatorCommand {
    fn from(order: &Order) -> Self {
        Self { by: order.who.clone(), verb: order.command.clone(), reason: order.reason.clone() }
    }
}

fn verb<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Verb, D::Error> {
    let name = String::deserialize(deserializer)?;
    let promote = |full, over| Verb::Promote { full, over };
    let verbs = [
        Verb::Approve,
        promote(false, false),
        promote(true, false),
        promote(false, true),
        Verb::Pause,
        Verb::Resume,
        Verb::Rollback,
    ];
    let known = verbs.iter().map(Verb::name).collect::<Vec<_>>().join(", ");
    let found = verbs.into_iter().find(|verb| verb.name() == name);
    found.ok_or_else(|| serde::de::Error::custom(format!("unknown command {name:?}, expected one of {known}")))
}
