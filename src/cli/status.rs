//! `status`: where a release stands, once.

use std::time::Duration;

use tokio::time::timeout;

use crate::cli::args::{Global, TargetArgs};
use crate::cli::exit::Exit;
use crate::cli::release::Bridge;
use crate::cli::{find, say, watch};
use crate::cluster::{self, Found, Summary};
use crate::core::problem::Problem;
use crate::core::snapshot::Snapshot;
use crate::core::time::human;
use crate::core::view::Link;

/// How long the cluster may take to be seen.
const LOOK: Duration = Duration::from_secs(5);

/// Prints where a release stands.
///
/// # Errors
/// No such release (2), its record cannot be used (2), nobody answers (6).
pub async fn run(global: &Global, args: &TargetArgs) -> Result<Exit, Problem> {
    let bridge = Bridge::open(global).await?;
    let release = one(&bridge, args).await?.release;
    let gone = || Problem::user(format!("the record of release {release} is gone"));
    let page = cluster::page(&bridge.connection, &release).await?.ok_or_else(gone)?;
    let (_nobody, answers) = tokio::sync::watch::channel(Vec::new());
    let watching = watch::begin(&bridge, global, page, answers).await;
    let mut snapshots = watching.sight.snapshots.clone();
    let mut following = watching.sight.following.clone();
    let seen = async {
        let _looked = following.changed().await;
        let whole = |snapshot: &std::sync::Arc<Snapshot>| {
            snapshot.sources.get("api").is_some_and(|link| !matches!(link, Link::Connecting { .. }))
        };
        let _whole = snapshots.wait_for(whole).await;
    };
    // What is not seen in time is shown as what is not seen.
    let _in_time = timeout(LOOK, seen).await;
    let snapshot = watching.sight.snapshots.borrow().clone();
    if global.json {
        let text = serde_json::to_string(&*snapshot)
            .map_err(|error| Problem::internal(format!("the snapshot cannot be written: {error}")))?;
        say::data(format!("{text}\n").as_bytes())?;
    } else {
        say::data(words(&snapshot).as_bytes())?;
    }
    Ok(Exit::DONE)
}

/// The release that flies, else the newest that has ended.
async fn one(bridge: &Bridge, args: &TargetArgs) -> Result<Summary, Problem> {
    let named = args.named();
    let none = match find::only(bridge, named).await {
        Ok(summary) => return Ok(summary),
        Err(problem) => problem,
    };
    if !find::flying(bridge, named).await?.is_empty() {
        return Err(none);
    }
    let records: Vec<Found> = cluster::records(&bridge.connection).await?;
    let of = |summary: &&Summary| named.is_none_or(|named| summary.is_of(named));
    records.iter().filter_map(|found| found.summary.as_ref().ok()).find(of).cloned().ok_or(none)
}

fn words(snapshot: &Snapshot) -> String {
    use std::fmt::Write;
    let plan = &snapshot.plan;
    let mut text = String::new();
    let mut line = |label: &str, value: String| {
        let _into_memory = writeln!(text, "{label:10} {value}");
    };
    line("release", format!("{} ({} {} → {})", plan.release, plan.application, plan.from, plan.to));
    line("where", format!("{} · {}", plan.context, plan.namespace));
    let driver = &snapshot.driver;
    match (&snapshot.ended, driver.gone_since()) {
        (Some(ended), _) => {
            let proof = if ended.proven { ", proven" } else { "" };
            line("ended", format!("{}{proof}: {}", ended.outcome.word(), ended.why));
        }
        (None, Some(since)) => {
            line("driver", format!("NOBODY, for {}; last {}", human(snapshot.at.since(since)), driver.who));
        }
        (None, None) => {
            line("driver", format!("{}, last heard {} ago", driver.who, human(snapshot.at.since(driver.heard))));
        }
    }
    if let Some(step) = &snapshot.step {
        let of = plan.steps.len();
        let soak = format!("soaked {} of {}", human(step.soaked), human(step.soak));
        line("step", format!("{} of {of}: {} %, {soak}", step.index + 1, step.weight));
    }
    for workload in &snapshot.workloads {
        let pinned = match workload.pinned.as_slice() {
            [] => String::new(),
            pinned => format!(", PINNED: {}", pinned.join(", ")),
        };
        let (canary, stable) = (workload.canary, workload.stable);
        let baseline = workload
            .baseline
            .map_or_else(String::new, |baseline| format!(", baseline {} of {}", baseline.ready, baseline.wanted));
        line(
            "pods",
            format!(
                "{}: canary {} of {}{baseline}, stable {} of {} Ready{pinned}",
                workload.name, canary.ready, canary.wanted, stable.ready, stable.wanted
            ),
        );
    }
    for rule in &snapshot.rules {
        let judgement = &rule.judgement;
        line(
            "rule",
            format!("{} of {}: {}: {}", judgement.rule, judgement.workload, judgement.verdict, judgement.evidence.why),
        );
        if let Some(odds) = &judgement.evidence.line {
            line("", odds.clone());
        }
    }
    if snapshot.ended.is_none() {
        line("next", snapshot.next.clone());
    }
    if let Some(trouble) = &snapshot.sharing.trouble {
        line("old", trouble.clone());
    }
    text
}
