//! Looking on: the cockpit over an engine that refuses every command, takes no lease and leaves nothing behind.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::cli::args::Global;
use crate::cli::exit::Exit;
use crate::cli::fly::{Cabin, Keeps, fly};
use crate::cli::front::Front;
use crate::cli::release::Bridge;
use crate::cli::state_dir::StateDir;
use crate::cli::{keys, look, source};
use crate::cluster::KubeCluster;
use crate::core::plan::Plan;
use crate::core::problem::Problem;
use crate::core::snapshot::Errand;
use crate::engine::desk::Sources;
use crate::engine::journal::Journal;
use crate::engine::pace::Live;
use crate::engine::run::{Engine, History, Parts};

/// Opens the cockpit on a plan that leads nowhere. It changes nothing, so its end is no outcome.
///
/// # Errors
/// When the cockpit cannot begin.
pub async fn run(bridge: &Bridge, global: &Global, plan: Plan) -> Result<Exit, Problem> {
    let plan = Arc::new(plan);
    let clock = Arc::clone(&bridge.clock);
    let who = bridge.connection.user.clone();
    let attended = Arc::new(AtomicBool::new(true));
    let cluster = KubeCluster::start(bridge.connection.clone(), Arc::clone(&plan), Arc::clone(&clock));
    let journals = StateDir::open(global.journal.as_deref()).ok().map(|directory| directory.path().to_owned());
    let sources = Sources { inspect: Arc::<KubeCluster>::clone(&cluster), journals, clock: Arc::clone(&clock) };
    let parts = Parts {
        metrics: source::metrics(&bridge.config.metrics, &bridge.connection, &plan)?,
        plan,
        resume: None,
        taken_over: None,
        licence: None,
        history: History::default(),
        shelf: None,
        identity_enforced: None,
        epoch: 0,
        cluster,
        clock: Arc::clone(&clock),
        journal: Journal::nowhere("whoever looks on records nothing".to_owned()),
        who: who.clone(),
        attended: Arc::clone(&attended),
        read_only: true,
    };
    let (engine, handle) = Engine::new(parts);
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
        errand: Errand::Release,
    };
    fly(engine, handle, Live::on(clock), cabin).await?;
    Ok(Exit::DONE)
}
