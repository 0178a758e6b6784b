//! `rollback`: what is flying, or else what serves; from a journal, from the marks on the objects, or from history.

use crate::cli::args::{Global, RollbackArgs};
use crate::cli::exit::Exit;
use crate::cli::front::Front;
use crate::cli::release::{Bridge, Flight, launch};
use crate::cli::say;
use crate::cli::state_dir::StateDir;
use crate::cluster;
use crate::core::command::{Command, Seen, Verb};
use crate::core::plan::Plan;
use crate::core::problem::Problem;
use crate::core::snapshot::{Ended, Outcome};
use crate::engine::journal;

/// Rolls back, and ends once proven.
///
/// # Errors
/// Everything that stands in the way before the first write.
pub async fn run(global: &Global, args: RollbackArgs) -> Result<Exit, Problem> {
    let (front, notice) = Front::choose(global);
    if let Some(notice) = notice {
        say::notice(notice);
    }
    let bridge = Bridge::open(global).await?;
    let deployment = match &args.target.deployment {
        Some(deployment) => deployment.name().to_owned(),
        None => only_one(&bridge)?,
    };
    let flight = find(&bridge, global, &deployment, args.to).await?;
    let order = order(&bridge);
    let ended = launch(bridge, global, front, flight, Some(order)).await?;
    Ok(code(&ended))
}

/// The Deployment that is meant where none is named: the configuration's only one.
fn only_one(bridge: &Bridge) -> Result<String, Problem> {
    match bridge.config.workloads.as_slice() {
        [first, ..] => Ok(first.name.clone()),
        [] => Err(Problem::user("nothing says what to roll back").hint("name it: glidepath rollback deploy/NAME")),
    }
}

/// What to bring back: the release that flies (from its journal if this machine has it, else from the marks on its
/// objects), else the version that served before.
async fn find(bridge: &Bridge, global: &Global, deployment: &str, to: Option<u64>) -> Result<Flight, Problem> {
    let now = bridge.clock.now();
    if let Some(plan) = cluster::recover(&bridge.connection, deployment).await? {
        if to.is_some() {
            return Err(Problem::refused(format!("release {} is flying: --to is for when none is", plan.release))
                .hint("leave --to out: the release is rolled back to what served before it"));
        }
        let directory = StateDir::open(global.journal.as_deref())?;
        // An earlier attempt of the same release has the same hash.
        let known = journal::unfinished(directory.path(), &plan.hash)?;
        let known = known.filter(|known| known.plan.release == plan.release);
        return Ok(match known {
            Some(found) => Flight { epoch: found.epoch + 1, plan: found.plan, resume: Some(found.state) },
            None => Flight { epoch: 2, plan: judged(plan, bridge), resume: None },
        });
    }
    let plan = cluster::earlier(&bridge.connection, deployment, to, now).await?;
    Ok(Flight { plan: judged(plan, bridge), resume: None, epoch: 1 })
}

/// A plan that was made from objects alone knows no rules: the configuration's say when the SLOs are inside again, how long
/// that is waited for, by which names the metrics go, and what is marked as production.
fn judged(plan: Plan, bridge: &Bridge) -> Plan {
    if !plan.rules.is_empty() {
        return plan;
    }
    let config = &bridge.config;
    Plan {
        rules: config.rules.clone(),
        limits: config.limits.clone(),
        scrape: config.canary.scrape,
        signals: config.metrics.signals.clone(),
        production: config.production.marks(&plan.context, &plan.namespace),
        ..plan
    }
}

fn order(bridge: &Bridge) -> Command {
    let at = bridge.clock.now();
    Command {
        id: format!("rollback-{}-{}", at.millis(), std::process::id()),
        verb: Verb::Rollback,
        by: bridge.connection.user.clone(),
        at,
        reason: None,
        seen: Seen::default(),
    }
}

fn code(ended: &Ended) -> Exit {
    match ended.outcome {
        Outcome::RolledBack => Exit::of_rollback(ended.proven),
        outcome => Exit::from(outcome),
    }
}
