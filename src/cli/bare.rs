//! `glidepath` alone: the cockpit on what the configuration names, with a rollback one key away; without a configuration a
//! list of what there is.

use std::ffi::OsString;

use crate::cli::args::{Cli, Command, Global};
use crate::cli::exit::Exit;
use crate::cli::front::Front;
use crate::cli::gaze::{self, Parted, Way};
use crate::cli::release::Bridge;
use crate::cli::{attach, demo, find, look, release, rollback, say};
use crate::cluster;
use crate::core::plan::Plan;
use crate::core::problem::{Problem, ProblemKind};
use crate::tui::picker::{Choice, Item, Picker};
use crate::tui::terminal;

/// Opens the cockpit on the first configured workload while nothing flies, or asks which Deployment it should be.
///
/// # Errors
/// There is no terminal to open a cockpit on, or the cluster cannot be read.
pub async fn run(global: &Global) -> Result<Exit, Problem> {
    let (front, _) = Front::choose(global);
    if front != Front::Cockpit {
        return Err(Problem::user("without a command glidepath opens the cockpit, and there is no terminal for it")
            .hint("give a command: glidepath --help lists them"));
    }
    let bridge = Bridge::open_for(front, global).await;
    let bridge = bridge.map_err(|problem| problem.hint("try it without a cluster: glidepath demo"))?;
    if let Some(workload) = bridge.config.workloads.first() {
        let name = workload.name.clone();
        return look_at(bridge, global, &name).await;
    }
    let found = cluster::deployments(&bridge.connection).await?;
    let items = found.into_iter().map(|one| Item { name: one.name, replicas: one.replicas, images: one.images });
    let picker = Picker {
        place: format!("{} · {}", bridge.connection.context, bridge.connection.namespace),
        items: items.collect(),
        ..Picker::default()
    };
    match terminal::pick(picker, look::of(global, &bridge.config.ui)).await? {
        Choice::Leave => Ok(Exit::DONE),
        Choice::Demo => command(global, &["demo".to_owned()]).await,
        Choice::Look(name) => look_at(bridge, global, &name).await,
        Choice::Fly { deployment, container, image } => {
            let words = [
                "release".to_owned(),
                format!("deploy/{deployment}"),
                "--image".to_owned(),
                format!("{container}={image}"),
            ];
            say::notice(&format!("the same without the list: glidepath {}", words.join(" ")));
            command(global, &words).await
        }
    }
}

/// Runs what was chosen as the command line that says the same, so that it is checked like one.
async fn command(global: &Global, words: &[String]) -> Result<Exit, Problem> {
    let args = std::iter::once("glidepath").chain(words.iter().map(String::as_str)).map(OsString::from);
    let cli = Cli::read(args).map_err(|usage| Problem::user(usage.to_string().trim().to_owned()))?;
    match cli.command {
        Some(Command::Demo(args)) => demo::run(global, args).await,
        Some(Command::Release(args)) => release::run(global, args).await,
        _ => Err(Problem::internal("the list offers only the demo and a release")),
    }
}

/// The cockpit on one Deployment: on the release that flies, whoever drives it, or else on what serves.
async fn look_at(bridge: Bridge, global: &Global, name: &str) -> Result<Exit, Problem> {
    loop {
        if let Some(release) = find::newest(&bridge, name).await {
            return attach::follow(&bridge, global, Front::Cockpit, &release, false).await;
        }
        let (plan, way) = what_serves(&bridge, global, name).await?;
        match gaze::run(&bridge, global, plan.clone(), way).await? {
            Parted::Left => return Ok(Exit::DONE),
            Parted::Begun => say::notice(&format!("a release of {name} has begun")),
            Parted::Changed => say::notice(&format!("{name} has another template; looking at it anew")),
            Parted::BringBack(order) => match find::newest(&bridge, name).await {
                Some(release) => say::notice(&format!(
                    "release {release} of {name} has just begun; nothing was brought back, look at it first"
                )),
                // Only now is the lease taken.
                None => return rollback::bring_back(&bridge, global, Front::Cockpit, plan, *order).await,
            },
        }
    }
}

/// What serves, with the way back to the version before it where there is one and this process may take it.
async fn what_serves(bridge: &Bridge, global: &Global, name: &str) -> Result<(Plan, Way), Problem> {
    let now = bridge.clock.now();
    if global.read_only {
        return Ok((cluster::observed(&bridge.connection, name, now).await?, Way::Closed));
    }
    let place = cluster::place(&bridge.connection, name).await?;
    if let Some(plan) = place.flown(&bridge.connection) {
        return Err(Problem::refused(format!("release {} of {name} has not ended, and has no record", plan.release))
            .hint(format!("bring everything back: glidepath rollback deploy/{name}")));
    }
    match cluster::earlier_at(&bridge.connection, &place, None, now).await {
        Ok(plan) => Ok((rollback::judged(plan, bridge), Way::Open)),
        // There is no way back, and still something to look at.
        Err(problem) if problem.kind == ProblemKind::Refused => {
            say::notice(&format!("it can only be looked at: {}", problem.what));
            Ok((cluster::observed(&bridge.connection, name, now).await?, Way::Closed))
        }
        Err(problem) => Err(problem),
    }
}
