//! The published table, the sentence, and what pods do to both.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;

use super::step::minutes;
use super::*;
use crate::core::compare::Compare;
use crate::core::evidence::Row;
use crate::core::odds::{Bets, Share, time_to_notice};
use crate::core::plan::{Finish, Kind, Limits, OnHoldLimit, Plan, Step, Workload};
use crate::core::rule::{OddsRule, Rule, Sli};
use crate::core::signal::Signals;

const MINUTE: Duration = Duration::from_secs(60);

fn bets(odds: &OddsRule) -> Bets<'_> {
    Bets { odds, target: 0.01, delay: Duration::from_millis(7_500) }
}

fn seconds(odds: &OddsRule, rps: f64, times: f64) -> Option<f64> {
    let share = Share { rps, compare: Compare::WithStable };
    time_to_notice(&bets(odds), share, 0.002, times).map(|wait| wait.as_secs_f64().round())
}

#[test]
fn the_published_table_is_reproduced() {
    // Without the warm-up, and where the absolute bet is not the faster one.
    let odds = OddsRule { warm_up: Duration::ZERO, ..OddsRule::default() };
    for (rps, table) in [
        (0.5, [15_021.0, 3_460.0, 838.0, 193.0]),
        (1.0, [7_514.0, 1_734.0, 423.0, 100.0]),
        (5.0, [1_509.0, 353.0, 91.0, 26.0]),
        (50.0, [158.0, 42.0, 16.0, 9.0]),
        (125.0, [68.0, 21.0, 11.0, 8.0]),
    ] {
        for (times, wanted) in [3.0, 5.0, 10.0, 25.0].into_iter().zip(table) {
            let found = seconds(&odds, rps, times).expect("it is noticed");
            assert!((found - wanted).abs() <= 1.0, "{rps} rps, {times}×: {found} is not {wanted}");
        }
    }
}

#[test]
fn what_no_bet_wins_on_is_never_noticed() {
    let odds = OddsRule::default();
    // The alternatives begin at 3×: a canary that is twice as bad loses money for whoever bets on that.
    assert_eq!(seconds(&odds, 125.0, 2.0), None);
    assert_eq!(seconds(&odds, 125.0, 1.0), None);
    assert_eq!(seconds(&odds, 0.0, 25.0), None);
    // Against the target alone twice as much is noticed where stable is near it.
    let alone = Share { rps: 50.0, compare: Compare::Alone };
    assert!(time_to_notice(&bets(&odds), alone, 0.008, 2.0).is_some_and(|wait| wait < 10 * MINUTE));
    assert_eq!(time_to_notice(&bets(&odds), alone, 0.002, 5.0), None);
    // Nothing is blamed for less than a tenth of its target, however many times stable's it is.
    let compared = Share { rps: 500.0, compare: Compare::WithStable };
    assert_eq!(time_to_notice(&bets(&odds), compared, 0.000_01, 50.0), None);
}

#[test]
fn what_is_compared_with_stable_acts_after_the_warm_up() {
    assert_eq!(seconds(&OddsRule::default(), 50.0, 3.0), Some(158.0));
    assert_eq!(seconds(&OddsRule::default(), 125.0, 5.0), Some(60.0));
}

#[test]
fn a_baseline_of_the_canarys_size_needs_more_than_all_of_stable() {
    let odds = OddsRule::default();
    let wait = |compare, rps, times| time_to_notice(&bets(&odds), Share { rps, compare }, 0.002, times);
    for (rps, times) in [(5.0, 5.0), (5.0, 10.0), (50.0, 3.0)] {
        let (stable, baseline) = (wait(Compare::WithStable, rps, times), wait(Compare::WithBaseline, rps, times));
        assert!(baseline > stable && stable.is_some(), "{rps} rps, {times}×: {baseline:?} beside {stable:?}");
    }
    assert_eq!(wait(Compare::WithBaseline, 125.0, 1.2), None);
}

fn errors() -> Rule {
    Rule::of("errors", Sli::Errors { target: 0.01 })
}

fn workload(replicas: u32) -> Workload {
    Workload {
        name: "web".into(),
        uid: "d".into(),
        canary: "web-canary".into(),
        baseline: None,
        replicas,
        max_unavailable: 0,
        services: Vec::new(),
        images: Vec::new(),
        stable_template: serde_json::Value::Null,
        canary_template: serde_json::Value::Null,
        hpa: None,
        metrics: None,
        quiet_paths: Vec::new(),
    }
}

fn plan(replicas: u32, weights: &[u32]) -> Plan {
    let step = |weight: &u32| Step { weight: *weight, soak: 10 * MINUTE, approval: false };
    Plan {
        release: "r".into(),
        hash: String::new(),
        kind: Kind::Release,
        context: "c".into(),
        namespace: "n".into(),
        application: "web".into(),
        production: false,
        from: "1".into(),
        to: "2".into(),
        workloads: vec![workload(replicas)],
        steps: weights.iter().map(step).collect(),
        rules: vec![errors()],
        signals: Signals::default(),
        limits: Limits::default(),
        scrape: Duration::from_secs(15),
        finish: Finish::Roll,
        on_hold_limit: OnHoldLimit::Hold,
        cost: None,
        told: Vec::new(),
        afterwards: Vec::new(),
    }
}

fn past(bad: u64, n: u64) -> Past {
    Past { rows: BTreeMap::from([("errors".to_owned(), Row { n, bad, bad_at_most: bad })]), rps: 0.0 }
}

fn words(plan: &Plan, past: &Past, rps: f64) -> Vec<String> {
    foresee(plan, &plan.workloads[0], Known { past, rps }, WANTED).iter().map(Power::words).collect()
}

#[test]
fn a_step_says_what_it_can_prove_and_what_it_would_need() {
    // So many pods that they follow every weight.
    let plan = plan(9_900, &[1, 10, 100]);
    assert_eq!(
        words(&plan, &past(200, 100_000), 50.0),
        [
            "1 % at 50 rps sees 300 requests in 10 min: it would notice 25× as many errors, not 5×. Needs 58 min, or 6 %.",
            "10 % at 50 rps sees 3 000 requests in 10 min: it would notice 5× as many errors.",
            "100 % at 50 rps sees 30.0k requests in 10 min: against its target alone it would notice 10× as many errors, \
             not 5×.",
        ]
    );
}

#[test]
fn few_pods_make_more_of_a_weight_and_no_weight_makes_more_of_half() {
    let plan = plan(3, &[1, 10]);
    let [first, second] = words(&plan, &past(200, 100_000), 2.0).try_into().expect("two steps");
    assert_eq!(
        first,
        "1 % (25.0 % by pods) at 2 rps sees 300 requests in 10 min: it would notice 25× as many errors, not 5×. \
         Needs 58 min."
    );
    assert_eq!(second, first.replace("1 % (", "10 % ("));
}

#[test]
fn a_stable_without_errors_or_without_traffic_is_said() {
    let plan = plan(99, &[10]);
    let [none] = words(&plan, &past(0, 100_000), 50.0).try_into().expect("one step");
    assert!(none.ends_with("Stable shows none; 0.10 % is taken."), "{none}");
    let [idle] = words(&plan, &past(2, 1_000), 0.0).try_into().expect("one step");
    assert_eq!(idle, "10 % at 0 rps: stable has no traffic now, so nothing can be proved");
    assert!(words(&plan, &Past::default(), 50.0).is_empty());
}

#[test]
fn steps_are_suggested_that_can_prove_what_is_wished() {
    let suggested = |weights: &[u32], replicas, rps, times| {
        let (plan, past) = (plan(replicas, weights), past(200, 100_000));
        suggest(&plan, &[(&plan.workloads[0], Known { past: &past, rps })], times).map(|it| it.toml(10 * MINUTE))
    };
    assert_eq!(suggested(&[1, 10, 50, 100], 9_900, 50.0, 5.0), Ok("steps = [6, 10, 50, 100]".into()));
    assert_eq!(suggested(&[1, 5, 50, 100], 9_900, 50.0, 5.0), Ok("steps = [6, 50, 100]".into()));
    assert_eq!(suggested(&[10, 50, 100], 9_900, 50.0, 5.0), Ok("steps = [10, 50, 100]".into()));
    // Three pods and two requests a second: half of them is the most, and takes its time.
    assert_eq!(
        suggested(&[1, 100], 3, 2.0, 5.0),
        Ok("steps = [{ weight = 46, soak = \"29m\" }, 100]".into()),
        "the least weight at which pods make half"
    );
    assert_eq!(suggested(&[1, 100], 99, 50.0, 1.2), Err(("web".into(), "errors".into())));
}

#[test]
fn spans_read_as_in_a_sentence() {
    let read = [40, 3_460, 8_000, 115_447, 400_000].map(|seconds| minutes(Duration::from_secs(seconds)));
    assert_eq!(read, ["40 s", "58 min", "2 h 13 min", "32 h 04 min", "5 days"]);
}

/// No traffic, not even the -0.0 that a sum of nothing is, and a request at the very line: nobody waits for either.
#[test]
fn where_nothing_is_told_nobody_waits() {
    let odds = OddsRule::default();
    for thousandths in 1..500 {
        let target = f64::from(thousandths) / 1000.0;
        let bets = Bets { target, ..bets(&odds) };
        let all = [Compare::WithStable, Compare::WithBaseline, Compare::Alone];
        let traffic = [20.0, 0.0, -0.0, f64::NAN];
        for (rps, compare) in traffic.into_iter().flat_map(|rps| all.map(|compare| (rps, compare))) {
            for bad in [target, target.next_up(), target * (1.0 + 4.0 * f64::EPSILON), odds.rho * target, 0.9] {
                let wait = time_to_notice(&bets, Share { rps, compare }, bad / 3.0, 3.0);
                assert!(wait.is_none_or(|wait| wait >= bets.delay), "{target} {rps}: {wait:?}");
                assert!(wait.is_none() || rps > 1.0, "{target} {rps}: {wait:?}");
            }
        }
    }
}

proptest! {
    #[test]
    fn more_traffic_and_worse_canaries_are_noticed_no_later(
        rps in 0.01f64..1e4, more in 1.0f64..50.0, base in 1e-6f64..0.5, times in 1.0f64..200.0, worse in 1.0f64..5.0,
    ) {
        let odds = OddsRule::default();
        let wait = |rps, times| {
            let compared = Share { rps, compare: Compare::WithStable };
            time_to_notice(&bets(&odds), compared, base, times).unwrap_or(Duration::MAX)
        };
        prop_assert!(wait(rps * more, times) <= wait(rps, times));
        prop_assert!(wait(rps, times * worse) <= wait(rps, times));
    }

    #[test]
    fn what_is_suggested_proves_what_was_wished(
        replicas in 1u32..300, rps in 0.5f64..500.0, times in 3.0f64..30.0, first in 1u32..60,
    ) {
        let (mut plan, past) = (plan(replicas, &[first, 70, 100]), past(200, 100_000));
        let known = Known { past: &past, rps };
        let workload = plan.workloads[0].clone();
        let suggested = suggest(&plan, &[(&workload, known)], times).expect("3× is always told apart in the end");
        prop_assert!(suggested.steps.windows(2).all(|pair| pair[0].weight < pair[1].weight));
        prop_assert_eq!(suggested.steps.last().map(|step| step.weight), Some(100));
        plan.steps = suggested.steps;
        let powers = foresee(&plan, &workload, known, times);
        prop_assert!(powers.iter().filter(|power| power.weight < 100).all(Power::proves), "{:?}", powers);
    }
}
