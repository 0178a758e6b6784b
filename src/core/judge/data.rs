//! Whether the canary's data can be judged at all, and if not, why: each way of not knowing has its own words.

use crate::core::evidence::{Evidence, Ledger};
use crate::core::judge::closing::{CONFIDENCE, canary_pods};
use crate::core::judge::words::percent;
use crate::core::judge::{Compare, Moment, is_other, other, query};
use crate::core::rule::{MemoryTarget, Rule, Sli};
use crate::core::sample::{FaultKind, SourceFault};
use crate::core::stats;
use crate::core::time::{Time, ago, human};
use crate::core::verdict::DataState;
use crate::core::view::{PodView, Track, WorkloadView};

/// Why the canary's data cannot be judged by a rule, with its state; `None` where it can. The worst of its Ready pods speaks,
/// since one pod that is not seen can hide a fault.
pub(super) fn unjudged(
    rule: &Rule,
    ledger: &Ledger,
    evidence: &Evidence,
    view: &WorkloadView,
    moment: &Moment,
) -> Option<(DataState, String)> {
    pods_unjudged(rule, evidence, view, moment.now).or_else(|| match rule.sli {
        Sli::Query { .. } => query::unjudged(rule, evidence, moment),
        Sli::Memory { .. } => None,
        _ => swapped(ledger, view, moment.compare)
            .map(|why| (DataState::Swapped, why))
            .or_else(|| other::unread(rule, evidence, view, moment).map(|why| (DataState::Unpaired, why))),
    })
}

/// Whether what is measured as canary looks like stable and the other way round: the measured share lies nearer to the
/// complement of what Ready pods make of it, and the counts prove so. Around one half nobody can tell, and behind a pin pods
/// say nothing of shares; kept connections make a share uneven, and never turn it round.
fn swapped(ledger: &Ledger, view: &WorkloadView, compare: Compare) -> Option<String> {
    let serving = |of: &dyn Fn(Track) -> bool| {
        let pods = view.pods.iter().filter(|pod| of(pod.track) && pod.ready && !pod.terminating);
        pods.count() as f64
    };
    let new = serving(&Track::is_new);
    let expected = new / (new + serving(&|track| is_other(compare, track)));
    if compare == Compare::Alone || view.services.values().any(|service| service.pinned) {
        return None;
    }
    let (canary, stable) = (ledger.step.canary.n, ledger.step.stable.n);
    let total = canary + stable;
    let turned = if expected < 0.4 {
        stats::lower_bound(canary, total, CONFIDENCE) > 0.5
    } else if expected > 0.6 {
        stats::lower_bound(stable, total, CONFIDENCE) > 0.5
    } else {
        false
    };
    turned.then(|| {
        format!(
            "{} of {total} requests were measured on the canary, where its pods make {}: its labels look swapped with {}'s",
            percent(canary as f64 / total as f64),
            percent(expected),
            compare.other()
        )
    })
}

fn pods_unjudged(rule: &Rule, evidence: &Evidence, view: &WorkloadView, now: Time) -> Option<(DataState, String)> {
    // A pod that has only just become Ready may not have been read yet.
    let old_enough = |pod: &&PodView| pod.ready_since.is_none_or(|since| now.since(since) > rule.judge.freshness);
    let mut seen_any = false;
    for pod in canary_pods(view) {
        let trail = evidence.trails.get(&pod.uid);
        let Some(good) = trail.and_then(|trail| trail.good) else {
            if old_enough(&pod) {
                return Some(missing(pod, trail.and_then(|trail| trail.fault.as_ref()), None, now));
            }
            continue;
        };
        if now.since(good) > rule.judge.freshness {
            return Some(missing(pod, trail.and_then(|trail| trail.fault.as_ref()), Some(good), now));
        }
        if let Some(trail) = trail
            && rule.judge.consecutive_error_limit.is_some_and(|limit| trail.errors > limit)
        {
            return Some(missing(pod, trail.fault.as_ref(), Some(good), now));
        }
        seen_any = true;
        if matches!(rule.sli, Sli::Query { .. }) {
            continue;
        }
        if let Some(delta) = trail.and_then(|trail| trail.last.as_ref()) {
            let (known, has) = match rule.sli {
                Sli::Errors { .. } => (evidence.known_requests, delta.requests.is_some()),
                Sli::Latency { .. } => (evidence.known_buckets, delta.buckets.is_some()),
                Sli::Memory { .. } | Sli::Query { .. } => (false, delta.memory.is_some()),
            };
            let nan = match rule.sli {
                Sli::Memory { .. } => delta.memory.is_some_and(f64::is_nan),
                _ => delta.nan,
            };
            if nan {
                return Some((DataState::Nan, format!("{} answers with values that are not numbers", pod.name)));
            }
            if !has && (delta.vanished || !known) {
                return Some((DataState::NoData, no_series(rule, &pod.name, delta.vanished)));
            }
            if matches!(rule.sli, Sli::Errors { .. }) && !trail.is_some_and(|trail| trail.names_status) {
                return Some((
                    DataState::NoData,
                    format!("the request counter of {} has no label that holds a status", pod.name),
                ));
            }
        }
        if let Sli::Memory { target: MemoryTarget::OfLimit(_) } = rule.sli
            && pod.memory_limit.is_none()
        {
            return Some((
                DataState::Ambiguous,
                format!("{} has no memory limit to compare with; give it one, or a target in bytes", pod.name),
            ));
        }
    }
    if seen_any {
        return None;
    }
    // They were read and are not Ready: that is no lack of traffic.
    let beside = view.pods.iter().filter(|pod| pod.track.is_new());
    let last_read = beside.filter_map(|pod| evidence.trails.get(&pod.uid)?.good).max();
    Some(match last_read.filter(|_| canary_pods(view).next().is_none()) {
        Some(good) => (DataState::Ok, format!("no canary pod is Ready; last read {}", ago(now.since(good)))),
        None => (DataState::TooLittleTraffic, "no canary pod has been read yet".to_owned()),
    })
}

/// The state of a pod that has not been read of late, in words.
pub(super) fn missing(
    pod: &PodView,
    fault: Option<&SourceFault>,
    good: Option<Time>,
    now: Time,
) -> (DataState, String) {
    let age = good.map_or_else(|| "never read".to_owned(), |good| format!("last read {} ago", human(now.since(good))));
    match fault {
        Some(fault) if fault.kind == FaultKind::Down => {
            (DataState::SourceDown, format!("no metrics of {}: {} ({age})", pod.name, fault.why))
        }
        Some(fault) if fault.kind == FaultKind::Ambiguous => {
            (DataState::Ambiguous, format!("{}: {} ({age})", pod.name, fault.why))
        }
        Some(fault) => (DataState::NoData, format!("no metrics of {}: {} ({age})", pod.name, fault.why)),
        None => (DataState::Stale, format!("no metrics of {}: {age}", pod.name)),
    }
}

/// What a rule reads from a pod.
pub(super) fn series(rule: &Rule) -> &'static str {
    match rule.sli {
        Sli::Errors { .. } => "request counter",
        Sli::Latency { .. } => "latency histogram",
        Sli::Memory { .. } => "memory gauge",
        Sli::Query { .. } => "series",
    }
}

fn no_series(rule: &Rule, pod: &str, vanished: bool) -> String {
    let what = series(rule);
    if vanished { format!("the {what} of {pod} is gone") } else { format!("{pod} exposes no {what} that is known") }
}
