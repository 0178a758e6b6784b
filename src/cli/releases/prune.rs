//! Which releases are forgotten.

use std::collections::BTreeMap;
use std::time::Duration;

use super::row::Row;
use crate::core::time::Time;

/// What is asked to be kept.
#[derive(Clone, Copy, Debug, Default)]
pub struct Keep {
    /// The newest so many of each application.
    pub newest: Option<usize>,
    /// What ended within this time.
    pub within: Option<Duration>,
}

/// The releases to forget, by their place among `rows`, which are sorted, the newest first.
///
/// A release that is not over is never among them, nor the newest of an application, by which a rollback goes. Where both
/// a number and a time are asked for, each of them keeps.
pub fn forgettable(rows: &[Row], keep: Keep, now: Time) -> Vec<usize> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut chosen = Vec::new();
    for (place, row) in rows.iter().enumerate() {
        let before = seen.entry(&row.application).or_default();
        let newer = std::mem::replace(before, *before + 1);
        let by_number = keep.newest.is_none_or(|newest| newer >= newest);
        let by_age = keep.within.is_none_or(|span| row.ended.is_some_and(|ended| now.since(ended) > span));
        if by_number && by_age && newer > 0 && row.is_over() {
            chosen.push(place);
        }
    }
    chosen
}
