//! The published vectors, the property that the proof rests on, and a seeded trial of the bound.

mod bursts;
mod fairness;
mod vectors;

use std::time::Duration;

use super::*;
use crate::core::stats::upper_bound;

const SCRAPE: Duration = Duration::from_secs(15);
const LN_CAP: f64 = 4.605_170_185_988_092;

fn near(found: f64, expected: f64, within: f64) {
    assert!((found - expected).abs() <= within, "{found} is not {expected}");
}

fn counts(n_c: u32, e_c: u32, n_b: u32, e_b: u32) -> Counts {
    let [n_c, e_c, n_b, e_b] = [n_c, e_c, n_b, e_b].map(f64::from);
    Counts { n_c, e_c, n_b, e_b }
}

/// V5 (the bound itself) is tested in `stats`; here: what it means for a step.
#[test]
fn the_first_look_is_at_five_percent_and_each_later_one_at_half() {
    let mut looks = Looks::default();
    assert!(looks.passes(0, 299, 0.01) && !looks.passes(0, 298, 0.01));
    assert_eq!(looks.needs(0, 0, 0.01), Some(299));
    near(upper_bound(20, 3000, 0.95), 0.009673, 1e-6);
    looks.spend(0, 200, 0.01);
    assert_eq!(looks.needs(0, 200, 0.01), Some(368 - 200));
    assert!(!looks.passes(0, 367, 0.01) && looks.passes(0, 368, 0.01));
    // A look that is not due costs nothing, and neither does one that passes.
    let before = looks;
    looks.spend(0, 300, 0.01);
    looks.spend(0, 368, 0.01);
    assert_eq!(looks, before);
    near((0..60).map(look_alpha).sum::<f64>(), 0.1, 1e-12);
}

#[test]
fn a_burst_in_the_first_look_does_not_put_the_next_one_off_for_ever() {
    let mut looks = Looks::default();
    // 8 of 1 000: if that went on, tens of thousands of requests would be needed.
    assert!(more_requests(8, 1_000, 0.01, 0.025).expect("below the target") > 8_000);
    looks.spend(8, 1_000, 0.01);
    assert!(!looks.passes(8, 1_400, 0.01), "a look that is not due is not taken, whatever it would show");
    assert!((500..1_000).contains(&looks.needs(0, 1_000, 0.01).expect("it can pass")));
    assert!(looks.passes(8, 2_000, 0.01));
    // Where the share is above the target as well.
    looks.spend(30, 2_000, 0.01);
    assert!(looks.needs(30, 2_000, 0.01).is_none() && looks.passes(30, 6_000, 0.01));
}

#[test]
fn more_requests_are_as_many_as_the_bound_asks_for() {
    assert_eq!(more_requests(0, 0, 0.01, 0.05), Some(299));
    assert_eq!(more_requests(0, 299, 0.01, 0.05), Some(0));
    assert_eq!(more_requests(2, 628, 0.01, 0.05), Some(0));
    assert_eq!(more_requests(10, 1000, 0.01, 0.05), None);
    let more = more_requests(5, 1000, 0.01, 0.05).expect("half the target gets there");
    assert!(upper_bound((1000 + more) * 5 / 1000, 1000 + more, 0.95) < 0.0101, "{more}");
}

#[test]
fn any_scrape_interval_lays_the_same_stake() {
    let after = |span: u64, times: usize| {
        let mut process = EProcess::default();
        (0..=times)
            .for_each(|_| process.take([f64::NEG_INFINITY; 3], Restart::After(Duration::from_secs(span)), 1.0, 0.0));
        process.ln_odds()
    };
    near(after(5, 180), after(15, 60), 1e-9);
}

#[test]
fn more_steps_than_were_reckoned_with_do_not_lay_more_than_the_stake() {
    let mut process = EProcess::default();
    (0..50).for_each(|_| process.take([0.0; 3], Restart::Step, 1.0, LN_CAP));
    near(process.ln_odds(), 0.0, 1e-12);
}
