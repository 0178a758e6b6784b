//! Driving a release on a real cluster: the lease first, then an engine, and the lease given back at the end.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::cli::args::Global;
use crate::cli::fly::{Cabin, Keeps, Will, fly};
use crate::cli::front::Front;
use crate::cli::release::Bridge;
use crate::cli::state_dir::StateDir;
use crate::cli::{heir, keys, log, look, say, source};
use crate::cluster::{self, KubeBoard, KubeBook, KubeCluster, KubeLease, KubeMail};
use crate::core::command::{Answer, Command};
use crate::core::lease::{Claim, Following, Holder, Standing};
use crate::core::plan::Plan;
use crate::core::problem::Problem;
use crate::core::snapshot::{Ended, Errand, Outcome};
use crate::core::state::State;
use crate::core::time::Time;
use crate::engine::ahead::Kept;
use crate::engine::book::Publisher;
use crate::engine::clock::SharedClock;
use crate::engine::desk::Sources;
use crate::engine::herald::Herald;
use crate::engine::journal::Journal;
use crate::engine::lease::{self, Bidder, Keeper, Return, Taken};
use crate::engine::mail::{Clear, Postman};
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
    /// When what it goes on from was written, on whatever clock.
    pub written: Option<Time>,
    /// The commands that earlier drivers answered.
    pub answers: Vec<Answer>,
    /// What is asked of the engine before its first turn.
    pub order: Option<Command>,
    /// What this process was asked for.
    pub errand: Errand,
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
            written: None,
            answers: Vec::new(),
            order: None,
            errand: Errand::Release,
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

    /// The lease of `application`, as it was followed so far.
    pub fn followed(bridge: &Bridge, application: &str, following: Following) -> Self {
        Self { following, ..Self::of(bridge, application) }
    }

    /// The same after one look. One that fails is looked at again when it is wanted.
    pub async fn look(bridge: &Bridge, application: &str) -> Self {
        let mut helm = Self::of(bridge, application);
        helm.again(bridge).await;
        helm
    }

    /// Looks once more.
    pub async fn again(&mut self, bridge: &Bridge) {
        if let Err(fault) = lease::look(&self.lease, &bridge.clock, &mut self.following).await {
            tracing::warn!("the lease cannot be read: {}", fault.why());
        }
    }

    /// Whether this holder may have it still: a look that failed says nothing, and one that fell silent has it no more.
    pub fn may_be_held_by(&self, id: &str) -> bool {
        match self.standing() {
            Standing::Unknown => true,
            Standing::Theirs { holder, .. } => holder.id == id,
            Standing::Free | Standing::Mine | Standing::Silent { .. } => false,
        }
    }

    /// What to make of it so far; this process holds none.
    pub fn standing(&self) -> Standing {
        self.following.standing("")
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
    bridge: &Bridge,
    global: &Global,
    front: Front,
    mut helm: Helm,
    mut flight: Flight,
) -> Result<Ended, Problem> {
    flight.known = flight.known.max(cluster::epoch_on_objects(&bridge.connection, &flight.plan).await);
    let me = me(bridge);
    let taken = helm.take(bridge, &flight, &me).await?;
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
    if is_over(flown) { Return::Delete } else { Return::Free }
}

async fn engage(
    bridge: &Bridge,
    global: &Global,
    front: Front,
    flight: Flight,
    epoch: u64,
    keeper: Option<&Keeper>,
) -> Result<Ended, Problem> {
    let journal = journal(global, &flight, epoch)?;
    write_log(global, flight.claim)?;
    let plan = Arc::new(flight.plan);
    let connection = &bridge.connection;
    // Times that were written by a clock that is ahead of ours lie in the past all the same.
    let clock: SharedClock = match flight.written {
        Some(written) => Arc::new(bridge.system.from(written)),
        None => Arc::clone(&bridge.clock),
    };
    let attended = Arc::new(AtomicBool::new(front == Front::Cockpit));
    let who = connection.user.clone();
    let metrics = source::metrics(&bridge.config.metrics, connection, &plan)?;
    let board = KubeBoard::new(connection, Arc::clone(&plan));
    let publisher = Publisher::begin(Arc::new(KubeBook::of(connection)));
    let known: BTreeSet<String> = flight.answers.iter().map(|answer| answer.id.clone()).collect();
    let cluster = KubeCluster::start(connection.clone(), Arc::clone(&plan), Arc::clone(&clock));
    cluster.fence().raise(epoch);
    if let Some(keeper) = keeper {
        cluster.fence().hold_by(keeper.licence());
    }
    let sources = Sources {
        inspect: Arc::<KubeCluster>::clone(&cluster),
        journals: StateDir::open(global.journal.as_deref()).ok().map(|directory| directory.path().to_owned()),
        clock: Arc::clone(&clock),
    };
    // Nothing waits for this where something must be rolled back.
    let identity_enforced =
        if flight.claim == Claim::Seize { None } else { cluster::identity_enforced(connection).await };
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
        clock: Arc::clone(&clock),
        journal,
        who: who.clone(),
        attended: Arc::clone(&attended),
        read_only: global.read_only,
    };
    let (engine, handle) = Engine::new(parts);
    let herald = Herald::start(handle.events(), Arc::clone(&plan), board, Arc::clone(&clock));
    if let Some(order) = flight.order {
        let full = |_| Problem::internal("the engine takes no command");
        handle.commands.try_send(order).map_err(full)?;
    }
    let mail = Arc::new(KubeMail::of(connection, &plan.release));
    let kept = Kept::begin(handle.answers.clone(), publisher.shelf());
    let postman = Postman::begin(mail, epoch, handle.commands.clone(), kept.answers.clone(), known);
    let look = look::of(global, &bridge.config.ui);
    let keymap = keys::keymap(&bridge.config.keys)?;
    let keeps = Keeps { screen: global.preserve_screen, recording: None };
    let pace = Live::on(Arc::clone(&clock));
    let heir = will(bridge, global, &plan, keeper);
    if global.headless {
        say::notice(heir::READY);
    }
    let (headless, errand) = (global.headless, flight.errand);
    let cabin = Cabin { front, clock, who, attended, look, keymap, keeps, sources, heir, headless, errand };
    let release = plan.release.clone();
    let flown = fly(engine, handle, pace, cabin).await;
    tokio::join!(publisher.flush(), herald.end());
    kept.end().await;
    postman.end(if is_over(&flown) { Clear::Remove } else { Clear::Keep }).await;
    if flown.as_ref().is_ok_and(|ended| ended.nothing_flew)
        && let Err(problem) = cluster::forget_release(connection, &release).await
    {
        // It says that nothing flew; whoever may may take it away.
        tracing::debug!("the record of a look stays: {problem}");
    }
    flown
}

/// How this release would go on without this terminal.
fn will(bridge: &Bridge, global: &Global, plan: &Plan, keeper: Option<&Keeper>) -> Option<Will> {
    let workload = plan.workloads.first()?;
    let mut args = vec!["attach".into(), format!("deploy/{}", workload.name).into()];
    args.extend(["--heir-of".into(), keeper?.holder().id.into()]);
    args.extend(heir::pointing(global, &bridge.connection.context, &bridge.connection.namespace));
    let directory = StateDir::open(global.journal.as_deref()).ok()?.path().to_owned();
    Some(Will { directory, args, deployment: workload.name.clone() })
}

/// Begins the log that `-v` asks for. A rollback goes on without one where none can be written.
fn write_log(global: &Global, claim: Claim) -> Result<(), Problem> {
    let begun =
        StateDir::open(global.journal.as_deref()).and_then(|directory| log::begin(global.verbose, directory.path()));
    match begun {
        Err(problem) if claim == Claim::Seize => {
            say::notice(&format!("{problem}; the rollback goes on without a log"));
            Ok(())
        }
        begun => begun,
    }
}

/// Whether nothing more comes of a release.
fn is_over(flown: &Result<Ended, Problem>) -> bool {
    flown
        .as_ref()
        .is_ok_and(|ended| ended.nothing_flew || matches!(ended.outcome, Outcome::Promoted | Outcome::RolledBack))
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
    let id = lease::neighbour::id(&crate::core::text::neutral(&host), bridge.clock.now().millis());
    Holder { id, who: bridge.connection.user.clone() }
}
