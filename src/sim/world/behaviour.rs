//! How the pods of a version answer: errors, latency, memory.

use std::time::Duration;

use statrs::distribution::{ContinuousCDF, Normal};

use crate::sim::scenario::{Change, Version};

/// How a version behaves at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Behaviour {
    /// The share of requests that are answered with 5xx.
    pub errors: f64,
    /// Its latencies.
    pub latency: Latency,
    /// Growth of memory, in bytes a minute.
    pub growth: u64,
}

impl Behaviour {
    /// A version of `workload` as the scenario describes it, with the changes of the faults that act now, in the
    /// scenario's order.
    pub fn of<'a>(workload: &str, version: &Version, changes: impl Iterator<Item = &'a Change>) -> Self {
        let (mut errors, mut median, mut p95, mut growth) =
            (version.errors, version.median, version.p95, version.growth);
        let meant = |change: &&Change| {
            change.version.as_ref().is_none_or(|tag| *tag == version.tag)
                && change.workload.as_ref().is_none_or(|only| only == workload)
        };
        for change in changes.filter(meant) {
            errors = change.errors.unwrap_or(errors);
            median = change.median.unwrap_or(median);
            p95 = change.p95.unwrap_or(p95);
            growth = change.growth.unwrap_or(growth);
        }
        Self { errors, latency: Latency::new(median, p95), growth }
    }
}

/// A log-normal latency.
#[derive(Clone, Debug, PartialEq)]
pub struct Latency {
    /// The logarithm of the seconds.
    log: Normal,
}

impl Latency {
    /// With this median and 95th percentile.
    pub fn new(median: Duration, p95: Duration) -> Self {
        const Z95: f64 = 1.644_853_626_951_472_2;
        let mean = median.as_secs_f64().max(1e-6).ln();
        let spread = ((p95.as_secs_f64().max(1e-6).ln() - mean) / Z95).max(1e-6);
        Self { log: Normal::new(mean, spread).unwrap_or_default() }
    }

    /// The latency, in seconds, that a share `unit` of all requests is faster than.
    pub fn quantile(&self, unit: f64) -> f64 {
        self.log.inverse_cdf(unit.clamp(1e-9, 1.0 - 1e-9)).exp()
    }

    /// The share of requests that take no longer than `seconds`.
    pub fn within(&self, seconds: f64) -> f64 {
        self.log.cdf(seconds.max(1e-9).ln())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_latency_has_the_median_and_the_percentile_that_it_was_made_of() {
        let latency = Latency::new(Duration::from_millis(25), Duration::from_millis(60));
        assert!((latency.quantile(0.5) - 0.025).abs() < 1e-9);
        assert!((latency.quantile(0.95) - 0.060).abs() < 1e-9);
        assert!((latency.within(0.060) - 0.95).abs() < 1e-6);
    }

    #[test]
    fn a_change_acts_on_its_version_and_leaves_the_rest() {
        let version = Version::healthy("1.8.0");
        let bad = Change { version: Some("1.8.0".to_owned()), errors: Some(0.05), ..Change::default() };
        let other = Change { version: Some("1.7.4".to_owned()), errors: Some(1.0), ..Change::default() };
        let now = Behaviour::of("checkout", &version, [&bad, &other].into_iter());
        assert_eq!(now, Behaviour { errors: 0.05, ..Behaviour::of("checkout", &version, [].into_iter()) });
    }
}
