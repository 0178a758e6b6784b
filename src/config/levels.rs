//! `[levels]` and `[rules.NAME.levels]`: how bad a breach is, and what each level of it does.

use toml::de::DeValue;

use crate::config::fault::Wrong;
use crate::config::reader::Table;
use crate::config::sli::finite;
use crate::config::value::{parse_percent, word, wrong_kind};
use crate::core::level::{Level, Priority, Response};
use crate::core::rule::{Action, Sli};
use crate::core::time::parse_span;

/// What a breach of each level does, P0 first.
#[derive(Clone, Debug, PartialEq)]
pub struct Responses([Response; 4]);

impl Default for Responses {
    fn default() -> Self {
        Self(Priority::ALL.map(Priority::usual))
    }
}

impl Responses {
    fn of(&self, priority: Priority) -> Response {
        let all = Priority::ALL.into_iter().zip(self.0);
        all.into_iter().find(|(known, _)| *known == priority).map_or(priority.usual(), |(_, response)| response)
    }
}

/// Reads `[levels]`.
pub fn responses(table: &Table<'_>) -> Responses {
    let says = |action, page| Response { action, page };
    let words = [
        ("page and rollback", says(Action::Rollback, true)),
        ("rollback", says(Action::Rollback, false)),
        ("page and hold", says(Action::Hold, true)),
        ("hold", says(Action::Hold, false)),
        ("page", says(Action::Note, true)),
        ("note", says(Action::Note, false)),
    ];
    Responses(Priority::ALL.map(|priority| table.or(&priority.to_string(), priority.usual(), word(&words))))
}

/// Reads `levels` of a rule, as `{ P2 = "1%", P0 = "10%" }`: from mild to severe.
pub fn levels(rule: &Table<'_>, sli: &Sli, responses: &Responses) -> Vec<Level> {
    if matches!(sli, Sli::Memory { .. }) {
        if rule.has("levels") {
            rule.fault("levels", Wrong::new("are for errors, latency and queries; memory has one target"));
        }
        return Vec::new();
    }
    rule.table("levels", |table| {
        let mut levels = Vec::new();
        for priority in Priority::ALL.into_iter().rev() {
            let name = priority.to_string();
            let Some(bound) = table.get(&name, |value| bound(value, sli)) else { continue };
            check(table, &name, bound, sli, levels.last());
            let Response { action, page } = responses.of(priority);
            levels.push(Level { priority, bound, action, page });
        }
        levels
    })
}

/// A level must lie beyond the target, and beyond the level that is milder.
fn check(table: &Table<'_>, name: &str, bound: f64, sli: &Sli, milder: Option<&Level>) {
    let (target, upper) = match sli {
        Sli::Errors { target } => (*target, true),
        Sli::Latency { bound, .. } => (*bound, true),
        Sli::Memory { .. } => return,
        Sli::Query { goal, .. } => (goal.bound, goal.side.is_upper()),
    };
    let better = |than: f64| if upper { bound < than } else { bound > than };
    if better(target) {
        table.fault(name, Wrong::new("lies inside the target: what meets the target is no breach"));
    }
    if let Some(milder) = milder.filter(|milder| better(milder.bound)) {
        table.fault(name, Wrong::new(format!("is reached before {}, which is milder", milder.priority)));
    }
}

fn bound(value: &DeValue<'_>, sli: &Sli) -> Result<f64, Wrong> {
    let (wanted, upper) = match sli {
        Sli::Errors { .. } => ("a percentage such as \"5%\"", true),
        Sli::Latency { .. } => ("a span of time such as \"200ms\"", true),
        Sli::Memory { .. } => ("a size", true),
        Sli::Query { goal, .. } if goal.side.is_upper() => ("what is a breach, such as \"> 150\"", true),
        Sli::Query { .. } => ("what is a breach, such as \"< 99.5\"", false),
    };
    let written = match value {
        DeValue::Integer(number) if matches!(sli, Sli::Query { .. }) => number.as_str(),
        DeValue::Float(number) if matches!(sli, Sli::Query { .. }) => number.as_str(),
        _ => value.as_str().ok_or_else(|| wrong_kind(value, wanted))?,
    };
    // The sign says nothing new, so it may be there or not; a wrong one is a misunderstanding.
    let bare = written.trim().strip_prefix(if upper { '>' } else { '<' }).unwrap_or(written).trim();
    let bound = match sli {
        Sli::Errors { .. } => parse_percent(bare).ok(),
        Sli::Latency { .. } => parse_span(bare).ok().map(|span| span.as_secs_f64()),
        Sli::Memory { .. } => None,
        Sli::Query { .. } => finite(bare),
    };
    bound.ok_or_else(|| Wrong::new(format!("{written:?} is not {wanted}")))
}
