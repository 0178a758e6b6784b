//! What the bounds of single bets add up to over a release.

use crate::core::plan::Plan;

/// How many bets a release lays: a relative and an absolute one for each rule that is judged by odds, on each workload.
pub fn gates(plan: &Plan) -> usize {
    2 * plan.rules.iter().filter(|rule| rule.gate().is_some()).count() * plan.workloads.len()
}

/// How rarely a healthy release is rolled back by its odds, at most: the sum over its rules and workloads of 1/threshold,
/// twice, since each has two bets (the union bound: nothing is assumed about how they depend on each other).
pub fn release_bound(plan: &Plan) -> f64 {
    let rules = plan.rules.iter().filter_map(|rule| rule.gate());
    rules.map(|(odds, _)| 2.0 / odds.rollback).sum::<f64>() * plan.workloads.len() as f64
}

/// The threshold of each of `gates` bets with which a whole release stays under `alpha_release`.
pub fn threshold_for(alpha_release: f64, gates: usize) -> f64 {
    gates.max(1) as f64 / alpha_release
}
