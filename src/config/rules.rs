//! `[rules]` and `[rules.NAME]`: what the canary is judged by.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::config::application::Workload;
use crate::config::fault::Wrong;
use crate::config::levels::{Responses, levels};
use crate::config::nearest::nearest;
use crate::config::odds::odds;
use crate::config::reader::Table;
use crate::config::sli::{self, Kind};
use crate::config::threshold::{self, threshold};
use crate::config::value::{flag, percent, texts, word};
use crate::core::plan::Step;
use crate::core::rule::{Action, InStep, MemoryTarget, Rule, Sli, Threshold};
use crate::core::time::human;

/// The key of `[rules]` that is no rule's name.
const ALPHA: &str = "alpha_release";

const ACTIONS: [(&str, Action); 3] = [("rollback", Action::Rollback), ("hold", Action::Hold), ("note", Action::Note)];

/// The rules of the seed, which are there unless `enabled = false`. Shares of requests are judged by odds.
pub fn defaults() -> Vec<Rule> {
    vec![
        Rule::of("errors", Sli::Errors { target: 0.01 }),
        Rule::of("p95", Sli::Latency { quantile: 0.95, bound: 0.1 }),
        Rule::of("memory", Sli::Memory { target: MemoryTarget::OfLimit(0.9) }),
    ]
}

/// What rules are read in the light of.
pub struct Around<'a> {
    /// How often metrics are read.
    pub scrape: Duration,
    /// The steps that are flown.
    pub steps: &'a [Step],
    /// The workloads that are configured.
    pub workloads: &'a [Workload],
    /// What each level of a breach does.
    pub responses: &'a Responses,
    /// Whether a Prometheus can be asked for expressions.
    pub prometheus: bool,
}

/// Reads `[rules]`: the defaults as the file changes them, then the file's own in their order; and how rarely a healthy
/// release may be rolled back by all its odds together.
pub fn rules(table: &Table<'_>, around: &Around<'_>) -> (Vec<Rule>, Option<f64>) {
    let alpha = table.get(ALPHA, percent);
    let defaults = defaults();
    let built_in = defaults.iter().map(|rule| (rule.name.as_str(), Some(rule)));
    let is_own = |name: &&str| *name != ALPHA && defaults.iter().all(|rule| rule.name != *name);
    let all: Vec<_> = built_in.chain(table.names().into_iter().filter(is_own).map(|name| (name, None))).collect();
    let one = |(name, default): (&str, Option<&Rule>)| {
        if let Err(wrong) = check_name(name) {
            table.fault_of_name(name, wrong);
        }
        table.table(name, |table| rule(table, name, default, alpha.is_some(), around))
    };
    (all.into_iter().filter_map(one).collect(), alpha)
}

fn rule(table: &Table<'_>, name: &str, default: Option<&Rule>, shared: bool, around: &Around<'_>) -> Option<Rule> {
    let enabled = table.or("enabled", true, flag);
    let Some(kind) = sli::kind(table, name) else {
        // What its other keys mean cannot be said, so nothing is said of them.
        KEYS.iter().for_each(|key| _ = table.has(key));
        return None;
    };
    let sli = sli::sli(table, kind, name, default.map(|rule| &rule.sli));
    if kind == Kind::Query && enabled && !around.prometheus && table.has("query") {
        table.fault("query", Wrong::new("needs a Prometheus to ask; write [metrics] source = \"prometheus\""));
    }
    let action = table.or("action", Action::Rollback, word(&ACTIONS));
    let dry_run = table.or("dry_run", false, flag);
    let workloads = table.or("workloads", Vec::new(), texts);
    if let Some(name) = workloads.iter().find(|name| around.workloads.iter().all(|known| known.name != **name)) {
        let meant = nearest(name, around.workloads.iter().map(|known| known.name.as_str()));
        let what = format!("{name:?} is no [[workload]] of this file");
        table.fault("workloads", Wrong::new(what).meaning(meant.map(|name| format!("{name:?}"))));
    }
    let by_odds = judged_by_odds(table, kind);
    let judge = threshold(table, around.scrape);
    if !by_odds {
        fits_into_the_soaks(table, &judge, around.steps);
    }
    let odds = by_odds.then(|| odds(table, shared)).flatten();
    let sli = sli?;
    let levels = levels(table, &sli, around.responses);
    if !levels.is_empty() && table.has("action") {
        table
            .fault("action", Wrong::new("stands beside `levels`, which say what a breach does; give one or the other"));
    }
    // Without levels `action` says it; with levels a rule does at most what its worst one does.
    let action = levels.iter().map(|level| level.action).max().unwrap_or(action);
    let steps = in_steps(table, &sli, around.steps);
    let rule = Rule { name: name.to_owned(), sli, action, judge, odds, levels, workloads, dry_run, steps };
    enabled.then_some(rule)
}

/// `[rules.NAME.steps.WEIGHT]`: what is different in one step.
fn in_steps(table: &Table<'_>, sli: &Sli, steps: &[Step]) -> BTreeMap<u32, InStep> {
    table.table("steps", |of_steps| {
        let one = |name: &str| {
            let weight = name.parse().ok().filter(|weight| steps.iter().any(|step| step.weight == *weight));
            if weight.is_none() {
                let known: Vec<String> = steps.iter().map(|step| step.weight.to_string()).collect();
                let what = format!("{name:?} is the weight of no step; the steps are {}", known.join(", "));
                of_steps.fault_of_name(name, Wrong::new(what));
            }
            let step = of_steps.table(name, |step| InStep {
                sli: sli::target(step, sli),
                action: step.get("action", word(&ACTIONS)),
                off: !step.or("enabled", true, flag),
            });
            Some((weight?, step))
        };
        of_steps.names().into_iter().filter_map(one).collect()
    })
}

/// Who judges: odds where shares of requests are counted, unless the file asks for a threshold.
fn judged_by_odds(table: &Table<'_>, kind: Kind) -> bool {
    let counts = matches!(kind, Kind::Errors | Kind::Latency);
    let classic = threshold::KEYS.into_iter().find(|key| table.has(key));
    let asked = table.get("judge", word(&[("odds", true), ("threshold", false)]));
    match (asked, classic) {
        (Some(true), _) if !counts => {
            let what = "must be \"threshold\": odds need a share of requests, as errors and latency have it";
            table.fault("judge", Wrong::new(what));
            false
        }
        (Some(true), Some(key)) => {
            table.fault(key, Wrong::new("is for judge = \"threshold\"; odds have `warm_up` in a table of their own"));
            true
        }
        (asked, _) => {
            let odds = counts && asked.unwrap_or(classic.is_none());
            if !odds && table.has("odds") {
                let why = classic.map_or_else(String::new, |key| format!(", as `{key}` says"));
                let what = format!("is for judge = \"odds\", and a threshold judges here{why}");
                table.fault("odds", Wrong::new(what));
            }
            odds
        }
    }
}

/// A rule that needs more samples than a soak has time for could never pass.
fn fits_into_the_soaks(table: &Table<'_>, judge: &Threshold, steps: &[Step]) {
    let Some(shortest) = steps.iter().map(|step| step.soak).min() else { return };
    let needs = judge.initial_delay + judge.interval * judge.count.unwrap_or(1);
    let key = threshold::LONG.into_iter().find(|key| table.has(key));
    if let Some(key) = key.filter(|_| needs > shortest && !shortest.is_zero()) {
        let what = format!(
            "makes the rule need {} in each step, and the shortest soak is {}: it could never pass in time",
            human(needs),
            human(shortest)
        );
        table.fault(key, Wrong::new(what));
    }
}

/// Every key of a rule.
const KEYS: [&str; 21] = [
    "enabled",
    "workloads",
    "target",
    "quantile",
    "query",
    "unit",
    "action",
    "levels",
    "dry_run",
    "steps",
    "judge",
    "odds",
    "interval",
    "consecutive",
    "initial_delay",
    "min_requests",
    "freshness",
    "count",
    "failure_limit",
    "inconclusive_limit",
    "consecutive_error_limit",
];

fn check_name(name: &str) -> Result<(), Wrong> {
    let good = (1..=32).contains(&name.len())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_'));
    if good { Ok(()) } else { Err(Wrong::new("a rule's name is at most 32 of a-z, 0-9, - and _")) }
}
