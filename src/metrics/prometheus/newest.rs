//! The newest values of one series of an answer. Older ones say nothing new: counters accumulate.

use super::METRIC;
use super::answer::{Native, RangeSeries};
use super::native;
use super::skew::Skew;
use crate::core::sample::Sample;
use crate::core::time::Time;
use crate::metrics::exposition::time_of_seconds;
use crate::metrics::harmless::harmless;

/// A series with its newest values: one, or all parts of a native histogram.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Newest {
    pub(super) name: String,
    /// Sorted by name; those of pod and namespace among them, the metric's name not.
    pub(super) labels: Vec<(String, String)>,
    pub(super) parts: Vec<Part>,
    at: Time,
    pub(super) is_native: bool,
    /// Whether it is a native histogram whose buckets cannot be read.
    pub(super) has_unread_buckets: bool,
}

/// One value, under the name and with the bound that a classic histogram would have given it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) le: Option<f64>,
    pub(super) value: f64,
}

impl Newest {
    /// The newest of a series; `None` if it has no name or no values.
    pub(super) fn of(series: RangeSeries, skew: Skew) -> Option<Self> {
        let (mut name, mut labels) = (None, Vec::with_capacity(series.labels.len()));
        for (key, value) in series.labels {
            if key == METRIC { name = Some(value) } else { labels.push((key, value)) }
        }
        let name = name?;
        let float = series.values.into_iter().max_by(|one, other| one.0.total_cmp(&other.0));
        let native = series.histograms.into_iter().max_by(|one, other| one.0.total_cmp(&other.0));
        let (seconds, parts, is_native, has_unread_buckets) = match (float, native) {
            (Some((float_at, value)), native) if native.as_ref().is_none_or(|(at, _)| *at <= float_at) => {
                (float_at, vec![Part { name: name.clone(), le: None, value: value.0 }], false, false)
            }
            (_, Some((at, native))) => {
                let buckets = native::classic(&native);
                (at, parts_of(&name, &native, buckets.as_deref().unwrap_or_default()), true, buckets.is_none())
            }
            (_, None) => return None,
        };
        Some(Self { name, labels, parts, at: skew.ours(time_of_seconds(seconds)), is_native, has_unread_buckets })
    }

    /// The sample that a part of it is.
    pub(super) fn sample(&self, part: &Part) -> Sample {
        let mut labels = self.labels.clone();
        labels.extend(
            part.le.map(|le| ("le".to_owned(), if le.is_finite() { le.to_string() } else { "+Inf".to_owned() })),
        );
        harmless(Sample { name: part.name.clone(), labels, value: part.value, at: self.at })
    }
}

fn parts_of(name: &str, native: &Native, buckets: &[(f64, f64)]) -> Vec<Part> {
    let part = |suffix: &str, le: Option<f64>, value: f64| Part { name: format!("{name}{suffix}"), le, value };
    let sums = [part("_count", None, native.count), part("_sum", None, native.sum)];
    sums.into_iter().chain(buckets.iter().map(|&(le, count)| part("_bucket", Some(le), count))).collect()
}
