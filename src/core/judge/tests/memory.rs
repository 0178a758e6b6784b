//! Memory that grows.

use super::*;

const MI: f64 = 1_048_576.0;

/// A pod of 512 Mi whose memory starts at 200 Mi and grows so many Mi a minute, with stable beside it.
fn growing(minutes: u32, canary: f64, stable: f64) -> Bench {
    let mut bench = Bench::of(Sli::Memory { target: MemoryTarget::OfLimit(0.9) });
    bench.view.pods.edit(|pods| pods.iter_mut().for_each(|pod| pod.memory_limit = Some(512 << 20)));
    for reading in 0..12 * minutes {
        let level = |growth: f64| (200.0 + growth * f64::from(reading) / 12.0 + f64::from(reading * 7 % 5)) * MI;
        let samples = |value| Ok(vec![sample("process_resident_memory_bytes", &[], value)]);
        bench.batch(vec![
            PodSamples { pod: "canary".into(), outcome: samples(level(canary)) },
            PodSamples { pod: "stable".into(), outcome: samples(level(stable)) },
        ]);
    }
    bench
}

#[test]
fn a_leak_that_ends_in_a_kill_before_the_release_has_ended_is_a_breach() {
    let mut bench = growing(14, 12.0, 0.0);
    assert_eq!(
        bench.said(),
        (Verdict::Inconclusive, DataState::Ok, true),
        "ten minutes more are safe: {}",
        bench.why()
    );
    assert!(bench.why().contains("memory of canary grows by 12Mi a minute") && bench.why().ends_with("a leak?"));
    bench.remaining = Duration::from_secs(3_000);
    assert_eq!(bench.said(), (Verdict::Fail, DataState::Ok, false));
    assert!(bench.why().contains("before the release has ended (about 50m more)"), "{}", bench.why());
}

#[test]
fn what_every_pod_does_at_its_beginning_is_no_leak() {
    // Eight minutes, of which the first five are its warm-up: three are too few to say anything.
    let bench = growing(8, 12.0, 0.0);
    assert_eq!(bench.said().0, Verdict::Pass, "{}", bench.why());
    let judgement = bench.judge();
    assert!(judgement.evidence.notable, "a person may want to know");
    let note = ", rises by 12Mi a minute, over its target in about 16m and at the container's limit in about 20m: it may be warming up, so that is not judged yet";
    assert!(judgement.evidence.why.ends_with(note), "{}", judgement.evidence.why);
    let beside = growing(2, 110.0, 0.0).judge().evidence;
    assert!(beside.notable && beside.why.contains("of at most 461Mi, 2."), "{}", beside.why);
    assert_eq!(growing(30, 0.0, 0.0).said().0, Verdict::Pass);
    let slow = growing(30, 0.5, 0.0);
    assert_eq!(slow.said().0, Verdict::Pass, "ten hours away: {}", slow.why());
    assert!(!slow.judge().evidence.notable, "{}", slow.why());
}

#[test]
fn what_stable_does_as_well_is_not_the_canary() {
    let mut bench = growing(14, 12.0, 8.0);
    bench.remaining = Duration::from_secs(3_000);
    assert_eq!(bench.said(), (Verdict::Inconclusive, DataState::Ok, true));
    assert!(bench.why().starts_with("not the canary: memory of canary grows"), "{}", bench.why());
    bench.compare = Compare::Alone;
    assert_eq!(bench.said().0, Verdict::Fail);
}
