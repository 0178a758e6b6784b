//! When metrics are read, of which pods, and how their source does.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::core::plan::{Plan, Workload};
use crate::core::query::{self, Names, Question};
use crate::core::rule::{Rule, Sli};
use crate::core::sample::{Batch, Target};
use crate::core::time::Time;
use crate::core::view::{ClusterView, Link, Track, WorkloadView};
use crate::engine::port::Metrics;

/// The schedule of readings. At most one is under way: a source that is slow is read less often, never twice at once.
pub struct Readings {
    next: Option<Time>,
    /// When the expression of each rule was asked last.
    asked: BTreeMap<String, Time>,
    under_way: bool,
    link: Link,
}

impl Readings {
    /// A schedule that begins now.
    pub fn new(now: Time) -> Self {
        Self { next: None, asked: BTreeMap::new(), under_way: false, link: Link::Connecting { since: now } }
    }

    /// How the source does.
    pub fn link(&self) -> Link {
        self.link.clone()
    }

    /// When the next reading is due; `None` while one is under way.
    pub fn next(&self) -> Option<Time> {
        self.next.filter(|_| !self.under_way)
    }

    /// What is to be read from a source now, if a reading is due; it counts as under way from here on.
    pub fn due(&mut self, plan: &Plan, view: &ClusterView, source: &dyn Metrics, now: Time) -> Option<Vec<Target>> {
        if self.under_way || self.next.is_some_and(|next| now < next) {
            return None;
        }
        self.next = Some(now + plan.scrape);
        let targets = targets(plan, view, source);
        self.under_way = !targets.is_empty();
        self.under_way.then_some(targets)
    }

    /// The expressions that are to be asked with the reading that is due: those whose last sample is over.
    pub fn questions(&mut self, plan: &Plan, view: &ClusterView, now: Time) -> Vec<Question> {
        let due =
            |rule: &&Rule| self.asked.get(&rule.name).is_none_or(|asked| now.since(*asked) >= rule.judge.interval);
        let rules: Vec<&Rule> = plan.rules.iter().filter(due).collect();
        let mut questions = Vec::new();
        for rule in rules {
            let Sli::Query { promql, .. } = &rule.sli else { continue };
            self.asked.insert(rule.name.clone(), now);
            let workloads = plan.workloads.iter().filter(|workload| rule.is_for(&workload.name));
            let workloads = workloads.filter_map(|workload| Some((workload, view.workloads.get(&workload.name)?)));
            questions
                .extend(workloads.filter_map(|(workload, seen)| question(plan, rule, promql, &workload.name, seen)));
        }
        questions
    }

    /// Notes that a reading has come back.
    pub fn note(&mut self, batch: &Batch, every: Duration) {
        self.under_way = false;
        let heard = match &self.link {
            Link::Live { heard, .. } => Some(*heard),
            Link::Lost { heard, .. } => *heard,
            Link::Connecting { .. } => None,
        };
        let since = match &self.link {
            Link::Lost { since, .. } => *since,
            _ => batch.at,
        };
        let fault = batch.pods.iter().find_map(|pod| pod.outcome.as_ref().err());
        self.link = match fault {
            Some(fault) if batch.pods.iter().all(|pod| pod.outcome.is_err()) => {
                Link::Lost { heard, since, retry: batch.at + every, why: fault.why.clone() }
            }
            _ => Link::Live { heard: batch.at, revision: 0 },
        };
    }
}

/// The expression of a rule about one workload; `None` while it would ask about canary pods that do not exist.
fn question(plan: &Plan, rule: &Rule, promql: &str, workload: &str, seen: &WorkloadView) -> Option<Question> {
    let pods = |of: fn(Track) -> bool| -> Vec<&str> {
        let pods = seen.pods.iter().filter(|pod| of(pod.track) && pod.ready && !pod.terminating);
        pods.map(|pod| pod.name.as_str()).collect()
    };
    let names = Names {
        namespace: &plan.namespace,
        workload,
        canary_pods: pods(Track::is_new),
        stable_pods: pods(Track::stays),
    };
    if names.canary_pods.is_empty() {
        return None;
    }
    // What cannot be filled in was refused with the configuration.
    let promql = query::fill(promql, &names).ok()?;
    Some(Question { rule: rule.name.clone(), workload: workload.to_owned(), promql })
}

/// Every pod of the release whose metrics a source can be asked for.
pub fn targets(plan: &Plan, view: &ClusterView, source: &dyn Metrics) -> Vec<Target> {
    let mut targets = Vec::new();
    let can_be_asked = |workload: &&Workload| workload.metrics.is_some() || !source.needs_port();
    for workload in plan.workloads.iter().filter(can_be_asked) {
        let Some(seen) = view.workloads.get(&workload.name) else { continue };
        for pod in seen.pods.iter().filter(|pod| pod.ip.is_some()) {
            targets.push(Target {
                uid: pod.uid.clone(),
                namespace: plan.namespace.clone(),
                name: pod.name.clone(),
                ip: pod.ip.clone(),
                metrics: workload.metrics.clone(),
            });
        }
    }
    targets
}
