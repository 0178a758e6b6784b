//! When a sample is closed, and what it was: bad, good, or neither yet.

use crate::core::evidence::{Evidence, Ledger, Pair};
use crate::core::judge::Compare;
use crate::core::rule::{MemoryTarget, Rule, Sli};
use crate::core::stats;
use crate::core::time::Time;
use crate::core::view::{PodView, WorkloadView};

/// Fewer bad requests than this never make a sample bad.
const FEWEST_BAD: u64 = 5;

/// How sure a bad sample must be.
const CONFIDENCE: f64 = 0.99;

/// Closes the open sample of a rule if it is ready to be; called after every reading. Odds have no samples to close.
pub fn close_sample(
    rule: &Rule,
    ledger: &mut Ledger,
    level_bad: Option<bool>,
    compare: Compare,
    step_began: Time,
    now: Time,
) {
    let Some(since) = ledger.open_since.filter(|_| rule.gate().is_none()) else { return };
    if now < step_began + rule.judge.initial_delay {
        (ledger.open, ledger.open_since) = (Pair::default(), None);
        return;
    }
    if now.since(since) < rule.judge.interval {
        return;
    }
    let bad = match rule.sli.budget() {
        None => level_bad,
        Some(target) => sample_is_bad(&ledger.open, target).or(sample_is_good(rule, target, &ledger.open)),
    };
    let Some(bad) = bad else { return };
    let common = bad
        && compare == Compare::WithStable
        && rule.sli.budget().is_some_and(|target| is_common(&ledger.open, target));
    ledger.in_a_row = if bad && !common { ledger.in_a_row.saturating_add(1) } else { 0 };
    ledger.common = common;
    ledger.last = Some(std::mem::take(&mut ledger.open));
    ledger.open_since = Some(now);
}

fn sample_is_bad(sample: &Pair, target: f64) -> Option<bool> {
    let row = sample.canary;
    (row.bad >= FEWEST_BAD && stats::lower_bound(row.bad, row.n, CONFIDENCE) > target).then_some(true)
}

fn sample_is_good(rule: &Rule, target: f64, sample: &Pair) -> Option<bool> {
    (sample.canary.n >= needed(rule, target)).then_some(false)
}

/// Stable shows the same breach over the same time, and the canary is less than twice as bad: not the canary.
fn is_common(sample: &Pair, target: f64) -> bool {
    match (sample.canary.share(), sample.stable.share()) {
        (Some(canary), Some(stable)) => stable > target && canary < 2.0 * stable,
        _ => false,
    }
}

/// How many requests a sample, or a step, must hold to acquit the canary.
pub(super) fn needed(rule: &Rule, target: f64) -> u64 {
    rule.judge.min_requests.unwrap_or_else(|| stats::zero_errors_need(target)).max(1)
}

/// Whether a level (memory) is over its target on some canary pod; `None`: nobody knows.
pub fn level_is_bad(rule: &Rule, evidence: &Evidence, view: &WorkloadView) -> Option<bool> {
    let Sli::Memory { target } = rule.sli else { return None };
    let levels = canary_pods(view).filter_map(|pod| {
        let memory = evidence.trails.get(&pod.uid)?.last.as_ref()?.memory.filter(|memory| !memory.is_nan())?;
        Some(memory > memory_target(target, pod)?)
    });
    levels.reduce(|a, b| a || b)
}

/// What a pod's memory may reach, in bytes; `None`: it has no limit to compare with.
pub(super) fn memory_target(target: MemoryTarget, pod: &PodView) -> Option<f64> {
    match target {
        MemoryTarget::Bytes(bytes) => Some(bytes as f64),
        MemoryTarget::OfLimit(share) => pod.memory_limit.map(|limit| limit as f64 * share),
    }
}

/// The pods that are judged: new ones that serve.
pub(super) fn canary_pods(view: &WorkloadView) -> impl Iterator<Item = &PodView> {
    view.pods.iter().map(AsRef::as_ref).filter(|pod: &&PodView| pod.track.is_new() && pod.ready && !pod.terminating)
}
