//! How bad a breach is: which of the rule's levels it has reached.

use crate::core::evidence::{Ledger, Row};
use crate::core::judge::closing::{CONFIDENCE, FEWEST_BAD};
use crate::core::judge::{Said, query};
use crate::core::level::Level;
use crate::core::rule::{Rule, Sli};
use crate::core::stats;
use crate::core::verdict::{DataState, Evidence as Numbers, Verdict};

/// A breach with its level. Where a rule has levels and none is reached, the target is missed and nothing worse: it holds.
pub(super) fn graded(rule: &Rule, ledger: &Ledger, numbers: &mut Numbers, why: String) -> Said {
    if rule.levels.is_empty() {
        return (Verdict::Fail, DataState::Ok, false, why);
    }
    match reached(rule, ledger) {
        Some(level) => {
            numbers.level = Some(level.priority);
            (Verdict::Fail, DataState::Ok, false, format!("{}: {why}", level.priority))
        }
        None => (Verdict::Inconclusive, DataState::Ok, true, format!("{why}; no level of breach is reached")),
    }
}

/// The worst level that the last minute has reached, as surely as a bad sample must be.
fn reached<'a>(rule: &'a Rule, ledger: &Ledger) -> Option<&'a Level> {
    let proves =
        |row: Row, target: f64| row.bad >= FEWEST_BAD && stats::lower_bound(row.bad, row.n, CONFIDENCE) > target;
    let counts = || {
        let recent = ledger.recent().canary;
        if recent.bad >= FEWEST_BAD { recent } else { ledger.step.canary }
    };
    match &rule.sli {
        Sli::Query { goal, .. } => query::reached(rule, goal, ledger),
        // The breach itself is proven, so the level at the target needs no second proof.
        Sli::Errors { target } => {
            let row = counts();
            rule.levels.iter().rev().find(|level| level.bound <= *target || proves(row, level.bound))
        }
        Sli::Latency { quantile, bound } => rule
            .levels
            .iter()
            .rev()
            .find(|level| level.bound <= *bound || proves(ledger.recent_slow(level.bound), 1.0 - quantile)),
        Sli::Memory { .. } => rule.levels.last(),
    }
}
