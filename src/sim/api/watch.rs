//! Following changes: one line of JSON each, and a bookmark whenever the world has moved on without one.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::core::time::Time;
use crate::sim::api::read::Filter;
use crate::sim::api::reply::Form;
use crate::sim::api::{Shared, lock};
use crate::sim::backend::Backend;
use crate::sim::status::Status;
use crate::sim::store::{Change, ChangeKind, fields};

/// How often a watch that waits for nobody has a bookmark.
const BOOKMARK_EVERY: Duration = Duration::from_secs(60);

/// How long before its end it has its last one.
const BOOKMARK_BEFORE_END: Duration = Duration::from_secs(2);

/// Marks the bookmark that ends the initial objects of a streaming list.
const INITIAL_END: &str = "k8s.io/initial-events-end";

/// What a watch is to tell.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Which objects.
    pub filter: Filter,
    /// In which form.
    pub form: Form,
    /// Whether bookmarks may be sent.
    pub bookmarks: bool,
    /// After which revision; `None`: all objects there are first, then what follows.
    pub since: Option<u64>,
    /// Whether the end of those first objects is marked by a bookmark.
    pub mark_end: bool,
    /// How long, on the wall clock.
    pub within: Duration,
}

/// A watch under way. It is asked for the next piece whenever the client has taken the last one, so a slow client holds
/// up nobody and nothing queues for it; one that falls behind the store's history is told 410 and let go.
pub struct Watcher {
    world: Shared,
    changed: watch::Receiver<u64>,
    wanted: Wanted,
    /// The revision up to which everything has been told; `None` before the first piece.
    told: Option<u64>,
    deadline: Instant,
    /// When the next bookmark is due, where they come by the clock.
    bookmark_at: Instant,
    ended: bool,
}

impl std::fmt::Debug for Watcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watcher").field("wanted", &self.wanted).field("told", &self.told).finish_non_exhaustive()
    }
}

/// What is to be told next, taken out of the store while its lock is held.
struct Piece {
    events: Vec<(&'static str, Arc<Value>)>,
    bookmark: Option<(u64, bool)>,
    refusal: Option<Status>,
    now: Time,
}

impl Watcher {
    /// A watch that begins now, in time: the changes from here on are its own.
    pub fn new(world: Shared, backend: &mut dyn Backend, wanted: Wanted) -> Self {
        let changed = backend.store().changed();
        let deadline = Instant::now() + wanted.within;
        let bookmark_at = next_bookmark(deadline);
        Self { world, changed, told: wanted.since, wanted, deadline, bookmark_at, ended: false }
    }

    /// The next lines; `None` at the end.
    pub async fn next(&mut self) -> Option<Bytes> {
        while !self.ended {
            self.changed.borrow_and_update();
            let lines = self.write(self.take());
            if !lines.is_empty() {
                return Some(lines.into());
            }
            tokio::select! {
                moved = self.changed.changed() => self.ended = moved.is_err(),
                () = sleep_until(self.bookmark_at), if self.bookmark_at < self.deadline => {}
                () = sleep_until(self.deadline) => self.ended = true,
            }
        }
        None
    }

    /// Takes out of the store what has not been told.
    fn take(&self) -> (u64, Piece) {
        let mut world = lock(&self.world);
        let stepped = world.is_stepped();
        let store = world.store();
        let (revision, now) = (store.revision(), store.now());
        let mut piece = Piece { events: Vec::new(), bookmark: None, refusal: None, now };
        let Some(told) = self.told else {
            piece.events = self.wanted.filter.list(store).map(|object| ("ADDED", Arc::clone(object))).collect();
            piece.bookmark = self.wanted.mark_end.then_some((revision, true));
            return (revision, piece);
        };
        let mut last = told;
        match store.events_since(told) {
            Err(status) => piece.refusal = Some(status),
            Ok(changes) => {
                for (event, change) in changes.filter_map(|change| Some((event(&self.wanted.filter, change)?, change)))
                {
                    last = change.revision;
                    piece.events.push(event);
                }
            }
        }
        let due = if stepped { last < revision } else { self.bookmark_at <= Instant::now() };
        let due = due && piece.refusal.is_none() && self.wanted.bookmarks;
        piece.bookmark = due.then_some((revision, false));
        (revision, piece)
    }

    fn write(&mut self, (revision, piece): (u64, Piece)) -> Vec<u8> {
        self.told = Some(revision);
        if self.bookmark_at <= Instant::now() {
            self.bookmark_at = next_bookmark(self.deadline);
        }
        let mut lines = Vec::new();
        let kind = self.wanted.filter.kind;
        for (what, object) in &piece.events {
            line(&mut lines, what, &self.wanted.form.one(kind, object, piece.now));
        }
        if let Some((revision, marks_end)) = piece.bookmark {
            let mut metadata = json!({"resourceVersion": revision.to_string(), "creationTimestamp": null});
            if marks_end {
                fields::put(&mut metadata, &["annotations", INITIAL_END], "true".into());
            }
            let bookmark = json!({"kind": kind.info().name, "apiVersion": kind.api_version(), "metadata": metadata});
            line(&mut lines, "BOOKMARK", &bookmark);
        }
        if let Some(status) = piece.refusal {
            line(&mut lines, "ERROR", &status.to_value());
            self.ended = true;
        }
        lines
    }
}

/// When a watch that ends at `deadline` has its next bookmark by the clock; at the end itself there is none.
fn next_bookmark(deadline: Instant) -> Instant {
    let now = Instant::now();
    let last = deadline.checked_sub(BOOKMARK_BEFORE_END).filter(|last| *last > now).unwrap_or(deadline);
    (now + BOOKMARK_EVERY).min(last)
}

/// What a change is to a watch: an object that leaves its selector is gone for it.
fn event(filter: &Filter, change: &Change) -> Option<(&'static str, Arc<Value>)> {
    if change.kind != filter.kind || !filter.namespace.is_empty() && change.namespace != filter.namespace {
        return None;
    }
    let was = change.before.as_ref().filter(|before| filter.selects(before));
    let is = change.what != ChangeKind::Deleted && filter.selects(&change.object);
    match (was, is) {
        (None, false) => None,
        (None, true) => Some(("ADDED", Arc::clone(&change.object))),
        (Some(_), true) => Some(("MODIFIED", Arc::clone(&change.object))),
        (Some(_), false) if change.what == ChangeKind::Deleted => Some(("DELETED", Arc::clone(&change.object))),
        (Some(before), false) => {
            let mut last = Value::clone(before);
            fields::put(&mut last, &["metadata", "resourceVersion"], change.revision.to_string().into());
            Some(("DELETED", Arc::new(last)))
        }
    }
}

fn line(lines: &mut Vec<u8>, what: &str, object: &Value) {
    lines.extend_from_slice(format!("{{\"type\":\"{what}\",\"object\":").as_bytes());
    if serde_json::to_writer(&mut *lines, object).is_ok() {
        lines.extend_from_slice(b"}\n");
    }
}
