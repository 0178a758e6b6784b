//! What leaving would mean for the release, and whether a rollback goes on without anybody here.

use crate::core::snapshot::Snapshot;

/// What leaving would mean, as long as the release has not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stakes {
    /// Somebody else drives: nothing changes.
    Observing,
    /// This process drives, and a rollback is under way.
    RollingBack,
    /// This process drives.
    Driving,
}

impl Stakes {
    /// What leaving would mean now.
    pub fn of(snapshot: &Snapshot) -> Self {
        match (snapshot.driver.here, &snapshot.rollback) {
            (false, _) => Self::Observing,
            // Whoever brings an earlier version back rolls back too, whatever stages that goes through.
            (true, Some(_)) => Self::RollingBack,
            (true, None) => Self::Driving,
        }
    }
}

/// What becomes of a rollback that has begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Underway {
    /// Somebody drives it: nothing more can be asked for.
    Driven,
    /// Nobody does: whoever asks for it takes the wheel, and finishes it.
    Abandoned,
}

impl Underway {
    /// How it is with the rollback that goes on now; `None`: none does.
    pub fn of(snapshot: &Snapshot) -> Option<Self> {
        snapshot.rollback.as_ref().filter(|_| snapshot.ended.is_none())?;
        Some(if snapshot.driver.silent_since.is_some() { Self::Abandoned } else { Self::Driven })
    }
}
