//! Whether the side that the canary is compared with can be read at all. A bet against nobody would rest without a word.

use crate::core::counter::PodDelta;
use crate::core::evidence::{Evidence, Trail};
use crate::core::judge::data::{missing, series};
use crate::core::judge::{Moment, is_other};
use crate::core::rule::{Rule, Sli};
use crate::core::view::{PodView, WorkloadView};

/// Why a rule that compares has nothing to compare with: not one Ready pod of the other side is read. A pod that is too young
/// to have been read, or one of many that is not, does not count.
pub(super) fn unread(rule: &Rule, evidence: &Evidence, view: &WorkloadView, moment: &Moment) -> Option<String> {
    if rule.gate().is_none() || !moment.compare.has_other() {
        return None;
    }
    let other = moment.compare.other();
    let mut first = None;
    let mut pods = 0;
    for pod in ready(view, moment) {
        let trail = evidence.trails.get(&pod.uid);
        let good = trail.and_then(|trail| trail.good);
        let known_since = good.or(pod.ready_since);
        if known_since.is_none_or(|since| moment.now.since(since) <= rule.judge.freshness) {
            return None;
        }
        pods += 1;
        let why = || missing(pod, trail.and_then(|trail| trail.fault.as_ref()), good, moment.now).1;
        first.get_or_insert_with(why);
    }
    Some(match (first, pods) {
        (None, _) => format!("no pod of {other} is Ready: there is nothing to compare the canary with"),
        (Some(why), 1) => format!("{other} cannot be read, so there is nothing to compare the canary with: {why}"),
        (Some(why), pods) => {
            format!("none of {other}'s {pods} pods can be read, so there is nothing to compare the canary with: {why}")
        }
    })
}

/// That the other side is read and does not expose what the rule compares, so that the target judges alone: a version that
/// brings a metric with it must be able to fly.
pub(super) fn mute(rule: &Rule, evidence: &Evidence, view: &WorkloadView, moment: &Moment) -> Option<String> {
    if !moment.compare.has_other() {
        return None;
    }
    let mut read = ready(view, moment)
        .filter_map(|pod| {
            let trail = evidence.trails.get(&pod.uid)?;
            Some((trail, trail.last.as_ref()?))
        })
        .peekable();
    let exposes = |(trail, last): (&Trail, &PodDelta)| match rule.sli {
        Sli::Errors { .. } => last.requests.is_some() && trail.names_status,
        Sli::Latency { .. } => last.buckets.is_some(),
        Sli::Memory { .. } | Sli::Query { .. } => true,
    };
    let silent = read.peek().is_some() && !read.any(exposes);
    silent.then(|| format!("{} exposes no {}, so only the target judges", moment.compare.other(), series(rule)))
}

/// The Ready pods of the other side.
fn ready<'a>(view: &'a WorkloadView, moment: &Moment) -> impl Iterator<Item = &'a PodView> {
    let compare = moment.compare;
    view.pods.iter().map(|pod| &**pod).filter(move |pod| is_other(compare, pod.track) && pod.ready && !pod.terminating)
}
