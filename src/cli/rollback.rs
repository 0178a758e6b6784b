//! `rollback`: what is flying, or else what serves; from a journal, from the marks on the objects, or from history.

use crate::cli::args::{Global, RollbackArgs};
use crate::cli::drive::{Flight, Helm, launch};
use crate::cli::exit::Exit;
use crate::cli::front::Front;
use crate::cli::recall::{Need, recall};
use crate::cli::release::Bridge;
use crate::cli::say;
use crate::cluster;
use crate::core::command::{Command, Seen, Verb};
use crate::core::lease::Claim;
use crate::core::plan::Plan;
use crate::core::problem::Problem;
use crate::core::snapshot::{Ended, Outcome};

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
    let flight = Flight { order: Some(order(&bridge)), claim: Claim::Seize, ..flight };
    let helm = Helm::of(&bridge, &flight.plan.application);
    let ended = launch(bridge, global, front, helm, flight).await?;
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
        return recall(bridge, global, judged(plan, bridge), Need::RollBack).await;
    }
    let plan = cluster::earlier(&bridge.connection, deployment, to, now).await?;
    Ok(Flight::new(judged(plan, bridge)))
}

/// A plan that was made from objects alone knows no rules: the configuration's say when the SLOs are inside again.
fn judged(plan: Plan, bridge: &Bridge) -> Plan {
    if plan.rules.is_empty() { Plan { rules: bridge.config.rules.clone(), ..plan } } else { plan }
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
