//! The classic mode, and the traps of others that it does not have.

use super::*;

fn errors_with(change: impl FnOnce(&mut crate::core::rule::Threshold)) -> Bench {
    let mut bench = Bench::errors();
    change(&mut bench.plan.rules[0].judge);
    bench
}

/// Argo Rollouts: failures are counted up, in a row or not.
#[test]
fn more_failures_than_are_tolerated_are_a_breach_in_a_row_or_not() {
    let mut bench = errors_with(|judge| (judge.failure_limit, judge.consecutive) = (Some(2), 3));
    // From here on three readings are one sample.
    bench.reading((400, 0), (400, 0));
    for failures in 1..=2 {
        repeat(&mut bench, 3, (400, 40), (400, 0));
        repeat(&mut bench, 6, (400, 0), (400, 0));
        assert_ne!(bench.said().0, Verdict::Fail, "{failures}");
    }
    repeat(&mut bench, 4, (400, 40), (400, 0));
    assert_eq!(bench.said().0, Verdict::Fail);
}

/// Argo Rollouts and PipeCD: an analysis that ends before anything was measured is successful there.
#[test]
fn nothing_passes_before_it_was_measured_often_enough() {
    let bench = errors_with(|_| {});
    assert_eq!(bench.said().0, Verdict::Inconclusive);
    let mut bench = errors_with(|judge| judge.count = Some(5));
    repeat(&mut bench, 13, (400, 0), (400, 0));
    assert_eq!(bench.said(), (Verdict::Inconclusive, DataState::Ok, false));
    assert_eq!(bench.why(), "4 of the 5 samples that it needs to pass");
    repeat(&mut bench, 3, (400, 0), (400, 0));
    assert_eq!(bench.said().0, Verdict::Pass);
}

/// Argo Rollouts: NaN fails where only a success condition is given, and an empty answer is an error there.
#[test]
fn no_number_and_no_answer_neither_pass_nor_fail() {
    for value in [f64::NAN, f64::INFINITY] {
        let mut bench = errors_with(|_| {});
        repeat(&mut bench, 8, (100, 0), (100, 0));
        for _ in 0..20 {
            bench.alone(vec![sample("http_requests_total", &[("status", "200")], value)]);
        }
        assert_eq!(bench.said(), (Verdict::NoData, DataState::Nan, false), "{value}");
    }
}

/// Argo Rollouts: with Prometheus down it aborts after 40 to 50 s, whatever the canary does.
#[test]
fn a_source_that_is_down_is_no_failure_of_the_canary() {
    let mut bench = errors_with(|judge| judge.consecutive_error_limit = Some(4));
    repeat(&mut bench, 8, (100, 0), (100, 0));
    let down = || SourceFault { kind: FaultKind::Down, why: "connection refused".into() };
    for error in 1..=60 {
        bench.batch(vec![PodSamples { pod: "canary".into(), outcome: Err(down()) }]);
        assert_ne!(bench.said().0, Verdict::Fail);
        // One more than are tolerated, although the data is fresh enough still.
        assert_eq!(bench.said().1 == DataState::SourceDown, error > 4, "after {error} errors");
    }
}

/// Argo Rollouts: where several limits are exceeded, the later check overwrites the failure.
#[test]
fn a_failure_outweighs_every_other_limit() {
    let mut bench = errors_with(|judge| {
        judge.failure_limit = Some(0);
        judge.inconclusive_limit = Some(0);
        judge.consecutive_error_limit = Some(0);
    });
    repeat(&mut bench, 4, (400, 40), (400, 0));
    repeat(&mut bench, 4, (0, 0), (400, 0));
    let fault = SourceFault { kind: FaultKind::Down, why: "connection refused".into() };
    bench.batch(vec![PodSamples { pod: "canary".into(), outcome: Err(fault) }]);
    assert!(bench.evidence.ledgers["rule"].tally.inconclusive > 0);
    assert_eq!(bench.said().0, Verdict::Fail);
}

#[test]
fn more_samples_that_decide_nothing_than_are_tolerated_hold() {
    let mut bench = errors_with(|judge| judge.inconclusive_limit = Some(2));
    repeat(&mut bench, 9, (3, 0), (400, 0));
    assert!(!bench.judge().suspicion);
    repeat(&mut bench, 3, (3, 0), (400, 0));
    assert_eq!(bench.said(), (Verdict::Inconclusive, DataState::Ok, true));
    assert_eq!(bench.why(), "3 samples decided nothing, and inconclusive_limit is 2");
}

/// Kayenta: a group without data scores 100, and only the last interval is tested.
#[test]
fn a_breach_stays_one_when_the_data_ends() {
    let mut bench = errors_with(|_| {});
    repeat(&mut bench, 10, (400, 40), (400, 0));
    assert_eq!(bench.said().0, Verdict::Fail);
    bench.now = bench.now + Duration::from_secs(600);
    assert_eq!(bench.said().0, Verdict::Fail);
}
