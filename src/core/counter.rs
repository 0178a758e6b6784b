//! From cumulative counters to what happened since the last reading: resets, gaps, births and deaths of series are
//! handled here, once, per series.

use std::collections::BTreeMap;

use crate::core::sample::{FaultKind, PodSamples, Sample, SourceFault};
use crate::core::signal::Signals;
use crate::core::time::Time;

/// What one pod did since its last reading.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PodDelta {
    /// When the reading was true.
    pub at: Time,
    /// Requests and failed ones; `None`: the pod exposes no request counter.
    pub requests: Option<Requests>,
    /// Requests by upper bound of their duration in seconds, cumulative, sorted; `None`: no histogram.
    pub buckets: Option<Vec<(f64, f64)>>,
    /// Resident memory in bytes; `None`: no such gauge. It may be NaN.
    pub memory: Option<f64>,
    /// Whether a series that counts was not a number.
    pub nan: bool,
    /// Whether a family that this pod had before is gone.
    pub vanished: bool,
}

/// Requests since the last reading, of users alone where paths tell them apart.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Requests {
    /// All of them.
    pub all: f64,
    /// The failed ones; `None`: no label holds a status.
    pub failed: Option<f64>,
    /// Whether probes and scrapes are in `all`, because the series do not name paths.
    pub with_background: bool,
}

/// The last value of every counter of every pod. It is not part of what a journal keeps, because it would be the largest
/// part by far: after a restart the first reading of each pod is a new beginning.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CounterBook {
    pods: BTreeMap<String, PodPage>,
    /// When the last batch was read: a pod that was created later has counted from zero in our sight.
    last_batch: Option<Time>,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct PodPage {
    read: bool,
    values: BTreeMap<SeriesKey, f64>,
    had_requests: bool,
    had_buckets: bool,
}

type SeriesKey = (String, Vec<(String, String)>);

impl CounterBook {
    /// A book for which every pod was born in our sight: its first reading counts all that the pod has counted so far.
    pub fn whole_life() -> Self {
        Self { last_batch: Some(Time::from_millis(i64::MIN)), ..Self::default() }
    }

    /// Notes that a batch was read at `at`.
    pub fn batch_read(&mut self, at: Time) {
        self.last_batch = Some(at);
    }

    /// Forgets pods that exist no more.
    pub fn keep_only(&mut self, alive: impl Fn(&str) -> bool) {
        self.pods.retain(|uid, _| alive(uid));
    }

    /// What a pod did since its last reading, or why nobody knows. `created` is when the pod was.
    ///
    /// # Errors
    /// The source's fault, when it gave no samples.
    pub fn read(
        &mut self,
        pod: &PodSamples,
        created: Time,
        signals: &Signals,
        quiet_paths: &[String],
        at: Time,
    ) -> Result<PodDelta, SourceFault> {
        let samples = pod.outcome.as_ref().map_err(Clone::clone)?;
        let from_zero = self.last_batch.is_some_and(|last| created >= last);
        let page = self.pods.entry(pod.pod.clone()).or_default();
        let newest = samples.iter().map(|sample| sample.at).max();
        let mut delta = PodDelta { at: newest.unwrap_or(at), ..PodDelta::default() };
        let mut counting = Counting { page, from_zero, nan: false };

        let requests = first_family(&signals.requests, samples);
        if !requests.is_empty() {
            delta.requests = Some(counting.requests(&requests, signals, quiet_paths));
        }
        let buckets = signals.latency.iter().map(|name| format!("{name}_bucket")).collect::<Vec<_>>();
        let buckets = first_family(&buckets, samples);
        if !buckets.is_empty() {
            delta.buckets = Some(counting.buckets(&buckets, signals, quiet_paths));
        }
        delta.memory = first_family(&signals.memory, samples).iter().map(|sample| sample.value).reduce(f64::max_or_nan);
        delta.nan = counting.nan;
        page.read = true;
        delta.vanished = (page.had_requests && requests.is_empty()) || (page.had_buckets && buckets.is_empty());
        page.had_requests |= !requests.is_empty();
        page.had_buckets |= !buckets.is_empty();
        Ok(delta)
    }
}

/// A maximum for which a NaN is not invisible.
trait MaxOrNan {
    fn max_or_nan(self, other: f64) -> f64;
}

impl MaxOrNan for f64 {
    fn max_or_nan(self, other: f64) -> f64 {
        if self.is_nan() || other.is_nan() { f64::NAN } else { self.max(other) }
    }
}

fn first_family<'a>(names: &[String], samples: &'a [Sample]) -> Vec<&'a Sample> {
    names
        .iter()
        .map(|name| samples.iter().filter(|sample| sample.name == *name).collect::<Vec<_>>())
        .find(|family| !family.is_empty())
        .unwrap_or_default()
}

struct Counting<'a> {
    page: &'a mut PodPage,
    from_zero: bool,
    nan: bool,
}

impl Counting<'_> {
    fn requests(&mut self, family: &[&Sample], signals: &Signals, quiet_paths: &[String]) -> Requests {
        let mut requests = Requests { failed: Some(0.0), ..Requests::default() };
        for sample in family {
            let increase = self.increase(sample);
            if signals.is_quiet(sample, quiet_paths) {
                continue;
            }
            requests.with_background |= !signals.names_path(sample);
            requests.all += increase;
            requests.failed = match (requests.failed, signals.failed(sample)) {
                (Some(sum), Some(true)) => Some(sum + increase),
                (sum, Some(false)) => sum,
                _ => None,
            };
        }
        requests
    }

    fn buckets(&mut self, family: &[&Sample], signals: &Signals, quiet_paths: &[String]) -> Vec<(f64, f64)> {
        let mut sums: Vec<(f64, f64)> = Vec::new();
        for sample in family {
            let increase = self.increase(sample);
            // Bounds are compared as numbers: "1", "1.0" and "1e0" are one bucket.
            let Some(bound) = sample.label("le").and_then(read_bound) else { continue };
            if signals.is_quiet(sample, quiet_paths) {
                continue;
            }
            match sums.iter_mut().find(|(known, _)| *known == bound) {
                Some((_, sum)) => *sum += increase,
                None => sums.push((bound, increase)),
            }
        }
        sums.sort_by(|a, b| a.0.total_cmp(&b.0));
        sums
    }

    /// What a counter rose by since its last reading. A fall is a restart: all of its value is new. A series that was
    /// born since the pod's last reading has counted from zero; at the pod's first reading only that of a pod younger
    /// than the batch before has.
    fn increase(&mut self, sample: &Sample) -> f64 {
        let key = (sample.name.clone(), sample.labels.clone());
        if sample.value.is_nan() || sample.value.is_infinite() {
            self.nan = true;
            return 0.0;
        }
        let last = self.page.values.insert(key, sample.value);
        match last {
            Some(last) if sample.value >= last => sample.value - last,
            Some(_) => sample.value,
            None if self.page.read || self.from_zero => sample.value,
            None => 0.0,
        }
    }
}

fn read_bound(text: &str) -> Option<f64> {
    match text {
        "+Inf" | "Inf" => Some(f64::INFINITY),
        _ => text.parse().ok(),
    }
}

/// The words for a source's fault by its kind, where a screen has no room for the cause.
pub fn fault_words(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::Down => "source down",
        FaultKind::Malformed => "not readable",
        FaultKind::Absent => "unknown to the source",
        FaultKind::Ambiguous => "there more than once",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BORN: Time = Time::from_millis(0);

    fn sample(name: &str, labels: &[(&str, &str)], value: f64) -> Sample {
        let labels = labels.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
        Sample { name: name.into(), labels, value, at: Time::from_millis(1) }
    }

    fn read(book: &mut CounterBook, samples: Vec<Sample>) -> PodDelta {
        let pod = PodSamples { pod: "p".into(), outcome: Ok(samples) };
        let delta = book.read(&pod, BORN, &Signals::default(), &["/healthz".into()], Time::from_millis(1)).unwrap();
        book.batch_read(Time::from_millis(1));
        delta
    }

    fn requests(status: &str, value: f64) -> Sample {
        sample("http_requests_total", &[("path", "/users/{id}"), ("status", status)], value)
    }

    #[test]
    fn the_first_reading_of_an_old_pod_counts_nothing() {
        let mut book = CounterBook::default();
        let first = read(&mut book, vec![requests("200", 1000.0)]).requests.unwrap();
        assert_eq!(first.all, 0.0);
        let second = read(&mut book, vec![requests("200", 1010.0)]).requests.unwrap();
        assert_eq!((second.all, second.failed), (10.0, Some(0.0)));
    }

    #[test]
    fn a_pod_younger_than_the_last_batch_counts_from_zero() {
        let mut book = CounterBook::default();
        book.batch_read(BORN);
        assert_eq!(read(&mut book, vec![requests("500", 7.0)]).requests.unwrap().failed, Some(7.0));
    }

    #[test]
    fn an_error_series_born_between_readings_counts_whole() {
        let mut book = CounterBook::default();
        read(&mut book, vec![requests("200", 5.0)]);
        let delta = read(&mut book, vec![requests("200", 6.0), requests("503", 3.0)]).requests.unwrap();
        assert_eq!((delta.all, delta.failed), (4.0, Some(3.0)));
    }

    #[test]
    fn a_fall_is_a_restart() {
        let mut book = CounterBook::default();
        read(&mut book, vec![requests("200", 100.0)]);
        assert_eq!(read(&mut book, vec![requests("200", 4.0)]).requests.unwrap().all, 4.0);
    }

    #[test]
    fn probes_are_background_where_paths_tell() {
        let mut book = CounterBook::default();
        let probe = |value| sample("http_requests_total", &[("path", "/healthz"), ("status", "200")], value);
        read(&mut book, vec![probe(1.0)]);
        let delta = read(&mut book, vec![probe(9.0)]).requests.unwrap();
        assert_eq!((delta.all, delta.with_background), (0.0, false));
    }

    #[test]
    fn a_counter_without_a_status_cannot_tell_failures() {
        let mut book = CounterBook::default();
        let plain = |value| sample("http_requests_total", &[], value);
        read(&mut book, vec![plain(1.0)]);
        let delta = read(&mut book, vec![plain(9.0)]).requests.unwrap();
        assert_eq!((delta.all, delta.failed, delta.with_background), (8.0, None, true));
    }

    #[test]
    fn bounds_of_buckets_are_numbers_not_texts() {
        let mut book = CounterBook::default();
        let bucket = |le, value| sample("http_request_duration_seconds_bucket", &[("le", le)], value);
        read(&mut book, vec![bucket("1", 0.0), bucket("1.0", 0.0), bucket("+Inf", 0.0)]);
        let delta = read(&mut book, vec![bucket("1", 2.0), bucket("1.0", 3.0), bucket("+Inf", 9.0)]);
        assert_eq!(delta.buckets.unwrap(), vec![(1.0, 5.0), (f64::INFINITY, 9.0)]);
    }

    #[test]
    fn what_is_no_number_is_said_and_a_family_that_is_gone_too() {
        let mut book = CounterBook::default();
        assert!(read(&mut book, vec![requests("200", f64::NAN)]).nan);
        assert!(read(&mut book, vec![]).vanished);
    }

    proptest! {
        #[test]
        fn what_was_counted_is_what_happened(steps in prop::collection::vec((0u32..50, prop::bool::weighted(0.1)), 1..40)) {
            let mut book = CounterBook::default();
            let mut value = 0.0;
            read(&mut book, vec![requests("200", value)]);
            let (mut counted, mut happened) = (0.0, 0.0);
            for (rise, restart) in steps {
                // A restart that ends above the old value cannot be told from a rise; real ones are read long before.
                let before = value;
                value = if restart { 0.0 } else { value } + f64::from(rise);
                happened += if restart && value >= before { value - before } else { f64::from(rise) };
                counted += read(&mut book, vec![requests("200", value)]).requests.unwrap().all;
            }
            prop_assert_eq!(counted, happened);
        }
    }
}
