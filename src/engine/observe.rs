//! Watching a release that another process drives: its page, its lease, and one's own look at the cluster.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use crate::core::command::Answer;
use crate::core::lease::{Following, LOOK, Standing};
use crate::core::picture::{Frame, snapshot};
use crate::core::snapshot::{Driver, Ended, JournalNow, Sharing, Snapshot};
use crate::core::time::{Time, human};
use crate::core::view::ClusterView;
use crate::engine::book::Page;
use crate::engine::chronicle::Chronicle;
use crate::engine::clock::SharedClock;
use crate::engine::journal::resumable;
use crate::engine::lease::{LeaseStore, look, neighbour};

/// Reads the newest page of a release.
pub trait Reader: Send + Sync + 'static {
    /// Reads it.
    fn read(&self) -> BoxFuture<'static, Result<Turned, String>>;
}

/// What whoever looks for the newest page finds.
#[derive(Debug)]
pub enum Turned {
    /// Another one than the last time.
    New(Box<Page>),
    /// The same as the last time; it is not unpacked again.
    Same,
    /// None any more.
    Gone,
}

/// What an observer is made of.
pub struct Observing {
    /// The first page.
    pub page: Page,
    /// Where the next ones are.
    pub reader: Arc<dyn Reader>,
    /// One's own look at the cluster.
    pub view: watch::Receiver<Arc<ClusterView>>,
    /// The lease.
    pub lease: Arc<dyn LeaseStore>,
    /// One's own clock.
    pub clock: SharedClock,
    /// The answers to what was sent from here.
    pub answers: watch::Receiver<Vec<Answer>>,
    /// The driver's journal, where this machine has it.
    pub journal: Option<PathBuf>,
    /// Whether every command is refused here.
    pub read_only: bool,
    /// Whether the cluster keeps people from sending commands in another's name.
    pub identity_enforced: Option<bool>,
}

/// What an observer sees: a picture for fronts, and what decides whether somebody must take over.
#[derive(Clone)]
pub struct Sight {
    /// The newest picture.
    pub snapshots: watch::Receiver<Arc<Snapshot>>,
    /// The lease, as it was followed so far.
    pub following: watch::Receiver<Following>,
    /// The newest page that could be read.
    pub pages: watch::Receiver<Arc<Page>>,
}

impl Sight {
    /// Since when nobody drives; `None` while somebody does, or may.
    pub fn silent_since(&self) -> Option<Time> {
        self.snapshots.borrow().driver.silent_since
    }

    /// How the release ended, when it has for good.
    pub fn ended(&self) -> Option<Ended> {
        self.pages.borrow().over()
    }
}

/// Begins to observe; it ends with the task that is returned.
pub fn observe(parts: Observing) -> (Sight, tokio::task::JoinHandle<()>) {
    let now = parts.clock.now();
    let page = Arc::new(parts.page.clone());
    let mut eye = Eye {
        me: String::new(),
        following: Following::default(),
        free_since: None,
        trouble: None,
        chronicle: Chronicle::of(&page.log, &page.plan),
        page,
        parts,
    };
    let (say_picture, snapshots) = watch::channel(Arc::new(eye.picture(now)));
    let (say_following, following) = watch::channel(Following::default());
    let (say_page, pages) = watch::channel(Arc::clone(&eye.page));
    let task = tokio::spawn(async move {
        let mut view = eye.parts.view.clone();
        let mut answers = eye.parts.answers.clone();
        let mut tick = interval(LOOK / 2);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let looked = tokio::select! {
                _ = tick.tick() => {
                    eye.look().await;
                    eye.turn_page().await;
                    true
                }
                Ok(()) = view.changed() => false,
                Ok(()) = answers.changed() => false,
            };
            let now = eye.parts.clock.now();
            say_picture.send_replace(Arc::new(eye.picture(now)));
            // Whoever waits for a look finds in the picture what it saw.
            if looked {
                say_page.send_replace(Arc::clone(&eye.page));
                say_following.send_replace(eye.following.clone());
            }
        }
    });
    (Sight { snapshots, following, pages }, task)
}

struct Eye {
    me: String,
    following: Following,
    /// Since when nobody holds the lease, or a dead process of this machine does.
    free_since: Option<Time>,
    /// Why the page cannot be read.
    trouble: Option<String>,
    page: Arc<Page>,
    /// What its log tells.
    chronicle: Chronicle,
    parts: Observing,
}

impl Eye {
    async fn look(&mut self) {
        let looked = look(&*self.parts.lease, &self.parts.clock, &mut self.following).await;
        let free = looked.is_ok()
            && match self.following.standing(&self.me) {
                Standing::Free => true,
                Standing::Theirs { holder, .. } => neighbour::is_dead(&holder.id),
                _ => false,
            };
        self.free_since = free.then(|| self.free_since.unwrap_or_else(|| self.parts.clock.now()));
    }

    async fn turn_page(&mut self) {
        match self.parts.reader.read().await {
            // An older driver's page is no news; one that is gone leaves the last.
            Ok(Turned::New(page)) if (page.epoch, page.seq) >= (self.page.epoch, self.page.seq) => {
                self.trouble = None;
                self.chronicle = Chronicle::of(&page.log, &page.plan);
                self.page = Arc::from(page);
            }
            Ok(Turned::New(_)) => {}
            Ok(Turned::Same) => self.trouble = None,
            Ok(Turned::Gone) => self.trouble = Some("the release's record is gone".to_owned()),
            Err(why) => self.trouble = Some(why),
        }
    }

    /// Since when nobody drives. A release that was given back has been so since its last page.
    fn silent_since(&self) -> Option<Time> {
        match self.following.standing(&self.me) {
            Standing::Silent { since, .. } => Some(since),
            Standing::Free => {
                let left = self.page.state.ended.is_some().then_some(self.page.at);
                left.or(self.free_since).or(Some(self.parts.clock.now()))
            }
            Standing::Theirs { .. } => self.free_since,
            _ => None,
        }
    }

    /// The file of the driver's journal; empty: it is on another machine.
    fn journal(&self) -> String {
        self.parts.journal.as_ref().map(|path| path.display().to_string()).unwrap_or_default()
    }

    fn picture(&self, now: Time) -> Snapshot {
        let silent = self.silent_since();
        // What was left is a release that flies without a driver, not one that has ended.
        let mut state = (*self.page.state).clone();
        if state.ended.as_ref().is_some_and(|ended| resumable(ended.outcome)) {
            state = state.woken(None, self.page.at);
        }
        let over = state.ended.is_some();
        // Whoever has just taken the lease drives, although the record is still the one of the driver before.
        let (who, heard) = match self.following.standing(&self.me) {
            Standing::Theirs { holder, heard, .. } => (holder.who, heard),
            Standing::Silent { holder, since } => (holder.who, since),
            _ => (self.page.who.clone(), self.page.at),
        };
        let view = self.parts.view.borrow().clone();
        let frame = Frame {
            plan: &self.page.plan,
            state: &state,
            view: &view,
            metrics: self.page.metrics.clone(),
            driver: Driver {
                who: who.clone(),
                here: false,
                heard,
                silent_since: silent.filter(|_| !over),
                last_word: self
                    .following
                    .record()
                    .and_then(|record| record.written)
                    .filter(|_| silent.is_some() && !over),
                epoch: self.page.epoch,
            },
            log: self.chronicle.lines(),
            history: self.chronicle.happenings(),
            answers: &self.parts.answers.borrow().iter().cloned().collect(),
            journal: JournalNow { path: self.journal(), trouble: None },
            epoch: &format!("{}/{}", self.page.plan.release, self.page.epoch),
            sharing: Sharing {
                shared: true,
                trouble: self.trouble.clone(),
                identity_enforced: self.parts.identity_enforced,
            },
            attended: true,
            read_only: self.parts.read_only,
        };
        // Where nobody drives nothing soaks: what is shown is what was written last.
        let mut picture = snapshot(&frame, if silent.is_some() { self.page.at } else { now });
        picture.at = now;
        if let Some(since) = picture.driver.gone_since() {
            picture.next = nobody_drives(&picture, now.since(since));
        }
        picture
    }
}

/// What a person must know first when nobody drives: a pin sends everybody to a version that nobody watches.
fn nobody_drives(picture: &Snapshot, silent: Duration) -> String {
    let pins: Vec<&str> = picture.workloads.iter().flat_map(|workload| &workload.pinned).map(String::as_str).collect();
    let pinned = match pins.as_slice() {
        [] => String::new(),
        [one] => format!("Service {one} is pinned to {}: all its traffic goes there. ", picture.plan.to),
        several => {
            format!("Services {} are pinned to {}: all their traffic goes there. ", several.join(", "), picture.plan.to)
        }
    };
    let last = picture.log.last().map(|line| format!(" Last said: {}.", line.text)).unwrap_or_default();
    let silent = human(silent);
    let meaning = if picture.rollback.is_some() {
        format!("Nobody drives this rollback for {silent}; nothing of it goes on. r takes the wheel and finishes it.")
    } else {
        format!(
            "Nobody drives this release for {silent}; nobody judges it, and nobody rolls it back. t takes over, r rolls back."
        )
    };
    format!("{pinned}{meaning}{last}")
}
