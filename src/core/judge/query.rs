//! The value of a PromQL expression: what its answer can be, and what each answer means.
//!
//! An expression that answers nothing or no number while the canary's pods are read well is *inconclusive*: it holds and says
//! how to write it. It is neither healthy (NaN is above no line) nor blind.

use crate::core::evidence::{Answer, Evidence, Ledger};
use crate::core::judge::{Moment, Said};
use crate::core::level::Level;
use crate::core::query::Goal;
use crate::core::rule::Rule;
use crate::core::sample::FaultKind;
use crate::core::time::human;
use crate::core::verdict::{DataState, Verdict};

/// Whether a value is a bad sample: it has reached the mildest level, or misses the goal where there are no levels.
pub(super) fn query_is_bad(rule: &Rule, goal: &Goal, value: f64) -> bool {
    rule.levels.first().map_or(!goal.holds(value), |mildest| goal.is_worse(value, mildest.bound))
}

/// The worst level that all of the last samples have reached, and whether there is a breach at all.
pub(super) fn reached<'a>(rule: &'a Rule, goal: &Goal, ledger: &Ledger) -> Option<&'a Level> {
    let worse = |level: &&Level| ledger.values.iter().all(|value| goal.is_worse(*value, level.bound));
    let needed = rule.judge.consecutive.max(1) as usize;
    (ledger.values.len() >= needed).then(|| rule.levels.iter().rev().find(worse)).flatten()
}

/// Why the answer cannot be judged, if it cannot.
pub(super) fn unjudged(rule: &Rule, evidence: &Evidence, moment: &Moment) -> Option<(DataState, String)> {
    let Some(Answer { said, good, .. }) = evidence.answers.get(&rule.name) else {
        return Some((DataState::TooLittleTraffic, "its expression has not been asked yet".to_owned()));
    };
    match said {
        Ok(Some(value)) if value.is_finite() => None,
        Ok(Some(value)) => {
            let number = if value.is_nan() { "NaN" } else { "infinity" };
            let why = format!(
                "its expression answers {number}: there is probably no traffic to divide by; add `or vector(0)`, or wait for \
                 more traffic"
            );
            Some((DataState::Ambiguous, why))
        }
        Ok(None) => {
            let why = "its expression answers nothing for the canary: add `or vector(0)`, or wait for traffic";
            Some((DataState::Ambiguous, why.to_owned()))
        }
        Err(fault) if fault.kind == FaultKind::Ambiguous => Some((DataState::Ambiguous, fault.why.clone())),
        // A source that fails once is asked again before anybody calls it down.
        Err(_) if good.is_some_and(|good| moment.now.since(good) <= rule.judge.freshness) => None,
        Err(fault) => {
            let age = good.map_or_else(
                || "it never answered".to_owned(),
                |good| format!("last answered {} ago", human(moment.now.since(good))),
            );
            let state = if fault.kind == FaultKind::Down { DataState::SourceDown } else { DataState::NoData };
            Some((state, format!("{} ({age})", fault.why)))
        }
    }
}

/// What a value says that is no breach.
pub(super) fn said(rule: &Rule, goal: &Goal, unit: &str, ledger: &Ledger, value: Option<f64>) -> Said {
    let Some(value) = value else {
        return (Verdict::Inconclusive, DataState::TooLittleTraffic, false, "no answer yet".to_owned());
    };
    let shown = figure(value, unit);
    if ledger.in_a_row > 0 {
        let why = format!(
            "{shown}: {} bad sample of the {} in a row that make a breach",
            ledger.in_a_row, rule.judge.consecutive
        );
        return (Verdict::Inconclusive, DataState::Ok, false, why);
    }
    if goal.holds(value) && ledger.tally.closed > 0 {
        return (Verdict::Pass, DataState::Ok, false, format!("{shown}, and it must be {goal}"));
    }
    let why = if goal.holds(value) {
        format!("{shown}, and no sample is whole yet")
    } else {
        format!("{shown}, and it must be {goal}; no level of breach is reached")
    };
    (Verdict::Inconclusive, DataState::Ok, false, why)
}

/// Why an expression is a breach.
pub(super) fn breach_words(goal: &Goal, unit: &str, ledger: &Ledger, level: Option<&Level>) -> String {
    let values: Vec<String> = ledger.values.iter().map(|value| figure(*value, unit)).collect();
    let level =
        level.map_or_else(String::new, |level| format!(", {} from {}", level.priority, figure(level.bound, unit)));
    format!("it is {}, and must be {goal}{level}", values.join(", then "))
}

/// A value with its unit: `412 ms`, `99.95 %`.
pub(super) fn figure(value: f64, unit: &str) -> String {
    let number = match value.abs() {
        v if !(1e-6..1e15).contains(&v) => format!("{value}"),
        v if v >= 100.0 => trimmed(format!("{value:.1}")),
        v => trimmed(format!("{value:.*}", (3 - v.log10().floor() as i32).clamp(0, 9).unsigned_abs() as usize)),
    };
    if unit.is_empty() { number } else { format!("{number} {unit}") }
}

fn trimmed(number: String) -> String {
    if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.').to_owned() } else { number }
}
