//! What rules do to a flight beyond a rollback: levels, dry runs, steps in which a rule is another, pages.

use std::time::Duration;

use glidepath::core::event::Event;
use glidepath::core::level::{Level, Priority};
use glidepath::core::rule::{Action, InStep, Sli};
use glidepath::core::snapshot::Outcome;

use crate::toy::{Toy, plan};

fn level(priority: Priority, bound: f64) -> Level {
    let usual = priority.usual();
    Level { priority, bound, action: usual.action, page: usual.page }
}

/// A flight whose canary fails five times of a hundred from the 10 % step on, with the rule of errors changed.
fn flown(change: impl FnOnce(&mut glidepath::core::rule::Rule)) -> Toy {
    let mut plan = plan(10, &[1, 10, 25, 50, 100], 60);
    change(&mut plan.rules[0]);
    plan.hash = plan.seal();
    let mut toy = Toy::new(plan);
    toy.run(100).weather.canary_errors = 5;
    toy.run(3_000);
    toy
}

fn outcome(toy: &Toy) -> Option<Outcome> {
    toy.ended().map(|ended| ended.outcome)
}

#[test]
fn a_rule_that_only_runs_dry_judges_and_never_acts() {
    let toy = flown(|rule| rule.dry_run = true);
    assert_eq!(outcome(&toy), Some(Outcome::Promoted));
    let failed =
        |event: &Event| matches!(event, Event::Verdict { verdict: glidepath::core::verdict::Verdict::Fail, .. });
    assert!(toy.events.iter().any(|(_, event)| failed(event)), "it says what it would have done");
}

#[test]
fn a_level_does_what_it_says_and_pages_who_is_on_call() {
    let held = flown(|rule| rule.levels = vec![level(Priority::P2, 0.01), level(Priority::P1, 0.2)]);
    assert_eq!(outcome(&held), Some(Outcome::Held), "P2 holds");
    assert!(!held.events.iter().any(|(_, event)| matches!(event, Event::Page { .. })));
    let noted = flown(|rule| {
        rule.levels = vec![level(Priority::P3, 0.01)];
        rule.action = Action::Note;
    });
    assert_eq!(outcome(&noted), Some(Outcome::Promoted), "P3 notes");
    let paged = flown(|rule| rule.levels = vec![level(Priority::P0, 0.01)]);
    assert_eq!(outcome(&paged), Some(Outcome::RolledBack));
    let pages: Vec<_> = paged.events.iter().filter(|(_, event)| matches!(event, Event::Page { .. })).collect();
    assert_eq!(pages.len(), 1, "once, and not with every reading: {pages:?}");
    let (at, page) = pages[0];
    let line = glidepath::core::words::sentence(page, &paged.plan, *at).unwrap();
    assert!(line.text.starts_with("page whoever is on call: errors of checkout: P0: "), "{}", line.text);
}

#[test]
fn a_rule_can_be_another_in_a_step() {
    let lenient = InStep { sli: Some(Sli::Errors { target: 0.2 }), ..InStep::default() };
    let resting = InStep { off: true, ..InStep::default() };
    let toy = flown(|rule| rule.steps = [1, 10, 25, 50].map(|weight| (weight, lenient.clone())).into());
    assert_eq!(outcome(&toy), Some(Outcome::RolledBack));
    let cause = toy.events.iter().find_map(|(at, event)| match event {
        Event::Rollback { .. } => Some(*at),
        _ => None,
    });
    let pinned = toy.events.iter().find_map(|(at, event)| match event {
        Event::Step { weight: 100, .. } => Some(*at),
        _ => None,
    });
    assert!(cause.unwrap() >= pinned.unwrap() + Duration::from_secs(10), "only at 100 % is 5 % too much");
    let toy = flown(|rule| rule.steps = [1, 10, 25, 50].map(|weight| (weight, resting.clone())).into());
    assert_eq!(outcome(&toy), Some(Outcome::RolledBack), "nor is a rule that rests there at rest at 100 %");
}

/// What a canary pod shows of its past, and how the flight ends for it.
fn after(reason: &'static str, restarts: u32, oom_kills: u32) -> (Option<Outcome>, String) {
    let mut toy = Toy::new(plan(10, &[1, 10, 25, 50, 100], 60));
    toy.run(100).weather.canary_past = Some((reason, restarts, oom_kills));
    toy.run(2);
    let cause = toy.events.iter().find_map(|(_, event)| match event {
        Event::Rollback { cause } => Some(cause.clone()),
        _ => None,
    });
    toy.run(3_000);
    (outcome(&toy), cause.unwrap_or_default())
}

#[test]
fn a_kill_or_three_crashes_are_a_breach_at_once_and_an_eviction_is_nobodys() {
    let (killed, cause) = after("OOMKilled", 1, 1);
    assert_eq!(killed, Some(Outcome::RolledBack));
    assert!(cause.contains("was killed for using too much memory"), "{cause}");
    let (looping, cause) = after("CrashLoopBackOff", 2, 0);
    assert_eq!(looping, Some(Outcome::RolledBack));
    assert!(cause.contains("canary pods crashed 3 times"), "{cause}");
    assert_eq!(after("Running", 2, 0).0, Some(Outcome::Promoted), "two restarts are no breach yet");
    for drained in ["Evicted", "NodeShutdown", "Preempted"] {
        assert_eq!(after(drained, 9, 1), (Some(Outcome::Promoted), String::new()), "{drained}");
    }
}
