//! From the series of an answer to what each pod had to say.

use std::collections::btree_map::{BTreeMap, Entry};

use super::answer::RangeSeries;
use super::newest::Newest;
use super::skew::Skew;
use super::{Select, UP};
use crate::core::sample::{FaultKind, PodSamples, Sample, SourceFault, Target};
use crate::core::text::neutral;

/// Labels that tell by which of several scrapes a series came. Prometheus adds them, not the application.
const SCRAPE: [&str; 5] = ["instance", "job", "prometheus", "prometheus_replica", "replica"];

/// Labels that scrapes may differ in besides; alone they tell nothing.
const SCRAPE_DETAILS: [&str; 2] = ["endpoint", "service"];

type Labels<'a> = Vec<&'a (String, String)>;

/// What each target has to say, in their order; and what of the answer could not be read.
pub(super) fn of_answer(
    series: Vec<RangeSeries>,
    targets: &[Target],
    select: &Select,
    skew: Skew,
) -> (Vec<PodSamples>, Vec<String>) {
    let mut by_pod: BTreeMap<(String, String), Vec<Newest>> = BTreeMap::new();
    let mut unread = Vec::new();
    for newest in series.into_iter().filter_map(|series| Newest::of(series, skew)) {
        if newest.has_unread_buckets {
            unread.push(format!(
                "the native buckets of {} have bounds of their own: expose classic ones",
                neutral(&newest.name)
            ));
        }
        let label = |name: &str| newest.labels.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        let pod = (label(&select.namespace_label).unwrap_or_default(), label(&select.pod_label).unwrap_or_default());
        by_pod.entry(pod).or_default().push(newest);
    }
    let said = |target: &Target| {
        let series = by_pod.get(&(target.namespace.clone(), target.name.clone()));
        PodSamples { pod: target.uid.clone(), outcome: outcome(series.map(Vec::as_slice).unwrap_or_default()) }
    };
    (targets.iter().map(said).collect(), unread)
}

fn outcome(series: &[Newest]) -> Result<Vec<Sample>, SourceFault> {
    let fault = |kind, why: &str| Err(SourceFault { kind, why: why.to_owned() });
    let (up, series): (Vec<&Newest>, Vec<&Newest>) = series.iter().partition(|series| series.name == UP);
    let is_up = |series: &&Newest| series.parts.iter().any(|part| part.value == 1.0);
    if up.is_empty() && series.is_empty() {
        return fault(FaultKind::Absent, "prometheus knows nothing of this pod: it does not scrape it, or not yet");
    }
    if !up.is_empty() && !up.iter().any(is_up) {
        return fault(FaultKind::Down, "prometheus cannot scrape this pod");
    }
    if let Some(why) = ambiguity(&series) {
        return fault(FaultKind::Ambiguous, &why);
    }
    // An application that exposes both kinds of histogram is counted once.
    let is_classic = |name: &str| series.iter().any(|series| !series.is_native && series.name == name);
    let mut samples = Vec::new();
    for series in &series {
        let parts = series.parts.iter().filter(|part| !series.is_native || !is_classic(&part.name));
        samples.extend(parts.map(|part| series.sample(part)));
    }
    Ok(samples)
}

/// Why the pod's series would be counted twice, if they would: it is scraped in more than one way.
fn ambiguity(series: &[&Newest]) -> Option<String> {
    let mut seen: BTreeMap<(&str, Labels<'_>), (Labels<'_>, &Newest)> = BTreeMap::new();
    for one in series {
        let (scrape, own): (Labels<'_>, Labels<'_>) =
            one.labels.iter().partition(|(name, _)| SCRAPE.contains(&name.as_str()));
        let own = own.into_iter().filter(|(name, _)| !SCRAPE_DETAILS.contains(&name.as_str())).collect();
        match seen.entry((one.name.as_str(), own)) {
            Entry::Vacant(place) => {
                place.insert((scrape, one));
            }
            Entry::Occupied(place) => {
                let (before, other) = place.get();
                if *before != scrape || other.labels == one.labels {
                    let way = |labels: &Labels<'_>| {
                        let labels = labels.iter().map(|(name, value)| format!("{name}={value}"));
                        neutral(&labels.collect::<Vec<_>>().join(","))
                    };
                    return Some(format!(
                        "prometheus has {} of this pod twice, from {} and {}: name one in the matchers",
                        neutral(&one.name),
                        way(before),
                        way(&scrape)
                    ));
                }
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::time::Time;
    use crate::metrics::prometheus::answer::{Native, NativeBucket, Number};

    fn series(labels: &[(&str, &str)], values: &[(f64, f64)]) -> RangeSeries {
        let all = [("namespace", "shop"), ("pod", "a"), ("job", "pods")].iter().chain(labels);
        let mut labels: BTreeMap<String, String> = BTreeMap::new();
        all.for_each(|(name, value)| drop(labels.insert((*name).to_owned(), (*value).to_owned())));
        let values = values.iter().map(|&(at, value)| (at, Number(value))).collect();
        RangeSeries { labels: labels.into_iter().collect(), values, histograms: Vec::new() }
    }

    fn target(name: &str) -> Target {
        Target { uid: format!("uid-{name}"), namespace: "shop".into(), name: name.into(), ip: None, metrics: None }
    }

    fn read(series: Vec<RangeSeries>) -> Result<Vec<Sample>, SourceFault> {
        let (mut pods, _) = of_answer(series, &[target("a")], &Select::default(), Skew::default());
        pods.remove(0).outcome
    }

    fn kind(series: Vec<RangeSeries>) -> FaultKind {
        read(series).expect_err("a fault").kind
    }

    const UP_NOW: (&str, &str) = ("__name__", "up");
    const REQUESTS: (&str, &str) = ("__name__", "http_requests_total");

    #[test]
    fn the_newest_sample_of_a_series_has_its_own_time() {
        let samples = read(vec![series(&[REQUESTS, ("code", "500")], &[(10.0, 1.0), (25.5, 3.0), (20.0, 2.0)])]);
        let samples = samples.expect("samples");
        assert_eq!(samples.len(), 1);
        assert_eq!((samples[0].name.as_str(), samples[0].value), ("http_requests_total", 3.0));
        assert_eq!(samples[0].at, Time::from_millis(25_500));
        assert_eq!((samples[0].label("code"), samples[0].label("__name__")), (Some("500"), None));
    }

    #[test]
    fn pods_are_found_again_in_the_order_of_the_question() {
        let of = |pod: &str| series(&[REQUESTS, ("pod", pod)], &[(10.0, 1.0)]);
        let other_namespace = series(&[REQUESTS, ("pod", "c"), ("namespace", "other")], &[(10.0, 1.0)]);
        let targets = [target("b"), target("a"), target("c")];
        let (pods, unread) =
            of_answer(vec![of("a"), of("b"), other_namespace], &targets, &Select::default(), Skew::default());
        let seen: Vec<_> = pods.iter().map(|pod| (pod.pod.as_str(), pod.outcome.is_ok())).collect();
        assert_eq!(seen, [("uid-b", true), ("uid-a", true), ("uid-c", false)]);
        assert!(unread.is_empty());
    }

    #[test]
    fn unknown_down_and_without_series_are_three_things() {
        assert_eq!(kind(vec![]), FaultKind::Absent);
        assert_eq!(kind(vec![series(&[UP_NOW], &[(1.0, 1.0), (2.0, 0.0)])]), FaultKind::Down);
        assert_eq!(read(vec![series(&[UP_NOW], &[(1.0, 0.0), (2.0, 1.0)])]), Ok(vec![]));
        assert!(read(vec![series(&[REQUESTS], &[(1.0, 0.0)])]).is_ok_and(|samples| samples.len() == 1));
    }

    #[test]
    fn a_pod_that_is_scraped_twice_is_ambiguous() {
        let of = |job: &str| series(&[REQUESTS, ("job", job)], &[(1.0, 1.0)]);
        let why = read(vec![of("pods"), of("monitor")]).expect_err("ambiguous");
        assert_eq!(why.kind, FaultKind::Ambiguous);
        assert_eq!(
            why.why,
            "prometheus has http_requests_total of this pod twice, from job=pods and job=monitor: name one in the matchers"
        );
        assert_eq!(kind(vec![of("pods"), of("pods")]), FaultKind::Ambiguous);
    }

    #[test]
    fn series_that_the_application_tells_apart_are_not_ambiguous() {
        let of = |label: (&str, &str)| series(&[REQUESTS, label], &[(1.0, 1.0)]);
        for label in ["code", "container", "service"] {
            assert!(read(vec![of((label, "x")), of((label, "y"))]).is_ok(), "{label}");
        }
    }

    fn native(buckets: &[(f64, f64, f64)]) -> RangeSeries {
        let buckets = buckets.iter().map(|&(lower, upper, count)| NativeBucket { lower, upper, count }).collect();
        let mut series = series(&[("__name__", "h")], &[]);
        series.histograms = vec![(30.0, Native { count: 3.0, sum: 1.5, buckets })];
        series
    }

    #[test]
    fn a_native_histogram_becomes_classic_buckets() {
        let samples = read(vec![native(&[(0.5, 1.0, 3.0)])]).expect("samples");
        let bucket = |le: &str| samples.iter().find(|sample| sample.label("le") == Some(le)).map(|sample| sample.value);
        assert_eq!((bucket("0.5"), bucket("1"), bucket("+Inf")), (Some(0.0), Some(3.0), Some(3.0)));
        assert!(samples.iter().any(|sample| sample.name == "h_sum" && sample.value == 1.5));
    }

    #[test]
    fn a_histogram_of_both_kinds_is_counted_once() {
        let classic = series(&[("__name__", "h_bucket"), ("le", "+Inf")], &[(30.0, 3.0)]);
        let samples = read(vec![native(&[(0.5, 1.0, 3.0)]), classic]).expect("samples");
        assert_eq!(samples.iter().filter(|sample| sample.name == "h_bucket").count(), 1);
    }

    #[test]
    fn buckets_that_cannot_be_read_are_said() {
        let (pods, unread) =
            of_answer(vec![native(&[(0.1, 0.25, 3.0)])], &[target("a")], &Select::default(), Skew::default());
        assert_eq!(unread, ["the native buckets of h have bounds of their own: expose classic ones"]);
        assert!(pods[0].outcome.as_ref().is_ok_and(|samples| samples.len() == 2));
    }
}
