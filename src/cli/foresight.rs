//! What the steps of a release can prove, from two readings of what stable shows now.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use crate::cli::release::Bridge;
use crate::cli::{say, source};
use crate::cluster::KubeCluster;
use crate::config::Source;
use crate::core::compare::Compare;
use crate::core::evidence::Evidence;
use crate::core::plan::{Plan, Workload};
use crate::core::power::{Known, Past, Power, Suggestion, WANTED, foresee, suggest};
use crate::core::problem::Problem;
use crate::core::sample::Batch;
use crate::core::time::human;
use crate::core::view::{ClusterView, Link};
use crate::engine::port::Cluster;
use crate::engine::reading;

/// How long the objects of a release may take to be seen.
const SEEN_WITHIN: Duration = Duration::from_secs(10);

/// A Prometheus has a new sample of each series this often, mostly.
const PROMETHEUS: Duration = Duration::from_secs(16);

/// What was foreseen.
pub struct Foresight {
    /// By workload, step and rule.
    pub power: Vec<Power>,
    /// Steps that can prove a ratio, where one was asked for.
    pub suggestion: Option<Suggested>,
    /// What is not known, and why.
    pub unknown: Vec<String>,
}

/// Steps for a ratio.
pub struct Suggested {
    /// How many times as many errors they must be able to notice.
    pub ratio: f64,
    /// They, or why there are none.
    pub steps: Result<Suggestion, String>,
}

/// Reads what stable shows twice, and says what the steps can prove.
///
/// # Errors
/// A source of metrics that cannot be used.
pub async fn look(
    bridge: &Bridge,
    plan: &Arc<Plan>,
    cluster: &KubeCluster,
    ratio: Option<f64>,
) -> Result<Foresight, Problem> {
    let mut foresight = Foresight { power: Vec::new(), suggestion: None, unknown: Vec::new() };
    if plan.rules.iter().all(|rule| rule.gate().is_none()) {
        foresight.unknown.push("what the steps can prove: no rule is judged by odds".to_owned());
        return Ok(foresight);
    }
    let metrics = source::metrics(&bridge.config.metrics, &bridge.connection, plan)?;
    let view = settled(cluster).await;
    let targets = reading::targets(plan, &view, metrics.as_ref());
    if targets.is_empty() {
        foresight.unknown.push("what the steps can prove: no pod of stable says where its metrics are".to_owned());
        return Ok(foresight);
    }
    let first = metrics.read(targets.clone(), bridge.clock.now()).await;
    let apart = match bridge.config.metrics.source {
        Source::Prometheus { .. } => plan.scrape.max(PROMETHEUS),
        Source::Scrape(_) => plan.scrape,
    };
    say::notice(&format!("watching stable's traffic for {}", human(apart)));
    bridge.clock.sleep_until(first.at + apart).await;
    let second = metrics.read(targets, bridge.clock.now()).await;
    let seen: Vec<(&Workload, Result<Stable, String>)> =
        plan.workloads.iter().map(|workload| (workload, stable(plan, workload, &view, [&first, &second]))).collect();
    let wanted = ratio.unwrap_or(WANTED);
    for (workload, stable) in &seen {
        match stable {
            Ok(stable) => foresight.power.extend(foresee(plan, workload, stable.known(), wanted)),
            Err(why) => foresight.unknown.push(format!("what the steps of {} can prove: {why}", workload.name)),
        }
    }
    let known: Vec<_> =
        seen.iter().filter_map(|(workload, seen)| Some((*workload, seen.as_ref().ok()?.known()))).collect();
    foresight.suggestion = ratio.map(|ratio| Suggested { ratio, steps: suggested(plan, &known, ratio) });
    Ok(foresight)
}

fn suggested(plan: &Plan, known: &[(&Workload, Known<'_>)], ratio: f64) -> Result<Suggestion, String> {
    if known.is_empty() {
        return Err("nothing is known of stable's traffic".to_owned());
    }
    suggest(plan, known, ratio).map_err(|(workload, rule)| {
        format!("no step can tell {ratio}× as many from chance by the rule {rule} of {workload}: ask for more, or bring traffic")
    })
}

/// What was seen of a workload's stable version.
struct Stable {
    past: Past,
    rps: f64,
}

impl Stable {
    fn known(&self) -> Known<'_> {
        Known { past: &self.past, rps: self.rps }
    }
}

fn stable(plan: &Plan, workload: &Workload, view: &ClusterView, batches: [&Batch; 2]) -> Result<Stable, String> {
    let seen = view.workloads.get(&workload.name).ok_or("it was not seen")?;
    let [first, second] = batches;
    let past = Past::of(plan, workload, seen, first);
    let mut evidence = Evidence::default();
    evidence.absorb(plan, &plan.rules, workload, Compare::WithStable, seen, first);
    evidence.absorb(plan, &plan.rules, workload, Compare::WithStable, seen, second);
    if past.rows.is_empty() {
        let fault = evidence.trails.values().find_map(|trail| trail.fault.as_ref());
        return Err(fault.map_or_else(|| "its pods have counted no request yet".to_owned(), |fault| fault.why.clone()));
    }
    // A source that had nothing newer the second time says nothing of the traffic now; the pods' lives do.
    let now = evidence.rates().map(|rates| rates.canary + rates.stable).filter(|rps| *rps > 0.0);
    Ok(Stable { rps: now.unwrap_or(past.rps), past })
}

/// The picture once every link has said something, or what there is of it by then.
async fn settled(cluster: &KubeCluster) -> Arc<ClusterView> {
    let mut view = cluster.view();
    let said = |view: &Arc<ClusterView>| {
        !view.links.is_empty() && view.links.values().all(|link| !matches!(link, Link::Connecting { .. }))
    };
    let _in_time = tokio::time::timeout(SEEN_WITHIN, view.wait_for(said)).await;
    Arc::clone(&cluster.view().borrow())
}

/// As text. `soak` is what the configuration says of steps without their own.
pub fn text(plan: &Plan, soak: Duration, seen: &Foresight) -> String {
    let mut text = String::new();
    if !seen.power.is_empty() {
        text.push_str("what the steps can prove, by the traffic of now:\n");
    }
    for power in &seen.power {
        let of =
            if plan.workloads.len() > 1 { format!("{} of {}", power.rule, power.workload) } else { power.rule.clone() };
        let _ = writeln!(text, "  step {}, {of}: {}", power.step + 1, power.words());
    }
    for unknown in &seen.unknown {
        let _ = writeln!(text, "not known: {unknown}");
    }
    match &seen.suggestion {
        Some(Suggested { ratio, steps: Ok(steps) }) if steps.unchanged => {
            let _ = writeln!(text, "every step can notice {ratio}× as many: {}", steps.toml(soak));
        }
        Some(Suggested { ratio, steps: Ok(steps) }) => {
            let _ = writeln!(text, "steps that can notice {ratio}× as many: {}", steps.toml(soak));
        }
        Some(Suggested { steps: Err(why), .. }) => {
            let _ = writeln!(text, "no steps to suggest: {why}");
        }
        None => {}
    }
    text
}
