//! A driver dies in each phase of a flight, and somebody at another terminal takes its place with a key.

use serde_json::Value;

use super::screen::seat;
use super::stage::{RELEASE, World};
use crate::killed::STEPS;
use crate::served::quick;

/// Flies until something is told, lets the driver die there, and takes over from another terminal with a journal of its own.
/// Whoever took over resumes; the release must end in these words and with this code.
fn taken_over_at(scenario: &str, dies: impl Fn(&Value) -> bool, resumes: bool, (words, code): (&str, u32)) {
    let world = World::serve(scenario, 20);
    world.configure(&quick(STEPS));
    let mut driver = world.start("dana@example", &RELEASE);
    driver.until("it gets that far", dies);
    driver.kill();
    let mut screen = seat(&world, "kim@example", &["attach"]);
    screen.sees_words("NOBODY DRIVES");
    screen.press("t");
    if resumes {
        screen.sees_words("the take-over by kim@example");
        screen.press(" ");
    }
    screen.sees_words(words);
    screen.press("q");
    assert_eq!(screen.ends(), code);
    let (_, text) = world.start("lee@example", &["releases"]).end();
    assert!(text.contains("kim@example"), "whoever took over drove it last: {text}");
}

fn effect<'a>(what: &'a str, state: &'a str) -> impl Fn(&Value) -> bool + 'a {
    move |event| {
        event["event"] == "effect"
            && event["state"] == state
            && event["what"].as_str().is_some_and(|told| told.starts_with(what))
    }
}

fn step<'a>(weight: u64, state: &'a str) -> impl Fn(&Value) -> bool + 'a {
    move |event| event["event"] == "step" && event["weight"] == weight && event["state"] == state
}

const PROMOTED: (&str, u32) = ("PROMOTED", 0);
const ROLLED_BACK: (&str, u32) = ("ROLLED BACK, PROVEN", 3);

#[test]
fn before_the_first_step() {
    taken_over_at("healthy", effect("create the canary", "confirmed"), true, PROMOTED);
}

#[test]
fn while_a_step_waits_for_its_pods() {
    taken_over_at("healthy", effect("scale the canary of checkout to 3", "confirmed"), true, PROMOTED);
}

#[test]
fn in_a_soak() {
    taken_over_at("healthy", step(25, "soaking"), true, PROMOTED);
}

#[test]
fn behind_a_pin() {
    taken_over_at("healthy", step(100, "soaking"), true, PROMOTED);
}

#[test]
fn while_stable_is_rolled() {
    taken_over_at("healthy", effect("roll checkout to the new template", "confirmed"), true, PROMOTED);
}

#[test]
fn while_it_verifies() {
    let verifies =
        |event: &Value| event["event"] == "stage" && event["stage"] == "validation" && event["state"] == "started";
    taken_over_at("healthy", verifies, true, PROMOTED);
}

#[test]
fn in_a_rollback_which_nobody_has_to_resume() {
    taken_over_at("error-spike", effect("scale the canary of checkout to 0", "confirmed"), false, ROLLED_BACK);
}
