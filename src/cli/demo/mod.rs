//! `demo`: the whole thing on the embedded cluster, through the same adapters that talk to a real one.

mod embedded;
mod lockstep;
mod operator;
mod own;
mod serve;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::cli::args::{DemoArgs, Global};
use crate::cli::exit::Exit;
use crate::cli::fly::{Cabin, Keeps, fly};
use crate::cli::front::Front;
use crate::cli::state_dir::StateDir;
use crate::cli::{keys, log, look, say};
use crate::cluster::{self, KubeCluster, PodProxy};
use crate::config::{self, Ask, AskedImage, Config, File, Places};
use crate::core::plan::Plan;
use crate::core::problem::Problem;
use crate::core::snapshot::Errand;
use crate::core::text::neutral;
use crate::core::time::Time;
use crate::engine::clock::SteppedClock;
use crate::engine::desk::Sources;
use crate::engine::journal::Journal;
use crate::engine::run::{Engine, History, Parts};
use crate::metrics::Scrape;
use crate::sim::scenario::{self, Scenario};
use crate::tui::keymap::Keymap;
use crate::tui::look::Look;
use embedded::Embedded;
use lockstep::Lockstep;

/// When every demo begins, on its own clock: the hour that this tool is for.
const BEGINNING: &str = "2026-01-15T03:00:00Z";

/// Flies a scenario, or serves its world.
///
/// # Errors
/// When the world, the journal or the front cannot begin.
pub async fn run(global: &Global, args: DemoArgs) -> Result<Exit, Problem> {
    let mut scenario = match &args.scenario_file {
        Some(file) => Scenario::read(file)?,
        None => scenario::embedded(&args.scenario).map_err(|error| Problem::internal(error.to_string()))?,
    };
    let pods = args.pods.unwrap_or(0) as usize;
    // Said before the flight, and not when it is over.
    if let Some(path) = &args.truth {
        made(path).map_err(|error| unwritten("the truth", path, &error).hint("give --truth another file"))?;
    }
    if args.serve {
        let kubeconfig = args
            .kubeconfig_out
            .unwrap_or_else(|| std::env::temp_dir().join(format!("glidepath-{}.kubeconfig", std::process::id())));
        let speed = args.speed.factor();
        return serve::serve(serve::Serve {
            scenario,
            seed: args.seed,
            speed,
            port: args.port,
            kubeconfig,
            truth: args.truth,
            pods,
        })
        .await;
    }
    let (front, notice) = Front::choose(global);
    if let Some(notice) = notice {
        say::notice(notice);
    }
    if let Some(path) = &args.record {
        may_record(path, front)?;
    }
    let config = Config::load(&Places::of_process(global.config.clone()))?;
    if let Some(flag) = &global.config {
        let own = config::read(flag).map_err(|unread| unread.problem("--config"))?;
        scenario.config = own::over(scenario.config, &own)?;
    }
    let look = look::of(global, &config.ui);
    let keymap = keys::keymap(&config.keys)?;
    let journal = StateDir::open(global.journal.as_deref())?;
    let journal = journal.path().to_owned();
    log::begin(global.verbose, &journal)?;
    demo(Demo {
        scenario,
        seed: args.seed,
        speed: Some(args.speed.factor()),
        port: args.port,
        truth: args.truth,
        journal,
        front,
        look,
        keymap,
        read_only: global.read_only,
        keeps: Keeps { screen: global.preserve_screen, recording: args.record },
        pods,
    })
    .await
}

/// Whether a session can be recorded: there is a cockpit, and the file takes it.
fn may_record(path: &Path, front: Front) -> Result<(), Problem> {
    if front != Front::Cockpit {
        return Err(Problem::user("--record records the cockpit, and none opens here")
            .hint("run it in a terminal without --plain and --json"));
    }
    made(path).map_err(|error| unwritten("the recording", path, &error).hint("give --record another file"))
}

fn made(path: &Path) -> std::io::Result<()> {
    std::fs::File::create(path).map(drop)
}

fn unwritten(what: &str, path: &Path, error: &std::io::Error) -> Problem {
    Problem::user(format!("{what} cannot be written to {}: {error}", neutral(&path.display().to_string())))
}

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
    pub look: Look,
    /// The cockpit's keys.
    pub keymap: Keymap,
    /// Whether every command is refused.
    pub read_only: bool,
    /// What is kept of the session.
    pub keeps: Keeps,
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
    let metrics = Scrape::new(Arc::new(PodProxy::new(&connection)), plan.signals.series());
    let cluster = KubeCluster::start(connection, Arc::clone(&plan), Arc::clone(&shared));
    let sources = Sources {
        inspect: Arc::<KubeCluster>::clone(&cluster),
        journals: Some(demo.journal.clone()),
        clock: Arc::clone(&shared),
    };
    let parts = Parts {
        plan: Arc::clone(&plan),
        resume: None,
        taken_over: None,
        licence: None,
        history: History::default(),
        shelf: None,
        identity_enforced: None,
        epoch: 1,
        metrics: Arc::new(metrics),
        cluster,
        clock: Arc::clone(&shared),
        journal,
        who: who.clone(),
        attended: Arc::clone(&attended),
        read_only: demo.read_only,
    };
    let (engine, handle) = Engine::new(parts);
    // In the cockpit the scenario's operator is the person at the keys.
    let operator = (demo.front != Front::Cockpit).then(|| handle.commands.clone());
    let pace = Lockstep::new(embedded.world(), clock, demo.speed, operator);
    let cabin = Cabin {
        front: demo.front,
        clock: shared,
        who,
        attended,
        look: demo.look,
        keymap: demo.keymap,
        keeps: demo.keeps,
        sources,
        errand: Errand::Release,
        heir: None,
        headless: false,
    };
    let ended = fly(engine, handle, pace, cabin).await?;
    if let Some(path) = &demo.truth {
        embedded.write_truth(path)?;
    }
    Ok(Exit::from(ended.outcome))
}

/// The plan of the scenario's release: made as for any cluster, from the scenario's configuration. Where nothing flies it
/// is the way back to the version before.
async fn plan(scenario: &Scenario, connection: &cluster::Connection, now: Time) -> Result<Plan, Problem> {
    let text = toml::to_string(&scenario.config).map_err(|error| Problem::internal(error.to_string()))?;
    let config = Config::parse(&File { file: format!("{}.toml", scenario.name).into(), text })?;
    let images = scenario.images();
    if images.is_empty() {
        let deployment = scenario.workloads.first().map(|workload| workload.name.clone()).unwrap_or_default();
        let mut plan = cluster::earlier(connection, &deployment, None, now).await?;
        plan.rules.clone_from(&config.rules);
        return Ok(plan);
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
