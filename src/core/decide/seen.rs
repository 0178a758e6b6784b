//! Questions to the picture of the cluster, each answered in one place.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::core::plan::{Plan, ServicePlan, Workload};
use crate::core::text::plural;
use crate::core::time::{Time, human};
use crate::core::view::{ClusterView, Link, PodView, ServiceView, TemplateOwner, Track, WorkloadView};

/// So many crashes of new pods are a breach at once.
pub const CRASHES: u32 = 3;

/// How many canary pods a weight asks for beside `n` stable ones: round(n·w/(100−w)), at least 1, at most n; all at 100 %.
pub fn canary_size(weight: u32, n: u32) -> u32 {
    if weight >= 100 {
        return n.max(1);
    }
    let exact = f64::from(n) * f64::from(weight) / f64::from(100 - weight);
    (exact.round() as u32).clamp(1, n.max(1))
}

/// What pods make of a weight, in percent, beside `n` stable ones and a baseline of the canary's size: 1 % of ten pods is
/// 9.1 %. At 100 % the Services are pinned to the canary, whatever stands beside it.
pub fn share_by_pods(weight: u32, n: u32, baseline: bool) -> f64 {
    if weight >= 100 {
        return 100.0;
    }
    let canary = f64::from(canary_size(weight, n));
    let beside = if baseline { canary } else { 0.0 };
    100.0 * canary / (canary + f64::from(n.max(1)) + beside)
}

/// One workload, as planned and as seen.
#[derive(Clone, Copy)]
pub struct Sight<'a> {
    /// As planned.
    pub plan: &'a Workload,
    /// As seen.
    pub view: &'a WorkloadView,
}

impl<'a> Sight<'a> {
    /// Stable's `spec.replicas` now; N₀ while it is not seen.
    pub fn wanted_stable(&self) -> u32 {
        self.view.stable.as_ref().map_or(self.plan.replicas, |stable| stable.replicas)
    }

    /// The larger of stable's size now and at the start.
    pub fn full(&self) -> u32 {
        self.wanted_stable().max(self.plan.replicas)
    }

    /// How many canary pods this weight asks for.
    pub fn wanted_canary(&self, weight: u32) -> u32 {
        if weight >= 100 { self.full().max(1) } else { canary_size(weight, self.wanted_stable()) }
    }

    /// The new pods whose ends are their own: an eviction is nobody's crash.
    pub fn may_crash(&self) -> impl Iterator<Item = &'a PodView> {
        self.view.pods.iter().map(AsRef::as_ref).filter(|pod: &&PodView| pod.track.is_new() && !pod.evicted())
    }

    /// How often they have crashed. One that waits to be started again has crashed once more than it was.
    pub fn crashes(&self) -> u32 {
        self.may_crash().map(|pod| pod.restarts + u32::from(pod.reason == "CrashLoopBackOff")).sum()
    }

    /// Pods of a kind that are Ready and not going.
    pub fn ready(&self, of: impl Fn(Track) -> bool) -> u32 {
        self.view.pods.iter().filter(|pod| of(pod.track) && pod.ready && !pod.terminating).count() as u32
    }

    /// Ready pods of the canary Deployment.
    pub fn canary_ready(&self) -> u32 {
        self.ready(|track| track == Track::Canary)
    }

    /// Whether enough canary pods are Ready for this weight, and the Deployment was told to have them.
    pub fn canary_up(&self, weight: u32) -> bool {
        let wanted = self.wanted_canary(weight);
        self.view.canary.as_ref().is_some_and(|canary| canary.replicas == wanted)
            && self.canary_ready() >= self.plan.enough(wanted)
    }

    /// Ready pods of the baseline Deployment.
    pub fn baseline_ready(&self) -> u32 {
        self.ready(|track| track == Track::Baseline)
    }

    /// Whether the baseline of this weight is up, where there shall be one.
    fn baseline_up(&self, weight: u32) -> bool {
        let wanted = self.wanted_canary(weight);
        self.plan.baseline.is_none()
            || weight >= 100
            || (self.view.baseline.as_ref().is_some_and(|baseline| baseline.replicas == wanted)
                && self.baseline_ready() >= self.plan.enough(wanted))
    }

    /// Whether all that a step of this weight needs beside stable is up.
    pub fn is_up(&self, weight: u32) -> bool {
        self.canary_up(weight) && self.baseline_up(weight)
    }

    /// Why [`Self::is_up`] does not hold while it did before.
    pub fn lacks(&self, weight: u32) -> String {
        let (name, wanted) = (&self.plan.name, self.wanted_canary(weight));
        if self.canary_up(weight) && !self.baseline_up(weight) {
            let trouble = self.trouble(|track| track == Track::Baseline);
            return format!("{} of {wanted} baseline pods of {name} are Ready: {trouble}", self.baseline_ready());
        }
        match &self.view.canary {
            Some(canary) if canary.replicas != wanted => {
                format!(
                    "the canary follows {name} to {}, as {weight} % asks beside {}",
                    plural(wanted, "pod"),
                    self.wanted_stable()
                )
            }
            _ => {
                let trouble = self.trouble(|track| track == Track::Canary);
                format!("{} of {wanted} canary pods of {name} are Ready: {trouble}", self.canary_ready())
            }
        }
    }

    /// The Services of the plan with what is seen of them; one that is gone is left out.
    pub fn services(&self) -> impl Iterator<Item = (&'a ServicePlan, &'a ServiceView)> {
        let view = self.view;
        self.plan.services.iter().filter_map(move |service| Some((service, view.services.get(&service.name)?)))
    }

    /// How many Ready endpoints of a kind a Service has under every port.
    pub fn endpoints(&self, service: &ServiceView, of: impl Fn(Track) -> bool) -> u32 {
        let uids: BTreeSet<&str> =
            self.view.pods.iter().filter(|pod| of(pod.track)).map(|pod| pod.uid.as_str()).collect();
        service.ready.iter().filter(|uid| uids.contains(uid.as_str())).count() as u32
    }

    /// Whose template stable has.
    pub fn template(&self) -> TemplateOwner {
        self.view.stable.as_ref().map_or(TemplateOwner::Recorded, |stable| stable.template.clone())
    }

    /// Whether stable was rolled and no longer has the release's template, while the canary still stands.
    pub fn is_undone(&self) -> bool {
        self.view.canary.is_some() && self.template() != TemplateOwner::Release
    }

    /// Why pods of a kind are not Ready, in the cluster's words.
    pub fn trouble(&self, of: impl Fn(Track) -> bool + Copy) -> String {
        let waiting = self.view.pods.iter().filter(|pod| of(pod.track) && !pod.ready && !pod.terminating);
        // The pod with something to say tells more than one that is merely starting.
        let worst = waiting.max_by_key(|pod| (pod.restarts, pod.message.is_some(), pod.reason != "Running"));
        let beside = [(Track::Canary, &self.view.canary), (Track::Baseline, &self.view.baseline)];
        let set = beside.into_iter().filter(|(track, _)| of(*track)).find_map(|(_, set)| set.as_ref()?.trouble.clone());
        match (worst, set) {
            (_, Some(trouble)) => trouble,
            (Some(pod), None) => pod_words(pod),
            (None, None) => match self.ready(of) {
                0 => "no pod exists yet".to_owned(),
                ready => format!("{ready} are Ready, and no more exist yet"),
            },
        }
    }
}

/// What is wrong with a pod, in the cluster's words.
pub fn pod_words(pod: &PodView) -> String {
    // The kubelet's sentence about a pod that crashes says for how long it waits; how the container ended says more.
    let crashed = pod.reason == "CrashLoopBackOff";
    let ended = pod
        .containers
        .iter()
        .filter(|_| crashed)
        .find_map(|container| Some(format!("{} ended with {}", container.name, container.last.as_ref()?)));
    let message = ended.or_else(|| pod.message.clone()).map(|message| format!(": {message}")).unwrap_or_default();
    // What makes a running pod unready is its probe, which has no word of its own.
    let reason = if pod.reason == "Running" && !pod.ready { "runs and is not Ready" } else { &pod.reason };
    format!("{} {reason}{message}", pod.name)
}

/// All workloads of a plan with what is seen of them.
pub fn sights<'a>(plan: &'a Plan, view: &'a ClusterView) -> Vec<Sight<'a>> {
    let all = plan.workloads.iter();
    all.filter_map(|workload| Some(Sight { plan: workload, view: view.workloads.get(&workload.name)? })).collect()
}

/// Why the picture cannot be trusted to be of now; `None`: every link is live.
pub fn blindness(view: &ClusterView, now: Time) -> Option<String> {
    view.links.iter().find_map(|(name, link)| match link {
        Link::Live { .. } => None,
        Link::Connecting { .. } => Some(format!("the cluster's {name} are not seen yet")),
        Link::Lost { since, why, .. } => {
            let silence = now.since(*since).max(Duration::from_secs(1));
            Some(format!("the API server does not answer for {} ({name}: {why})", human(silence)))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::view::ContainerView;
    use proptest::prelude::*;

    #[test]
    fn of_a_pod_that_crashes_it_is_told_how_it_ended_and_not_for_how_long_the_kubelet_waits() {
        let container =
            ContainerView { name: "app".to_owned(), last: Some("Error, exit code 1".to_owned()), ..Default::default() };
        let mut pod = PodView {
            name: "web-1".to_owned(),
            reason: "CrashLoopBackOff".to_owned(),
            message: Some("back-off 20s restarting failed container=app pod=web-1_shop(dc11-10eb)".to_owned()),
            containers: vec![container],
            ..PodView::default()
        };
        assert_eq!(pod_words(&pod), "web-1 CrashLoopBackOff: app ended with Error, exit code 1");
        pod.containers.clear();
        assert!(pod_words(&pod).starts_with("web-1 CrashLoopBackOff: back-off 20s"), "{}", pod_words(&pod));
    }

    #[test]
    fn weights_become_pods_as_the_table_says() {
        let of = |n: u32| [1, 10, 25, 50, 75, 100].map(|weight| canary_size(weight, n));
        assert_eq!(of(10), [1, 1, 3, 10, 10, 10]);
        assert_eq!(of(1), [1; 6]);
        assert_eq!(of(100), [1, 11, 33, 100, 100, 100]);
    }

    #[test]
    fn a_baseline_takes_its_part_of_the_traffic() {
        let of = |baseline: bool| [1, 25, 50, 100].map(|weight| share_by_pods(weight, 10, baseline).round());
        assert_eq!(of(false), [9.0, 23.0, 50.0, 100.0]);
        assert_eq!(of(true), [8.0, 19.0, 33.0, 100.0]);
    }

    proptest! {
        #[test]
        fn a_canary_has_at_least_one_pod_and_at_most_as_many_as_stable(weight in 1u32..=100, n in 1u32..2_000) {
            let size = canary_size(weight, n);
            prop_assert!((1..=n).contains(&size));
            prop_assert!(weight == 100 || canary_size(weight + 1, n) >= size);
        }
    }
}
