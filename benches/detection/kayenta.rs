//! Kayenta's judge, rebuilt from its description: Mann-Whitney at 98 % with a tolerance of a quarter, on one point a minute.

use crate::prometheus::share;
use crate::rivals::Series;

/// The normal quantile for a two-sided confidence of 98 %.
const Z: f64 = 2.326;

/// How much of the shift must be certain.
const TOLERANCE: f64 = 0.25;

/// The shares of bad requests of both versions, minute by minute, as far as both have traffic.
pub struct Points(Vec<(f64, f64)>);

impl Points {
    pub fn of(canary: &Series, stable: &Series, minutes: u32) -> Self {
        let point = |minute: u32| {
            let now = f64::from(minute) * 60.0;
            Some((share(&canary.total, &canary.bad, now, 60.0)?, share(&stable.total, &stable.bad, now, 60.0)?))
        };
        Self((1..=minutes).map_while(point).collect())
    }

    /// Whether the canary is judged too high by the points up to a minute: all of them, or the last `window`.
    pub fn is_high(&self, minute: u32, window: Option<u32>) -> bool {
        let first = window.map_or(0, |window| minute.saturating_sub(window)) as usize;
        let Some(points) = self.0.get(first..minute as usize) else { return false };
        let (canary, stable): (Vec<f64>, Vec<f64>) = points.iter().copied().unzip();
        high(&canary, &stable)
    }
}

/// Whether the lower confidence bound of the shift between two samples lies above a quarter of its estimate.
fn high(canary: &[f64], stable: &[f64]) -> bool {
    let (n, m) = (canary.len() as f64, stable.len() as f64);
    if n < 1.0 || m < 1.0 {
        return false;
    }
    let mut shifts: Vec<f64> = canary.iter().flat_map(|x| stable.iter().map(move |y| x - y)).collect();
    shifts.sort_by(|a, b| b.total_cmp(a));
    if shifts.iter().all(|shift| *shift == 0.0) {
        return false;
    }
    let ties = tied(canary) + tied(stable);
    let sigma = (n * m / 12.0 * ((n + m + 1.0) - ties / ((n + m) * (n + m - 1.0)))).sqrt();
    // U(μ), the number of shifts above μ, falls as μ rises; the lower bound is where it is Z deviations above its mean.
    let above = (n * m / 2.0 + 0.5 + Z * sigma).ceil() as usize;
    let Some(lower) = above.checked_sub(1).and_then(|place| shifts.get(place)) else { return false };
    let middle = shifts.len() / 2;
    let estimate =
        if shifts.len() % 2 == 1 { shifts[middle] } else { f64::midpoint(shifts[middle - 1], shifts[middle]) };
    *lower > TOLERANCE * estimate.abs()
}

/// Σ(t³ − t) over groups of equal values.
fn tied(sample: &[f64]) -> f64 {
    let mut sorted = sample.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.chunk_by(|a, b| a == b).map(|group| (group.len() as f64).powi(3) - group.len() as f64).sum()
}
