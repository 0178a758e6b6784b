//! Looking at what serves while nothing flies: the cockpit over an engine that writes nothing, holds no lease and leaves
//! nothing behind, so that it is in nobody's way. What it was told to do somebody else does, once it is out of the way.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio::sync::{mpsc, watch};

use crate::cli::args::Global;
use crate::cli::fly::{Cabin, Keeps, show};
use crate::cli::front::Front;
use crate::cli::release::Bridge;
use crate::cli::state_dir::StateDir;
use crate::cli::{find, keys, look, source};
use crate::cluster::KubeCluster;
use crate::core::command::{Command, Verb};
use crate::core::plan::Plan;
use crate::core::problem::Problem;
use crate::core::snapshot::{Errand, Outcome};
use crate::core::view::{ClusterView, TemplateOwner};
use crate::engine::desk::Sources;
use crate::engine::journal::Journal;
use crate::engine::pace::Live;
use crate::engine::port::Cluster;
use crate::engine::run::{Engine, History, Parts};

/// How many keys may wait for the engine.
const COMMANDS: usize = 32;

/// How looking ended.
pub enum Parted {
    /// Somebody left.
    Left,
    /// Somebody wants the version before back.
    BringBack(Box<Command>),
    /// A release of this Deployment has begun.
    Begun,
    /// Somebody has given the Deployment another template: another version serves than the one that was looked at.
    Changed,
}

/// Where the way that a plan describes may be taken from here.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Yes, on a person's word.
    Open,
    /// No: every command is refused.
    Closed,
}

/// Opens the cockpit on what serves until somebody leaves, wants the version before back, or begins a release.
///
/// # Errors
/// When the cockpit cannot begin.
pub async fn run(bridge: &Bridge, global: &Global, plan: Plan, way: Way) -> Result<Parted, Problem> {
    let plan = Arc::new(plan);
    let clock = Arc::clone(&bridge.clock);
    let who = bridge.connection.user.clone();
    let attended = Arc::new(AtomicBool::new(true));
    let cluster = KubeCluster::start(bridge.connection.clone(), Arc::clone(&plan), Arc::clone(&clock));
    let view = cluster.view();
    let journals = StateDir::open(global.journal.as_deref()).ok().map(|directory| directory.path().to_owned());
    let sources = Sources { inspect: Arc::<KubeCluster>::clone(&cluster), journals, clock: Arc::clone(&clock) };
    let parts = Parts {
        metrics: source::metrics(&bridge.config.metrics, &bridge.connection, &plan)?,
        plan: Arc::clone(&plan),
        resume: None,
        taken_over: None,
        licence: None,
        history: History::default(),
        shelf: None,
        identity_enforced: None,
        epoch: 0,
        cluster,
        clock: Arc::clone(&clock),
        journal: Journal::unwanted(),
        who: who.clone(),
        attended: Arc::clone(&attended),
        read_only: way == Way::Closed,
    };
    let (engine, mut handle) = Engine::new(parts);
    let (cockpit, given) = mpsc::channel(COMMANDS);
    let watched = Watched { given, engine: handle.commands.clone(), view };
    handle.commands = cockpit;
    let stop = Arc::clone(&handle.stop);
    let cabin = Cabin {
        front: Front::Cockpit,
        clock: Arc::clone(&clock),
        who,
        attended,
        look: look::of(global, &bridge.config.ui),
        heir: None,
        headless: false,
        keymap: keys::keymap(&bridge.config.keys)?,
        keeps: Keeps { screen: global.preserve_screen, recording: None },
        sources,
        errand: Errand::Rollback,
    };
    let mut shown = Box::pin(show(engine, handle, Live::on(clock), cabin));
    let parted = tokio::select! {
        biased;
        left = &mut shown => return left.map(|_| Parted::Left),
        parted = watched.until_something_happens(bridge, &plan, way) => parted,
    };
    stop.send_replace(Some(Outcome::Held));
    shown.await?;
    Ok(parted)
}

/// What is looked at while somebody looks.
struct Watched {
    /// The keys.
    given: mpsc::Receiver<Command>,
    /// Who answers all but one of them.
    engine: mpsc::Sender<Command>,
    /// What is seen of the Deployment.
    view: watch::Receiver<Arc<ClusterView>>,
}

impl Watched {
    async fn until_something_happens(mut self, bridge: &Bridge, plan: &Plan, way: Way) -> Parted {
        loop {
            tokio::select! {
                Some(command) = self.given.recv() => {
                    if command.verb == Verb::Rollback && way == Way::Open {
                        return Parted::BringBack(Box::new(command));
                    }
                    // One that has ended answers nothing, and its screen closes.
                    let _answers = self.engine.send(command).await;
                }
                news = news(bridge, plan, &mut self.view) => return news,
            }
        }
    }
}

/// Waits until what is looked at is another thing than it was: a release of it has begun, whose driver marks the objects after
/// it has recorded it, or somebody has given it another template without one.
async fn news(bridge: &Bridge, plan: &Plan, view: &mut watch::Receiver<Arc<ClusterView>>) -> Parted {
    let mut known = Marks::default();
    loop {
        let marks = Marks::on(&view.borrow_and_update(), plan);
        if marks != known {
            if marks.driver.is_some() && flies(bridge, plan).await {
                return Parted::Begun;
            }
            if known.ours && marks.foreign {
                return Parted::Changed;
            }
            known = marks;
        }
        if view.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// What the Deployment that is looked at says of who changes it.
#[derive(Default, PartialEq, Eq)]
struct Marks {
    /// The driver's mark on it.
    driver: Option<String>,
    /// Whether it has the template that was looked at. Neither this nor `foreign`: it has not been seen.
    ours: bool,
    /// Whether it has another one.
    foreign: bool,
}

impl Marks {
    fn on(view: &ClusterView, plan: &Plan) -> Self {
        let sets = plan.workloads.iter().filter_map(|workload| view.workloads.get(&workload.name)?.stable.as_ref());
        sets.fold(Self::default(), |marks, set| Self {
            driver: marks.driver.or_else(|| set.epoch.clone()),
            ours: marks.ours || set.template == TemplateOwner::Recorded,
            foreign: marks.foreign || matches!(set.template, TemplateOwner::Foreign(_)),
        })
    }
}

async fn flies(bridge: &Bridge, plan: &Plan) -> bool {
    match plan.workloads.first() {
        Some(workload) => find::newest(bridge, &workload.name).await.is_some(),
        None => false,
    }
}
