//! The threshold judge: from what was counted to a verdict. The statistical gate is to stand beside it.
//!
//! A *sample* spans at least the rule's interval. It is bad when at least five requests in it were bad and the one-sided
//! 99 % Clopper-Pearson lower bound of their share lies above the target; it is good when it holds enough requests to
//! have passed (what zero errors need to prove the target) and is not bad. Between the two it stays open and grows, so
//! that little traffic neither hides a fault nor acquits it. `consecutive` bad samples in a row are a breach; one alone,
//! however bad, is not.

use crate::core::evidence::{Evidence, Ledger, Pair};
use crate::core::plan::Workload;
use crate::core::rule::{MemoryTarget, Rule, Sli};
use crate::core::sample::FaultKind;
use crate::core::stats;
use crate::core::time::{Time, human};
use crate::core::verdict::{DataState, Evidence as Numbers, Judgement, Verdict};
use crate::core::view::{PodView, WorkloadView};

/// Fewer bad requests than this never make a sample bad.
const FEWEST_BAD: u64 = 5;

/// How sure a bad sample must be.
const CONFIDENCE: f64 = 0.99;

/// Whether there is a stable side to compare with: not at 100 %, and not while verifying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    /// Stable takes users' traffic.
    WithStable,
    /// Only the target judges.
    Alone,
}

/// Closes the open sample of a rule if it is ready to be; called after every reading.
pub fn close_sample(
    rule: &Rule,
    ledger: &mut Ledger,
    level_bad: Option<bool>,
    compare: Compare,
    step_began: Time,
    now: Time,
) {
    let Some(since) = ledger.open_since else { return };
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

fn needed(rule: &Rule, target: f64) -> u64 {
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

fn memory_target(target: MemoryTarget, pod: &PodView) -> Option<f64> {
    match target {
        MemoryTarget::Bytes(bytes) => Some(bytes as f64),
        MemoryTarget::OfLimit(share) => pod.memory_limit.map(|limit| limit as f64 * share),
    }
}

fn canary_pods(view: &WorkloadView) -> impl Iterator<Item = &PodView> {
    view.pods.iter().filter(|pod| pod.track.is_new() && pod.ready && !pod.terminating)
}

/// What a rule says about a workload now.
pub fn judge(rule: &Rule, workload: &Workload, evidence: &Evidence, view: &WorkloadView, now: Time) -> Judgement {
    let ledger = evidence.ledgers.get(&rule.name).cloned().unwrap_or_default();
    let mut numbers = numbers(rule, &ledger, evidence, view);
    let (data, words) = data_state(rule, evidence, view, now);
    let (verdict, data, suspicion, why) = match rule.sli.budget() {
        _ if ledger.in_a_row >= rule.judge.consecutive.max(1) => {
            (Verdict::Fail, DataState::Ok, false, breach_words(rule, &ledger, &numbers))
        }
        _ if data.is_blind() => (Verdict::NoData, data, false, words),
        _ if data != DataState::Ok => (Verdict::Inconclusive, data, false, words),
        Some(target) => proportion(rule, target, &ledger, &mut numbers),
        None => level(rule, &ledger, &numbers),
    };
    numbers.why = why;
    Judgement { rule: rule.name.clone(), workload: workload.name.clone(), verdict, data, suspicion, evidence: numbers }
}

type Said = (Verdict, DataState, bool, String);

fn proportion(rule: &Rule, target: f64, ledger: &Ledger, numbers: &mut Numbers) -> Said {
    let row = ledger.step.canary;
    let needed = needed(rule, target);
    if ledger.common {
        let stable = ledger.last.and_then(|last| last.stable.share()).unwrap_or(0.0);
        let why = format!("not the canary: {} of stable's requests {} as well", percent(stable), bad_word(rule));
        return (Verdict::Inconclusive, DataState::Ok, true, why);
    }
    if ledger.in_a_row > 0 {
        let why =
            format!("{} bad sample of the {} in a row that make a breach", ledger.in_a_row, rule.judge.consecutive);
        return (Verdict::Inconclusive, DataState::Ok, false, why);
    }
    if row.n < needed {
        numbers.needs = Some(needed - row.n);
        let why = format!("needs {} more requests on the canary to pass", needed - row.n);
        return (Verdict::Inconclusive, DataState::TooLittleTraffic, false, why);
    }
    let share = |bad: u64| bad as f64 / row.n as f64;
    if share(row.bad_at_most) <= target {
        return (
            Verdict::Pass,
            DataState::Ok,
            false,
            format!("{} of {} requests {}", row.bad_at_most, row.n, bad_word(rule)),
        );
    }
    if row.bad != row.bad_at_most && share(row.bad) <= target {
        let why = format!("{} is no bucket's boundary: add a bucket there", bound_words(rule));
        return (Verdict::Inconclusive, DataState::Ambiguous, false, why);
    }
    let why = format!(
        "{} of the requests {}, more than the target {}, and no breach is proven",
        percent(share(row.bad)),
        bad_word(rule),
        percent(target)
    );
    (Verdict::Inconclusive, DataState::Ok, false, why)
}

fn level(rule: &Rule, ledger: &Ledger, numbers: &Numbers) -> Said {
    if ledger.in_a_row > 0 {
        let why =
            format!("{} bad sample of the {} in a row that make a breach", ledger.in_a_row, rule.judge.consecutive);
        return (Verdict::Inconclusive, DataState::Ok, false, why);
    }
    let words = |value: Option<f64>| value.map_or_else(|| "unknown".to_owned(), bytes);
    (Verdict::Pass, DataState::Ok, false, format!("{} of at most {}", words(numbers.canary), words(numbers.target)))
}

fn breach_words(rule: &Rule, ledger: &Ledger, numbers: &Numbers) -> String {
    let Some(target) = rule.sli.budget() else {
        let words = |value: Option<f64>| value.map_or_else(|| "unknown".to_owned(), bytes);
        return format!("memory is {}, over {}", words(numbers.canary), words(numbers.target));
    };
    let sample = ledger.last.unwrap_or_default();
    let share = |row: crate::core::evidence::Row| row.share().map_or_else(|| "unknown".to_owned(), percent);
    let stable = if sample.stable.n > 0 { format!(", stable {}", share(sample.stable)) } else { String::new() };
    format!(
        "{} of the canary's requests {} ({} of {}){stable}; the target is {}, and {} samples in a row were bad",
        share(sample.canary),
        bad_word(rule),
        sample.canary.bad,
        sample.canary.n,
        percent(target),
        ledger.in_a_row
    )
}

fn numbers(rule: &Rule, ledger: &Ledger, evidence: &Evidence, view: &WorkloadView) -> Numbers {
    let recent = ledger.recent();
    let (canary, stable, target) = match rule.sli {
        Sli::Errors { target } => (recent.canary.share(), recent.stable.share(), Some(target)),
        Sli::Latency { quantile, bound } => {
            let (canary, stable) = ledger.recent_quantiles(quantile);
            (canary, stable, Some(bound))
        }
        Sli::Memory { target } => {
            let memory = |new: bool| {
                let pods = view.pods.iter().filter(|pod| pod.track.is_new() == new && !pod.terminating);
                pods.filter_map(|pod| evidence.trails.get(&pod.uid)?.last.as_ref()?.memory).reduce(f64::max)
            };
            (
                memory(true),
                memory(false),
                view.pods.iter().filter(|pod| pod.track.is_new()).find_map(|pod| memory_target(target, pod)),
            )
        }
    };
    Numbers {
        canary,
        stable,
        target,
        requests: ledger.step.canary.n,
        bad: ledger.step.canary.bad,
        stable_requests: ledger.step.stable.n,
        stable_bad: ledger.step.stable.bad,
        in_a_row: ledger.in_a_row,
        needs: None,
        newest: canary_pods(view).filter_map(|pod| evidence.trails.get(&pod.uid)?.good).max(),
        why: String::new(),
    }
}

/// The state of the canary's data for a rule: the worst of its Ready pods, since one pod that is not seen can hide a fault.
fn data_state(rule: &Rule, evidence: &Evidence, view: &WorkloadView, now: Time) -> (DataState, String) {
    // A pod that has only just become Ready may not have been read yet.
    let old_enough = |pod: &&PodView| pod.ready_since.is_none_or(|since| now.since(since) > rule.judge.freshness);
    let mut seen_any = false;
    for pod in canary_pods(view) {
        let trail = evidence.trails.get(&pod.uid);
        let Some(good) = trail.and_then(|trail| trail.good) else {
            if old_enough(&pod) {
                return missing(pod, trail.and_then(|trail| trail.fault.as_ref()), None, now);
            }
            continue;
        };
        if now.since(good) > rule.judge.freshness {
            return missing(pod, trail.and_then(|trail| trail.fault.as_ref()), Some(good), now);
        }
        seen_any = true;
        if let Some(delta) = trail.and_then(|trail| trail.last.as_ref()) {
            let (known, has) = match rule.sli {
                Sli::Errors { .. } => (evidence.known_requests, delta.requests.is_some()),
                Sli::Latency { .. } => (evidence.known_buckets, delta.buckets.is_some()),
                Sli::Memory { .. } => (false, delta.memory.is_some()),
            };
            if delta.nan {
                return (DataState::Nan, format!("{} answers with values that are not numbers", pod.name));
            }
            if !has && (delta.vanished || !known) {
                return (DataState::NoData, no_series(rule, &pod.name, delta.vanished));
            }
            if matches!(rule.sli, Sli::Errors { .. }) && !trail.is_some_and(|trail| trail.names_status) {
                return (
                    DataState::NoData,
                    format!("the request counter of {} has no label that holds a status", pod.name),
                );
            }
        }
        if let Sli::Memory { target: MemoryTarget::OfLimit(_) } = rule.sli
            && pod.memory_limit.is_none()
        {
            return (
                DataState::Ambiguous,
                format!("{} has no memory limit to compare with; give it one, or a target in bytes", pod.name),
            );
        }
    }
    if seen_any {
        (DataState::Ok, String::new())
    } else {
        (DataState::TooLittleTraffic, "no canary pod has been read yet".to_owned())
    }
}

fn missing(
    pod: &PodView,
    fault: Option<&crate::core::sample::SourceFault>,
    good: Option<Time>,
    now: Time,
) -> (DataState, String) {
    let age = good.map_or_else(|| "never read".to_owned(), |good| format!("last read {} ago", human(now.since(good))));
    match fault {
        Some(fault) if fault.kind == FaultKind::Down => {
            (DataState::SourceDown, format!("{}: {} ({age})", pod.name, fault.why))
        }
        Some(fault) => (DataState::NoData, format!("{}: {} ({age})", pod.name, fault.why)),
        None => (DataState::Stale, format!("{} was {age}", pod.name)),
    }
}

fn no_series(rule: &Rule, pod: &str, vanished: bool) -> String {
    let what = match rule.sli {
        Sli::Errors { .. } => "request counter",
        Sli::Latency { .. } => "latency histogram",
        Sli::Memory { .. } => "memory gauge",
    };
    if vanished { format!("the {what} of {pod} is gone") } else { format!("{pod} exposes no {what} that is known") }
}

fn bad_word(rule: &Rule) -> &'static str {
    if matches!(rule.sli, Sli::Latency { .. }) { "were too slow" } else { "failed" }
}

fn bound_words(rule: &Rule) -> String {
    match rule.sli {
        Sli::Latency { bound, .. } => format!("{bound}"),
        _ => String::new(),
    }
}

/// A share of requests as people write it: `1.1 %`, `0.20 %`, `45 %`.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    match percent {
        p if p == 0.0 => "0 %".to_owned(),
        p if p < 1.0 => format!("{p:.2} %"),
        p if p < 10.0 => format!("{p:.1} %"),
        p => format!("{p:.0} %"),
    }
}

/// Bytes as Kubernetes writes them: `312Mi`, `1.5Gi`.
pub fn bytes(count: f64) -> String {
    const MI: f64 = 1024.0 * 1024.0;
    match count {
        c if c.is_nan() => "NaN".to_owned(),
        c if c >= 10_240.0 * MI => format!("{:.0}Gi", c / MI / 1024.0),
        c if c >= 1024.0 * MI => format!("{:.1}Gi", c / MI / 1024.0),
        c if c >= MI => format!("{:.0}Mi", c / MI),
        c => format!("{:.0}Ki", c / 1024.0),
    }
}
