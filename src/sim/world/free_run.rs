//! A world that keeps up with a clock: for processes that use it from outside, and for watching at any speed.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior};

use super::World;
use crate::core::time::Time;

/// How often the world is brought up to date when nobody asks it anything.
const TICK: Duration = Duration::from_millis(20);

/// Keeps a shared world at its start plus the elapsed time, times a speed, until it is dropped.
pub struct FreeRun {
    world: Arc<Mutex<World>>,
    task: JoinHandle<()>,
}

/// What time it is for a world that keeps up with a clock.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    origin: Instant,
    start: Time,
    speed: f64,
}

impl Pace {
    pub fn now(&self) -> Time {
        self.start + self.origin.elapsed().mul_f64(self.speed)
    }
}

impl FreeRun {
    /// Lets the world run from its present time on, `speed` times as fast as the clock. A speed that is not positive and
    /// finite stands for 1. Must be called within a tokio runtime.
    pub fn start(world: Arc<Mutex<World>>, speed: f64) -> Self {
        let speed = if speed.is_finite() && speed > 0.0 { speed } else { 1.0 };
        let pace = {
            let mut world = world.lock().unwrap_or_else(PoisonError::into_inner);
            let pace = Pace { origin: Instant::now(), start: world.now, speed };
            world.pace = Some(pace);
            pace
        };
        let shared = Arc::clone(&world);
        let task = tokio::spawn(async move {
            let mut tick = tokio::time::interval(TICK);
            tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                tick.tick().await;
                shared.lock().unwrap_or_else(PoisonError::into_inner).advance_to(pace.now());
            }
        });
        Self { world, task }
    }
}

impl Drop for FreeRun {
    fn drop(&mut self) {
        self.task.abort();
        self.world.lock().unwrap_or_else(PoisonError::into_inner).pace = None;
    }
}
