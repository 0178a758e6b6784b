//! Values of expressions, and the levels of a breach.

use super::*;
use crate::core::level::{Level, Priority};
use crate::core::query::{Goal, Side};
use crate::core::rule::Action;

fn level(priority: Priority, bound: f64) -> Level {
    let usual = priority.usual();
    Level { priority, bound, action: usual.action, page: usual.page }
}

/// `< 100 ms`, P2 above 150, P1 above 200.
fn latency() -> Bench {
    let goal = Goal { side: Side::Below, bound: 100.0 };
    let mut bench = Bench::of(Sli::Query { promql: String::new(), goal, unit: "ms".into() });
    let rule = &mut bench.plan.rules[0];
    rule.levels = vec![level(Priority::P2, 150.0), level(Priority::P1, 200.0)];
    rule.action = Action::Rollback;
    bench
}

impl Bench {
    /// So many readings in which the pods are read well and the expression has this answer.
    fn answered(&mut self, times: usize, outcome: &Result<Option<f64>, SourceFault>) -> &mut Self {
        for _ in 0..times {
            self.answers = vec![Answered { rule: "rule".into(), workload: "w".into(), outcome: outcome.clone() }];
            self.alone(vec![sample("up", &[], 1.0)]);
        }
        self
    }

    fn acts(&self) -> Action {
        self.plan.rules[0].consequence(&self.judge())
    }
}

#[test]
fn a_value_passes_or_breaches_at_its_level() {
    let mut bench = latency();
    bench.answered(9, &Ok(Some(80.0)));
    assert_eq!((bench.said().0, bench.why()), (Verdict::Pass, "80 ms, and it must be < 100".into()));
    bench.answered(9, &Ok(Some(120.0)));
    assert_eq!(bench.said(), (Verdict::Inconclusive, DataState::Ok, false));
    assert!(bench.why().contains("no level of breach is reached"), "{}", bench.why());
    bench.answered(9, &Ok(Some(160.0)));
    assert_eq!((bench.said().0, bench.judge().evidence.level), (Verdict::Fail, Some(Priority::P2)));
    assert_eq!(bench.acts(), Action::Hold);
    bench.answered(9, &Ok(Some(250.5)));
    assert_eq!((bench.judge().evidence.level, bench.acts()), (Some(Priority::P1), Action::Rollback));
    assert_eq!(bench.why(), "P1: it is 250.5 ms, then 250.5 ms, and must be < 100, P1 from 200 ms");
    bench.plan.rules[0].dry_run = true;
    assert_eq!(bench.acts(), Action::Note);
}

#[test]
fn one_bad_answer_is_no_breach() {
    let mut bench = latency();
    bench.answered(6, &Ok(Some(80.0))).answered(3, &Ok(Some(500.0)));
    assert_eq!(bench.said(), (Verdict::Inconclusive, DataState::Ok, false));
    bench.answered(4, &Ok(Some(80.0)));
    assert_eq!(bench.said().0, Verdict::Pass);
}

#[test]
fn a_direction_can_be_upwards() {
    let goal = Goal { side: Side::AtLeast, bound: 99.9 };
    let mut bench = Bench::of(Sli::Query { promql: String::new(), goal, unit: "%".into() });
    bench.answered(6, &Ok(Some(99.95)));
    assert_eq!(bench.said().0, Verdict::Pass);
    bench.answered(9, &Ok(Some(99.0)));
    assert_eq!((bench.said().0, bench.acts()), (Verdict::Fail, Action::Rollback));
}

/// Argo Rollouts indexes an empty answer and errs, Flagger takes the last of several values and infinity for a number.
#[test]
fn an_answer_that_is_none_holds_and_names_the_cure() {
    let several = SourceFault { kind: FaultKind::Ambiguous, why: "2 series where one was expected".into() };
    for (outcome, cure) in [
        (Ok(Some(f64::NAN)), "add `or vector(0)`"),
        (Ok(Some(f64::INFINITY)), "answers infinity"),
        (Ok(None), "answers nothing for the canary: add `or vector(0)`"),
        (Err(several), "2 series where one was expected"),
    ] {
        let mut bench = latency();
        bench.answered(6, &Ok(Some(80.0))).answered(12, &outcome);
        assert_eq!(bench.said(), (Verdict::Inconclusive, DataState::Ambiguous, false), "{outcome:?}");
        assert!(bench.why().contains(cure), "{}", bench.why());
        assert!(!bench.judge().data.is_blind() && bench.judge().data.stops_soak());
    }
}

#[test]
fn a_source_that_does_not_answer_is_down_when_its_last_answer_is_old() {
    let down = Err(SourceFault { kind: FaultKind::Down, why: "connection refused".into() });
    let mut bench = latency();
    bench.answered(6, &Ok(Some(80.0))).answered(6, &down);
    assert_ne!(bench.said().1, DataState::SourceDown);
    bench.answered(6, &down);
    assert_eq!(bench.said(), (Verdict::NoData, DataState::SourceDown, false));
    assert!(bench.why().contains("connection refused (last answered"), "{}", bench.why());
    let mut pods = latency();
    pods.answered(6, &Ok(Some(80.0)));
    pods.now = pods.now + Duration::from_secs(60);
    assert_eq!(pods.said().1, DataState::Stale, "nor is an answer about pods that nobody reads any more");
}

#[test]
fn levels_grade_shares_of_requests_too() {
    let mut bench = Bench::of(Sli::Errors { target: 0.01 });
    bench.plan.rules[0] = Rule::of("rule", Sli::Errors { target: 0.01 });
    bench.plan.rules[0].levels = vec![level(Priority::P2, 0.01), level(Priority::P1, 0.05), level(Priority::P0, 0.1)];
    repeat(&mut bench, 20, (200, 0), (2000, 2));
    repeat(&mut bench, 20, (200, 6), (2000, 2));
    assert_eq!((bench.judge().evidence.level, bench.acts()), (Some(Priority::P2), Action::Hold), "{}", bench.why());
    repeat(&mut bench, 20, (200, 18), (2000, 2));
    assert_eq!((bench.judge().evidence.level, bench.acts()), (Some(Priority::P1), Action::Rollback));
    repeat(&mut bench, 20, (200, 40), (2000, 2));
    assert_eq!(bench.judge().evidence.level, Some(Priority::P0));
    // A first level that lies beyond the target: what is between them holds.
    bench.plan.rules[0].levels = vec![level(Priority::P1, 0.5)];
    assert_eq!(bench.said(), (Verdict::Inconclusive, DataState::Ok, true));
}

#[test]
fn levels_of_latency_are_counted_in_buckets() {
    let mut bench = Bench::of(Sli::Latency { quantile: 0.95, bound: 0.1 });
    bench.plan.rules[0].levels = vec![level(Priority::P2, 0.15), level(Priority::P1, 0.25)];
    for i in 0..12 {
        // A quarter of the requests is slower than 100 ms, and none than 250 ms.
        let all = 200.0 * f64::from(i);
        let bucket = |le: &str, value| sample("http_request_duration_seconds_bucket", &[("le", le)], value);
        bench.alone(vec![
            bucket("0.1", 0.75 * all),
            bucket("0.15", 0.8 * all),
            bucket("0.25", all),
            bucket("+Inf", all),
        ]);
    }
    assert_eq!((bench.said().0, bench.judge().evidence.level), (Verdict::Fail, Some(Priority::P2)), "{}", bench.why());
}
