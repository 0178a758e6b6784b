//! `[limits]`: how long each kind of waiting may last.

use std::time::Duration;

use crate::config::reader::Table;
use crate::config::value::{some_span, span, word};
use crate::core::plan::{Limits, OnHoldLimit};

/// Reads `[limits]`.
pub fn limits(table: &Table<'_>) -> (Limits, OnHoldLimit) {
    let default = Limits::default();
    let limit = |key: &str, default: Duration| table.or(key, default, some_span);
    let limits = Limits {
        ready: limit("ready", default.ready),
        blind: limit("blind", default.blind),
        hold: limit("hold", default.hold),
        approval: limit("approval", default.approval),
        pause: limit("pause", default.pause),
        wait: limit("wait", default.wait),
        proof: limit("proof", default.proof),
        // No verify period at all is a choice; no limit at all would end every wait at once.
        verify: table.or("verify", default.verify, span),
    };
    let words = [("hold", OnHoldLimit::Hold), ("rollback", OnHoldLimit::Rollback)];
    (limits, table.or("on_hold_limit", OnHoldLimit::Hold, word(&words)))
}
