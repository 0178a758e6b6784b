//! Native histograms as the classic buckets that rules count in.
//!
//! A native histogram leaves out empty buckets, so its bounds come and go, and a bucket that comes would look like a
//! series born with all that it has ever counted. Its exponential bounds lie on a grid, though: each reading gives the
//! cumulative count at every point of the same grid, whichever buckets it has.

use super::answer::Native;

/// The grid has 2³ bounds to the doubling: schema 3, which is what a client's growth factor of 1.1 makes.
const SCHEMA: i32 = 3;

/// The doublings that the grid covers: from a millisecond to two minutes, where the histogram counts seconds.
const DOUBLINGS: std::ops::Range<i32> = -10..7;

/// The cumulative counts at the bounds of the grid, rising, `+Inf` last. `None` where the buckets lie on no such grid:
/// they have bounds of their own.
pub(super) fn classic(native: &Native) -> Option<Vec<(f64, f64)>> {
    let positive = native.buckets.iter().filter(|bucket| bucket.lower > 0.0);
    let schemas: Option<Vec<i32>> = positive.map(|bucket| schema(bucket.lower, bucket.upper)).collect();
    // A histogram with too many buckets merges them. Between the bounds of the coarsest nothing is known.
    let coarsest = schemas?.into_iter().min().unwrap_or(SCHEMA).min(SCHEMA);
    let step = 1 << (SCHEMA - coarsest);
    let places = (DOUBLINGS.start << SCHEMA..DOUBLINGS.end << SCHEMA).filter(|place| place.rem_euclid(step) == 0);
    let counts = places.map(|place| {
        let bound = (f64::from(place) / f64::from(1 << SCHEMA)).exp2();
        // The bounds of the answer are decimal, and may miss the grid by their last digit.
        let below = native.buckets.iter().filter(|bucket| bucket.upper <= bound * (1.0 + 1e-9));
        (bound, below.map(|bucket| bucket.count).sum())
    });
    Some(counts.chain([(f64::INFINITY, native.count)]).collect())
}

/// The schema of a bucket, from -4 to 8: its bounds are neighbouring powers of 2^(2^-schema).
fn schema(lower: f64, upper: f64) -> Option<i32> {
    let whole = |value: f64| (value - value.round()).abs() < 1e-3;
    let width = (upper / lower).log2();
    let (schema, place) = (-width.log2(), upper.log2() / width);
    (whole(schema) && (-4.5..8.5).contains(&schema) && whole(place)).then(|| schema.round() as i32)
}

#[cfg(test)]
mod tests {
    use super::super::answer::NativeBucket;
    use super::*;

    fn native(schema: i32, buckets: &[(i32, f64)]) -> Native {
        let bound = |place: i32| (f64::from(place) * f64::from(-schema).exp2()).exp2();
        let buckets: Vec<NativeBucket> = buckets
            .iter()
            .map(|&(place, count)| NativeBucket { lower: bound(place - 1), upper: bound(place), count })
            .collect();
        Native { count: buckets.iter().map(|bucket| bucket.count).sum(), sum: 1.0, buckets }
    }

    fn at(counts: &[(f64, f64)], bound: f64) -> Option<f64> {
        counts.iter().find(|(le, _)| *le == bound).map(|(_, count)| *count)
    }

    #[test]
    fn counts_are_cumulative_at_every_point_of_the_grid() {
        let counts = classic(&native(3, &[(-16, 5.0), (0, 2.0), (9, 1.0)])).expect("on the grid");
        assert_eq!(counts.len(), 17 * 8 + 1);
        assert_eq!(at(&counts, 0.125), Some(0.0));
        assert_eq!(at(&counts, 0.25), Some(5.0));
        assert_eq!((at(&counts, 1.0), at(&counts, 2.0), at(&counts, f64::INFINITY)), (Some(7.0), Some(7.0), Some(8.0)));
        assert!(counts.is_sorted_by(|one, next| one.0 < next.0 && one.1 <= next.1));
    }

    #[test]
    fn a_bucket_that_comes_changes_no_bound() {
        let bounds = |buckets: &[(i32, f64)]| {
            classic(&native(3, buckets)).expect("on the grid").into_iter().map(|(bound, _)| bound).collect::<Vec<_>>()
        };
        assert_eq!(bounds(&[(-16, 5.0)]), bounds(&[(-16, 5.0), (-3, 1.0)]));
        assert_eq!(bounds(&[(-16, 5.0)]), bounds(&[]));
    }

    #[test]
    fn coarser_buckets_have_fewer_bounds_and_finer_ones_are_summed() {
        let coarse = classic(&native(0, &[(0, 4.0)])).expect("on the grid");
        assert_eq!(coarse.len(), 17 + 1);
        assert_eq!((at(&coarse, 0.5), at(&coarse, 1.0)), (Some(0.0), Some(4.0)));
        let fine = classic(&native(8, &[(1, 1.0), (31, 1.0), (32, 1.0), (33, 1.0)])).expect("on the grid");
        assert_eq!(at(&fine, (1.0f64 / 8.0).exp2()), Some(3.0));
    }

    #[test]
    fn zero_and_negative_buckets_lie_below_every_bound() {
        let mut histogram = native(3, &[(0, 1.0)]);
        histogram.buckets.push(NativeBucket { lower: -1e-39, upper: 1e-39, count: 2.0 });
        histogram.buckets.push(NativeBucket { lower: -2.0, upper: -1.0, count: 3.0 });
        assert_eq!(at(&classic(&histogram).expect("on the grid"), 0.5), Some(5.0));
    }

    #[test]
    fn bounds_of_their_own_are_not_guessed_at() {
        let bucket = |lower, upper| NativeBucket { lower, upper, count: 1.0 };
        for buckets in
            [vec![bucket(0.1, 0.25)], vec![bucket(5.0, f64::INFINITY)], vec![bucket(0.25, 0.5), bucket(0.5, 0.6)]]
        {
            assert_eq!(classic(&Native { count: 1.0, sum: 1.0, buckets }), None);
        }
    }
}
