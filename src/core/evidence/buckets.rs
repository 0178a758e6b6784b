//! Buckets of durations, each an upper bound in seconds and the requests that took at most that long.

use crate::core::evidence::Row;

/// Adds one pod's buckets to a sum.
pub(super) fn add_buckets(sums: &mut Vec<(f64, f64)>, buckets: &[(f64, f64)]) {
    for (bound, count) in buckets {
        match sums.iter_mut().find(|(known, _)| known == bound) {
            Some((_, sum)) => *sum += count,
            None => sums.push((*bound, *count)),
        }
    }
    sums.sort_by(|a, b| a.0.total_cmp(&b.0));
}

/// How many requests were slower than `bound`: exactly where it is a bucket's boundary, else between what its two
/// neighbours prove.
pub(super) fn slow_row(buckets: &[(f64, f64)], bound: f64) -> Row {
    let Some(&(_, total)) = buckets.last() else { return Row::default() };
    let same = |le: f64| (le - bound).abs() <= bound * 1e-9;
    let at_most = buckets.iter().rev().find(|(le, _)| *le <= bound || same(*le)).map_or(0.0, |(_, count)| *count);
    let at_least = buckets.iter().find(|(le, _)| *le >= bound || same(*le)).map_or(total, |(_, count)| *count);
    let slow = |fast: f64| (total - fast).max(0.0).round() as u64;
    Row { n: total.round() as u64, bad: slow(at_least), bad_at_most: slow(at_most) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_on_a_boundary_is_exact_and_one_between_is_in_doubt() {
        let buckets = [(0.05, 800.0), (0.1, 940.0), (0.25, 990.0), (f64::INFINITY, 1000.0)];
        assert_eq!(slow_row(&buckets, 0.1), Row { n: 1000, bad: 60, bad_at_most: 60 });
        assert_eq!(slow_row(&buckets, 0.2), Row { n: 1000, bad: 10, bad_at_most: 60 });
        assert_eq!(slow_row(&buckets, 0.01), Row { n: 1000, bad: 200, bad_at_most: 1000 });
        assert_eq!(slow_row(&[], 0.1), Row::default());
    }
}
