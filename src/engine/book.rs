//! Where a release stands, written where every terminal can read it: after the journal, and never in anybody's way.
//!
//! The engine leaves its newest page; a task of its own writes it. What happens in between is in the next page, so a busy
//! release costs no more writes than a quiet one: at most one a second beside those that a write to the cluster waits for,
//! and one every five seconds while only evidence grows.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::core::command::Answer;
use crate::core::event::Event;
use crate::core::plan::Plan;
use crate::core::snapshot::Ended;
use crate::core::state::State;
use crate::core::time::Time;
use crate::core::view::Link;
use crate::engine::journal::resumable;
use crate::engine::record::{Body, Record};

/// How many records a page carries at most; fewer where they do not fit.
pub const LOG: usize = 400;

/// The least time between two writes.
const OFTEN: Duration = Duration::from_secs(1);

/// The time between two writes while nothing happens but counting.
const SELDOM: Duration = Duration::from_secs(5);

/// The longest wait after a write that failed.
const LONGEST: Duration = Duration::from_secs(5);

/// How long the last page may take.
const LAST: Duration = Duration::from_secs(3);

/// How long a write to the cluster waits for its page. Where pages cannot be written it does not wait at all: that nobody
/// else can see the release is said, and no reason to stop.
pub const AHEAD: Duration = Duration::from_secs(2);

/// How soon a page is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Haste {
    /// Something was counted: within five seconds, so that whoever looks on sees it move.
    Counted,
    /// Something was told: within a second.
    Told,
    /// A write to the cluster waits for it.
    Now,
}

/// All that another engine needs to go on, and another terminal to show.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// What the release is meant to do.
    pub plan: Arc<Plan>,
    /// Where it stands.
    pub state: Arc<State>,
    /// The epoch of the engine that wrote it.
    pub epoch: u64,
    /// The number of that engine's last record.
    pub seq: u64,
    /// When, on that engine's clock.
    pub at: Time,
    /// Who drives.
    pub who: String,
    /// How the metrics source does.
    pub metrics: Link,
    /// The answers to the newest commands.
    pub answers: Vec<Answer>,
    /// Decisions, commands, effects and outcomes, oldest first; bounded.
    pub log: Vec<Arc<Record>>,
}

impl Page {
    /// How the release ended, when it has for good.
    pub fn over(&self) -> Option<Ended> {
        self.state.ended.clone().filter(|ended| !resumable(ended.outcome))
    }
}

/// Where pages are kept.
pub trait Book: Send + Sync + 'static {
    /// Writes a page over the one before. One attempt; it reads again where somebody else wrote.
    fn write(&self, page: Arc<Page>) -> BoxFuture<'static, Result<(), BookFault>>;
}

/// Why a page was not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BookFault {
    /// An engine of a newer epoch writes it now: this one never does again.
    Overtaken(String),
    /// It may go well later.
    Failed(String),
}

/// Whether a record is worth a page at once, and a line of its log: what is only counted is not.
pub fn is_told(record: &Record) -> bool {
    match &record.body {
        Body::Checkpoint(_) | Body::Sight(_) => false,
        Body::Event(event) => !matches!(event, Event::Started { .. } | Event::Reading { .. } | Event::Share { .. }),
    }
}

/// The newest page that is not written yet, and how soon it is to be.
type Left = Option<(Arc<Page>, Haste)>;

/// How the writing goes.
#[derive(Clone, Debug, Default)]
struct Going {
    /// The number of the newest record that a written page knows.
    seq: u64,
    /// Why the last try failed.
    trouble: Option<String>,
}

/// The task that writes pages.
pub struct Publisher {
    pages: watch::Sender<Left>,
    going: watch::Receiver<Going>,
    task: JoinHandle<()>,
}

/// What an engine holds of it.
#[derive(Clone)]
pub struct Shelf {
    pages: watch::Sender<Left>,
    going: watch::Receiver<Going>,
}

impl Shelf {
    /// Leaves a page.
    pub fn leave(&self, page: Page, haste: Haste) {
        self.pages.send_modify(|newest| {
            let haste = newest.as_ref().map_or(haste, |(_, waiting)| haste.max(*waiting));
            *newest = Some((Arc::new(page), haste));
        });
    }

    /// Why nobody else can see this release, where that is so.
    pub fn trouble(&self) -> Option<String> {
        self.going.borrow().trouble.clone()
    }

    /// Waits, bounded, until a page that knows the record `seq` is written, or none can be.
    pub async fn written(&self, seq: u64) {
        let mut going = self.going.clone();
        let _in_time = timeout(AHEAD, going.wait_for(|going| going.seq >= seq || going.trouble.is_some())).await;
    }
}

impl Publisher {
    /// Begins to write what is left.
    pub fn begin(book: Arc<dyn Book>) -> Self {
        let (pages, left) = watch::channel(None);
        let (say, going) = watch::channel(Going::default());
        let task = tokio::spawn(publish(book, pages.clone(), left, say));
        Self { pages, going, task }
    }

    /// What an engine needs of it.
    pub fn shelf(&self) -> Shelf {
        Shelf { pages: self.pages.clone(), going: self.going.clone() }
    }

    /// Waits, bounded, until the newest page is written.
    pub async fn flush(&self) {
        // An engine that was overtaken writes none any more.
        if self.task.is_finished() {
            return;
        }
        let mut pages = self.pages.subscribe();
        self.pages.send_if_modified(|newest| {
            newest.as_mut().is_some_and(|(_, haste)| std::mem::replace(haste, Haste::Now) != Haste::Now)
        });
        let _in_time = timeout(LAST, pages.wait_for(Option::is_none)).await;
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn publish(
    book: Arc<dyn Book>,
    pages: watch::Sender<Left>,
    mut left: watch::Receiver<Left>,
    say: watch::Sender<Going>,
) {
    let mut last: Option<Instant> = None;
    let mut wait = OFTEN;
    loop {
        if left.wait_for(Option::is_some).await.is_err() {
            return;
        }
        if let Some(last) = last {
            let due = [(Haste::Now, OFTEN), (Haste::Told, SELDOM)];
            for (haste, longest) in due {
                let wanted = left.wait_for(|page| page.as_ref().is_some_and(|(_, asked)| *asked >= haste));
                let _or_its_time = timeout_at(last + longest, wanted).await;
            }
        }
        let Some((page, _)) = left.borrow_and_update().clone() else { continue };
        last = Some(Instant::now());
        match book.write(Arc::clone(&page)).await {
            Ok(()) => {
                wait = OFTEN;
                say.send_replace(Going { seq: page.seq, trouble: None });
                // A page that came meanwhile stays.
                pages.send_if_modified(|newest| {
                    let same = newest.as_ref().is_some_and(|(newest, _)| Arc::ptr_eq(newest, &page));
                    if same {
                        *newest = None;
                    }
                    same
                });
            }
            Err(BookFault::Overtaken(why)) => {
                say.send_modify(|going| going.trouble = Some(why));
                pages.send_replace(None);
                return;
            }
            Err(BookFault::Failed(why)) => {
                say.send_modify(|going| going.trouble = Some(why));
                sleep(wait).await;
                wait = (wait * 2).min(LONGEST);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::snapshot::Outcome;
    use std::sync::Mutex;

    #[derive(Default)]
    struct Written {
        seqs: Mutex<Vec<u64>>,
        fault: Mutex<Option<BookFault>>,
    }

    struct Kept(Arc<Written>);

    impl Book for Kept {
        fn write(&self, page: Arc<Page>) -> BoxFuture<'static, Result<(), BookFault>> {
            let written = Arc::clone(&self.0);
            Box::pin(async move {
                if let Some(fault) = written.fault.lock().unwrap().clone() {
                    return Err(fault);
                }
                written.seqs.lock().unwrap().push(page.seq);
                Ok(())
            })
        }
    }

    fn plan() -> Plan {
        let plan = serde_json::json!({
            "release": "r1", "hash": "h", "kind": "release", "context": "test", "namespace": "shop", "application": "web",
            "production": false, "from": "1", "to": "2", "workloads": [], "steps": [], "rules": [], "scrape": "5s",
            "signals": crate::core::signal::Signals::default(), "limits": crate::core::plan::Limits::default(),
            "finish": "roll", "on_hold_limit": "hold", "told": [],
        });
        serde_json::from_value(plan).expect("a plan")
    }

    fn page(seq: u64) -> Page {
        let plan = plan();
        let at = Time::from_millis(0);
        Page {
            state: Arc::new(State::new(&plan, at)),
            plan: Arc::new(plan),
            epoch: 1,
            seq,
            at,
            who: "dana".into(),
            metrics: Link::Connecting { since: at },
            answers: Vec::new(),
            log: Vec::new(),
        }
    }

    async fn pass(millis: u64) {
        sleep(Duration::from_millis(millis)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_busy_minute_costs_a_write_a_second_and_a_quiet_one_twelve() {
        let written = Arc::new(Written::default());
        let publisher = Publisher::begin(Arc::new(Kept(Arc::clone(&written))));
        let shelf = publisher.shelf();
        for seq in 0..600 {
            shelf.leave(page(seq), Haste::Told);
            pass(100).await;
        }
        let busy = written.seqs.lock().unwrap().len();
        assert!((55..=62).contains(&busy), "{busy}");
        written.seqs.lock().unwrap().clear();
        for seq in 600..1_200 {
            shelf.leave(page(seq), Haste::Counted);
            pass(100).await;
        }
        let quiet = written.seqs.lock().unwrap().len();
        assert!((11..=13).contains(&quiet), "{quiet}");
        shelf.leave(page(2_000), Haste::Counted);
        publisher.flush().await;
        assert_eq!(written.seqs.lock().unwrap().last(), Some(&2_000));
    }

    #[tokio::test(start_paused = true)]
    async fn what_fails_is_said_and_tried_again_with_the_newest() {
        let written = Arc::new(Written::default());
        *written.fault.lock().unwrap() = Some(BookFault::Failed("forbidden".into()));
        let publisher = Publisher::begin(Arc::new(Kept(Arc::clone(&written))));
        let shelf = publisher.shelf();
        shelf.leave(page(1), Haste::Told);
        pass(10_000).await;
        assert_eq!(shelf.trouble(), Some("forbidden".into()));
        shelf.leave(page(2), Haste::Told);
        *written.fault.lock().unwrap() = None;
        pass(10_000).await;
        assert_eq!((written.seqs.lock().unwrap().clone(), shelf.trouble()), (vec![2], None));
        *written.fault.lock().unwrap() = Some(BookFault::Overtaken("epoch 2".into()));
        shelf.leave(page(3), Haste::Told);
        pass(10_000).await;
        *written.fault.lock().unwrap() = None;
        shelf.leave(page(4), Haste::Told);
        pass(10_000).await;
        assert_eq!(written.seqs.lock().unwrap().clone(), vec![2], "a newer engine writes it now");
    }

    #[tokio::test(start_paused = true)]
    async fn a_page_that_a_write_waits_for_is_written_at_once_and_one_that_cannot_be_holds_nothing_up() {
        let written = Arc::new(Written::default());
        let publisher = Publisher::begin(Arc::new(Kept(Arc::clone(&written))));
        let shelf = publisher.shelf();
        shelf.leave(page(1), Haste::Told);
        shelf.written(1).await;
        let asked = Instant::now();
        for seq in 2..10 {
            shelf.leave(page(seq), Haste::Now);
            shelf.written(seq).await;
        }
        assert_eq!((asked.elapsed(), written.seqs.lock().unwrap().last()), (Duration::ZERO, Some(&9)));
        *written.fault.lock().unwrap() = Some(BookFault::Failed("forbidden".into()));
        for seq in 10..20 {
            shelf.leave(page(seq), Haste::Now);
            shelf.written(seq).await;
        }
        assert!(asked.elapsed() <= AHEAD, "only the first waits, to learn that it is forbidden");
    }

    #[test]
    fn what_is_only_counted_is_not_told() {
        let record = |event| Record::new(1, 1, Time::from_millis(0), "r", Body::Event(event));
        let ended =
            Event::Ended { outcome: Outcome::Held, proven: false, exit_code: 4, why: String::new(), notes: Vec::new() };
        assert!(is_told(&record(ended)));
        assert!(!is_told(&record(Event::Reading {
            workload: "web".into(),
            rows: Default::default(),
            counts: Default::default(),
            read: None,
            answers: None,
        })));
    }
}
