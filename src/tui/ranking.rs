//! Which of several workloads is to be seen first.

use std::cmp::Reverse;

use crate::core::snapshot::{Count, RuleNow, Snapshot, WorkloadNow};
use crate::tui::standing::{Standing, worst};

/// The workloads, the worst first; those that are alike stay in the plan's order.
pub fn worst_first(snapshot: &Snapshot) -> Vec<&WorkloadNow> {
    let mut workloads: Vec<&WorkloadNow> = snapshot.workloads.iter().collect();
    workloads.sort_by_cached_key(|workload| Reverse((standing_of(snapshot, workload), missing(workload))));
    workloads
}

/// The rules of one workload.
pub fn rules_of<'a>(snapshot: &'a Snapshot, name: &'a str) -> impl Iterator<Item = &'a RuleNow> {
    snapshot.rules.iter().filter(move |rule| rule.judgement.workload == name)
}

/// How the worst acting rule of a workload stands; `None` where none is judged.
pub fn standing_of(snapshot: &Snapshot, workload: &WorkloadNow) -> Option<Standing> {
    worst(rules_of(snapshot, &workload.name)).map(|rule| Standing::of(&rule.judgement))
}

/// How many pods should be Ready and are not.
pub fn missing(workload: &WorkloadNow) -> u32 {
    let short = |count: Count| count.wanted.saturating_sub(count.ready);
    short(workload.canary).saturating_add(short(workload.stable))
}
