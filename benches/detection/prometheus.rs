//! `rate()` as Prometheus computes it, from the description of its rules: a window that is open on the left, two samples
//! at least, extrapolation towards both edges unless they are further than 1.1 spacings away (then half a spacing), and
//! never below zero.

/// Samples of one counter, as (time, value).
pub fn rate(samples: &[(f64, f64)], now: f64, window: f64) -> Option<f64> {
    let begin = now - window;
    let inside: Vec<(f64, f64)> = samples.iter().copied().filter(|(at, _)| *at > begin && *at <= now).collect();
    let (first, last) = (*inside.first()?, *inside.last()?);
    if inside.len() < 2 {
        return None;
    }
    let rise = last.1 - first.1;
    let sampled = last.0 - first.0;
    let spacing = sampled / (inside.len() - 1) as f64;
    let reach = |gap: f64| if gap >= spacing * 1.1 { spacing / 2.0 } else { gap };
    let mut before = reach(first.0 - begin);
    if rise > 0.0 {
        // A counter cannot have been below zero: it is not extended beyond where it would have begun.
        before = before.min(sampled * first.1 / rise);
    }
    Some(rise * (sampled + before + reach(now - last.0)) / sampled / window)
}

/// The share of bad requests by two rates; `None` without traffic.
pub fn share(total: &[(f64, f64)], bad: &[(f64, f64)], now: f64, window: f64) -> Option<f64> {
    let all = rate(total, now, window).filter(|all| *all > 0.0)?;
    Some(rate(bad, now, window).unwrap_or(0.0) / all)
}
