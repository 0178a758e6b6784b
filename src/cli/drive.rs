//! Driving a release on a real cluster: the lease first, then an engine, and the lease given back at the end.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::cli::args::Global;
use crate::cli::fly::{Cabin, fly};
use crate::cli::front::Front;
use crate::cli::release::Bridge;
use crate::cli::state_dir::StateDir;
use crate::cli::{look, say, source};
use crate::cluster::{self, KubeBoard, KubeBook, KubeCluster, KubeLease};
use crate::core::command::Command;
use crate::core::lease::{Claim, Following, Holder};
use crate::core::plan::Plan;
use crate::core::problem::Problem;
use crate::core::snapshot::{Ended, Outcome};
use crate::core::state::State;
use crate::engine::book::Publisher;
use crate::engine::herald::Herald;
use crate::engine::journal::Journal;
use crate::engine::lease::{self, Bidder, Keeper, Return, Taken};
use crate::engine::pace::Live;
use crate::engine::run::{Engine, History, Parts};

/// What is to be flown, and from where.
pub struct Flight {
    /// The plan.
    pub plan: Plan,
    /// Where an earlier engine stood.
    pub resume: Option<State>,
    /// The highest epoch of an earlier engine that is known; 0: none.
    pub known: u64,
    /// What is known of the engines before.
    pub history: History,
    /// How much this process wants to drive.
    pub claim: Claim,
    /// Whether it takes another's place, and so holds before it advances.
    pub taken_over: bool,
    /// What is asked of the engine before its first turn.
    pub order: Option<Command>,
}

impl Flight {
    /// A plan that nobody has flown, by whoever drives when nobody does.
    pub fn new(plan: Plan) -> Self {
        Self {
            plan,
            resume: None,
            known: 0,
            history: History::default(),
            claim: Claim::Vacant,
            taken_over: false,
            order: None,
        }
    }
}

/// The lease of an application, as this process follows it.
pub struct Helm {
    lease: KubeLease,
    following: Following,
}

impl Helm {
    /// The lease of `application`, not read yet.
    pub fn of(bridge: &Bridge, application: &str) -> Self {
        Self { lease: KubeLease::of(&bridge.connection, application), following: Following::default() }
    }

    /// The same after one look. One that fails is looked at again when it is wanted.
    pub async fn look(bridge: &Bridge, application: &str) -> Self {
        let mut helm = Self::of(bridge, application);
        if let Err(fault) = lease::look(&helm.lease, &bridge.clock, &mut helm.following).await {
            tracing::warn!("the lease cannot be read yet: {}", fault.why());
        }
        helm
    }

    /// Takes the lease. A rollback goes on without one where it cannot be had: then the fence alone keeps the others out.
    async fn take(&mut self, bridge: &Bridge, flight: &Flight, me: &Holder) -> Result<Option<Taken>, Problem> {
        let bidder =
            Bidder { me: me.clone(), release: flight.plan.release.clone(), known: flight.known, claim: flight.claim };
        let waiting =
            |holder: &Holder| say::notice(&format!("looking whether {} still drives (up to 10 s)", holder.who));
        match lease::take(&self.lease, &bridge.clock, &mut self.following, &bidder, waiting).await {
            Ok(taken) => Ok(Some(taken)),
            Err(problem) if flight.claim == Claim::Seize => {
                say::notice(&format!("{problem}; the rollback goes on without it"));
                Ok(None)
            }
            Err(problem) => Err(problem),
        }
    }
}

/// Puts an engine together for a real cluster and flies it.
///
/// # Errors
/// When somebody else drives, or the journal or the front cannot begin.
pub async fn launch(
    bridge: Bridge,
    global: &Global,
    front: Front,
    mut helm: Helm,
    mut flight: Flight,
) -> Result<Ended, Problem> {
    flight.known = flight.known.max(cluster::epoch_on_objects(&bridge.connection, &flight.plan).await);
    let me = me(&bridge);
    let taken = helm.take(&bridge, &flight, &me).await?;
    let epoch = taken.as_ref().map_or(flight.known + 1, |taken| taken.epoch);
    let keeper = taken.as_ref().map(|taken| {
        let store = Arc::new(helm.lease.clone());
        Keeper::begin(store, Arc::clone(&bridge.clock), taken, me.clone(), &flight.plan.release)
    });
    let flown = engage(bridge, global, front, flight, epoch, keeper.as_ref()).await;
    if let Some(keeper) = keeper {
        keeper.end(give_back(&flown)).await;
    }
    flown
}

/// What becomes of the lease: nothing is left of a release that is over.
fn give_back(flown: &Result<Ended, Problem>) -> Return {
    match flown {
        Ok(ended) if matches!(ended.outcome, Outcome::Promoted | Outcome::RolledBack) => Return::Delete,
        _ => Return::Free,
    }
}

async fn engage(
    bridge: Bridge,
    global: &Global,
    front: Front,
    flight: Flight,
    epoch: u64,
    keeper: Option<&Keeper>,
) -> Result<Ended, Problem> {
    let journal = journal(global, &flight, epoch)?;
    let plan = Arc::new(flight.plan);
    let attended = Arc::new(AtomicBool::new(front == Front::Cockpit));
    let who = bridge.connection.user.clone();
    let metrics = source::metrics(&bridge.config.metrics, &bridge.connection, &plan)?;
    // A rollback asks nothing that it can do without.
    let identity_enforced = match flight.claim {
        Claim::Seize => None,
        _ => cluster::is_identity_enforced(&bridge.connection).await,
    };
    let board = KubeBoard::new(&bridge.connection, Arc::clone(&plan));
    let publisher = Publisher::begin(Arc::new(KubeBook::of(&bridge.connection)));
    let cluster = KubeCluster::start(bridge.connection, Arc::clone(&plan), Arc::clone(&bridge.clock));
    cluster.fence().raise(epoch);
    let parts = Parts {
        plan: Arc::clone(&plan),
        resume: flight.resume,
        taken_over: flight.taken_over.then(|| format!("the take-over by {who}")),
        licence: keeper.map(Keeper::licence),
        history: flight.history,
        shelf: Some(publisher.shelf()),
        identity_enforced,
        epoch,
        cluster,
        metrics,
        clock: Arc::clone(&bridge.clock),
        journal,
        who: who.clone(),
        attended: Arc::clone(&attended),
    };
    let (engine, handle) = Engine::new(parts);
    let herald = Herald::start(handle.events(), plan, board, Arc::clone(&bridge.clock));
    if let Some(order) = flight.order {
        let full = |_| Problem::internal("the engine takes no command");
        handle.commands.try_send(order).map_err(full)?;
    }
    let look = look::of(global, &bridge.config.ui);
    let pace = Live::on(Arc::clone(&bridge.clock));
    let flown = fly(engine, handle, pace, Cabin { front, clock: bridge.clock, who, attended, look }).await;
    tokio::join!(publisher.flush(), herald.end());
    flown
}

/// The journal of a release. A rollback begins without one where none can be written, and beside one that the process which
/// it replaces still holds.
fn journal(global: &Global, flight: &Flight, epoch: u64) -> Result<Journal, Problem> {
    let release = &flight.plan.release;
    let opened = StateDir::open(global.journal.as_deref()).and_then(|directory| {
        Journal::open(directory.path(), release).or_else(|problem| {
            if flight.claim == Claim::Seize {
                Journal::open(directory.path(), &format!("{release}.{epoch}"))
            } else {
                Err(problem)
            }
        })
    });
    match opened {
        Err(problem) if flight.claim == Claim::Seize => {
            say::notice(&format!("{problem}; the rollback goes on without a journal"));
            Ok(Journal::nowhere(problem.what))
        }
        opened => opened,
    }
}

/// This process, as a lease names it.
fn me(bridge: &Bridge) -> Holder {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let id = format!("{host}-{}-{:x}", std::process::id(), bridge.clock.now().millis());
    Holder { id: crate::core::text::neutral(&id), who: bridge.connection.user.clone() }
}
