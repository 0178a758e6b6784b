//! What an engine sends out: acts, and questions to the metrics.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::core::act::{Act, ActFault, ActOutcome};
use crate::core::event::Event;
use crate::core::lease::Leave;
use crate::core::sample::Batch;
use crate::core::time::Time;
use crate::core::view::ClusterView;
use crate::engine::ahead::Ahead;
use crate::engine::inbox::Landed;
use crate::engine::run::Engine;

/// A write that has no answer by then counts as unknown; the adapter's own bound is shorter.
const ACT_LIMIT: Duration = Duration::from_secs(15);

/// How long a rollback waits for its journal record before it acts all the same.
const ROLLBACK_WAITS: Duration = Duration::from_millis(100);

impl Engine {
    /// Sends what was decided: behind its record, or, in a rollback that is not proven yet, as good as at once.
    pub(super) async fn act(&mut self, effects: Vec<Act>, synced: oneshot::Receiver<()>, now: Time) {
        if !self.is_rolling_back() || self.is_cleaning_up() {
            let shelf = self.parts.shelf.as_ref();
            let going_back = (!self.is_rolling_back()).then(|| self.going_back.subscribe());
            let ahead = Ahead::of(synced, shelf, self.sequence, going_back);
            effects.into_iter().for_each(|act| self.perform(act, Some(ahead.clone())));
            return;
        }
        if !matches!(tokio::time::timeout(ROLLBACK_WAITS, synced).await, Ok(Ok(()))) {
            let text = "the journal is slow; the rollback did not wait for it".to_owned();
            drop(self.record(vec![Event::Note { text }], now, false));
        }
        effects.into_iter().for_each(|act| self.perform(act, None));
    }

    /// Sends an act, unless the lease may be another's by now. A rollback goes out all the same: the fence alone decides
    /// whether it lands, and what it does is right whoever drives.
    fn perform(&mut self, act: Act, ahead: Option<Ahead>) {
        if let (Some(why), false) = (self.lease_trouble(), self.is_rolling_back()) {
            let why = format!("not sent: {why}");
            let outcome = ActOutcome::Failed { kind: ActFault::Unreachable, why };
            self.inbox.start(async move { Landed::Act(act, outcome) });
            return;
        }
        let what = act.words(&self.parts.plan);
        let work = self.parts.cluster.perform(Arc::clone(&self.parts.plan), act.clone());
        self.inbox.start(async move {
            if let Some(ahead) = ahead
                && let Err(why) = ahead.reached().await
            {
                return Landed::Act(act, ActOutcome::Failed { kind: ActFault::Unreachable, why });
            }
            let outcome = tokio::time::timeout(ACT_LIMIT, work).await;
            let outcome = outcome.unwrap_or_else(|_| ActOutcome::Unknown { why: "no answer in time".to_owned() });
            tracing::info!("{what}: {outcome:?}");
            Landed::Act(act, outcome)
        });
    }

    /// Whether the proof of a rollback has its end, and what is left to do brings nobody back.
    pub(super) fn is_cleaning_up(&self) -> bool {
        let rollback = self.state.as_ref().and_then(|state| state.rollback.as_ref());
        rollback.is_some_and(|rollback| rollback.closed.is_some())
    }

    /// Why this engine is not sure to be the only driver.
    pub(super) fn lease_trouble(&self) -> Option<String> {
        match self.parts.licence.as_ref()?.leave() {
            Leave::Until(_) => None,
            Leave::Lapsed(why) => Some(why),
            Leave::Lost(holder) => Some(format!("{} has it", holder.who)),
        }
    }

    /// Starts a reading when its time has come; returns when the next one is due.
    pub(super) fn read_metrics(&mut self, view: &ClusterView, now: Time) -> Option<Time> {
        if self.state.as_ref().is_some_and(|state| state.ended.is_some()) {
            return None;
        }
        if let Some(targets) = self.readings.due(&self.parts.plan, view, self.parts.metrics.as_ref(), now) {
            let read = self.parts.metrics.read(targets, now);
            let questions = self.readings.questions(&self.parts.plan, view, now);
            let asked = (!questions.is_empty()).then(|| self.parts.metrics.ask(questions, now));
            self.inbox.start(async move {
                let Some(asked) = asked else { return Landed::Batch(read.await) };
                let (batch, answers) = futures::join!(read, asked);
                Landed::Batch(Batch { answers, ..batch })
            });
        }
        self.readings.next()
    }
}
