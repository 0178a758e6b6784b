//! The pace of the demo: world and engine step one clock together, so that one seed gives one journal at any speed.
//!
//! The clock moves only when nothing is under way and the engine has seen all that the world shows. Real IO goes on in
//! real time between two steps, and whatever it takes, the clock waits for it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use crate::core::command::Command;
use crate::core::time::Time;
use crate::core::view::{ClusterView, Link};
use crate::engine::clock::{Clock, SteppedClock};
use crate::engine::inbox::Inbox;
use crate::engine::pace::Pace;
use crate::sim::world::World;

/// How long the view may take to catch up with the world before the clock moves on without it. Only a fault of ours
/// makes it wait that long; a stuck demo would hide it worse than a late one.
const CATCH_UP: Duration = Duration::from_secs(5);

/// The longest step of the clock, on the world's time.
const LONGEST: Duration = Duration::from_secs(1);

/// See the module.
pub struct Lockstep {
    world: Arc<Mutex<World>>,
    clock: SteppedClock,
    /// Where the scenario's operator sends commands; `None`: a person sits at the terminal instead.
    operator: Option<mpsc::Sender<Command>>,
    speed: Option<f64>,
    began: (Instant, Time),
}

impl Lockstep {
    /// Steps `world` and `clock` together; `speed` times as fast as real time, or as fast as it goes.
    pub fn new(
        world: Arc<Mutex<World>>,
        clock: SteppedClock,
        speed: Option<f64>,
        operator: Option<mpsc::Sender<Command>>,
    ) -> Self {
        let began = (Instant::now(), clock.now());
        Self { world, clock, operator, speed, began }
    }

    fn with_world<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        act(&mut self.world.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until writes and readings have come back and every watch shows the newest revision, or sleeps.
    async fn settle(&self, inbox: &mut Inbox) {
        inbox.settle().await;
        let revision = self.with_world(|world| world.revision());
        let now = self.clock.now();
        let mut view = inbox.follow();
        let caught_up = timeout(CATCH_UP, view.wait_for(|view| has_caught_up(view, revision, now))).await;
        if caught_up.is_err() {
            tracing::warn!("the view did not catch up with the world's revision {revision}");
        }
        inbox.drain();
    }

    /// The next moment at which something happens.
    fn next_moment(&self, look: Option<Time>) -> Time {
        let now = self.clock.now();
        let world = self.with_world(|world| world.next_event());
        let soonest = [look, world, Some(now + LONGEST)].into_iter().flatten().min().unwrap_or(now + LONGEST);
        // The clock moves on even where something is overdue.
        soonest.max(now + Duration::from_millis(1))
    }

    fn wall(&self, at: Time) -> Option<Instant> {
        let speed = self.speed?;
        Some(self.began.0 + at.since(self.began.1).div_f64(speed))
    }

    fn advance(&mut self, at: Time) {
        self.with_world(|world| world.advance_to(at));
        self.clock.set(at);
        let due = self.with_world(World::due_commands);
        let Some(operator) = &self.operator else { return };
        for (place, command) in due.into_iter().enumerate() {
            let command = super::operator::command(&command, at, place);
            // A full queue cannot be: the engine takes commands every step.
            let _sent = operator.try_send(command);
        }
    }
}

impl Pace for Lockstep {
    async fn next(&mut self, look: Option<Time>, inbox: &mut Inbox) {
        loop {
            self.settle(inbox).await;
            if inbox.has_news() || look.is_some_and(|look| self.clock.now() >= look) {
                return;
            }
            let next = self.next_moment(look);
            if let Some(wall) = self.wall(next) {
                tokio::select! {
                    // A person's key does not wait for the next step.
                    () = inbox.wake() => {}
                    () = tokio::time::sleep_until(wall) => self.advance(next),
                }
            } else {
                self.advance(next);
            }
        }
    }
}

/// Whether every watch shows this revision, or sleeps until later.
fn has_caught_up(view: &ClusterView, revision: u64, now: Time) -> bool {
    let caught_up = |link: &Link| match link {
        Link::Connecting { .. } => false,
        Link::Live { revision: seen, .. } => *seen >= revision,
        Link::Lost { retry, .. } => *retry > now,
    };
    view.links.iter().filter(|(name, _)| *name != "api").all(|(_, link)| caught_up(link))
}
