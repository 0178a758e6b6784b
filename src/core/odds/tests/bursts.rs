//! The burst correction.

use super::*;
use crate::core::time::Time;

/// V7.
fn raw_of(errors: &[u32]) -> Option<f64> {
    let mut bursts = Bursts::default();
    for (i, &e) in (0i64..).zip(errors) {
        bursts.take(Time::from_millis(i * 15_000), 7425.0, f64::from(e));
    }
    bursts.raw()
}

#[test]
fn bursts_are_measured_on_stable() {
    let calm = raw_of(&[15, 14, 17, 13, 16, 15, 12, 18]).expect("there were errors");
    near(calm, 0.385714, 1e-6);
    near(raw_of(&[0, 5, 0, 0, 12, 0, 3, 0, 0, 20]).expect("there were errors"), 10.5, 1e-9);
    assert_eq!(raw_of(&[4; 9]), Some(0.0));
    assert_eq!(raw_of(&[0; 9]), None);
}

#[test]
fn the_past_counts_from_twenty_intervals_on_and_for_an_hour() {
    let mut bursts = Bursts::default();
    let at = |i: i64| Time::from_millis(i * 15_000);
    for i in 0..19 {
        bursts.take(at(i), 1000.0, if i % 2 == 0 { 0.0 } else { 20.0 });
    }
    assert_eq!(bursts.phi(), 1.0);
    bursts.take(at(19), 1000.0, 20.0);
    assert!(bursts.phi() > 10.0);
    for i in 20..300 {
        bursts.take(at(i), 1000.0, 10.0);
    }
    assert_eq!(bursts.phi(), 1.0, "an hour later the bursts are forgotten");
}

#[test]
fn fewer_requests_on_stable_are_no_burst() {
    let mut bursts = Bursts::default();
    let at = |i: i64| Time::from_millis(i * 15_000);
    for i in 0..40 {
        let n = if i < 20 { 8000.0 } else { 4000.0 };
        bursts.take(at(i), n, n / 500.0);
    }
    assert_eq!(bursts.phi(), 1.0);
}

#[test]
fn a_short_past_lets_guess_bursts_that_are_plainly_there() {
    let guess = |errors: &[f64]| {
        let mut bursts = Bursts::default();
        (0i64..).zip(errors).for_each(|(i, e)| bursts.take(Time::from_millis(i * 15_000), 1000.0, *e));
        assert_eq!(bursts.phi(), 1.0);
        bursts.guess()
    };
    assert!(guess(&[0.0, 20.0, 0.0, 0.0, 20.0, 0.0]) > 10.0);
    assert_eq!(guess(&[2.0, 4.0, 1.0, 2.0, 3.0, 0.0]), 1.0, "so vary independent ones");
    assert_eq!(guess(&[5.0]), 1.0);
    assert_eq!(guess(&[]), 1.0);
}
