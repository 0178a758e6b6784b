//! Telling others what happens: a listener like any front, for which nothing waits.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::task::JoinHandle;

use crate::core::bulletin::{Bulletin, bulletin};
use crate::core::event::Event;
use crate::core::plan::Plan;
use crate::engine::clock::SharedClock;
use crate::engine::port::{Board, Posted};
use crate::engine::record::{Body, Record};

/// How long after an attempt without an answer the next one is made.
const AGAIN: Duration = Duration::from_secs(5);

/// How long the last bulletins may take once the release has ended.
const LAST: Duration = Duration::from_secs(1);

/// A task that puts up bulletins until the release has ended. What waits for a board that does not answer is bounded by
/// how far a listener may lag behind the engine; beyond that the oldest are not told.
pub struct Herald(JoinHandle<()>);

impl Herald {
    /// Listens to `events`, which must be taken before the engine runs.
    pub fn start(events: Receiver<Arc<Record>>, plan: Arc<Plan>, board: Arc<dyn Board>, clock: SharedClock) -> Self {
        Self(tokio::spawn(tell(events, plan, board, clock)))
    }

    /// Waits, not long, for the last bulletins.
    pub async fn end(mut self) {
        if tokio::time::timeout(LAST, &mut self.0).await.is_err() {
            self.0.abort();
        }
    }
}

async fn tell(mut events: Receiver<Arc<Record>>, plan: Arc<Plan>, board: Arc<dyn Board>, clock: SharedClock) {
    let mut refused = BTreeSet::new();
    loop {
        let record = match events.recv().await {
            Ok(record) => record,
            Err(RecvError::Lagged(lost)) => {
                tracing::warn!("{lost} events were not put up in time; the journal has them all");
                continue;
            }
            Err(RecvError::Closed) => return,
        };
        let Body::Event(event) = &record.body else { continue };
        let id = format!("{}/{}/{}", record.release, record.epoch, record.seq);
        if let Some(bulletin) = bulletin(event, &plan, id, record.at)
            && let Err(why) = deliver(&bulletin, &*board, &clock).await
            // Said once: it is the same for every bulletin that follows.
            && refused.insert(why.clone())
        {
            tracing::warn!("the events of the Deployment do not tell of this release: {why}");
        }
        if matches!(event, Event::Ended { .. }) {
            return;
        }
    }
}

/// Posts until somebody answers; the error is the answer that it will not be taken.
async fn deliver(bulletin: &Bulletin, board: &dyn Board, clock: &SharedClock) -> Result<(), String> {
    loop {
        match board.post(bulletin.clone()).await {
            Posted::Done => return Ok(()),
            Posted::Never(why) => return Err(why),
            Posted::Later(why) => {
                tracing::debug!("an event is not put up yet: {why}");
                clock.sleep_until(clock.now() + AGAIN).await;
            }
        }
    }
}
