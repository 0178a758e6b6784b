//! Watching a release that another process drives, at a screen or as lines, until somebody must do something about it.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::sync::{Mutex, mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::cli::args::Global;
use crate::cli::drive::Helm;
use crate::cli::front::Front;
use crate::cli::release::Bridge;
use crate::cli::state_dir::StateDir;
use crate::cli::{keys, look, say, send};
use crate::cluster::{self, Connection, KubeCluster, KubeLease};
use crate::core::command::{Answer, Command, Verb};
use crate::core::lease::{Following, RENEW, Standing};
use crate::core::problem::Problem;
use crate::core::snapshot::Ended;
use crate::core::words;
use crate::engine::book::Page;
use crate::engine::clock::{SharedClock, SystemClock};
use crate::engine::desk::{self, Sources};
use crate::engine::journal;
use crate::engine::observe::{Observing, Reader, Sight, Turned, observe};
use crate::engine::record::Body;
use crate::tui::plain;
use crate::tui::run::Options;
use crate::tui::terminal;
use crate::tui::update::{Left, Me};

/// How long the driver may take to answer a key.
const PATIENCE: Duration = Duration::from_secs(15);

/// How long it may take to obey a rollback, before it is taken out of its hands.
pub const ROLLBACK_PATIENCE: Duration = Duration::from_secs(5);

/// How long nobody must have driven before a standby takes over.
const STANDBY: Duration = Duration::from_secs(30);

/// How long a terminal may take to be given back.
const GIVE_BACK: Duration = Duration::from_secs(1);

/// How far its driver's clock seems to be from ours before it is asked whether it is another one.
const APART: Duration = Duration::from_secs(60);

/// How many answers are kept for the screen.
const ANSWERS: usize = 16;

/// How watching ended.
pub enum Parted {
    /// With the release.
    Ended(Ended),
    /// Somebody left; the release goes on.
    Left,
    /// This process must drive, from here: to go on, or to roll back.
    TakeOver {
        /// The newest page.
        page: Arc<Page>,
        /// The lease, as it was followed.
        following: Following,
        /// What was asked and not obeyed.
        order: Option<Box<Command>>,
    },
}

/// The pages of one release, read from the cluster.
struct Pages {
    connection: Connection,
    release: String,
    /// The version of the last one.
    last: Arc<Mutex<Option<String>>>,
}

impl Reader for Pages {
    fn read(&self) -> BoxFuture<'static, Result<Turned, String>> {
        let (connection, release, last) = (self.connection.clone(), self.release.clone(), Arc::clone(&self.last));
        Box::pin(async move {
            let known = last.lock().await.clone();
            match cluster::page_after(&connection, &release, known.as_deref()).await.map_err(|problem| problem.what)? {
                None => Ok(Turned::Gone),
                Some((_, None)) => Ok(Turned::Same),
                Some((version, Some(page))) => {
                    *last.lock().await = Some(version);
                    Ok(Turned::New(Box::new(page)))
                }
            }
        })
    }
}

/// The clock that this release's times are of, where it is not the one of this machine. What a driver writes takes a moment to
/// be read here; only what is further away than that may come from another clock, and only while its driver lives: the record
/// of one that is gone is simply old.
async fn drivers_clock(bridge: &Bridge, page: &Page) -> Option<SystemClock> {
    let now = bridge.clock.now();
    if now.since(page.at).max(page.at.since(now)) < APART {
        return None;
    }
    let mut helm = Helm::look(bridge, &page.plan.application).await;
    sleep(RENEW + RENEW / 2).await;
    helm.again(bridge).await;
    let lives = matches!(helm.standing(), Standing::Theirs { alive: true, .. });
    lives.then(|| bridge.system.reading(page.at))
}

/// Begins to observe a release; it ends when what is returned is dropped.
pub async fn begin(bridge: &Bridge, global: &Global, page: Page, answers: watch::Receiver<Vec<Answer>>) -> Watching {
    let connection = &bridge.connection;
    let plan = Arc::clone(&page.plan);
    let theirs = drivers_clock(bridge, &page).await;
    let own_clock = theirs.is_none();
    let clock: SharedClock = theirs.map_or_else(|| Arc::clone(&bridge.clock), |clock| Arc::new(clock));
    let eyes = KubeCluster::start(connection.clone(), Arc::clone(&plan), Arc::clone(&clock));
    let parts = Observing {
        reader: Arc::new(Pages { connection: connection.clone(), release: plan.release.clone(), last: Arc::default() }),
        view: crate::engine::port::Cluster::view(&*eyes),
        lease: Arc::new(KubeLease::of(connection, &plan.application)),
        clock: Arc::clone(&clock),
        answers,
        journal: StateDir::open(global.journal.as_deref())
            .ok()
            .map(|directory| journal::of(directory.path(), &plan.release))
            .filter(|path| path.exists()),
        read_only: global.read_only,
        identity_enforced: cluster::identity_enforced(connection).await,
        page,
    };
    let (sight, task) = observe(parts);
    Watching { sight, clock, own_clock, task, eyes }
}

/// An observer at work.
pub struct Watching {
    /// What it sees.
    pub sight: Sight,
    /// The clock by which it sees it.
    clock: SharedClock,
    /// Whether that is the clock of this machine.
    own_clock: bool,
    task: JoinHandle<()>,
    eyes: Arc<KubeCluster>,
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Shows a release until something must be done.
///
/// # Errors
/// When the front cannot begin.
pub async fn watch(
    bridge: &Bridge,
    global: &Global,
    front: Front,
    page: Page,
    standby: bool,
) -> Result<Parted, Problem> {
    let (answers, heard) = watch::channel(Vec::new());
    let watching = begin(bridge, global, page, heard).await;
    match front {
        Front::Cockpit => at_screen(bridge, global, &watching, answers, standby).await,
        _ => in_lines(&watching, front, standby).await,
    }
}

async fn at_screen(
    bridge: &Bridge,
    global: &Global,
    watching: &Watching,
    answers: watch::Sender<Vec<Answer>>,
    standby: bool,
) -> Result<Parted, Problem> {
    let sight = watching.sight.clone();
    let (commands, mut given) = mpsc::channel(32);
    let (seize, mut seized) = mpsc::channel(1);
    let me = Me { who: bridge.connection.user.clone(), session: std::process::id().to_string() };
    let desk = Some(desk::open(Sources {
        inspect: Arc::<KubeCluster>::clone(&watching.eyes),
        journals: StateDir::open(global.journal.as_deref()).ok().map(|directory| directory.path().to_owned()),
        clock: Arc::clone(&watching.clock),
    }));
    let keymap = keys::keymap(&bridge.config.keys)?;
    let options = Options { look: look::of(global, &bridge.config.ui), keymap, me, desk, ..Options::default() };
    let left_behind = options.left_behind.clone();
    let remains = || say::parting(&left_behind.remains().text(global.preserve_screen));
    let mut cockpit = terminal::open(sight.snapshots.clone(), commands, Arc::clone(&watching.clock), options)?;
    let mut stop = Signals::new();
    loop {
        tokio::select! {
            left = cockpit.left() => {
                let left = left?;
                remains();
                return Ok(match left {
                    Left::TakeOver => take_over(watching, None),
                    _ => sight.ended().map_or(Parted::Left, Parted::Ended),
                });
            }
            Some(command) = given.recv() => relay(bridge, &sight, command, answers.clone(), seize.clone(), global.read_only),
            Some(order) = seized.recv() => {
                cockpit.close(GIVE_BACK).await;
                remains();
                return Ok(take_over(watching, Some(order)));
            }
            () = overdue(&sight, &watching.clock), if standby => {
                cockpit.close(GIVE_BACK).await;
                remains();
                return Ok(take_over(watching, None));
            }
            () = stop.any() => {
                cockpit.close(GIVE_BACK).await;
                remains();
                return Ok(Parted::Left);
            }
        }
    }
}

fn take_over(watching: &Watching, order: Option<Command>) -> Parted {
    let sight = &watching.sight;
    let page = Arc::clone(&sight.pages.borrow());
    // Whoever drives does so by the clock of this machine. By another one the lease was followed in vain.
    let following = if watching.own_clock { sight.following.borrow().clone() } else { Following::default() };
    Parted::TakeOver { page, following, order: order.map(Box::new) }
}

/// Sends a key's command through the cluster and brings the answer back to the screen; never waits for it.
fn relay(
    bridge: &Bridge,
    sight: &Sight,
    command: Command,
    answers: watch::Sender<Vec<Answer>>,
    seize: mpsc::Sender<Command>,
    read_only: bool,
) {
    let connection = bridge.connection.clone();
    let silent = sight.silent_since().is_some();
    let release = sight.pages.borrow().plan.release.clone();
    tokio::spawn(async move {
        let rollback = command.verb == Verb::Rollback;
        let outcome = if read_only {
            Err("--read-only: nothing is sent from here".to_owned())
        } else if silent && !rollback {
            Err("nobody drives this release: t takes over".to_owned())
        } else if silent {
            Err(String::new())
        } else {
            through_the_cluster(&connection, &release, &command).await
        };
        if rollback && outcome.is_err() && !read_only {
            // Whatever stands in its way, a rollback is not given up: this process does it itself.
            let _leaving = seize.send(command).await;
            return;
        }
        answers.send_modify(|all| {
            all.push(Answer { id: command.id, outcome });
            let surplus = all.len().saturating_sub(ANSWERS);
            all.drain(..surplus);
        });
    });
}

async fn through_the_cluster(connection: &Connection, release: &str, command: &Command) -> Result<String, String> {
    let patience = if command.verb == Verb::Rollback { ROLLBACK_PATIENCE } else { PATIENCE };
    let sent = cluster::send(connection, release, command).await.map_err(|problem| problem.what)?;
    let answer = send::answer(connection, release, &sent, patience).await.map_err(|problem| problem.what);
    cluster::withdraw(connection, &sent).await;
    answer?.unwrap_or_else(|| Err("the driver did not answer; the command was taken back".to_owned()))
}

/// Waits until nobody has driven for so long that a standby takes over.
async fn overdue(sight: &Sight, clock: &SharedClock) {
    let mut snapshots = sight.snapshots.clone();
    loop {
        if sight.silent_since().is_some_and(|since| clock.now().since(since) >= STANDBY) {
            return;
        }
        if snapshots.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

async fn in_lines(watching: &Watching, front: Front, standby: bool) -> Result<Parted, Problem> {
    let (sight, clock) = (watching.sight.clone(), &watching.clock);
    let mut pages = sight.pages.clone();
    let mut snapshots = sight.snapshots.clone();
    let mut stop = Signals::new();
    let mut shown = (0, 0);
    if front == Front::Plain {
        let page = Arc::clone(&pages.borrow());
        say_lines(&plain::first(&page.plan, page.at))?;
    }
    let mut said_silent = false;
    loop {
        let page = Arc::clone(&pages.borrow_and_update());
        shown = print(front, &page, shown)?;
        // The page that was printed says whether it is the last: a newer one may have come meanwhile, with more to print.
        if let Some(ended) = page.over() {
            if front == Front::Plain {
                say_lines(&plain::farewell(&snapshots.borrow(), &ended))?;
            }
            return Ok(Parted::Ended(ended));
        }
        let silent = snapshots.borrow().driver.gone_since();
        if silent.is_some() && !said_silent {
            say::notice(&snapshots.borrow().next);
        }
        said_silent = silent.is_some();
        tokio::select! {
            Ok(()) = pages.changed() => {}
            Ok(()) = snapshots.changed() => {}
            () = overdue(&sight, clock), if standby => return Ok(take_over(watching, None)),
            () = stop.any() => return Ok(Parted::Left),
        }
    }
}

fn say_lines(lines: &[String]) -> Result<(), Problem> {
    say::data(lines.iter().map(|line| format!("{line}\n")).collect::<String>().as_bytes())
}

/// Prints what is new in a page; answers up to where.
fn print(front: Front, page: &Page, shown: (u64, u64)) -> Result<(u64, u64), Problem> {
    let mut text = String::new();
    let mut last = shown;
    for record in page.log.iter().filter(|record| (record.epoch, record.seq) > shown) {
        last = (record.epoch, record.seq);
        let line = match (front, &record.body) {
            (Front::Json, _) => Some(record.line()),
            (_, Body::Event(event)) => {
                words::sentence(event, &page.plan, record.at).map(|line| format!("{}  {}", line.at.clock(), line.text))
            }
            (_, Body::Checkpoint(_) | Body::Sight(_)) => None,
        };
        if let Some(line) = line {
            text.push_str(&line);
            text.push('\n');
        }
    }
    say::data(text.as_bytes())?;
    Ok(last)
}

/// The signals that end a process that only looks on.
struct Signals(Vec<tokio::signal::unix::Signal>);

impl Signals {
    fn new() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        let kinds = [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()];
        Self(kinds.into_iter().filter_map(|kind| signal(kind).ok()).collect())
    }

    async fn any(&mut self) {
        let waits = self.0.iter_mut().map(|signal| Box::pin(signal.recv()));
        let waits: Vec<_> = waits.collect();
        if waits.is_empty() {
            std::future::pending::<()>().await;
        }
        let _which = futures::future::select_all(waits).await;
    }
}
