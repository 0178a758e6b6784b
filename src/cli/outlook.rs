//! What the steps of a release can prove with the traffic that stable has now: measured before anything is written.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use crate::core::evidence::Evidence;
use crate::core::plan::Plan;
use crate::core::prospect::{self, Traffic};
use crate::core::rule::Rule;
use crate::core::time::human;
use crate::core::view::{ClusterView, Link};
use crate::engine::clock::SharedClock;
use crate::engine::port::{Cluster, Metrics};
use crate::engine::reading::targets;

/// How long the cluster may take to show its pods.
const PATIENCE: Duration = Duration::from_secs(10);

/// Reads stable's metrics twice, and says what each step can prove; with `suggest`, which steps would prove that ratio.
pub async fn lines(
    plan: &Plan,
    cluster: &dyn Cluster,
    metrics: &dyn Metrics,
    clock: &SharedClock,
    suggest: Option<f64>,
) -> Vec<String> {
    let mut picture = cluster.view();
    let seen = |view: &Arc<ClusterView>| {
        !view.links.is_empty() && view.links.values().all(|link| matches!(link, Link::Live { .. }))
    };
    // What comes too late is told as unknown: nothing depends on it.
    drop(tokio::time::timeout(PATIENCE, picture.wait_for(seen)).await);
    let view = Arc::clone(&picture.borrow());
    let rules: Vec<Cow<'_, Rule>> = plan.rules.iter().map(Cow::Borrowed).collect();
    let mut counted: Vec<Evidence> = plan.workloads.iter().map(|_| Evidence::default()).collect();
    let mut fault = None;
    for reading in 0..2 {
        if reading > 0 {
            clock.sleep_until(clock.now() + plan.scrape).await;
        }
        let batch = metrics.read(targets(plan, &view), clock.now()).await;
        fault = batch.pods.iter().find_map(|pod| pod.outcome.as_ref().err()).map(|fault| fault.why.clone());
        for (workload, evidence) in plan.workloads.iter().zip(&mut counted) {
            if let Some(seen) = view.workloads.get(&workload.name) {
                evidence.absorb(plan, &rules, workload, seen, &batch);
            }
        }
    }
    let mut lines = Vec::new();
    for (workload, evidence) in plan.workloads.iter().zip(&counted) {
        let Some(traffic) = Traffic::of(plan, workload, evidence).filter(|traffic| traffic.rps > 0.0) else {
            let why = fault.as_ref().map_or_else(|| "it has no traffic now".to_owned(), Clone::clone);
            lines.push(format!("{}: what its steps can prove is not known: {why}", workload.name));
            continue;
        };
        lines.push(format!("{} has {:.1} requests/s on stable", workload.name, traffic.rps));
        let wanted = suggest.unwrap_or(prospect::WANTED);
        let all = prospect::prospects(plan, workload, traffic, wanted);
        lines.extend(plan.steps.iter().zip(&all).map(|(step, one)| format!("  {}", one.words(step.soak, wanted))));
        if let Some(wanted) = suggest {
            lines.push(suggestion(plan, prospect::suggest(plan, workload, traffic, wanted), wanted));
        }
    }
    lines
}

fn suggestion(plan: &Plan, steps: Option<Vec<u32>>, wanted: f64) -> String {
    let soak = plan.steps.first().map(|step| human(step.soak)).unwrap_or_default();
    match steps {
        Some(steps) => {
            let steps: Vec<String> = steps.iter().map(u32::to_string).collect();
            format!("  to prove {wanted}×: [canary] steps = [{}], soak = \"{soak}\"", steps.join(", "))
        }
        None => format!("  no step proves {wanted}× within {soak}: a longer soak or more traffic would"),
    }
}
