//! Prometheus' own cases of classic histograms: `tests/data/promql/README.md` says where they are from.

use std::collections::BTreeMap;

use glidepath::core::counter::CounterBook;
use glidepath::core::sample::{PodSamples, Sample};
use glidepath::core::signal::Signals;
use glidepath::core::stats::quantile;
use glidepath::core::time::Time;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Corpus {
    source: String,
    loads: Vec<Load>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Load {
    histogram: String,
    every_minutes: i64,
    series: Vec<Series>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Series {
    labels: BTreeMap<String, String>,
    values: Vec<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    expr: String,
    histogram: String,
    q: String,
    at_minutes: i64,
    /// The window of `rate`; none: the counters' whole values.
    window_minutes: Option<i64>,
    /// The labels of the answer's series, which all series that go into it have.
    r#where: BTreeMap<String, String>,
    wants: String,
}

impl Load {
    /// The samples of the series that a case is about, as they were at a minute; `None`: the load has no such minute.
    fn samples(&self, case: &Case, minute: i64) -> Option<Vec<Sample>> {
        let row = usize::try_from(minute / self.every_minutes).ok()?;
        let fits = |series: &&Series| case.r#where.iter().all(|(name, value)| series.labels.get(name) == Some(value));
        let sample = |series: &Series| {
            Some(Sample {
                name: format!("{}_bucket", self.histogram),
                labels: series.labels.clone().into_iter().collect(),
                value: *series.values.get(row)?,
                at: Time::from_millis(minute * 60_000),
            })
        };
        self.series.iter().filter(fits).map(sample).collect()
    }
}

/// The buckets of a case: what the counter book counts from the beginning, or within the window, reading by reading.
fn buckets(load: &Load, case: &Case) -> Vec<(f64, f64)> {
    let signals = Signals { latency: vec![load.histogram.clone()], ..Signals::default() };
    // A book that saw the pod begin counts its first reading whole; one that did not takes it as the base.
    let mut book = if case.window_minutes.is_none() { CounterBook::whole_life() } else { CounterBook::default() };
    // A window is open on its left side.
    let first = case.window_minutes.map_or(0, |window| case.at_minutes - window + 1);
    let mut sums: Vec<(f64, f64)> = Vec::new();
    for minute in (first..=case.at_minutes).filter(|minute| minute % load.every_minutes == 0) {
        let Some(samples) = load.samples(case, minute) else { continue };
        let at = Time::from_millis(minute * 60_000);
        let pod = PodSamples { pod: "pod".into(), outcome: Ok(samples) };
        let delta = book.read(&pod, Time::default(), &signals, &[], at).unwrap();
        book.batch_read(at);
        for (bound, count) in delta.buckets.unwrap_or_default() {
            match sums.iter_mut().find(|(known, _)| *known == bound) {
                Some((_, sum)) => *sum += count,
                None => sums.push((bound, count)),
            }
        }
    }
    sums
}

#[test]
fn quantiles_are_those_of_prometheus() {
    let corpus: Corpus = serde_json::from_str(include_str!("../data/promql/histograms.json")).unwrap();
    let mut faults = Vec::new();
    for case in &corpus.cases {
        let load = corpus.loads.iter().find(|load| load.histogram == case.histogram).unwrap();
        let (q, wants): (f64, f64) = (case.q.parse().unwrap(), case.wants.parse().unwrap());
        let found = quantile(q, &buckets(load, case));
        let right = match found {
            Some(found) => (found - wants).abs() <= 1e-9 * wants.abs().max(1.0),
            None => !wants.is_finite(),
        };
        if !right {
            faults.push(format!("{} {:?} is {wants}, not {found:?}", case.expr, case.r#where));
        }
    }
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), corpus.source, faults.join("\n"));
    assert_eq!(corpus.cases.len(), 77);
}
