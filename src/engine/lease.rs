//! Getting a lease, keeping it while a release flies, and giving it back.

pub mod neighbour;

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::core::lease::{Bid, Claim, Following, Holder, LOOK, Leave, RENEW, Record, Standing, Tenure, bid};
use crate::core::problem::Problem;
use crate::core::time::{Time, human};
use crate::engine::clock::SharedClock;

/// The lease of one application, wherever it is kept.
pub trait LeaseStore: Send + Sync + 'static {
    /// Its name, for people: `lease shop/glidepath-checkout`.
    fn name(&self) -> String;

    /// Reads it; `None`: there is none.
    fn read(&self) -> BoxFuture<'static, Result<Option<Record>, LeaseFault>>;

    /// Writes a holder over the lease that was read as `over`, or makes one where there was none. One attempt.
    fn write(
        &self,
        over: Option<Record>,
        holder: Option<Holder>,
        epoch: (String, u64),
    ) -> BoxFuture<'static, Result<Record, LeaseFault>>;

    /// Deletes it, if it still is what was read.
    fn delete(&self, record: Record) -> BoxFuture<'static, Result<(), LeaseFault>>;
}

/// Why a lease was not read or written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeaseFault {
    /// Somebody else wrote in between: read again.
    Overtaken,
    /// No answer, or one that says to come back.
    Unreachable(String),
    /// We may not.
    Forbidden(String),
    /// What has its name is no lease of ours.
    Strange(String),
}

impl LeaseFault {
    /// Why, in a sentence.
    pub fn why(&self) -> String {
        match self {
            Self::Overtaken => "somebody else wrote it at the same time".to_owned(),
            Self::Unreachable(why) | Self::Forbidden(why) | Self::Strange(why) => why.clone(),
        }
    }
}

/// The longest that one request may take: shorter than any other, because the next one is due.
const WITHIN: Duration = Duration::from_secs(2);

/// How long to wait after a renewal that failed.
const AGAIN: Duration = Duration::from_millis(500);

/// How often a start that lost a race of writes tries again before it gives up.
const TRIES: u32 = 50;

/// Who wants to drive, and which release.
pub struct Bidder {
    /// This process.
    pub me: Holder,
    /// The release.
    pub release: String,
    /// The highest epoch that is known from elsewhere; ours will be higher.
    pub known: u64,
    /// How much it is wanted.
    pub claim: Claim,
}

/// A lease that was taken.
#[derive(Debug)]
pub struct Taken {
    /// As it was written.
    pub record: Record,
    /// The epoch that this driver writes under.
    pub epoch: u64,
    /// When the request was sent.
    pub sent: Time,
    /// Who held it before, where it was not given back.
    pub from: Option<Holder>,
}

/// Takes the lease, or says who has it. `following` may have been read long before: whatever happened since makes the
/// write fail, and then it is read again. `waiting` is told once when a silent holder has to be waited for.
///
/// # Errors
/// Somebody else drives (5), we may not (2), nobody answers (6).
pub async fn take(
    store: &dyn LeaseStore,
    clock: &SharedClock,
    following: &mut Following,
    bidder: &Bidder,
    mut waiting: impl FnMut(&Holder),
) -> Result<Taken, Problem> {
    let mut told = false;
    for _ in 0..TRIES {
        let standing = following.standing(&bidder.me.id);
        let decided = match &standing {
            // The kernel knows of a neighbour what a term of waiting would only suggest.
            Standing::Theirs { holder, .. } if neighbour::is_dead(&holder.id) => Bid::Take,
            _ => bid(&standing, bidder.claim),
        };
        match decided {
            Bid::Leave(holder) => return Err(driven(&bidder.release, &holder)),
            Bid::Look => {
                if let Standing::Theirs { holder, .. } = &standing {
                    if !std::mem::replace(&mut told, true) {
                        waiting(holder);
                    }
                    sleep(LOOK / 2).await;
                }
                look(store, clock, following).await.map_err(|fault| problem(store, "read", &fault))?;
            }
            Bid::Take => {
                let from = match standing {
                    Standing::Theirs { holder, .. } | Standing::Silent { holder, .. } => Some(holder),
                    _ => None,
                };
                let over = following.record().cloned();
                let before = over.as_ref().map_or(0, |record| record.epoch_of(&bidder.release));
                let epoch = before.max(bidder.known) + 1;
                let sent = clock.now();
                let written = store.write(over, Some(bidder.me.clone()), (bidder.release.clone(), epoch));
                match bounded(written).await {
                    Ok(record) => return Ok(Taken { record, epoch, sent, from }),
                    // An answer that was lost may have been a yes: the next look knows.
                    Err(LeaseFault::Overtaken) => {
                        look(store, clock, following).await.map_err(|fault| problem(store, "read", &fault))?;
                    }
                    Err(fault) => return Err(problem(store, "write", &fault)),
                }
            }
        }
    }
    Err(Problem::refused(format!("{} is written again and again by others", store.name()))
        .hint("try again in a minute, or see who writes it: kubectl get lease -o yaml"))
}

/// One look.
///
/// # Errors
/// The lease could not be read.
pub async fn look(store: &dyn LeaseStore, clock: &SharedClock, following: &mut Following) -> Result<(), LeaseFault> {
    let record = bounded(store.read()).await?;
    following.see(record, clock.now());
    Ok(())
}

async fn bounded<T>(request: impl Future<Output = Result<T, LeaseFault>>) -> Result<T, LeaseFault> {
    let late = |_| LeaseFault::Unreachable(format!("no answer within {}", human(WITHIN)));
    timeout(WITHIN, request).await.map_err(late)?
}

fn driven(release: &str, holder: &Holder) -> Problem {
    Problem::refused(format!("{} drives this application now; release {release} is not begun beside it", holder.who))
        .hint("watch it: glidepath attach")
        .hint("or bring everything back: glidepath rollback")
}

fn problem(store: &dyn LeaseStore, doing: &str, fault: &LeaseFault) -> Problem {
    let what = format!("cannot {doing} {}: {}", store.name(), fault.why());
    match fault {
        LeaseFault::Forbidden(_) => {
            Problem::user(what).hint(
                "a Role must allow get, create, patch and delete of leases.coordination.k8s.io, and to drive releases.glidepath.dev where the admission policy is installed",
            )
        }
        LeaseFault::Strange(_) => Problem::refused(what).hint("find out whose it is before you delete it"),
        _ => Problem::unreachable(what).hint("check the network, the VPN, and the server's address in the kubeconfig"),
    }
}

/// A lease that is being kept.
pub struct Keeper {
    tenure: watch::Receiver<Tenure>,
    clock: SharedClock,
    end: Option<oneshot::Sender<Return>>,
    task: JoinHandle<()>,
}

/// In which way a lease is given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Return {
    /// The release goes on some day: the lease says under which epoch it was driven last.
    Free,
    /// The release has ended: nothing of it is left.
    Delete,
}

/// What an engine knows of its lease.
#[derive(Clone)]
pub struct Licence {
    tenure: watch::Receiver<Tenure>,
    clock: SharedClock,
}

impl std::fmt::Debug for Licence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Licence").field("tenure", &self.tenure.borrow()).finish_non_exhaustive()
    }
}

impl Licence {
    /// Whether the engine may write now.
    pub fn leave(&self) -> Leave {
        self.tenure.borrow().leave(self.clock.now())
    }

    /// Waits until another driver has the lease.
    pub async fn lost(&mut self) -> Holder {
        loop {
            if let Leave::Lost(holder) = self.leave() {
                return holder;
            }
            if self.tenure.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}

impl Keeper {
    /// Begins to keep a lease that was just taken.
    pub fn begin(store: Arc<dyn LeaseStore>, clock: SharedClock, taken: &Taken, me: Holder, release: &str) -> Self {
        let (say, tenure) = watch::channel(Tenure::begin(me, release, taken.epoch, taken.sent));
        let (end, ended) = oneshot::channel();
        let round = Round {
            store,
            clock: Arc::clone(&clock),
            record: taken.record.clone(),
            epoch: (release.to_owned(), taken.epoch),
            say,
        };
        Self { tenure, clock, end: Some(end), task: tokio::spawn(round.keep(ended)) }
    }

    /// Who keeps it.
    pub fn holder(&self) -> Holder {
        self.tenure.borrow().me().clone()
    }

    /// What an engine needs to know of it.
    pub fn licence(&self) -> Licence {
        Licence { tenure: self.tenure.clone(), clock: Arc::clone(&self.clock) }
    }

    /// Gives the lease back, if it is still ours; bounded in time. One that is not given back is found silent after a term.
    pub async fn end(mut self, how: Return) {
        if let Some(end) = self.end.take() {
            // A task that is gone keeps nothing.
            let _gone = end.send(how);
        }
        let _in_time = timeout(2 * WITHIN, &mut self.task).await;
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What the task that keeps a lease knows.
struct Round {
    store: Arc<dyn LeaseStore>,
    clock: SharedClock,
    record: Record,
    epoch: (String, u64),
    say: watch::Sender<Tenure>,
}

impl Round {
    async fn keep(mut self, mut ended: oneshot::Receiver<Return>) {
        let mut wait = RENEW;
        loop {
            tokio::select! {
                how = &mut ended => {
                    if let Ok(how) = how {
                        self.give_back(how).await;
                    }
                    return;
                }
                () = sleep(wait) => {}
            }
            wait = if self.renew().await { RENEW } else { AGAIN };
            if matches!(self.say.borrow().leave(self.clock.now()), Leave::Lost(_)) {
                return;
            }
        }
    }

    /// One renewal; whether it was confirmed.
    async fn renew(&mut self) -> bool {
        let me = self.say.borrow().me().clone();
        let sent = self.clock.now();
        let written = self.store.write(Some(self.record.clone()), Some(me), self.epoch.clone());
        match bounded(written).await {
            Ok(record) => {
                self.record = record;
                self.say.send_modify(|tenure| tenure.renewed(sent));
                true
            }
            Err(LeaseFault::Overtaken) => self.look().await,
            Err(fault) => {
                self.say.send_modify(|tenure| tenure.failed(fault.why()));
                false
            }
        }
    }

    /// Somebody wrote the lease: a rival, or we ourselves by a request whose answer was lost.
    async fn look(&mut self) -> bool {
        match bounded(self.store.read()).await {
            Ok(found) => {
                let mut ours = true;
                let now = self.clock.now();
                self.say.send_modify(|tenure| ours = tenure.found(found.as_ref(), now));
                match (ours, found) {
                    (true, Some(record)) => self.record = record,
                    // Somebody deleted it: it is made anew, unless another is quicker.
                    (true, None) => self.make_anew().await,
                    (false, _) => {}
                }
                false
            }
            Err(fault) => {
                self.say.send_modify(|tenure| tenure.failed(fault.why()));
                false
            }
        }
    }

    async fn make_anew(&mut self) {
        let me = self.say.borrow().me().clone();
        let sent = self.clock.now();
        if let Ok(record) = bounded(self.store.write(None, Some(me), self.epoch.clone())).await {
            self.record = record;
            self.say.send_modify(|tenure| tenure.renewed(sent));
        }
    }

    async fn give_back(&mut self, how: Return) {
        // A renewal whose answer was lost leaves an older version in our hands: one look mends that.
        for _ in 0..2 {
            let done = match how {
                Return::Free => {
                    bounded(self.store.write(Some(self.record.clone()), None, self.epoch.clone())).await.map(drop)
                }
                Return::Delete => bounded(self.store.delete(self.record.clone())).await,
            };
            match done {
                Err(LeaseFault::Overtaken) => {
                    self.look().await;
                    if matches!(self.say.borrow().leave(self.clock.now()), Leave::Lost(_)) {
                        return;
                    }
                }
                _ => return,
            }
        }
    }
}

#[cfg(test)]
mod tests;
