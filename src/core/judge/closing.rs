//! When a sample is closed, and what it was: bad, good, or neither yet.

use crate::core::evidence::{Evidence, Ledger, Pair};
use crate::core::judge::Compare;
use crate::core::judge::memory::memory_is_bad;
use crate::core::judge::query::query_is_bad;
use crate::core::rule::{Rule, Sli};
use crate::core::stats;
use crate::core::time::Time;
use crate::core::view::{PodView, WorkloadView};

/// Fewer bad requests than this never make a sample bad.
pub(super) const FEWEST_BAD: u64 = 5;

/// How sure a bad sample must be.
pub(super) const CONFIDENCE: f64 = 0.99;

/// What a rule that counts no requests measures now.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measured {
    /// Whether it is bad; `None`: nobody knows.
    pub bad: Option<bool>,
    /// The value of an expression.
    pub value: Option<f64>,
    /// When it was asked; `None`: with the reading itself.
    pub at: Option<Time>,
}

/// What a rule measures now, where it is no share of requests.
pub fn measure(rule: &Rule, evidence: &Evidence, view: &WorkloadView) -> Measured {
    match &rule.sli {
        Sli::Errors { .. } | Sli::Latency { .. } => Measured::default(),
        Sli::Memory { target } => Measured { bad: memory_is_bad(*target, evidence, view), ..Measured::default() },
        Sli::Query { goal, .. } => {
            let answer = evidence.answers.get(&rule.name);
            let value = answer.and_then(crate::core::evidence::Answer::value);
            Measured {
                bad: value.map(|value| query_is_bad(rule, goal, value)),
                value,
                at: answer.map(|answer| answer.at),
            }
        }
    }
}

/// Closes the open sample of a rule if it is ready to be; called after every reading. Odds have no samples to close.
pub fn close_sample(
    rule: &Rule,
    ledger: &mut Ledger,
    measured: Measured,
    compare: Compare,
    step_began: Time,
    now: Time,
) {
    let Some(since) = ledger.open_since.filter(|_| rule.gate().is_none()) else { return };
    if now < step_began + rule.judge.initial_delay {
        (ledger.open, ledger.open_since) = (Pair::default(), None);
        return;
    }
    if now.since(since) < rule.judge.interval || measured.at.is_some_and(|at| at <= since) {
        return;
    }
    let bad = match rule.sli.budget() {
        None => measured.bad,
        Some(target) => sample_is_bad(&ledger.open, target).or(sample_is_good(rule, target, &ledger.open)),
    };
    match bad {
        Some(bad) => {
            let common =
                bad && compare.has_other() && rule.sli.budget().is_some_and(|target| is_common(&ledger.open, target));
            let failed = bad && !common;
            ledger.in_a_row = if failed { ledger.in_a_row.saturating_add(1) } else { 0 };
            ledger.tally.failed = ledger.tally.failed.saturating_add(u32::from(failed));
            ledger.common = common;
        }
        None if rule.judge.inconclusive_limit.is_some() => {
            ledger.tally.inconclusive = ledger.tally.inconclusive.saturating_add(1);
        }
        None => return,
    }
    ledger.tally.closed = ledger.tally.closed.saturating_add(1);
    ledger.values.extend(measured.value);
    while ledger.values.len() > rule.judge.consecutive.max(1) as usize {
        ledger.values.pop_front();
    }
    ledger.last = Some(std::mem::take(&mut ledger.open));
    ledger.open_since = Some(now);
}

/// Whether the closed samples are a breach: too many bad ones in a row, or altogether.
pub(super) fn is_breached(rule: &Rule, ledger: &Ledger) -> bool {
    let in_a_row = ledger.in_a_row >= rule.judge.consecutive.max(1);
    in_a_row || rule.judge.failure_limit.is_some_and(|limit| ledger.tally.failed > limit)
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

/// The pods that are judged: new ones that serve.
pub(super) fn canary_pods(view: &WorkloadView) -> impl Iterator<Item = &PodView> {
    view.pods.iter().map(AsRef::as_ref).filter(|pod: &&PodView| pod.track.is_new() && pod.ready && !pod.terminating)
}
