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

#[cfg(test)]
mod tests {
    use super::super::row::tests::row;
    use super::*;
    use crate::core::snapshot::Outcome;

    const DAY: u64 = 86_400;

    fn chosen(rows: &[Row], newest: Option<usize>, days: Option<u64>) -> Vec<usize> {
        let keep = Keep { newest, within: days.map(|days| Duration::from_secs(days * DAY)) };
        forgettable(rows, keep, Time::from_millis(100 * DAY as i64 * 1_000))
    }

    #[test]
    fn the_newest_of_each_application_are_kept() {
        let promoted = Some(Outcome::Promoted);
        let rows = [
            row("web", 90, promoted),
            row("api", 80, promoted),
            row("web", 70, promoted),
            row("web", 60, promoted),
            row("api", 50, promoted),
        ];
        assert_eq!(chosen(&rows, Some(1), None), [2, 3, 4]);
        assert_eq!(chosen(&rows, Some(2), None), [3]);
        assert_eq!(chosen(&rows, None, Some(35)), [3, 4]);
        assert_eq!(chosen(&rows, Some(2), Some(45)), [0; 0], "each of them keeps");
        assert_eq!(chosen(&rows, None, Some(5)), [2, 3, 4], "by the newest a rollback goes");
    }

    #[test]
    fn what_has_not_ended_for_good_stays() {
        let rows = [row("web", 90, Some(Outcome::Promoted)), row("web", 80, None), row("web", 70, Some(Outcome::Held))];
        assert_eq!(chosen(&rows, Some(1), None), [0; 0]);
        assert_eq!(chosen(&rows, None, Some(1)), [0; 0]);
    }
}
