//! What was last measured of the requests of a workload, with its age.

use serde::{Deserialize, Serialize};

use crate::core::time::Time;

/// What was last measured of the requests of a workload.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Requests a second on the canary, over the last minute.
    pub canary: f64,
    /// Requests a second on stable, over the last minute.
    pub stable: f64,
    /// Requests a second to the version that a rollback leaves behind, in the newest reading of it, and when that was.
    pub newest: Option<(f64, Time)>,
    /// When.
    pub at: Time,
}
