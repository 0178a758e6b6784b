//! The few statistics that judging needs, each with its source.

use statrs::function::beta::beta_reg;

/// The one-sided lower Clopper-Pearson bound of a proportion after `bad` of `n`, at `confidence` (0.99 for 99 %).
///
/// The bound p solves P(X ≥ bad | n, p) = 1 − confidence, X binomial; that probability is the regularised incomplete
/// beta function I_p(bad, n − bad + 1) (Clopper & Pearson 1934).
pub fn lower_bound(bad: u64, n: u64, confidence: f64) -> f64 {
    if bad == 0 || n == 0 {
        return 0.0;
    }
    let bad = bad.min(n);
    solve(|p| beta_reg(bad as f64, (n - bad + 1) as f64, p) - (1.0 - confidence))
}

/// The one-sided upper Clopper-Pearson bound of a proportion after `bad` of `n`, at `confidence`.
///
/// The bound p solves P(X ≤ bad | n, p) = 1 − confidence, which is 1 − I_p(bad + 1, n − bad).
pub fn upper_bound(bad: u64, n: u64, confidence: f64) -> f64 {
    if bad >= n {
        return 1.0;
    }
    solve(|p| beta_reg((bad + 1) as f64, (n - bad) as f64, p) - confidence)
}

/// How many requests without a single bad one prove, at 95 %, that less than `target` of them are bad: 299 at 1 %.
pub fn zero_errors_need(target: f64) -> u64 {
    if target <= 0.0 {
        return u64::MAX;
    }
    if target >= 1.0 {
        return 1;
    }
    (0.05_f64.ln() / (1.0 - target).ln()).ceil() as u64
}

/// The root in [0, 1] of a function that rises from below zero to above it, by bisection: 60 halvings are 1e-18.
pub(crate) fn solve(rising: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if rising(middle) < 0.0 { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

/// A quantile of a classic histogram, for people to read and never to judge by: linear within the bucket, as
/// Prometheus' `histogram_quantile` has it. `buckets` are (upper bound, cumulative count), sorted, the last bound infinite.
/// `None` without observations, and for what is no quantile; the largest finite bound where the quantile lies beyond it.
///
/// A count below that of a smaller bound (its series was read a moment earlier) is raised to it. A first bucket that
/// ends at or below zero has no lower edge, so its own bound stands for it.
pub fn quantile(q: f64, buckets: &[(f64, f64)]) -> Option<f64> {
    let (last, _) = buckets.last()?;
    if !(0.0..=1.0).contains(&q) || buckets.len() < 2 || !last.is_infinite() {
        return None;
    }
    let total = buckets.iter().map(|(_, count)| *count).fold(0.0, f64::max);
    if total <= 0.0 {
        return None;
    }
    let rank = q * total;
    let (mut floor, mut below) = (None, 0.0);
    for (bound, count) in buckets {
        let count = count.max(below);
        if bound.is_infinite() {
            return floor;
        }
        if count >= rank {
            return match floor {
                None if *bound <= 0.0 => Some(*bound),
                _ if count <= below => Some(*bound),
                floor => {
                    let floor = floor.unwrap_or(0.0);
                    Some(floor + (bound - floor) * (rank - below) / (count - below))
                }
            };
        }
        (floor, below) = (Some(*bound), count);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 2e-6, "{found} is not {expected}");
    }

    #[test]
    fn upper_bounds_are_the_published_ones() {
        // From the vectors V5 of the odds gate: one-sided 95 %.
        for (n, bad, bound) in [
            (300, 0, 0.009_936),
            (299, 0, 0.009_969),
            (300, 1, 0.015_715),
            (473, 1, 0.009_990),
            (628, 2, 0.009_991),
            (3000, 6, 0.003_944),
            (3000, 22, 0.010_455),
        ] {
            near(upper_bound(bad, n, 0.95), bound);
        }
        near(upper_bound(3, 3, 0.95), 1.0);
    }

    #[test]
    fn lower_bounds_mirror_upper_ones() {
        near(lower_bound(5, 5, 0.99), 0.01_f64.powf(0.2));
        for (bad, n) in [(5, 100), (1, 7), (50, 60)] {
            near(lower_bound(bad, n, 0.99), 1.0 - upper_bound(n - bad, n, 0.99));
        }
        near(lower_bound(0, 100, 0.99), 0.0);
    }

    #[test]
    fn zero_errors_prove_one_percent_after_299() {
        assert_eq!(zero_errors_need(0.01), 299);
        assert_eq!(zero_errors_need(0.05), 59);
        assert!(upper_bound(0, 299, 0.95) < 0.01 && upper_bound(0, 298, 0.95) > 0.01);
    }

    #[test]
    fn quantiles_are_those_of_prometheus() {
        let inf = f64::INFINITY;
        let quantile_of = |counts: [f64; 4]| {
            quantile(0.95, &[(0.05, counts[0]), (0.1, counts[1]), (0.25, counts[2]), (inf, counts[3])])
        };
        near(quantile_of([800.0, 960.0, 990.0, 1000.0]).unwrap(), 0.096_875);
        near(quantile_of([800.0, 940.0, 990.0, 1000.0]).unwrap(), 0.13);
        near(quantile_of([0.0, 0.0, 0.0, 10.0]).unwrap(), 0.25);
        near(quantile_of([10.0, 10.0, 10.0, 10.0]).unwrap(), 0.0475);
        assert_eq!(quantile_of([0.0; 4]), None);
    }
}
