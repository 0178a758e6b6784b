//! What stops all drawing at once, from any thread: a panic anywhere, a signal, the end of the engine.
//!
//! A panic hook gives the terminal back to the shell while the screen's thread still lives. Without this, its next
//! frames would land on the user's prompt.

use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

/// How long a frame that is being written is waited for. A terminal that nobody reads may never take it.
const FRAME: Duration = Duration::from_millis(100);

/// Falls once, and nothing is drawn any more.
#[derive(Clone, Debug, Default)]
pub struct Curtain {
    fallen: CancellationToken,
    drawing: Arc<Mutex<()>>,
}

impl Curtain {
    /// Lets it fall. When this returns no frame is being written, unless the terminal holds one back for longer than 100 ms.
    pub fn fall(&self) {
        self.fallen.cancel();
        let patience = Instant::now() + FRAME;
        while matches!(self.drawing.try_lock(), Err(TryLockError::WouldBlock)) && Instant::now() < patience {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Whether it has fallen.
    pub fn has_fallen(&self) -> bool {
        self.fallen.is_cancelled()
    }

    /// Waits until it falls.
    pub async fn fallen(&self) {
        self.fallen.cancelled().await;
    }

    /// Draws, unless it has fallen: then `None`.
    pub fn draw<T>(&self, frame: impl FnOnce() -> T) -> Option<T> {
        // A frame that panicked leaves nothing behind that the next one could trip over.
        let _drawing = self.drawing.lock().unwrap_or_else(PoisonError::into_inner);
        (!self.has_fallen()).then(frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_drawn_after_it_has_fallen() {
        let curtain = Curtain::default();
        assert_eq!(curtain.draw(|| 1), Some(1));
        curtain.clone().fall();
        assert_eq!(curtain.draw(|| 2), None);
    }

    #[test]
    fn a_frame_that_never_ends_does_not_hold_it_up() {
        let curtain = Curtain::default();
        let begun = Instant::now();
        curtain.draw(|| curtain.fall());
        assert!(curtain.has_fallen());
        assert!(begun.elapsed() < Duration::from_secs(5));
    }
}
