//! What an engine says: to the journal and its listeners, to other terminals, to its own fronts.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::oneshot;

use crate::core::event::Event;
use crate::core::picture::{Frame, snapshot};
use crate::core::snapshot::{Outcome, Snapshot};
use crate::core::state::State;
use crate::core::time::Time;
use crate::core::view::{ClusterView, Link};
use crate::engine::book::{Haste, Page};
use crate::engine::chronicle::Chronicle;
use crate::engine::parts::Parts;
use crate::engine::record::{Body, Checkpoint, CheckpointTag, Record};
use crate::engine::run::Engine;

impl Engine {
    /// A journal that does not know the engines before begins with what is known of them.
    pub(super) fn begin_with_history(&mut self) {
        let known = self.parts.journal.last();
        let mut records = Vec::new();
        if known.is_none() {
            let started = self.state.as_ref().map_or_else(|| self.parts.clock.now(), |state| state.started);
            let plan = Event::Started { plan: Box::new((*self.parts.plan).clone()) };
            records.push(Record::new(1, 1, started, &self.parts.plan.release, Body::Event(plan)));
        }
        let new = |record: &&Arc<Record>| known.is_none_or(|known| (record.epoch, record.seq) > known);
        records.extend(self.parts.history.records.iter().filter(new).map(|record| Record::clone(record)));
        drop(self.parts.journal.append(&records));
    }

    /// Records and tells events; with `checkpoint`, where the release stands behind them.
    pub(super) fn record(&mut self, events: Vec<Event>, now: Time, checkpoint: bool) -> oneshot::Receiver<()> {
        let mut records = Vec::with_capacity(events.len() + 1);
        for event in events {
            self.chronicle.say(&event, &self.parts.plan, now);
            let record = self.envelope(Body::Event(event), now);
            let shared = Arc::new(record.clone());
            self.chronicle.keep(&shared);
            // Nobody listening is no fault.
            let _listeners = self.events.send(shared);
            records.push(record);
        }
        if checkpoint && let Some(state) = self.state.clone() {
            let body = Body::Checkpoint(Checkpoint { event: CheckpointTag::Checkpoint, state: Box::new(state) });
            records.push(self.envelope(body, now));
        }
        self.parts.journal.append(&records)
    }

    /// Records how things look now, for whoever looks at the recording; nobody waits for it.
    pub(super) fn record_sight(&mut self, view: &Arc<ClusterView>, read: bool, now: Time) {
        let sight = self.recorder.sight(&self.snapshots.borrow(), view, read);
        let record = self.envelope(Body::Sight(sight), now);
        self.parts.journal.note(&record);
    }

    fn envelope(&mut self, body: Body, now: Time) -> Record {
        self.sequence += 1;
        Record::new(self.parts.epoch, self.sequence, now, &self.parts.plan.release, body)
    }

    /// Leaves a page for other terminals. The end of a driver that lost its lease is no news of the release: what its
    /// successor finds must be where the release stood.
    pub(super) fn share(&self, now: Time, haste: Haste) {
        let (Some(shelf), Some(state)) = (&self.parts.shelf, &self.state) else { return };
        if state.ended.as_ref().is_some_and(|ended| ended.outcome == Outcome::Refused) {
            return;
        }
        let page = Page {
            plan: Arc::clone(&self.parts.plan),
            state: Arc::new(state.clone()),
            epoch: self.parts.epoch,
            seq: self.sequence,
            at: now,
            who: self.parts.who.clone(),
            metrics: self.readings.link(),
            answers: self.answers.iter().cloned().collect(),
            log: self.chronicle.told().iter().cloned().collect(),
        };
        shelf.leave(page, haste);
    }

    pub(super) fn publish(&mut self, now: Time) {
        let Some(state) = &self.state else { return };
        let frame = Frame {
            plan: &self.parts.plan,
            state,
            view: &self.inbox.view(),
            metrics: self.readings.link(),
            driver: self.parts.driver(now),
            log: self.chronicle.lines(),
            history: self.chronicle.happenings(),
            answers: &self.answers,
            journal: self.parts.journal_now(),
            epoch: &self.mark,
            sharing: self.parts.sharing(),
            attended: self.parts.attended.load(Ordering::Relaxed),
            read_only: self.parts.read_only,
        };
        self.snapshots.send_replace(Arc::new(snapshot(&frame, now)));
    }
}

pub(super) fn first_picture(parts: &Parts, state: &State, chronicle: &Chronicle, now: Time) -> Snapshot {
    let frame = Frame {
        plan: &parts.plan,
        state,
        view: &ClusterView::default(),
        metrics: Link::Connecting { since: now },
        driver: parts.driver(now),
        log: chronicle.lines(),
        history: chronicle.happenings(),
        answers: &VecDeque::new(),
        journal: parts.journal_now(),
        epoch: "",
        sharing: parts.sharing(),
        attended: true,
        read_only: parts.read_only,
    };
    snapshot(&frame, now)
}
