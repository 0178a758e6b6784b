//! What the bounds of single bets add up to over a release.

use crate::core::plan::Plan;
use crate::core::rule::Rule;

/// How many bets a release lays: a relative and an absolute one for each rule that is judged by odds, on each workload.
pub fn gates<'a>(rules: &[Rule], workloads: impl Iterator<Item = &'a str> + Clone) -> usize {
    rules.iter().filter(|rule| rule.gate().is_some()).map(|rule| bets(rule, workloads.clone())).sum()
}

fn bets<'a>(rule: &Rule, workloads: impl Iterator<Item = &'a str>) -> usize {
    2 * workloads.filter(|workload| rule.is_for(workload)).count()
}

fn names(plan: &Plan) -> impl Iterator<Item = &str> + Clone {
    plan.workloads.iter().map(|workload| workload.name.as_str())
}

/// How rarely a healthy release is rolled back by its odds, at most: the sum over its rules and workloads of 1/threshold,
/// twice, since each has two bets (the union bound: nothing is assumed about how they depend on each other).
pub fn release_bound(plan: &Plan) -> f64 {
    let rules = plan.rules.iter().filter_map(|rule| Some((rule, rule.gate()?.0)));
    rules.map(|(rule, odds)| bets(rule, names(plan)) as f64 / odds.rollback).sum()
}

/// How many bets a release lays.
pub fn release_bets(plan: &Plan) -> usize {
    gates(&plan.rules, names(plan))
}

/// The bound of a release in a sentence; `None` where nothing is judged by odds.
pub fn bound_words(plan: &Plan) -> Option<String> {
    let bets = release_bets(plan);
    (bets > 0).then(|| {
        let rarely = 1.0 / release_bound(plan).min(1.0);
        format!("odds roll back at most 1 of {rarely:.0} healthy releases, by any of {bets} comparisons")
    })
}

/// The threshold of each of `gates` bets with which a whole release stays under `alpha_release`.
pub fn threshold_for(alpha_release: f64, gates: usize) -> f64 {
    gates.max(1) as f64 / alpha_release
}

/// Divides `alpha_release` over all bets of a release. Suspicion stays where it is: it only holds.
pub fn share_out<'a>(rules: &mut [Rule], workloads: impl Iterator<Item = &'a str> + Clone, alpha_release: f64) {
    let threshold = threshold_for(alpha_release, gates(rules, workloads));
    for odds in rules.iter_mut().filter(|rule| rule.sli.budget().is_some()).filter_map(|rule| rule.odds.as_mut()) {
        odds.rollback = threshold;
    }
}
