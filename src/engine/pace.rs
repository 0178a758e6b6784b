//! Who says when the engine takes its next turn: the world and the clock, or somebody who steps both.

use crate::core::time::Time;
use crate::engine::clock::SharedClock;
use crate::engine::inbox::Inbox;

/// Says when it is time for the next turn.
pub trait Pace: Send {
    /// Waits until something has arrived, or `look` has come.
    fn next(&mut self, look: Option<Time>, inbox: &mut Inbox) -> impl Future<Output = ()> + Send;
}

/// The pace of a real cluster: a turn whenever something arrives, or its time has come.
pub struct Live {
    clock: SharedClock,
}

impl Live {
    /// On this clock.
    pub fn on(clock: SharedClock) -> Self {
        Self { clock }
    }
}

impl Pace for Live {
    async fn next(&mut self, look: Option<Time>, inbox: &mut Inbox) {
        match look {
            Some(at) => tokio::select! {
                biased;
                () = inbox.wake() => {}
                () = self.clock.sleep_until(at) => inbox.drain(),
            },
            None => inbox.wake().await,
        }
    }
}
