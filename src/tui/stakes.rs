//! What leaving would mean for the release.

use crate::core::snapshot::{Mode, Snapshot};

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
        match (snapshot.driver.here, snapshot.mode) {
            (false, _) => Self::Observing,
            (true, Mode::RollingBack) => Self::RollingBack,
            (true, _) => Self::Driving,
        }
    }
}
