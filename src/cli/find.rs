//! Which release a command means.

use crate::cli::release::Bridge;
use crate::cluster::{self, Found, Summary};
use crate::core::problem::Problem;

/// The releases of the namespace that have not ended, the newest first; of one Deployment, where it is named.
///
/// # Errors
/// They cannot be listed.
pub async fn flying(bridge: &Bridge, named: Option<&str>) -> Result<Vec<Summary>, Problem> {
    let records = cluster::records(&bridge.connection).await?;
    let of = |summary: &&Summary| named.is_none_or(|named| summary.is_of(named));
    let found: Vec<Summary> = records.iter().filter_map(Found::flying).filter(of).cloned().collect();
    if found.is_empty()
        && let Some(problem) = records.iter().find_map(|found| found.summary.as_ref().err())
    {
        // One that cannot be read may be the one that is meant.
        return Err(problem.clone());
    }
    Ok(found)
}

/// The release of this Deployment that flies, the newest of several. Records that cannot be read hide nothing for good: whoever
/// asks so looks at the marks on the objects as well.
pub async fn newest(bridge: &Bridge, deployment: &str) -> Option<String> {
    match flying(bridge, Some(deployment)).await {
        Ok(found) => found.into_iter().next().map(|summary| summary.release),
        Err(problem) => {
            tracing::warn!("what flies cannot be read: {problem}");
            None
        }
    }
}

/// The only release that is meant.
///
/// # Errors
/// There is none, or there are several and none is named (2).
pub async fn only(bridge: &Bridge, named: Option<&str>) -> Result<Summary, Problem> {
    let mut found = flying(bridge, named).await?;
    match found.len() {
        0 => Err(none(bridge, named)),
        1 => Ok(found.remove(0)),
        // The configuration says which of several is this directory's own.
        _ => match configured(bridge, &found) {
            Some(summary) => Ok(summary),
            None => Err(several(bridge, &found)),
        },
    }
}

fn configured(bridge: &Bridge, found: &[Summary]) -> Option<Summary> {
    let ours =
        |summary: &&Summary| bridge.config.workloads.iter().any(|workload| summary.workloads.contains(&workload.name));
    let mut ours = found.iter().filter(ours);
    match (ours.next(), ours.next()) {
        (Some(only), None) => Some(only.clone()),
        _ => None,
    }
}

/// No release is meant.
pub fn none(bridge: &Bridge, named: Option<&str>) -> Problem {
    let of = named.map(|named| format!(" of {named}")).unwrap_or_default();
    Problem::user(format!("no release{of} runs in namespace {}", bridge.connection.namespace))
        .hint("look at another namespace with -n NAME, or another cluster with --context NAME")
}

fn several(bridge: &Bridge, found: &[Summary]) -> Problem {
    let mut problem = Problem::user(format!(
        "{} releases run in namespace {}, and none is named",
        found.len(),
        bridge.connection.namespace
    ));
    for summary in found {
        let workload = summary.workloads.first().map(String::as_str).unwrap_or_default();
        problem = problem.hint(format!(
            "deploy/{workload}: {} {} → {}, driven by {}",
            summary.application, summary.from, summary.to, summary.driver
        ));
    }
    problem
}
