//! Everything that can wake an engine, in one place, so that whoever paces it can wait for it.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::core::act::{Act, ActOutcome};
use crate::core::command::Command;
use crate::core::sample::Batch;
use crate::core::view::ClusterView;

/// Something that was under way has come back.
pub enum Landed {
    /// A write.
    Act(Act, ActOutcome),
    /// A reading of the metrics.
    Batch(Batch),
}

/// What has arrived since the last turn, and what is under way.
pub struct Inbox {
    view: watch::Receiver<Arc<ClusterView>>,
    commands: mpsc::Receiver<Command>,
    commands_open: bool,
    under_way: JoinSet<Landed>,
    arrived: Arrived,
}

/// What has arrived.
#[derive(Default)]
pub struct Arrived {
    /// Commands, in the order in which they came.
    pub commands: Vec<Command>,
    /// How writes ended, sorted, so that a race between answers leaves no trace.
    pub outcomes: Vec<(Act, ActOutcome)>,
    /// The newest reading.
    pub batch: Option<Batch>,
}

impl Inbox {
    /// An inbox with nothing in it.
    pub fn new(view: watch::Receiver<Arc<ClusterView>>, commands: mpsc::Receiver<Command>) -> Self {
        Self { view, commands, commands_open: true, under_way: JoinSet::new(), arrived: Arrived::default() }
    }

    /// Starts something whose end will arrive here.
    pub fn start(&mut self, work: impl Future<Output = Landed> + Send + 'static) {
        self.under_way.spawn(work);
    }

    /// Whether a write or a reading is under way.
    pub fn is_busy(&self) -> bool {
        !self.under_way.is_empty()
    }

    /// The newest picture of the cluster.
    pub fn view(&self) -> Arc<ClusterView> {
        Arc::clone(&self.view.borrow())
    }

    /// Waits until something arrives. It is safe to drop.
    pub async fn wake(&mut self) {
        tokio::select! {
            Some(landed) = self.under_way.join_next(), if !self.under_way.is_empty() => self.land(landed),
            command = self.commands.recv(), if self.commands_open => match command {
                Some(command) => self.arrived.commands.push(command),
                None => self.commands_open = false,
            },
            // An adapter that has gone leaves the last picture, whose links grow old; the engine goes on with it.
            Ok(()) = self.view.changed() => self.view.mark_changed(),
            else => std::future::pending().await,
        }
        self.drain();
    }

    /// Waits until everything that is under way has come back.
    pub async fn settle(&mut self) {
        while let Some(landed) = self.under_way.join_next().await {
            self.land(landed);
        }
        self.drain();
    }

    /// Follows the picture of the cluster, for whoever waits until it has caught up.
    pub fn follow(&self) -> watch::Receiver<Arc<ClusterView>> {
        self.view.clone()
    }

    /// Takes in what has arrived already, without waiting.
    pub fn drain(&mut self) {
        while let Some(landed) = self.under_way.try_join_next() {
            self.land(landed);
        }
        while let Ok(command) = self.commands.try_recv() {
            self.arrived.commands.push(command);
        }
    }

    fn land(&mut self, landed: Result<Landed, tokio::task::JoinError>) {
        match landed {
            Ok(Landed::Act(act, outcome)) => self.arrived.outcomes.push((act, outcome)),
            Ok(Landed::Batch(batch)) => self.arrived.batch = Some(batch),
            // A write or reading that panicked is a fault of ours: whoever waits for it must not wait for ever.
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => {}
        }
    }

    /// Whether something has arrived that no turn has seen.
    pub fn has_news(&self) -> bool {
        let Arrived { commands, outcomes, batch } = &self.arrived;
        !commands.is_empty() || !outcomes.is_empty() || batch.is_some() || self.view.has_changed().unwrap_or(false)
    }

    /// Takes what has arrived, with the newest picture.
    pub fn take(&mut self) -> (Arc<ClusterView>, Arrived) {
        let mut arrived = std::mem::take(&mut self.arrived);
        arrived.outcomes.sort_by(|a, b| a.0.cmp(&b.0));
        (Arc::clone(&self.view.borrow_and_update()), arrived)
    }
}
