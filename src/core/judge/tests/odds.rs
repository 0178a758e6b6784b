//! The same bench, judged by odds.

use super::*;
use crate::core::rule::OddsRule;
use crate::core::verdict::Outlook;

fn by_odds(sli: Sli) -> Bench {
    let mut bench = Bench::of(sli);
    bench.plan.rules[0].odds = Some(OddsRule::default());
    bench
}

fn errors() -> Bench {
    by_odds(Sli::Errors { target: 0.01 })
}

impl Bench {
    /// Readings until the rule fails; how many it took.
    fn until_fail(&mut self, canary: (u32, u32), stable: (u32, u32)) -> usize {
        for taken in 1..200 {
            self.reading(canary, stable);
            if self.said().0 == Verdict::Fail {
                return taken;
            }
        }
        panic!("nothing failed: {}", self.why());
    }
}

#[test]
fn a_healthy_canary_passes_and_its_odds_stay_low() {
    let mut bench = errors();
    repeat(&mut bench, 8, (100, 0), (1000, 2));
    assert_eq!(bench.said(), (Verdict::Pass, DataState::Ok, false));
    assert!(bench.why().contains("0 of 700 requests failed: below 1.0 % with 95 % certainty"), "{}", bench.why());
    assert!(bench.judge().evidence.odds.unwrap() < 0.0);
}

#[test]
fn a_bad_canary_is_first_suspected_and_then_blamed() {
    let mut bench = errors();
    repeat(&mut bench, 12, (100, 0), (2000, 4));
    while !bench.judge().suspicion {
        bench.reading((100, 4), (2000, 4));
    }
    assert_eq!(bench.said(), (Verdict::Inconclusive, DataState::Ok, true));
    assert!(bench.why().ends_with("worse than 1.5× stable"), "{}", bench.why());
    bench.until_fail((100, 4), (2000, 4));
    assert!(bench.why().contains("worse than 1.5× stable, rollback at 1000:1"), "{}", bench.why());
    assert!(bench.judge().evidence.odds.unwrap() >= 1000.0_f64.ln());
    let line = bench.judge().evidence.line.unwrap();
    assert!(line.starts_with("rule  canary ") && line.ends_with("████████ rollback at 1000:1"), "{line}");
}

#[test]
fn short_bursts_of_the_canary_are_no_fault_however_often_they_come() {
    let mut bench = errors();
    for _ in 0..20 {
        for reading in 0..18u32 {
            let bad = if reading < 2 { 3 } else { 0 };
            bench.reading((95, bad), (950, u32::from(reading % 2 == 0)));
            assert_ne!(bench.said().0, Verdict::Fail, "{}", bench.why());
        }
    }
}

#[test]
fn a_single_reading_never_decides_however_bad() {
    let mut bench = errors();
    repeat(&mut bench, 20, (100, 0), (1000, 2));
    bench.reading((100, 100), (1000, 2));
    assert_ne!(bench.said().0, Verdict::Fail);
    // The cap is for 15 s, however often somebody reads in them.
    let taken = bench.until_fail((100, 100), (1000, 2));
    assert!((2..=6).contains(&taken), "{taken}");
}

#[test]
fn what_stable_shows_as_well_is_not_the_canary_not_even_when_it_is_over() {
    let mut bench = errors();
    repeat(&mut bench, 20, (100, 0), (1000, 2));
    for _ in 0..60 {
        bench.reading((100, 4), (1000, 40));
        assert_ne!(bench.said().0, Verdict::Fail, "{}", bench.why());
    }
    assert!(bench.judge().suspicion && bench.why().starts_with("not the canary"), "{}", bench.why());
    for _ in 0..60 {
        bench.reading((100, 0), (1000, 2));
        assert_ne!(bench.said().0, Verdict::Fail, "{}", bench.why());
    }
    assert!(!bench.judge().suspicion, "{}", bench.why());
}

#[test]
fn a_canary_that_is_worse_than_a_common_outage_is_blamed() {
    let mut bench = errors();
    repeat(&mut bench, 20, (100, 0), (1000, 2));
    bench.until_fail((100, 30), (1000, 40));
}

#[test]
fn being_worse_than_stable_acts_only_after_the_warm_up() {
    // 0.8 % is within the target, so that the relative bet alone speaks.
    let mut bench = errors();
    let taken = bench.until_fail((500, 4), (10_000, 2));
    assert_eq!(taken, 13, "twelve spans of 5 s after the first reading");
    assert!(bench.why().contains("rollback at 1000:1"), "{}", bench.why());
}

#[test]
fn odds_that_would_roll_back_and_wait_say_what_for() {
    let mut bench = errors();
    repeat(&mut bench, 9, (500, 4), (10_000, 2));
    assert_eq!(bench.said(), (Verdict::Inconclusive, DataState::Ok, true));
    let outlook = bench.judge().evidence.outlook;
    assert_eq!(outlook, Some(Outlook::WarmsUp(bench.now + Duration::from_secs(20))));

    let mut burst = errors();
    repeat(&mut burst, 25, (1000, 1), (10_000, 10));
    repeat(&mut burst, 4, (1000, 10), (10_000, 10));
    assert_eq!(burst.judge().evidence.outlook, Some(Outlook::MayBeABurst));
}

/// 0.75 % is within the target, so that the relative bet alone speaks, and for long enough to look ahead.
#[test]
fn a_suspicion_says_about_when_it_rolls_back() {
    let mut bench = errors();
    repeat(&mut bench, 20, (200, 0), (10_000, 20));
    let mut foreseen = Vec::new();
    while bench.said().0 != Verdict::Fail {
        bench.reading((200, 1 + u32::from(foreseen.len() % 2 == 0)), (10_000, 20));
        foreseen.push(match bench.judge().evidence.outlook {
            Some(Outlook::About(at)) => Some(at),
            _ => None,
        });
        assert!(foreseen.len() < 200, "{}", bench.why());
    }
    let said: Vec<Time> = foreseen.into_iter().flatten().collect();
    assert!(said.len() > 3, "{said:?}");
    let end = bench.now;
    let off = |at: &Time| at.since(end).max(end.since(*at));
    let late = said.iter().skip(said.len() / 2).map(off).max().unwrap_or_default();
    assert!(late <= Duration::from_secs(20), "foreseen {said:?}, and rolled back at {end:?}");
}

#[test]
fn at_100_percent_only_the_target_judges() {
    let mut bench = errors();
    repeat(&mut bench, 30, (500, 4), (10_000, 2));
    assert_eq!(bench.said().0, Verdict::Fail);
    bench.compare = Compare::Alone;
    assert_ne!(bench.said().0, Verdict::Fail);
    bench.until_fail((500, 50), (0, 0));
    assert!(bench.why().contains("worse than its target"), "{}", bench.why());
}

#[test]
fn a_canary_far_below_its_target_is_never_blamed_for_being_worse() {
    let mut bench = errors();
    for reading in 0..400u32 {
        let bad = u32::from(reading % 4 == 0);
        bench.reading((500, bad), (10_000, 0));
        assert_ne!(bench.said().0, Verdict::Fail);
    }
    assert!(
        bench.said().0 == Verdict::Pass && bench.evidence.ledgers["rule"].gate.as_ref().unwrap().ln_relative() > 7.0
    );
}

#[test]
fn too_little_traffic_says_how_long_it_will_take() {
    let mut bench = errors();
    repeat(&mut bench, 9, (10, 0), (100, 0));
    assert_eq!(bench.said(), (Verdict::Inconclusive, DataState::TooLittleTraffic, false));
    assert_eq!(bench.judge().evidence.needs, Some(219));
    assert_eq!(bench.why(), "needs 219 more requests on the canary to pass, about 2m");
}

#[test]
fn each_look_that_does_not_pass_makes_the_next_one_surer() {
    let mut bench = errors();
    repeat(&mut bench, 6, (100, 0), (100, 0));
    bench.reading((100, 2), (100, 0));
    assert_eq!(bench.said().0, Verdict::Inconclusive);
    let first = bench.judge().evidence.needs.unwrap();
    spend_look(&bench.plan.rules[0].clone(), bench.evidence.ledgers.get_mut("rule").unwrap());
    let second = bench.judge().evidence.needs.unwrap();
    assert!(second > first, "{second} {first}");
    while bench.judge().evidence.needs.is_some() {
        bench.reading((100, 0), (100, 0));
    }
    assert!(bench.why().contains("97.5 % certainty"), "{}", bench.why());
}

#[test]
fn latency_is_blamed_only_for_what_the_buckets_prove() {
    let readings = |share_slow: f64, bound: &str| {
        let mut bench = by_odds(Sli::Latency { quantile: 0.95, bound: 0.1 });
        bench.compare = Compare::Alone;
        for i in 0..12 {
            let all = 200.0 * f64::from(i);
            bench.alone(buckets(all * (1.0 - share_slow), all, bound));
        }
        bench
    };
    assert_eq!(readings(0.01, "0.1").said().0, Verdict::Pass);
    assert_eq!(readings(0.25, "0.1").said().0, Verdict::Fail);
    // Slower than 0.25 s is slower than 0.1 s: proven. Faster than 0.25 s says nothing about 0.1 s.
    assert_eq!(readings(0.25, "0.25").said().0, Verdict::Fail);
    assert_eq!(readings(0.01, "0.25").said(), (Verdict::Inconclusive, DataState::Ambiguous, false));
    assert!(
        readings(0.01, "0.25").why().starts_with("inconclusive: add a bucket at 0.1,"),
        "{}",
        readings(0.01, "0.25").why()
    );
}

#[test]
fn odds_outlive_steps_and_engines() {
    let mut bench = errors();
    repeat(&mut bench, 12, (100, 0), (2000, 4));
    bench.reading((100, 4), (2000, 4));
    let before = bench.judge().evidence.odds;
    bench.evidence.begin_step();
    let written = serde_json::to_string(&bench.evidence).unwrap();
    bench.evidence = serde_json::from_str(&written).unwrap();
    let gate = bench.evidence.ledgers["rule"].gate.clone().unwrap();
    assert!((gate.ln_relative() - before.unwrap()).abs() < 1e-9);
}

#[test]
fn the_bound_of_a_release_is_the_sum_over_its_bets() {
    use crate::core::odds::{bound_words, gates, release_bound, threshold_for};

    let mut plan = errors().plan;
    assert!((release_bound(&plan) - 0.002).abs() < 1e-12, "two bets of 1 in 1000");
    plan.rules.push(Rule::of("memory", Sli::Memory { target: MemoryTarget::OfLimit(0.9) }));
    plan.workloads.push(plan.workloads[0].clone());
    assert_eq!(gates(&plan.rules, ["a", "b"].into_iter()), 4, "memory is not judged by odds");
    plan.rules[0].odds = Some(OddsRule { rollback: threshold_for(0.001, 4), ..OddsRule::default() });
    assert!((release_bound(&plan) - 0.001).abs() < 1e-12);
    assert_eq!(
        bound_words(&plan).unwrap(),
        "odds roll back at most 1 of 1000 healthy releases, by any of 4 comparisons"
    );
    plan.rules.remove(0);
    assert_eq!(bound_words(&plan), None);
}
