//! The engine's clocks: the system's, one that runs faster, and one that is stepped by hand.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::sync::watch;

use crate::core::time::Time;

/// Where an engine reads the time, and waits for it.
pub trait Clock: Send + Sync + 'static {
    /// The time now. It never goes back.
    fn now(&self) -> Time;

    /// Waits until `at`. It is safe to drop.
    fn sleep_until(&self, at: Time) -> BoxFuture<'static, ()>;
}

/// A clock that several parts share.
pub type SharedClock = Arc<dyn Clock>;

/// The wall clock at its start, then elapsed time with suspend counted, so that a laptop that slept knows it.
#[derive(Clone, Debug)]
pub struct SystemClock {
    wall_at_start: Time,
    boot_at_start: Duration,
}

impl SystemClock {
    /// Reads both clocks once.
    pub fn start() -> Self {
        let wall = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let wall_at_start = Time::from_millis(i64::try_from(wall.as_millis()).unwrap_or(i64::MAX));
        Self { wall_at_start, boot_at_start: since_boot() }
    }

    /// The same clock, moved on to `at` where it is behind: it goes on from what a clock that was ahead has written.
    #[must_use]
    pub fn from(&self, at: Time) -> Self {
        self.reading(at.max(self.now()))
    }

    /// The same clock, set to read `at` now.
    #[must_use]
    pub fn reading(&self, at: Time) -> Self {
        let now = self.now();
        Self { wall_at_start: (self.wall_at_start + at.since(now)) - now.since(at), ..self.clone() }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Time {
        self.wall_at_start + since_boot().saturating_sub(self.boot_at_start)
    }

    fn sleep_until(&self, at: Time) -> BoxFuture<'static, ()> {
        let clock = self.clone();
        // A sleep of tokio's does not count suspend, so a long wait is cut into short ones.
        Box::pin(async move {
            loop {
                let left = at.since(clock.now());
                if left.is_zero() {
                    return;
                }
                tokio::time::sleep(left.min(Duration::from_secs(1))).await;
            }
        })
    }
}

#[cfg(target_os = "linux")]
fn since_boot() -> Duration {
    let at = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::new(u64::try_from(at.tv_sec).unwrap_or(0), u32::try_from(at.tv_nsec).unwrap_or(0))
}

#[cfg(not(target_os = "linux"))]
fn since_boot() -> Duration {
    // Elsewhere CLOCK_MONOTONIC is the nearest that is portable; macOS' counts no sleep.
    let at = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    Duration::new(u64::try_from(at.tv_sec).unwrap_or(0), u32::try_from(at.tv_nsec).unwrap_or(0))
}

/// A clock that somebody steps by hand: the demo's and the tests'.
#[derive(Clone, Debug)]
pub struct SteppedClock {
    now: Arc<watch::Sender<Time>>,
}

impl SteppedClock {
    /// A clock that stands at `at`.
    pub fn at(at: Time) -> Self {
        Self { now: Arc::new(watch::Sender::new(at)) }
    }

    /// Moves it to `at`; a time before now leaves it where it is.
    pub fn set(&self, at: Time) {
        self.now.send_if_modified(|now| {
            let later = at > *now;
            *now = at.max(*now);
            later
        });
    }
}

impl Clock for SteppedClock {
    fn now(&self) -> Time {
        *self.now.borrow()
    }

    fn sleep_until(&self, at: Time) -> BoxFuture<'static, ()> {
        let mut now = self.now.subscribe();
        Box::pin(async move {
            // The sender lives as long as any clone of the clock; when all are gone nobody waits for anything.
            let _ended = now.wait_for(|now| *now >= at).await;
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_clock_starts_at_the_wall_clock_and_never_goes_back() {
        let clock = SystemClock::start();
        let first = clock.now();
        let wall = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
        assert!((wall.as_millis() as i64 - first.millis()).abs() < 60_000);
        assert!(clock.now() >= first);
    }

    #[test]
    fn a_clock_can_be_set_to_anothers_ahead_or_behind() {
        let clock = SystemClock::start();
        for apart in [-3_600_000, 0, 3_600_000] {
            let at = Time::from_millis(clock.now().millis() + apart);
            let late = clock.reading(at).now().millis() - at.millis();
            assert!((0..60_000).contains(&late), "{apart}: {late}");
        }
    }

    #[tokio::test]
    async fn a_stepped_clock_wakes_who_waits_for_its_time() {
        let clock = SteppedClock::at(Time::from_millis(0));
        let waiting = tokio::spawn(clock.sleep_until(Time::from_millis(10)));
        clock.set(Time::from_millis(5));
        assert!(!waiting.is_finished());
        clock.set(Time::from_millis(10));
        waiting.await.expect("it wakes");
        clock.set(Time::from_millis(3));
        assert_eq!(clock.now(), Time::from_millis(10));
    }
}
