//! `glidepath` alone: the cockpit on what the configuration names, with a rollback one key away.

use crate::cli::args::Global;
use crate::cli::drive::{Flight, Helm, launch};
use crate::cli::exit::Exit;
use crate::cli::front::Front;
use crate::cli::release::Bridge;
use crate::cluster;
use crate::core::problem::Problem;

/// Opens the cockpit on the first configured workload while nothing flies.
///
/// # Errors
/// Nothing is configured, a release is flying, or there is no terminal to open a cockpit on.
pub async fn run(global: &Global) -> Result<Exit, Problem> {
    let (front, _) = Front::choose(global);
    if front != Front::Cockpit {
        return Err(Problem::user("without a command glidepath opens the cockpit, and there is no terminal for it")
            .hint("give a command: glidepath --help lists them"));
    }
    let bridge = Bridge::open(global).await?;
    let Some(workload) = bridge.config.workloads.first() else {
        return Err(Problem::user("no configuration names an application to open the cockpit on")
            .hint("try it without a cluster: glidepath demo")
            .hint("or fly one: glidepath release deploy/NAME --image CONTAINER=REF"));
    };
    if let Some(plan) = cluster::recover(&bridge.connection, &workload.name).await? {
        return Err(Problem::refused(format!("release {} of {} has not ended", plan.release, workload.name))
            .hint("look at it, and go on with it where nobody drives: glidepath attach")
            .hint(format!("or bring everything back: glidepath rollback deploy/{}", workload.name)));
    }
    let mut plan = cluster::earlier(&bridge.connection, &workload.name, None, bridge.clock.now()).await?;
    plan.rules.clone_from(&bridge.config.rules);
    let helm = Helm::of(&bridge, &plan.application);
    let ended = launch(&bridge, global, front, helm, Flight::new(plan)).await?;
    Ok(Exit::from(ended.outcome))
}
