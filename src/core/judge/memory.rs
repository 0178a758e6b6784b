//! Memory: its level against what a pod may reach, and its growth towards that.

use std::time::Duration;

use crate::core::evidence::{Evidence, Ledger};
use crate::core::judge::closing::canary_pods;
use crate::core::judge::words::bytes;
use crate::core::judge::{Moment, Said, is_other};
use crate::core::rule::{MemoryTarget, Rule, Sli};
use crate::core::time::{human, roughly};
use crate::core::trend::{Growth, growth, rise};
use crate::core::verdict::{DataState, Evidence as Numbers, Verdict};
use crate::core::view::{PodView, WorkloadView};

/// How long a pod's memory may grow after it became Ready, as caches fill: what every healthy pod does is no leak.
const WARM_UP: Duration = Duration::from_secs(300);

/// From so many times the other side's memory on it is worth a word.
const MUCH: f64 = 2.0;

/// Whether the memory of some canary pod is over its target; `None`: nobody knows.
pub(super) fn memory_is_bad(target: MemoryTarget, evidence: &Evidence, view: &WorkloadView) -> Option<bool> {
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

/// What memory says where its level is no breach.
pub(super) fn said(
    rule: &Rule,
    ledger: &Ledger,
    evidence: &Evidence,
    view: &WorkloadView,
    numbers: &mut Numbers,
    moment: &Moment,
) -> Said {
    if let Some(leak) = leak(rule, evidence, view, numbers, moment) {
        return leak;
    }
    if ledger.in_a_row > 0 {
        let why =
            format!("{} bad sample of the {} in a row that make a breach", ledger.in_a_row, rule.judge.consecutive);
        return (Verdict::Inconclusive, DataState::Ok, false, why);
    }
    let words = |value: Option<f64>| value.map_or_else(|| "unknown".to_owned(), bytes);
    let level = format!("{} of at most {}", words(numbers.canary), words(numbers.target));
    let notes = [times_the_others(numbers, moment), rises(rule, evidence, view)];
    numbers.notable = notes.iter().any(Option::is_some);
    let why = [Some(level)].into_iter().chain(notes).flatten().collect::<Vec<_>>().join(", ");
    (Verdict::Pass, DataState::Ok, false, why)
}

/// How many times as much as the other side, where that is much: a new version may need more, and somebody should know.
fn times_the_others(numbers: &Numbers, moment: &Moment) -> Option<String> {
    let times = numbers.canary? / numbers.stable.filter(|stable| *stable > 0.0)?;
    (times >= MUCH && times.is_finite()).then(|| format!("{times:.1}× {}'s", moment.compare.other()))
}

/// Memory that has only risen since its pod is Ready: too early for a verdict, and not for a person who looks.
fn rises(rule: &Rule, evidence: &Evidence, view: &WorkloadView) -> Option<String> {
    let Sli::Memory { target } = rule.sli else { return None };
    let rising = canary_pods(view).filter_map(|pod| {
        let minutes = evidence.trails.get(&pod.uid)?.memory.since(pod.ready_since.unwrap_or(pod.created));
        let growth = rise(&minutes, memory_limit(target, pod)?)?;
        let room = memory_target(target, pod)? - minutes.last()?;
        Some((growth, Duration::try_from_secs_f64(60.0 * room / growth.per_minute).ok()))
    });
    let (Growth { per_minute, full_in }, over_in) = rising.min_by_key(|(growth, _)| growth.full_in)?;
    let over = over_in.map(|over| format!("over its target in about {} and ", roughly(over))).unwrap_or_default();
    Some(format!(
        "rises by {} a minute, {over}at the container's limit in about {}: it may be warming up, so that is not judged yet",
        bytes(per_minute),
        roughly(full_in)
    ))
}

/// Memory that grows towards the container's limit: a breach where it gets there before the release has ended, a suspicion
/// where it gets there later. Such a trend has no bound of false alarms (`docs/judging.md`), so it rolls back only when
/// waiting would end in an OOM kill.
fn leak(rule: &Rule, evidence: &Evidence, view: &WorkloadView, numbers: &mut Numbers, moment: &Moment) -> Option<Said> {
    let Sli::Memory { target } = rule.sli else { return None };
    let (pod, canary) = steepest(target, evidence, canary_pods(view))?;
    let words = format!(
        "memory of {} grows by {} a minute and reaches its limit in {}",
        pod.name,
        bytes(canary.per_minute),
        human(whole_minutes(canary.full_in))
    );
    let stable = view
        .pods
        .iter()
        .map(AsRef::as_ref)
        .filter(|pod: &&PodView| is_other(moment.compare, pod.track) && pod.ready && !pod.terminating);
    if moment.compare.has_other()
        && let Some((other, stable)) = steepest(target, evidence, stable)
        && 2.0 * stable.per_minute >= canary.per_minute
    {
        numbers.common = true;
        let why = format!(
            "not the canary: {words}, and that of {}, a {} pod, grows by {} a minute",
            other.name,
            moment.compare.other(),
            bytes(stable.per_minute)
        );
        return Some((Verdict::Inconclusive, DataState::Ok, true, why));
    }
    if canary.full_in <= moment.remaining {
        let why = format!("{words}, before the release has ended (about {} more)", human(moment.remaining));
        return Some((Verdict::Fail, DataState::Ok, false, why));
    }
    Some((Verdict::Inconclusive, DataState::Ok, true, format!("{words}: a leak?")))
}

/// The pod that reaches its limit first, if any grows at all.
fn steepest<'a>(
    target: MemoryTarget,
    evidence: &Evidence,
    pods: impl Iterator<Item = &'a PodView>,
) -> Option<(&'a PodView, Growth)> {
    let growing = pods.filter_map(|pod| {
        let limit = memory_limit(target, pod)?;
        let warm = pod.ready_since.unwrap_or(pod.created) + WARM_UP;
        let minutes = evidence.trails.get(&pod.uid)?.memory.since(warm);
        Some((pod, growth(&minutes, limit)?))
    });
    growing.min_by_key(|(_, growth)| growth.full_in)
}

/// Where a pod's memory ends, in bytes.
fn memory_limit(target: MemoryTarget, pod: &PodView) -> Option<f64> {
    match target {
        MemoryTarget::Bytes(bytes) => Some(pod.memory_limit.map_or(bytes as f64, |limit| limit as f64)),
        MemoryTarget::OfLimit(_) => Some(pod.memory_limit? as f64),
    }
}

fn whole_minutes(span: Duration) -> Duration {
    Duration::from_secs(span.as_secs().div_ceil(60) * 60)
}
