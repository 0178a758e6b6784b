//! `[rules.NAME]`: what the canary is judged by.

use std::time::Duration;

use crate::config::fault::Wrong;
use crate::config::nearest::nearest;
use crate::config::odds::odds;
use crate::config::reader::Table;
use crate::config::value::{flag, fraction, parse_bytes, parse_percent, parsed, percent, some_span, span, whole, word};
use crate::core::rule::{Action, MemoryTarget, OddsRule, Rule, Sli, Threshold};
use crate::core::time::human;

/// The key of `[rules]` that is no rule's name.
const ALPHA: &str = "alpha_release";

/// The rules of the seed, which are there unless `enabled = false`. Shares of requests are judged by odds.
pub fn defaults() -> Vec<Rule> {
    let rule = |name: &str, sli: Sli| {
        let odds = sli.budget().map(|_| OddsRule::default());
        Rule { name: name.to_owned(), sli, action: Action::Rollback, judge: Threshold::default(), odds }
    };
    vec![
        rule("errors", Sli::Errors { target: 0.01 }),
        rule("p95", Sli::Latency { quantile: 0.95, bound: 0.1 }),
        rule("memory", Sli::Memory { target: MemoryTarget::OfLimit(0.9) }),
    ]
}

/// Reads `[rules]`: the defaults as the file changes them, then the file's own in their order; and how rarely a healthy
/// release may be rolled back by all its odds together. `scrape` is how often metrics are read.
pub fn rules(table: &Table<'_>, scrape: Duration) -> (Vec<Rule>, Option<f64>) {
    let alpha = table.get(ALPHA, percent);
    let defaults = defaults();
    let built_in = defaults.iter().map(|rule| (rule.name.as_str(), Some(rule)));
    let is_own = |name: &&str| *name != ALPHA && defaults.iter().all(|rule| rule.name != *name);
    let all: Vec<_> = built_in.chain(table.names().into_iter().filter(is_own).map(|name| (name, None))).collect();
    let shared = alpha.is_some();
    (all.into_iter().filter_map(|(name, default)| rule(table, name, default, scrape, shared)).collect(), alpha)
}

fn rule(rules: &Table<'_>, name: &str, default: Option<&Rule>, scrape: Duration, shared: bool) -> Option<Rule> {
    if let Err(wrong) = check_name(name) {
        rules.fault_of_name(name, wrong);
    }
    rules.table(name, |table| {
        let enabled = table.or("enabled", true, flag);
        let Some(kind) = kind(table, name) else {
            // What its other keys mean cannot be said, so nothing is said of them.
            KEYS.iter().for_each(|key| _ = table.has(key));
            return None;
        };
        let sli = sli(table, kind, name, default.map(|rule| &rule.sli));
        let actions = [("rollback", Action::Rollback), ("hold", Action::Hold), ("note", Action::Note)];
        let action = table.or("action", Action::Rollback, word(&actions));
        let judge = threshold(table, scrape);
        let odds = judged_by_odds(table, kind).then(|| odds(table, shared)).flatten();
        let rule = Rule { name: name.to_owned(), sli: sli?, action, judge, odds };
        enabled.then_some(rule)
    })
}

#[derive(Clone, Copy, PartialEq)]
enum SliKind {
    Errors,
    Latency,
    Memory,
}

const KINDS: [(&str, SliKind); 3] =
    [("errors", SliKind::Errors), ("latency", SliKind::Latency), ("memory", SliKind::Memory)];

/// What a rule measures: as `sli` says, or as its name implies.
fn kind(table: &Table<'_>, name: &str) -> Option<SliKind> {
    if table.has("sli") {
        return table.get("sli", word(&KINDS));
    }
    let implied = KINDS.iter().find(|(word, _)| *word == name).map(|(_, kind)| *kind);
    let implied = implied.or_else(|| quantile_of(name).map(|_| SliKind::Latency));
    if implied.is_none() {
        let meant = nearest(name, ["errors", "p95", "memory"]).map(|name| format!("`{name}`"));
        let what = "is missing, and the name implies none: one of \"errors\", \"latency\", \"memory\"";
        table.fault("sli", Wrong::new(what).meaning(meant));
    }
    implied
}

const KEYS: [&str; 11] = [
    "enabled",
    "target",
    "quantile",
    "action",
    "judge",
    "odds",
    "interval",
    "consecutive",
    "initial_delay",
    "min_requests",
    "freshness",
];

fn sli(table: &Table<'_>, kind: SliKind, name: &str, default: Option<&Sli>) -> Option<Sli> {
    let quantile = table.get("quantile", fraction).or_else(|| quantile_of(name)).unwrap_or(0.95);
    if kind != SliKind::Latency && table.has("quantile") {
        table.fault("quantile", Wrong::new("is for rules of latency only"));
    }
    let given = match kind {
        SliKind::Errors => table.get("target", percent).map(|target| Sli::Errors { target }),
        SliKind::Latency => {
            table.get("target", some_span).map(|bound| Sli::Latency { quantile, bound: bound.as_secs_f64() })
        }
        SliKind::Memory => table.get("target", parsed(memory)).map(|target| Sli::Memory { target }),
    };
    let fallback = default.filter(|sli| kind == kind_of(sli)).map(|sli| match sli {
        Sli::Latency { bound, .. } => Sli::Latency { quantile, bound: *bound },
        other => other.clone(),
    });
    if fallback.is_none() && !table.has("target") {
        let example = match kind {
            SliKind::Errors => "\"1%\"",
            SliKind::Latency => "\"100ms\"",
            SliKind::Memory => "\"90% of limit\"",
        };
        table.fault("target", Wrong::new(format!("is missing: such as {example}")));
    }
    given.or(fallback)
}

fn kind_of(sli: &Sli) -> SliKind {
    match sli {
        Sli::Errors { .. } => SliKind::Errors,
        Sli::Latency { .. } => SliKind::Latency,
        Sli::Memory { .. } => SliKind::Memory,
    }
}

/// The keys that only a threshold reads. A file that has one of them means a threshold, even where it does not say so.
const OF_A_THRESHOLD: [&str; 3] = ["interval", "consecutive", "initial_delay"];

/// Who judges: odds where shares of requests are counted, unless the file asks for a threshold.
fn judged_by_odds(table: &Table<'_>, kind: SliKind) -> bool {
    let counts = kind != SliKind::Memory;
    let classic = OF_A_THRESHOLD.into_iter().find(|key| table.has(key));
    let asked = table.get("judge", word(&[("odds", true), ("threshold", false)]));
    match (asked, classic) {
        (Some(true), _) if !counts => {
            table.fault("judge", Wrong::new("must be \"threshold\": odds need a share of requests, and memory is a level"));
            false
        }
        (Some(true), Some(key)) => {
            table.fault(key, Wrong::new("is for judge = \"threshold\"; odds have `warm_up` in their own table"));
            true
        }
        (asked, _) => {
            let odds = counts && asked.unwrap_or(classic.is_none());
            if !odds && table.has("odds") {
                table.fault("odds", Wrong::new(threshold_judges(classic)));
            }
            odds
        }
    }
}

fn threshold_judges(classic: Option<&str>) -> String {
    let why = classic.map_or_else(String::new, |key| format!(", as `{key}` says"));
    format!("is for judge = \"odds\", and a threshold judges here{why}")
}

fn threshold(table: &Table<'_>, scrape: Duration) -> Threshold {
    let default = Threshold::default();
    let freshness = table.or("freshness", default.freshness, some_span);
    if freshness <= scrape {
        let what =
            format!("is {}, and metrics are read every {}: all data would be stale", human(freshness), human(scrape));
        table.fault("freshness", Wrong::new(what));
    }
    let consecutive = table.get("consecutive", whole(1..=100)).and_then(|count| u32::try_from(count).ok());
    Threshold {
        interval: table.or("interval", default.interval, some_span),
        consecutive: consecutive.unwrap_or(default.consecutive),
        initial_delay: table.or("initial_delay", default.initial_delay, span),
        min_requests: table.get("min_requests", whole(1..=1_000_000_000)),
        freshness,
    }
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

fn check_name(name: &str) -> Result<(), Wrong> {
    let good = (1..=32).contains(&name.len())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_'));
    if good { Ok(()) } else { Err(Wrong::new("a rule's name is at most 32 of a-z, 0-9, - and _")) }
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
