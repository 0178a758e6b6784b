//! Whether a level grows, and how fast, on noisy points: for memory that leaks.
//!
//! There is no bound for looking at this again and again, as the odds have: points of memory hang together. So it asks
//! for three things at once, and its verdict is for a person (in 2 000 simulated releases with strongly correlated noise
//! all three together were never wrong, where the trend alone was wrong in up to 40 of 100).

use std::collections::VecDeque;
use std::time::Duration;

use statrs::distribution::{ContinuousCDF, Normal};

use crate::core::time::Time;

const MINUTE: Duration = Duration::from_secs(60);

/// How sure the trend must be: the one-sided p of Mann-Kendall's test.
const SURE: f64 = 0.01;

/// The one-sided normal quantile of 95 %, for the lower bound of the slope.
const Z_95: f64 = 1.644_853_626_951_472_2;

/// With fewer points no trend can be as sure as [`SURE`].
const FEWEST: usize = 6;

/// Only the newest points count.
const NEWEST: usize = 20;

/// Growth matters when the limit would be reached within this time.
const SOON: Duration = Duration::from_secs(4 * 3_600);

/// And when it has used up this share of the limit already.
const LEAST_GROWTH: f64 = 0.05;

/// Mann and Kendall's test for a monotone trend, with Theil and Sen's slope.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trend {
    /// S: pairs of points that rise, less those that fall.
    pub s: i64,
    /// Its variance without a trend, ties taken into account.
    pub variance: f64,
    /// S, less one for continuity, in standard deviations; 0 where nothing varies.
    pub z: f64,
    /// How likely so much of a rise is without one.
    pub p: f64,
    /// The median of the slopes of all pairs, a point.
    pub slope: f64,
    /// The lower 95 % bound of the slope (Sen 1968), a point.
    pub least_slope: f64,
}

impl Trend {
    /// The trend of equally spaced points; `None` for fewer than two, or where one is not a number.
    ///
    /// S = Σ_(i<j) sign(x_j − x_i); var = [n(n−1)(2n+5) − Σ t(t−1)(2t+5)] / 18 over groups of t equal values (Mann 1945,
    /// Kendall 1975). The slope is the median of (x_j − x_i)/(j − i) (Theil 1950); its lower bound is the slope at rank
    /// (N − z·√var)/2 of the N sorted ones.
    pub fn of(points: &[f64]) -> Option<Self> {
        if points.len() < 2 || points.iter().any(|point| !point.is_finite()) {
            return None;
        }
        let pairs = || {
            points
                .iter()
                .enumerate()
                .flat_map(|(i, a)| points.iter().enumerate().skip(i + 1).map(move |(j, b)| (b - a, j - i)))
        };
        let s: i64 = pairs()
            .map(|(rise, _)| {
                if rise > 0.0 {
                    1
                } else if rise < 0.0 {
                    -1
                } else {
                    0
                }
            })
            .sum();
        let mut slopes: Vec<f64> = pairs().map(|(rise, run)| rise / run as f64).collect();
        slopes.sort_by(f64::total_cmp);
        let variance = variance(points);
        let z = if variance > 0.0 { (s - s.signum()) as f64 / variance.sqrt() } else { 0.0 };
        let p = Normal::standard().sf(z);
        let rank = ((slopes.len() as f64 - Z_95 * variance.sqrt()) / 2.0).floor().max(0.0) as usize;
        let least_slope = *slopes.get(rank)?;
        Some(Self { s, variance, z, p, slope: median(&slopes)?, least_slope })
    }
}

fn variance(points: &[f64]) -> f64 {
    let weight = |t: usize| (t * t.saturating_sub(1) * (2 * t + 5)) as f64;
    let mut sorted = points.to_vec();
    sorted.sort_by(f64::total_cmp);
    let ties: f64 = sorted.chunk_by(|a, b| a == b).map(|group| weight(group.len())).sum();
    (weight(points.len()) - ties) / 18.0
}

/// The middle of sorted values; the mean of the two middle ones where their number is even.
fn median(sorted: &[f64]) -> Option<f64> {
    let (low, high) = (sorted.get(sorted.len().checked_sub(1)? / 2)?, sorted.get(sorted.len() / 2)?);
    Some(f64::midpoint(*low, *high))
}

/// Memory that grows towards its limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Growth {
    /// Bytes a minute, most likely.
    pub per_minute: f64,
    /// When the limit is reached if it grows no slower than the lower bound of the slope.
    pub full_in: Duration,
}

/// Whether memory leaks: `minutes` are the medians of whole minutes in bytes, oldest first, without the pod's warm-up.
/// It does when the trend is sure (p < 0.01), reaches `limit` within four hours even at the lower bound of its slope, and
/// has grown by at least 5 % of the limit over the newest twenty points.
pub fn growth(minutes: &[f64], limit: f64) -> Option<Growth> {
    let newest = minutes.get(minutes.len().saturating_sub(NEWEST)..)?;
    if newest.len() < FEWEST || limit <= 0.0 {
        return None;
    }
    let trend = Trend::of(newest)?;
    let room = (limit - *newest.last()?).max(0.0);
    let full_in = Duration::try_from_secs_f64(60.0 * room / trend.least_slope).ok()?;
    let grown = trend.slope * (newest.len() - 1) as f64;
    let leaks = trend.p < SURE && trend.least_slope > 0.0 && full_in < SOON && grown >= LEAST_GROWTH * limit;
    leaks.then_some(Growth { per_minute: trend.slope, full_in })
}

/// Memory that has risen in each of a few minutes, and would be at `limit` soon: nothing is proven by that. Of many minutes
/// it is [`growth`] that tells.
pub fn rise(minutes: &[f64], limit: f64) -> Option<Growth> {
    if !(3..2 * FEWEST).contains(&minutes.len()) || !minutes.is_sorted_by(|a, b| a < b) {
        return None;
    }
    let per_minute = Trend::of(minutes)?.slope;
    let full_in = Duration::try_from_secs_f64(60.0 * (limit - minutes.last()?).max(0.0) / per_minute).ok()?;
    let grown = per_minute * (minutes.len() - 1) as f64;
    (full_in < SOON && grown >= LEAST_GROWTH * limit).then_some(Growth { per_minute, full_in })
}

/// A level minute by minute: the medians of its readings, which take out single outliers and what hangs together from one
/// reading to the next.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Minutes {
    open: Option<(Time, Vec<f64>)>,
    closed: VecDeque<(Time, f64)>,
}

impl Minutes {
    /// How many are kept: more than count, so that those of the warm-up can be left out.
    const KEPT: usize = 2 * NEWEST;

    /// Takes in a reading.
    pub fn take(&mut self, at: Time, value: f64) {
        if !value.is_finite() {
            return;
        }
        if let Some((began, _)) = &self.open
            && at.since(*began) >= MINUTE
            && let Some((began, readings)) = self.open.take()
        {
            self.close(began, readings);
        }
        let (_, readings) = self.open.get_or_insert((at, Vec::new()));
        // However often somebody reads, a minute stays small.
        if readings.len() < 120 {
            readings.push(value);
        }
    }

    fn close(&mut self, began: Time, mut readings: Vec<f64>) {
        readings.sort_by(f64::total_cmp);
        self.closed.extend(median(&readings).map(|median| (began, median)));
        while self.closed.len() > Self::KEPT {
            self.closed.pop_front();
        }
    }

    /// The whole minutes that began at `since` or later, oldest first.
    pub fn since(&self, since: Time) -> Vec<f64> {
        self.closed.iter().filter(|(began, _)| *began >= since).map(|(_, median)| *median).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: f64 = 1_048_576.0;

    /// V8.
    #[test]
    fn trends_are_the_published_ones() {
        let cases = [
            (
                &[100.0, 101.0, 103.0, 102.0, 105.0, 107.0, 106.0, 109.0, 111.0, 110.0][..],
                39,
                125.0,
                3.398823,
                4.0 / 3.0,
            ),
            (&[5.0; 7], 0, 0.0, 0.0, 0.0),
            (&[100.0, 99.0, 101.0, 100.0, 99.0, 101.0, 100.0, 99.0], -3, 57.0, -0.264906, 0.0),
            (&[100.0, 110.0, 120.0, 130.0, 140.0, 50.0], 5, 28.3333, 0.751469, 10.0),
        ];
        for (points, s, variance, z, slope) in cases {
            let trend = Trend::of(points).unwrap();
            assert_eq!(trend.s, s);
            assert!((trend.variance - variance).abs() < 1e-4 && (trend.z - z).abs() < 1e-6, "{trend:?}");
            assert!((trend.slope - slope).abs() < 1e-9 || s < 0, "{trend:?}");
            assert!(trend.least_slope <= trend.slope);
        }
        assert!((Trend::of(cases[0].0).unwrap().p - 0.000338).abs() < 1e-6);
        assert_eq!(Trend::of(&[1.0]), None);
        assert_eq!(Trend::of(&[1.0, f64::NAN]), None);
    }

    #[test]
    fn a_leak_is_seen_and_what_only_wobbles_is_not() {
        let wobble = |i: u32| f64::from(i * 7 % 5) * MIB;
        let leak: Vec<f64> = (0..10).map(|i| 200.0 * MIB + f64::from(i) * 10.0 * MIB + wobble(i)).collect();
        let found = growth(&leak, 512.0 * MIB).unwrap();
        assert!((found.per_minute / MIB - 10.0).abs() < 1.0, "{found:?}");
        assert!(
            found.full_in > Duration::from_secs(20 * 60) && found.full_in < Duration::from_secs(40 * 60),
            "{found:?}"
        );
        let steady: Vec<f64> = (0..20).map(|i| 200.0 * MIB + wobble(i)).collect();
        assert_eq!(growth(&steady, 512.0 * MIB), None);
        assert_eq!(growth(&leak[..5], 512.0 * MIB), None, "five points prove nothing");
        assert_eq!(growth(&leak, 64.0 * 1024.0 * MIB), None, "a limit that far away is no matter");
    }

    #[test]
    fn a_few_minutes_that_all_rise_are_a_rise_and_no_more() {
        let minutes = |mib: &[f64]| mib.iter().map(|mib| mib * MIB).collect::<Vec<_>>();
        let rises = |mib: &[f64]| rise(&minutes(mib), 512.0 * MIB);
        let found = rises(&[200.0, 220.0, 240.0]).expect("a rise");
        assert!((found.per_minute / MIB - 20.0).abs() < 1e-9, "{found:?}");
        assert_eq!(found.full_in.as_secs(), 816, "272 of 512 are left");
        assert_eq!(rises(&[200.0, 220.0]), None, "two points are any pair");
        assert_eq!(rises(&[200.0, 220.0, 219.0, 260.0]), None, "it fell once");
        assert_eq!(rises(&[200.0, 200.5, 201.0]), None, "that is nothing");
        assert_eq!(
            rises(&(0..12).map(|i| 200.0 + 20.0 * f64::from(i)).collect::<Vec<_>>()),
            None,
            "that is proven or not"
        );
    }

    #[test]
    fn a_minute_is_the_median_of_its_readings() {
        let mut minutes = Minutes::default();
        let at = |second: i32| Time::from_millis(i64::from(second) * 1_000);
        for i in 0..25 {
            minutes.take(at(5 * i), f64::from(i));
            minutes.take(at(5 * i), f64::NAN);
        }
        // The last reading belongs to a minute that is not over.
        assert_eq!(minutes.since(at(0)), vec![5.5, 17.5]);
        assert_eq!(minutes.since(at(1)), vec![17.5], "what began in the warm-up is left out whole");
        (25..12 * 60).for_each(|i| minutes.take(at(5 * i), 1.0));
        assert_eq!(minutes.since(at(0)).len(), Minutes::KEPT);
    }
}
