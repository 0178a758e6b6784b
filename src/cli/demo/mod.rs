//! `demo`: the whole thing on the embedded cluster, through the same adapters that talk to a real one.

mod embedded;
mod lockstep;
mod operator;
mod serve;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::cli::front::Front;
use crate::cli::exit::Exit;
use crate::cli::fly::{Cabin, fly};
use crate::cluster::{self, KubeCluster, PodProxy};
use crate::config::{Ask, AskedImage, Config};
use crate::core::plan::Plan;
use crate::core::problem::Problem;
use crate::core::time::Time;
use crate::engine::clock::{Clock, SteppedClock};
use crate::engine::journal::Journal;
use crate::engine::run::{Engine, Parts};
use crate::metrics::Scrape;
use crate::sim::scenario::Scenario;
use embedded::Embedded;
use lockstep::Lockstep;

pub use serve::serve;

/// When every demo begins, on its own clock: the hour that this tool is for.
const BEGINNING: &str = "2026-01-15T03:00:00Z";

/// What a demo is asked for.
pub struct Demo {
    /// The scenario.
    pub scenario: Scenario,
    /// What chance is drawn from.
    pub seed: u64,
    /// How much faster than real time; `None`: as fast as it goes.
    pub speed: Option<f64>,
    /// The port of the API server; 0: any that is free.
    pub port: u16,
    /// Where what the world saw is written at the end.
    pub truth: Option<PathBuf>,
    /// Where the journal goes.
    pub journal: PathBuf,
    /// Which front.
    pub front: Front,
    /// How the cockpit looks.
    pub look: crate::tui::Look,
    /// Pods of a Deployment beside the application, to see how many the cockpit bears.
    pub pods: usize,
}

/// Flies the scenario's release, and ends with its exit code.
///
/// # Errors
/// When the world, the journal or the front cannot begin.
pub async fn demo(demo: Demo) -> Result<Exit, Problem> {
    let beginning = Time::parse(BEGINNING).unwrap_or_default();
    let mut embedded = Embedded::start(&demo.scenario, demo.seed, beginning, demo.pods, demo.port).await?;
    let clock = SteppedClock::at(beginning);
    let connection = embedded.connect().await?;
    let plan = Arc::new(plan(&demo.scenario, &connection, beginning).await?);
    let journal = Journal::begin(&demo.journal, &plan.release)?;
    let attended = Arc::new(AtomicBool::new(demo.front == Front::Cockpit));
    let shared: crate::engine::clock::SharedClock = Arc::new(clock.clone());
    let who = connection.user.clone();
    let parts = Parts {
        plan: Arc::clone(&plan),
        resume: None,
        epoch: 1,
        metrics: Arc::new(Scrape::new(Arc::new(PodProxy::new(&connection)), plan.signals.series())),
        cluster: KubeCluster::start(connection, Arc::clone(&plan), Arc::clone(&shared)),
        clock: Arc::clone(&shared),
        journal,
        who: who.clone(),
        attended: Arc::clone(&attended),
    };
    let (engine, handle) = Engine::new(parts);
    // In the cockpit the scenario's operator is the person at the keys.
    let operator = (demo.front != Front::Cockpit).then(|| handle.commands.clone());
    let pace = Lockstep::new(embedded.world(), clock, demo.speed, operator);
    let cabin = Cabin { front: demo.front, clock: shared, who, attended, look: demo.look };
    let ended = fly(engine, handle, pace, cabin).await?;
    if let Some(path) = &demo.truth {
        embedded.write_truth(path)?;
    }
    Ok(Exit::from(ended.outcome))
}

/// The plan of the scenario's release: made as for any cluster, from the scenario's configuration. Where nothing flies it
/// is the way back to the version before.
async fn plan(scenario: &Scenario, connection: &cluster::Connection, now: Time) -> Result<Plan, Problem> {
    let config = Config::from_table(&scenario.name, scenario.config.clone())?;
    let images = scenario.images();
    if images.is_empty() {
        let deployment = scenario.workloads.first().map(|workload| workload.name.clone()).unwrap_or_default();
        return cluster::earlier(connection, &deployment, None, now).await;
    }
    let asked = images.iter().map(|image| AskedImage {
        workload: Some(image.workload.clone()),
        container: image.container.clone(),
        reference: image.reference.clone(),
    });
    let request = config.request(Ask {
        context: connection.context.clone(),
        namespace: connection.namespace.clone(),
        workload: (images.len() == 1).then(|| images.first().map(|image| image.workload.clone())).flatten(),
        images: asked.collect(),
        ..Ask::default()
    })?;
    cluster::plan(connection, request, now).await
}
