//! What the bounds of single bets add up to over a release.

use crate::core::judge::percent;
use crate::core::plan::Plan;
use crate::core::rule::Rule;

/// How many bets a release lays: a relative and an absolute one for each rule that is judged by odds, on each workload.
pub fn gates(rules: &[Rule], workloads: usize) -> usize {
    2 * rules.iter().filter(|rule| rule.gate().is_some()).count() * workloads
}

/// How rarely a healthy release is rolled back by its odds, at most: the sum over its rules and workloads of 1/threshold,
/// twice, since each has two bets (the union bound: nothing is assumed about how they depend on each other).
pub fn release_bound(plan: &Plan) -> f64 {
    let rules = plan.rules.iter().filter_map(|rule| rule.gate());
    rules.map(|(odds, _)| 2.0 / odds.rollback).sum::<f64>() * plan.workloads.len() as f64
}

/// The bound of a release in a sentence; `None` where nothing is judged by odds.
pub fn bound_words(plan: &Plan) -> Option<String> {
    let bets = gates(&plan.rules, plan.workloads.len());
    (bets > 0).then(|| {
        format!(
            "its odds roll back at most {} of healthy releases: {bets} bets, a relative and an absolute one for each rule and \
             workload",
            percent(release_bound(plan).min(1.0))
        )
    })
}

/// The threshold of each of `gates` bets with which a whole release stays under `alpha_release`.
pub fn threshold_for(alpha_release: f64, gates: usize) -> f64 {
    gates.max(1) as f64 / alpha_release
}

/// Divides `alpha_release` over all bets of a release. Suspicion stays where it is: it only holds.
pub fn share_out(rules: &mut [Rule], workloads: usize, alpha_release: f64) {
    let threshold = threshold_for(alpha_release, gates(rules, workloads));
    for odds in rules.iter_mut().filter(|rule| rule.sli.budget().is_some()).filter_map(|rule| rule.odds.as_mut()) {
        odds.rollback = threshold;
    }
}
