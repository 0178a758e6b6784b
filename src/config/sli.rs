//! `sli`, `target` and what belongs to them: what a rule measures, and what must hold of it.

use toml::de::DeValue;

use crate::config::fault::Wrong;
use crate::config::nearest::nearest;
use crate::config::reader::Table;
use crate::config::value::{fraction, parse_bytes, parse_percent, parsed, percent, some_span, text, word, wrong_kind};
use crate::core::query::{self, Goal, Side};
use crate::core::rule::{MemoryTarget, Sli};

/// The kinds of what can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The share of requests that fail.
    Errors,
    /// A quantile of request durations.
    Latency,
    /// The memory of the largest pod.
    Memory,
    /// The value of a PromQL expression.
    Query,
}

const KINDS: [(&str, Kind); 4] =
    [("errors", Kind::Errors), ("latency", Kind::Latency), ("memory", Kind::Memory), ("query", Kind::Query)];

impl Kind {
    fn example(self) -> &'static str {
        match self {
            Self::Errors => "\"1%\"",
            Self::Latency => "\"100ms\"",
            Self::Memory => "\"90% of limit\"",
            Self::Query => "\"< 100\"",
        }
    }
}

/// What a rule measures: as `sli` says, or as its keys or its name imply.
pub fn kind(table: &Table<'_>, name: &str) -> Option<Kind> {
    if table.has("sli") {
        return table.get("sli", word(&KINDS));
    }
    if table.has("query") {
        return Some(Kind::Query);
    }
    let implied = KINDS.iter().find(|(word, _)| *word == name).map(|(_, kind)| *kind);
    let implied = implied.or_else(|| quantile_of(name).map(|_| Kind::Latency));
    if implied.is_none() {
        let meant = nearest(name, ["errors", "p95", "memory"]).map(|name| format!("`{name}`"));
        let what = "is missing, and the name implies none: one of \"errors\", \"latency\", \"memory\", or a `query`";
        table.fault("sli", Wrong::new(what).meaning(meant));
    }
    implied
}

/// What a rule of that kind measures.
pub fn sli(table: &Table<'_>, kind: Kind, name: &str, default: Option<&Sli>) -> Option<Sli> {
    let quantile = table.get("quantile", fraction).or_else(|| quantile_of(name)).unwrap_or(0.95);
    let promql = table.get("query", parsed(promql));
    let unit = table.get("unit", text).unwrap_or_default();
    for (key, of) in [("quantile", Kind::Latency), ("query", Kind::Query), ("unit", Kind::Query)] {
        if kind != of && table.has(key) {
            let of = if of == Kind::Latency { "latency" } else { "sli = \"query\"" };
            table.fault(key, Wrong::new(format!("is for rules of {of} only")));
        }
    }
    if kind == Kind::Query && !table.has("query") {
        table.fault("query", Wrong::new("is missing: the PromQL expression whose value is judged"));
    }
    let bare = match kind {
        Kind::Errors => Sli::Errors { target: 0.0 },
        Kind::Latency => Sli::Latency { quantile, bound: 0.0 },
        Kind::Memory => Sli::Memory { target: MemoryTarget::Bytes(0) },
        Kind::Query => {
            Sli::Query { promql: promql.unwrap_or_default(), goal: Goal { side: Side::Below, bound: 0.0 }, unit }
        }
    };
    let given = target(table, &bare);
    let fallback = default.and_then(|sli| match (kind, sli) {
        (Kind::Errors, Sli::Errors { .. }) | (Kind::Memory, Sli::Memory { .. }) => Some(sli.clone()),
        (Kind::Latency, Sli::Latency { bound, .. }) => Some(Sli::Latency { quantile, bound: *bound }),
        _ => None,
    });
    if fallback.is_none() && !table.has("target") {
        table.fault("target", Wrong::new(format!("is missing: such as {}", kind.example())));
    }
    given.or(fallback)
}

/// The same with the target that the table gives; `None` where it gives none.
pub fn target(table: &Table<'_>, sli: &Sli) -> Option<Sli> {
    let mut sli = sli.clone();
    match &mut sli {
        Sli::Errors { target } => *target = table.get("target", percent)?,
        Sli::Latency { bound, .. } => *bound = table.get("target", some_span)?.as_secs_f64(),
        Sli::Memory { target } => *target = table.get("target", parsed(memory))?,
        Sli::Query { goal: known, .. } => *known = table.get("target", goal)?,
    }
    Some(sli)
}

fn promql(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("is empty".to_owned());
    }
    query::check(text)?;
    Ok(text.trim().to_owned())
}

/// `< 100`, `>= 99.9`.
fn goal(value: &DeValue<'_>) -> Result<Goal, Wrong> {
    let wanted = "what must hold of the value, such as \"< 100\" or \">= 99.9\"";
    let text = value.as_str().ok_or_else(|| wrong_kind(value, wanted))?;
    let sides = [("<=", Side::AtMost), (">=", Side::AtLeast), ("<", Side::Below), (">", Side::Above)];
    let found = sides.iter().find_map(|(sign, side)| Some((*side, text.trim().strip_prefix(sign)?)));
    let goal = found.and_then(|(side, number)| Some(Goal { side, bound: finite(number)? }));
    goal.ok_or_else(|| Wrong::new(format!("{text:?} is not {wanted}")))
}

/// A number that is one.
pub fn finite(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

/// `90% of limit`, or a size.
fn memory(text: &str) -> Result<MemoryTarget, String> {
    if let Some(share) = text.trim().strip_suffix("of limit") {
        return parse_percent(share).map(MemoryTarget::OfLimit);
    }
    let wrong = |_| format!("{text:?} is neither a share such as \"90% of limit\" nor a size such as \"2GiB\"");
    parse_bytes(text).map(MemoryTarget::Bytes).map_err(wrong)
}

/// The quantile that a name such as `p95` or `p999` says.
fn quantile_of(name: &str) -> Option<f64> {
    let digits = name
        .strip_prefix('p')
        .filter(|digits| matches!(digits.len(), 2 | 3) && digits.chars().all(|c| c.is_ascii_digit()))?;
    format!("0.{digits}").parse().ok().filter(|quantile| *quantile > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_quantiles() {
        assert_eq!(quantile_of("p95"), Some(0.95));
        assert_eq!(quantile_of("p999"), Some(0.999));
        for other in ["p", "p5", "p00", "p9999", "95", "px9", "p-9"] {
            assert_eq!(quantile_of(other), None, "{other}");
        }
    }

    #[test]
    fn memory_is_a_share_of_the_limit_or_a_size() {
        assert_eq!(memory("90% of limit"), Ok(MemoryTarget::OfLimit(0.9)));
        assert_eq!(memory("2GiB"), Ok(MemoryTarget::Bytes(2 << 30)));
        assert!(memory("90%").is_err());
        assert!(memory("120% of limit").is_err());
    }
}
