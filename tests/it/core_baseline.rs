//! Releases whose canary is compared with a baseline, through the pure core: it is there when it is needed and nothing
//! else ever waits for it.

use std::time::Duration;

use glidepath::core::act::ActVerb;
use glidepath::core::command::Verb;
use glidepath::core::event::{Edge, Event};
use glidepath::core::proof::{LineKind, LineState};
use glidepath::core::snapshot::{Outcome, StepState};
use glidepath::core::time::Time;

use crate::toy::{Toy, plan, with_baseline};

fn toy() -> Toy {
    Toy::new(with_baseline(plan(10, &[1, 25, 50, 100], 60)))
}

fn outcome(toy: &Toy) -> Option<(Outcome, bool)> {
    toy.ended().map(|ended| (ended.outcome, ended.proven))
}

fn sent(toy: &Toy, verb: impl Fn(&ActVerb) -> bool) -> Vec<Time> {
    toy.effects.iter().filter(|(_, act)| verb(&act.verb)).map(|(at, _)| *at).collect()
}

fn holds(toy: &Toy) -> Vec<&str> {
    let reason = |event: &'_ Event| matches!(event, Event::Hold { state: Edge::Begun, .. });
    let begun = toy.events.iter().filter(|(_, event)| reason(event));
    begun
        .filter_map(|(_, event)| if let Event::Hold { reason, .. } = event { Some(reason.as_str()) } else { None })
        .collect()
}

fn until(toy: &mut Toy, what: impl Fn(&Toy) -> bool) {
    for _ in 0..2_000 {
        if what(toy) {
            return;
        }
        toy.second();
    }
    panic!("it never came: {:?}", toy.events.last());
}

fn soaks(toy: &Toy, step: usize) -> bool {
    let soaking =
        |event: &Event| matches!(event, Event::Step { index, state: StepState::Soaking, .. } if *index == step);
    toy.events.iter().any(|(_, event)| soaking(event))
}

#[test]
fn it_has_the_canarys_size_in_each_step_and_is_gone_at_the_end() {
    let mut toy = toy();
    for (step, pods) in [(1, 1), (2, 3), (3, 10)] {
        until(&mut toy, |toy| soaks(toy, step));
        assert_eq!((toy.canary_wanted(), toy.baseline_wanted()), (pods, Some(pods)), "step {step}");
    }
    until(&mut toy, |toy| soaks(toy, 4));
    toy.run(2);
    assert_eq!((toy.is_pinned(), toy.baseline_wanted()), (true, None), "behind pins nobody is compared with");
    toy.run(1_000);
    assert_eq!(outcome(&toy), Some((Outcome::Promoted, false)), "{:?}", toy.events.last());
    assert!(toy.is_clean());
    assert_eq!(toy.lost, 0.0);
    let zero = |verb: &ActVerb| matches!(verb, ActVerb::ScaleBaseline { replicas: 0 });
    assert!(sent(&toy, zero).is_empty() && sent(&toy, |verb| *verb == ActVerb::DeleteBaseline).len() == 1);
}

#[test]
fn a_step_soaks_when_its_baseline_is_ready_and_no_sooner() {
    let mut toy = toy();
    toy.weather.baseline_sick = true;
    toy.run(120);
    assert!(!soaks(&toy, 1));
    toy.weather.baseline_sick = false;
    toy.run(5);
    assert!(soaks(&toy, 1));
    // One that falls ill while it is compared with stops the clock, and says so.
    toy.weather.baseline_sick = true;
    toy.run(20);
    assert!(holds(&toy).iter().any(|why| why.contains("baseline pods of checkout are Ready")), "{:?}", holds(&toy));
    toy.weather.baseline_sick = false;
    toy.run(2_000);
    assert_eq!(outcome(&toy).map(|(outcome, _)| outcome), Some(Outcome::Promoted));
}

#[test]
fn the_canary_is_compared_with_it_and_not_with_all_of_stable() {
    // Whatever is young fails: a cold cache, mostly. All of stable has warm ones.
    let young = |plan| {
        let mut toy = Toy::new(plan);
        (toy.weather.canary_errors, toy.weather.baseline_errors) = (5, Some(5));
        toy.run(400);
        toy
    };
    let beside = young(with_baseline(plan(10, &[25, 100], 60)));
    let why = holds(&beside);
    assert!(why.iter().any(|why| why.contains("not the canary") && why.contains("of baseline's requests")), "{why:?}");
    assert!(!beside.events.iter().any(|(_, event)| matches!(event, Event::Rollback { .. })));
    let alone = young(plan(10, &[25, 100], 60));
    assert!(alone.events.iter().any(|(_, event)| matches!(event, Event::Rollback { .. })));
}

/// One whose requests are judged by odds.
fn by_odds() -> Toy {
    let mut plan = with_baseline(plan(10, &[25, 50, 100], 60));
    let rules = plan.rules.iter_mut().filter(|rule| rule.sli.budget().is_some());
    rules.for_each(|rule| rule.odds = Some(Default::default()));
    Toy::new(plan)
}

#[test]
fn odds_are_laid_against_it() {
    let mut toy = by_odds();
    toy.run(100).weather.canary_errors = 5;
    toy.run(900);
    assert_eq!(outcome(&toy), Some((Outcome::RolledBack, true)), "{:?}", toy.events.last());
    let cause =
        toy.events.iter().find_map(|(_, event)| if let Event::Rollback { cause } = event { Some(cause) } else { None });
    let cause = cause.expect("a cause");
    assert!(cause.contains("failed in this step, baseline 0% (0 of "), "{cause}");
    assert!(toy.is_clean());
}

#[test]
fn a_baseline_that_nobody_can_read_stops_the_clock_and_is_named() {
    let mut toy = by_odds();
    (toy.attended, toy.weather.baseline_dark) = (true, true);
    toy.run(1_500);
    assert!(!soaks(&toy, 2), "a bet against nobody lets no step go");
    let why = holds(&toy);
    assert!(why.iter().any(|why| why.contains("none of baseline's 3 pods can be read")), "{why:?}");
    assert!(!toy.events.iter().any(|(_, event)| matches!(event, Event::Rollback { .. })), "and it blames nobody");
    toy.weather.baseline_dark = false;
    toy.run(2_000);
    assert_eq!(outcome(&toy).map(|(outcome, _)| outcome), Some(Outcome::Promoted), "{:?}", toy.events.last());
}

#[test]
fn a_rollback_takes_the_canary_first_and_waits_for_no_baseline() {
    let time_to_zero = |plan| {
        let mut toy = Toy::new(plan);
        until(&mut toy, |toy| soaks(toy, 2));
        toy.run(20).command(Verb::Rollback);
        let asked = toy.now;
        until(&mut toy, |toy| toy.canary_wanted() == 0);
        let took = toy.now.since(asked);
        (toy, took)
    };
    let (mut with, took) = time_to_zero(with_baseline(plan(10, &[1, 25, 100], 60)));
    let (_, usual) = time_to_zero(plan(10, &[1, 25, 100], 60));
    assert_eq!(took, usual);
    assert_eq!(with.baseline_wanted(), Some(3), "it serves the stable version: it is in nobody's way");
    with.run(900);
    assert_eq!(outcome(&with), Some((Outcome::RolledBack, true)));
    assert!(with.is_clean());
    assert_eq!(with.lost, 0.0);
    let gone = |verb: ActVerb| sent(&with, |other| *other == verb)[0];
    assert!(gone(ActVerb::DeleteCanary) <= gone(ActVerb::DeleteBaseline));
}

#[test]
fn its_pods_are_no_capacity_of_stables() {
    let mut toy = toy();
    until(&mut toy, |toy| soaks(toy, 3));
    toy.run(20);
    // Ten fresh pods of the right version stand there; those of the Deployment that stays do not serve.
    toy.weather.stable_sick = true;
    toy.command(Verb::Rollback);
    toy.run(120);
    assert!(toy.canary_wanted() > 0, "the canary went although no stable pod can take its traffic");
    let pages =
        toy.events.iter().filter_map(|(_, event)| if let Event::Page { why, .. } = event { Some(why) } else { None });
    let pages: Vec<_> = pages.collect();
    assert!(pages.len() == 1 && pages[0].contains("0 stable pods are Ready, and 1 must be"), "{pages:?}");
    toy.weather.stable_sick = false;
    until(&mut toy, |toy| toy.canary_wanted() == 0);
    toy.weather.stable_sick = true;
    toy.run(60);
    let capacity = toy.state.as_ref().and_then(|state| state.rollback.as_ref()).and_then(|rollback| {
        rollback
            .lines
            .iter()
            .find(|line| line.line == LineKind::StableCapacity)
            .map(|line| (line.state, line.why.clone()))
    });
    let (state, why) = capacity.expect("a line");
    assert!(state != LineState::Done && why.starts_with("0 of 10"), "{state:?}: {why}");
    toy.weather.stable_sick = false;
    toy.run(600);
    assert_eq!(outcome(&toy), Some((Outcome::RolledBack, true)));
    assert!(toy.is_clean());
}

#[test]
fn a_held_release_leaves_none_and_makes_a_new_one_when_it_goes_on() {
    let mut toy = toy();
    until(&mut toy, |toy| soaks(toy, 2));
    toy.run(10).command(Verb::HoldHere);
    toy.run(30);
    assert_eq!(outcome(&toy).map(|(outcome, _)| outcome), Some(Outcome::Held));
    assert_eq!((toy.canary_wanted(), toy.baseline_wanted()), (3, None));
    toy.resume();
    toy.run(30);
    assert_eq!(toy.baseline_wanted(), Some(3));
    toy.run(2_000);
    assert_eq!(outcome(&toy).map(|(outcome, _)| outcome), Some(Outcome::Promoted), "{:?}", toy.events.last());
    assert!(toy.is_clean());
}

#[test]
fn a_superseded_release_leaves_none() {
    let mut toy = toy();
    until(&mut toy, |toy| soaks(toy, 2));
    toy.weather.foreign = Some("helm".into());
    toy.run(400);
    assert_eq!(outcome(&toy).map(|(outcome, _)| outcome), Some(Outcome::Superseded), "{:?}", toy.events.last());
    assert!(toy.is_clean());
}

#[test]
fn its_pods_are_paid_for_and_count_as_stables_share() {
    let mut toy = toy();
    until(&mut toy, |toy| soaks(toy, 3));
    toy.run(59);
    let measured = toy.events.iter().rev().find_map(|(_, event)| match event {
        Event::Share { measured, .. } => *measured,
        _ => None,
    });
    assert!(measured.is_some_and(|share| (share - 33.3).abs() < 1.0), "ten of thirty pods: {measured:?}");
    let both = toy.state.as_ref().unwrap().pod_time.span();
    let mut alone = Toy::new(plan(10, &[1, 25, 50, 100], 60));
    until(&mut alone, |toy| soaks(toy, 3));
    alone.run(59);
    let canary = alone.state.as_ref().unwrap().pod_time.span();
    assert!(both > canary * 2 - Duration::from_secs(60), "{both:?} beside {canary:?}");
}
