//! Every state of the data has words of its own, and its own consequence.

use super::*;

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
fn each_state_has_its_words() {
    use DataState::{Ambiguous, Nan, NoData, Ok, SourceDown, Stale, Swapped, TooLittleTraffic};
    let all = [Ok, TooLittleTraffic, NoData, Stale, Nan, SourceDown, Ambiguous, Swapped];
    let words: std::collections::BTreeSet<&str> = all.iter().map(|state| state.words()).collect();
    assert_eq!(words.len(), all.len());
    let blind: Vec<_> = all.into_iter().filter(|state| state.is_blind()).collect();
    assert_eq!(blind, [NoData, Stale, Nan, SourceDown], "only these run the blind limit");
}
