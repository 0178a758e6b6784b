//! One rule, one workload, one pod a side; readings are put in by hand.

mod classic;
mod memory;
mod odds;
mod states;
mod values;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use super::*;
use crate::core::plan::{Limits, Plan};
use crate::core::rule::MemoryTarget;
use crate::core::sample::{Answered, Batch, FaultKind, PodSamples, Sample, SourceFault};
use crate::core::view::{PodView, Track};

const BORN: Time = Time::from_millis(1_000_000);

struct Bench {
    plan: Plan,
    evidence: Evidence,
    view: WorkloadView,
    now: Time,
    compare: Compare,
    remaining: Duration,
    totals: BTreeMap<(&'static str, &'static str), f64>,
    answers: Vec<Answered>,
}

fn pod(uid: &str, track: Track, limit: Option<u64>) -> PodView {
    PodView {
        uid: uid.into(),
        name: uid.into(),
        track,
        ready: true,
        ready_since: Some(BORN),
        created: BORN,
        terminating: false,
        restarts: 0,
        oom_kills: 0,
        reason: "Running".into(),
        message: None,
        node: None,
        ip: None,
        image_ids: Default::default(),
        memory_limit: limit,
        set: String::new(),
        containers: Vec::new(),
    }
}

/// A plan of one workload that is judged by this rule alone.
pub(super) fn plan_of(rule: Rule) -> Plan {
    let json = serde_json::json!({
        "release": "r", "hash": "", "kind": "release", "context": "c", "namespace": "n", "application": "a",
        "production": false, "from": "1", "to": "2", "steps": [], "rules": [], "signals": {}, "limits": Limits::default(),
        "scrape": "5s", "finish": "roll", "on_hold_limit": "hold", "told": [],
        "workloads": [{ "name": "w", "uid": "u", "canary": "w-canary", "replicas": 1, "max_unavailable": 0, "services": [],
            "images": [], "stable_template": {}, "canary_template": {}, "hpa": null, "metrics": null, "quiet_paths": [] }],
    });
    Plan { rules: vec![rule], ..serde_json::from_value(json).expect("a plan") }
}

impl Bench {
    fn of(sli: Sli) -> Self {
        let plan = plan_of(Rule { odds: None, ..Rule::of("rule", sli) });
        let view = WorkloadView {
            pods: vec![pod("canary", Track::Canary, Some(1 << 30)), pod("stable", Track::Stable, None)].into(),
            ..Default::default()
        };
        Self {
            plan,
            evidence: Evidence::default(),
            view,
            now: BORN,
            compare: Compare::WithStable,
            remaining: Duration::from_secs(600),
            totals: BTreeMap::new(),
            answers: Vec::new(),
        }
    }

    fn errors() -> Self {
        Self::of(Sli::Errors { target: 0.01 })
    }

    /// Five seconds in which each side answered so many requests, of which so many failed.
    fn reading(&mut self, canary: (u32, u32), stable: (u32, u32)) -> &mut Self {
        let sides = [("canary", canary), ("stable", stable)].map(|(uid, (all, bad))| {
            let mut total = |status: &'static str, more: u32| {
                let uid = if uid == "canary" { "canary" } else { "stable" };
                let sum = self.totals.entry((uid, status)).or_default();
                *sum += f64::from(more);
                *sum
            };
            let counter =
                |status: &str, value| sample("http_requests_total", &[("path", "/"), ("status", status)], value);
            PodSamples {
                pod: uid.into(),
                outcome: Ok(vec![counter("200", total("200", all - bad)), counter("500", total("500", bad))]),
            }
        });
        self.batch(sides.to_vec())
    }

    fn batch(&mut self, pods: Vec<PodSamples>) -> &mut Self {
        self.now = self.now + Duration::from_secs(5);
        let pods = pods.into_iter().map(|mut pod| {
            if let Ok(samples) = &mut pod.outcome {
                samples.iter_mut().for_each(|sample| sample.at = self.now);
            }
            pod
        });
        let answers = std::mem::take(&mut self.answers);
        let batch = Batch { at: self.now, source: "test".into(), pods: pods.collect(), answers, ..Batch::default() };
        let workload = self.plan.workloads[0].clone();
        let rules: Vec<Cow<'_, Rule>> = self.plan.rules.iter().map(Cow::Borrowed).collect();
        self.evidence.absorb(&self.plan, &rules, &workload, self.compare, &self.view, &batch);
        let rule = &self.plan.rules[0];
        let measured = measure(rule, &self.evidence, &self.view);
        let ledger = self.evidence.ledgers.get_mut("rule").expect("a ledger");
        close_sample(rule, ledger, measured, Compare::WithStable, BORN, self.now);
        self
    }

    fn alone(&mut self, samples: Vec<Sample>) -> &mut Self {
        self.batch(vec![PodSamples { pod: "canary".into(), outcome: Ok(samples) }])
    }

    fn judge(&self) -> Judgement {
        let moment = Moment { compare: self.compare, remaining: self.remaining, now: self.now };
        judge(&self.plan.rules[0], &self.plan.workloads[0], &self.evidence, &self.view, &moment)
    }

    fn why(&self) -> String {
        self.judge().evidence.why
    }

    fn said(&self) -> (Verdict, DataState, bool) {
        let judgement = self.judge();
        (judgement.verdict, judgement.data, judgement.suspicion)
    }
}

fn sample(name: &str, labels: &[(&str, &str)], value: f64) -> Sample {
    let labels = labels.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
    Sample { name: name.into(), labels, value, at: BORN }
}

fn repeat(bench: &mut Bench, times: usize, canary: (u32, u32), stable: (u32, u32)) {
    for _ in 0..times {
        bench.reading(canary, stable);
    }
}

#[test]
fn enough_good_requests_pass() {
    let mut bench = Bench::errors();
    repeat(&mut bench, 8, (100, 0), (100, 0));
    assert_eq!(bench.said(), (Verdict::Pass, DataState::Ok, false));
}

#[test]
fn too_little_traffic_says_how_much_more_it_needs() {
    let mut bench = Bench::errors();
    repeat(&mut bench, 9, (10, 0), (100, 0));
    assert_eq!(bench.said(), (Verdict::Inconclusive, DataState::TooLittleTraffic, false));
    // The first reading of a pod that was there before is where counting begins.
    assert_eq!(bench.judge().evidence.needs, Some(299 - 80));
}

#[test]
fn one_bad_sample_is_no_breach_and_two_in_a_row_are() {
    let mut bench = Bench::errors();
    repeat(&mut bench, 8, (200, 0), (200, 0));
    repeat(&mut bench, 3, (200, 20), (200, 0));
    let once = bench.judge();
    assert_eq!((once.verdict, once.evidence.in_a_row, once.suspicion), (Verdict::Inconclusive, 1, false));
    let mut forgiven = Bench {
        evidence: bench.evidence.clone(),
        plan: bench.plan.clone(),
        view: bench.view.clone(),
        totals: bench.totals.clone(),
        now: bench.now,
        compare: bench.compare,
        remaining: bench.remaining,
        answers: Vec::new(),
    };
    repeat(&mut forgiven, 12, (400, 0), (400, 0));
    assert_eq!(forgiven.judge().evidence.in_a_row, 0);
    repeat(&mut bench, 4, (200, 20), (200, 0));
    assert_eq!(bench.said(), (Verdict::Fail, DataState::Ok, false));
    assert!(
        bench.judge().evidence.why.contains("10 % of the canary's requests failed"),
        "{}",
        bench.judge().evidence.why
    );
}

#[test]
fn little_traffic_does_not_hide_a_canary_that_is_dead_on_arrival() {
    let mut bench = Bench::errors();
    repeat(&mut bench, 14, (1, 1), (20, 0));
    assert_eq!(bench.said().0, Verdict::Fail);
}

#[test]
fn what_stable_shows_as_well_is_not_the_canary() {
    let mut bench = Bench::errors();
    repeat(&mut bench, 12, (200, 10), (200, 10));
    let judgement = bench.judge();
    assert_eq!((judgement.verdict, judgement.suspicion), (Verdict::Inconclusive, true));
    assert!(judgement.evidence.why.starts_with("not the canary"), "{}", judgement.evidence.why);
    let mut worse = Bench::errors();
    repeat(&mut worse, 12, (200, 50), (200, 10));
    assert_eq!(worse.said().0, Verdict::Fail);
}

#[test]
fn old_samples_are_stale_and_a_silent_source_is_down() {
    let mut bench = Bench::errors();
    repeat(&mut bench, 8, (100, 0), (100, 0));
    bench.now = bench.now + Duration::from_secs(60);
    assert_eq!(bench.said(), (Verdict::NoData, DataState::Stale, false));
    let fault = SourceFault { kind: FaultKind::Down, why: "connection refused".into() };
    bench.batch(vec![PodSamples { pod: "canary".into(), outcome: Err(fault) }]);
    assert_eq!(bench.said(), (Verdict::NoData, DataState::SourceDown, false));
    assert!(bench.judge().evidence.why.contains("connection refused"));
}

#[test]
fn a_pod_that_its_source_has_twice_is_ambiguous_and_not_blind() {
    let mut bench = Bench::errors();
    repeat(&mut bench, 8, (100, 0), (100, 0));
    bench.now = bench.now + Duration::from_secs(60);
    let fault = SourceFault { kind: FaultKind::Ambiguous, why: "from job=a and job=b".into() };
    bench.batch(vec![PodSamples { pod: "canary".into(), outcome: Err(fault) }]);
    assert_eq!(bench.said(), (Verdict::Inconclusive, DataState::Ambiguous, false));
    assert!(!DataState::Ambiguous.is_blind());
}

#[test]
fn values_that_are_no_numbers_and_series_that_are_gone_are_told_apart() {
    let mut nan = Bench::errors();
    nan.alone(vec![sample("http_requests_total", &[("status", "200")], f64::NAN)]);
    assert_eq!(nan.said(), (Verdict::NoData, DataState::Nan, false));
    let mut gone = Bench::errors();
    repeat(&mut gone, 3, (100, 0), (100, 0));
    gone.alone(vec![sample("up", &[], 1.0)]);
    assert_eq!(gone.said(), (Verdict::NoData, DataState::NoData, false));
    let mut unknown = Bench::errors();
    unknown.alone(vec![sample("up", &[], 1.0)]);
    assert_eq!(unknown.said(), (Verdict::NoData, DataState::NoData, false));
}

#[test]
fn a_canary_without_a_series_yet_counts_as_no_requests_where_stable_has_it() {
    let mut bench = Bench::errors();
    let stable = sample("http_requests_total", &[("status", "200")], 10.0);
    let canary = PodSamples { pod: "canary".into(), outcome: Ok(vec![sample("up", &[], 1.0)]) };
    bench.batch(vec![PodSamples { pod: "stable".into(), outcome: Ok(vec![stable]) }, canary]);
    assert_eq!(bench.said(), (Verdict::Inconclusive, DataState::TooLittleTraffic, false));
}

fn buckets(fast: f64, all: f64, bound: &str) -> Vec<Sample> {
    let bucket = |le: &str, value| sample("http_request_duration_seconds_bucket", &[("le", le)], value);
    vec![bucket("0.05", fast / 2.0), bucket(bound, fast), bucket("+Inf", all)]
}

#[test]
fn latency_is_counted_not_interpolated() {
    let mut bench = Bench::of(Sli::Latency { quantile: 0.95, bound: 0.1 });
    for i in 0..12 {
        bench.alone(buckets(190.0 * f64::from(i), 200.0 * f64::from(i), "0.1"));
    }
    assert_eq!(bench.said().0, Verdict::Pass);
    let mut slow = Bench::of(Sli::Latency { quantile: 0.95, bound: 0.1 });
    for i in 0..12 {
        slow.alone(buckets(150.0 * f64::from(i), 200.0 * f64::from(i), "0.1"));
    }
    assert_eq!(slow.said().0, Verdict::Fail);
}

#[test]
fn a_bound_inside_a_bucket_asks_for_a_bucket() {
    let mut bench = Bench::of(Sli::Latency { quantile: 0.95, bound: 0.1 });
    for i in 0..12 {
        bench.alone(buckets(195.0 * f64::from(i), 200.0 * f64::from(i), "0.25"));
    }
    assert_eq!(bench.said(), (Verdict::Inconclusive, DataState::Ambiguous, false));
    assert!(bench.judge().evidence.why.contains("add a bucket"), "{}", bench.judge().evidence.why);
}

#[test]
fn memory_is_a_level_of_the_largest_pod() {
    let mut bench = Bench::of(Sli::Memory { target: MemoryTarget::OfLimit(0.9) });
    let memory = |share: f64| vec![sample("process_resident_memory_bytes", &[], share * f64::from(1 << 30))];
    for _ in 0..8 {
        bench.alone(memory(0.5));
    }
    assert_eq!(bench.said().0, Verdict::Pass);
    for _ in 0..8 {
        bench.alone(memory(0.95));
    }
    assert_eq!(bench.said().0, Verdict::Fail);
    bench.view.pods.edit(|pods| pods[0].memory_limit = None);
    let mut unlimited = Bench::of(Sli::Memory { target: MemoryTarget::OfLimit(0.9) });
    unlimited.view.pods.edit(|pods| pods[0].memory_limit = None);
    unlimited.alone(memory(0.5));
    assert_eq!(unlimited.said(), (Verdict::Inconclusive, DataState::Ambiguous, false));
}

#[test]
fn nothing_is_judged_before_the_initial_delay() {
    let mut bench = Bench::errors();
    bench.plan.rules[0].judge.initial_delay = Duration::from_secs(60);
    repeat(&mut bench, 11, (100, 50), (100, 0));
    assert_eq!(bench.judge().evidence.in_a_row, 0);
    repeat(&mut bench, 9, (100, 50), (100, 0));
    assert_eq!(bench.said().0, Verdict::Fail);
}
