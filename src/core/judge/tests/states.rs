//! Every state of the data has words of its own, and its own consequence.

use super::*;
use crate::core::rule::OddsRule;

#[test]
fn labels_that_look_swapped_hold_and_are_not_blind() {
    let mut bench = Bench::errors();
    for i in 1..10 {
        bench.view.pods.edit(|pods| pods.push(pod(&format!("stable-{i}"), Track::Stable, None)));
    }
    // One pod of eleven is measured with nine tenths of the requests.
    repeat(&mut bench, 8, (900, 0), (100, 0));
    assert_eq!(bench.said(), (Verdict::Inconclusive, DataState::Swapped, false));
    assert!(bench.why().contains("90 % of 7000 requests") && bench.why().contains("look swapped"), "{}", bench.why());
    assert!(DataState::Swapped.stops_soak() && !DataState::Swapped.is_blind());
    bench.compare = Compare::Alone;
    assert_eq!(bench.said().0, Verdict::Pass, "at 100 % there is nothing to swap");
}

#[test]
fn an_uneven_share_is_no_swap() {
    let mut bench = Bench::errors();
    for i in 1..10 {
        bench.view.pods.edit(|pods| pods.push(pod(&format!("stable-{i}"), Track::Stable, None)));
    }
    repeat(&mut bench, 8, (450, 0), (550, 0));
    assert_eq!(bench.said().0, Verdict::Pass, "kept connections: {}", bench.why());
    let mut few = Bench::errors();
    few.view.pods.edit(|pods| pods.push(pod("stable-2", Track::Stable, None)));
    repeat(&mut few, 3, (2, 0), (1, 0));
    assert_ne!(few.said().1, DataState::Swapped, "six requests prove nothing");
    let mut even = Bench::errors();
    repeat(&mut even, 8, (900, 0), (100, 0));
    assert_ne!(even.said().1, DataState::Swapped, "around one half nobody can tell");
}

/// One reading of the canary's pod, and one of the other side's that ends so.
fn beside(bench: &mut Bench, round: u32, other: Result<Vec<Sample>, SourceFault>) {
    let served = vec![sample("http_requests_total", &[("status", "200")], 100.0 * f64::from(round))];
    let canary = PodSamples { pod: "canary".into(), outcome: Ok(served) };
    bench.batch(vec![canary, PodSamples { pod: "stable".into(), outcome: other }]);
}

fn refused() -> SourceFault {
    SourceFault { kind: FaultKind::Down, why: "connection refused".to_owned() }
}

#[test]
fn a_bet_against_nobody_holds_and_says_whom_it_misses() {
    let mut bench = Bench::errors();
    bench.plan.rules[0].odds = Some(OddsRule::default());
    for round in 0..3 {
        beside(&mut bench, round, Err(refused()));
    }
    assert_ne!(bench.said().1, DataState::Unpaired, "the pod may still be read in time");
    for round in 3..20 {
        beside(&mut bench, round, Err(refused()));
    }
    assert_eq!(bench.said(), (Verdict::Inconclusive, DataState::Unpaired, false));
    assert!(bench.why().starts_with("stable cannot be read, so there is nothing to compare"), "{}", bench.why());
    assert!(bench.why().ends_with("stable: connection refused (never read)"), "{}", bench.why());
    assert!(DataState::Unpaired.stops_soak() && !DataState::Unpaired.is_blind());

    bench.compare = Compare::WithBaseline;
    assert_eq!(bench.why(), "no pod of baseline is Ready: there is nothing to compare the canary with");
    bench.compare = Compare::Alone;
    assert_eq!(bench.said().0, Verdict::Pass, "at 100 % the target alone judges");
    bench.compare = Compare::WithStable;
    bench.plan.rules[0].odds = None;
    assert_eq!(bench.said().0, Verdict::Pass, "a threshold asks the canary alone");
}

#[test]
fn one_pod_of_the_other_side_that_is_read_is_enough_to_compare() {
    let mut bench = Bench::errors();
    bench.plan.rules[0].odds = Some(OddsRule::default());
    bench.view.pods.edit(|pods| pods.push(pod("dark", Track::Stable, None)));
    repeat(&mut bench, 20, (100, 0), (100, 0));
    assert_eq!(bench.said(), (Verdict::Pass, DataState::Ok, false), "{}", bench.why());
}

#[test]
fn a_metric_that_only_the_new_version_has_is_judged_by_its_target_and_says_so() {
    let mut bench = Bench::errors();
    bench.plan.rules[0].odds = Some(OddsRule::default());
    for round in 0..20 {
        beside(&mut bench, round, Ok(vec![sample("process_resident_memory_bytes", &[], 1e6)]));
    }
    assert_eq!(bench.said().0, Verdict::Pass);
    assert!(bench.why().ends_with("; stable exposes no request counter, so only the target judges"), "{}", bench.why());
}

#[test]
fn memory_that_is_no_number_does_not_hide_the_requests() {
    let mut bench = Bench::errors();
    let reading = |all: f64| {
        vec![
            sample("http_requests_total", &[("status", "200")], all),
            sample("process_resident_memory_bytes", &[], f64::NAN),
        ]
    };
    for i in 0..10 {
        bench.alone(reading(100.0 * f64::from(i)));
    }
    assert_eq!(bench.said().0, Verdict::Pass);
    bench.plan.rules[0].sli = Sli::Memory { target: MemoryTarget::OfLimit(0.9) };
    assert_eq!(bench.said(), (Verdict::NoData, DataState::Nan, false));
}

#[test]
fn a_canary_that_was_read_and_is_not_ready_lacks_no_traffic() {
    let mut bench = Bench::errors();
    assert_eq!(bench.why(), "no canary pod has been read yet");
    repeat(&mut bench, 3, (100, 0), (100, 0));
    bench.view.pods.edit(|pods| pods[0].ready = false);
    bench.now = bench.now + Duration::from_secs(7);
    assert_eq!(bench.said(), (Verdict::Inconclusive, DataState::Ok, false));
    assert_eq!(bench.why(), "no canary pod is Ready; last read 7s ago");
}

#[test]
fn each_state_has_its_words() {
    use DataState::{Ambiguous, Nan, NoData, Ok, SourceDown, Stale, Swapped, TooLittleTraffic, Unpaired};
    let all = [Ok, TooLittleTraffic, NoData, Stale, Nan, SourceDown, Ambiguous, Swapped, Unpaired];
    let words: std::collections::BTreeSet<&str> = all.iter().map(|state| state.words()).collect();
    assert_eq!(words.len(), all.len());
    let blind: Vec<_> = all.into_iter().filter(|state| state.is_blind()).collect();
    assert_eq!(blind, [NoData, Stale, Nan, SourceDown], "only these run the blind limit");
}
