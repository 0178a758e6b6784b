//! The keys of a rule that a threshold judges: the classic mode, with the limits that Argo Rollouts knows.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::config::fault::Wrong;
use crate::config::reader::Table;
use crate::config::value::{some_span, span, whole};
use crate::core::rule::Threshold;
use crate::core::time::human;

/// The keys that only a threshold reads. A file that has one of them means a threshold, even where it does not say so.
pub const KEYS: [&str; 6] =
    ["interval", "consecutive", "initial_delay", "count", "failure_limit", "inconclusive_limit"];

/// Those of them that can make a rule need longer than a soak.
pub const LONG: [&str; 3] = ["count", "initial_delay", "interval"];

/// How many samples any limit may speak of.
const SAMPLES: RangeInclusive<u64> = 0..=1_000_000;

/// Reads them, and `freshness` and `min_requests`, which odds read as well.
pub fn threshold(table: &Table<'_>, scrape: Duration) -> Threshold {
    let default = Threshold::default();
    let freshness = table.or("freshness", default.freshness, some_span);
    if freshness <= scrape {
        let what =
            format!("is {}, and metrics are read every {}: all data would be stale", human(freshness), human(scrape));
        table.fault("freshness", Wrong::new(what));
    }
    let number = |key: &str, range| table.get(key, whole(range)).and_then(|number| u32::try_from(number).ok());
    let failure_limit = number("failure_limit", SAMPLES);
    // As many failures as are tolerated, and one more, are a breach in a row as well.
    let in_a_row = failure_limit.map_or(default.consecutive, |limit| limit.saturating_add(1));
    Threshold {
        interval: table.or("interval", default.interval, some_span),
        consecutive: number("consecutive", 1..=100).unwrap_or(in_a_row),
        initial_delay: table.or("initial_delay", default.initial_delay, span),
        min_requests: table.get("min_requests", whole(1..=1_000_000_000)),
        freshness,
        count: number("count", 1..=1_000_000),
        failure_limit,
        inconclusive_limit: number("inconclusive_limit", SAMPLES),
        consecutive_error_limit: number("consecutive_error_limit", SAMPLES),
    }
}
