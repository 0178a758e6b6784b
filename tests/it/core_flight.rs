//! Whole releases through the pure core, on a toy world: the outcomes, and what holds whatever happens.

use std::time::Duration;

use glidepath::core::act::ActVerb;
use glidepath::core::command::Verb;
use glidepath::core::decide::BEWARE;
use glidepath::core::event::{Edge, Event};
use glidepath::core::plan::Stage;
use glidepath::core::proof::{LineKind, LineState};
use glidepath::core::snapshot::{Outcome, StepState};
use glidepath::core::state::{HoldKind, Phase};

use crate::toy::{Toy, plan};

fn toy() -> Toy {
    Toy::new(plan(10, &[1, 10, 25, 50, 100], 60))
}

fn outcome(toy: &Toy) -> Option<(Outcome, bool)> {
    toy.ended().map(|ended| (ended.outcome, ended.proven))
}

fn causes(toy: &Toy) -> Vec<&str> {
    toy.events
        .iter()
        .filter_map(|(_, event)| if let Event::Rollback { cause } = event { Some(cause.as_str()) } else { None })
        .collect()
}

fn holds(toy: &Toy) -> Vec<&str> {
    let begun = |event: &'_ Event| matches!(event, Event::Hold { state: Edge::Begun, .. });
    toy.events
        .iter()
        .filter(|(_, event)| begun(event))
        .filter_map(|(_, event)| if let Event::Hold { reason, .. } = event { Some(reason.as_str()) } else { None })
        .collect()
}

#[test]
fn a_healthy_release_is_promoted_and_leaves_nothing() {
    let mut toy = toy();
    toy.run(3_000);
    assert_eq!(outcome(&toy), Some((Outcome::Promoted, false)), "{:?}", toy.events.last());
    assert!(toy.is_clean());
    assert_eq!(toy.lost, 0.0);
    let passed =
        toy.events.iter().filter(|(_, event)| matches!(event, Event::Step { state: StepState::Passed, .. })).count();
    assert_eq!(passed, 5);
}

#[test]
fn errors_roll_back_and_the_proof_is_whole() {
    let mut toy = toy();
    toy.run(150).weather.canary_errors = 5;
    let broken = toy.now;
    toy.run(900);
    assert_eq!(outcome(&toy), Some((Outcome::RolledBack, true)), "{:?}", toy.events.last());
    assert!(causes(&toy)[0].starts_with("errors: "), "{:?}", causes(&toy));
    let decided = toy.events.iter().find(|(_, event)| matches!(event, Event::Rollback { .. })).unwrap().0;
    assert!(decided.since(broken) < Duration::from_secs(60), "it took {:?}", decided.since(broken));
    assert!(toy.is_clean());
    assert_eq!(toy.lost, 0.0);
}

#[test]
fn a_common_outage_is_not_the_canary() {
    let mut toy = toy();
    toy.run(100);
    (toy.weather.canary_errors, toy.weather.stable_errors) = (5, 5);
    toy.run(900);
    assert_eq!(outcome(&toy), Some((Outcome::Held, false)));
    assert!(holds(&toy).iter().any(|reason| reason.contains("not the canary")), "{:?}", holds(&toy));
}

/// The same flights, with the shares of requests judged by odds.
fn toy_by_odds() -> Toy {
    let mut plan = plan(10, &[1, 10, 25, 50, 100], 60);
    plan.rules
        .iter_mut()
        .filter(|rule| rule.sli.budget().is_some())
        .for_each(|rule| rule.odds = Some(Default::default()));
    plan.hash = plan.seal();
    Toy::new(plan)
}

#[test]
fn odds_promote_what_is_healthy() {
    let mut toy = toy_by_odds();
    toy.run(3_000);
    assert_eq!(outcome(&toy), Some((Outcome::Promoted, false)), "{:?}", toy.events.last());
}

#[test]
fn while_stable_fails_as_well_a_rollback_says_that_it_will_not_help_and_a_pause_that_nothing_goes_on() {
    let mut toy = toy_by_odds();
    toy.run(100);
    (toy.weather.canary_errors, toy.weather.stable_errors) = (5, 5);
    for _ in 0..300 {
        toy.run(1);
        if toy.picture().hold.is_some_and(|hold| hold.kind == Some(HoldKind::Against)) {
            break;
        }
    }
    let picture = toy.picture();
    let ends = picture.hold.as_ref().map(|hold| hold.ends.clone()).unwrap_or_default();
    assert!(
        ends.starts_with(
            "Rolling back would not help: look at what both versions depend on. Goes on by itself when stable"
        ),
        "{ends}"
    );
    let offer = picture.offers.iter().find(|offer| offer.command == "rollback").unwrap();
    let (label, text) = offer.would.as_ref().unwrap().first().unwrap();
    assert!(label == BEWARE && text.starts_with("rolling back will not help: 1.7.4 fails"), "{label}: {text}");
    toy.command(Verb::Pause);
    toy.run(2);
    let ends = toy.picture().hold.map(|hold| hold.ends).unwrap_or_default();
    assert!(ends.contains("Goes on only after resume, when stable"), "{ends}");
}

#[test]
fn since_when_users_are_hurt_is_counted_from_the_first_error_to_the_last_one() {
    let mut toy = toy_by_odds();
    let harm = |toy: &mut Toy| toy.picture().rules.iter().find_map(|rule| rule.harm);
    toy.run(150);
    assert_eq!(harm(&mut toy), None);
    let broken = toy.now;
    toy.weather.canary_errors = 5;
    toy.run(900);
    assert_eq!(outcome(&toy), Some((Outcome::RolledBack, true)), "{:?}", toy.events.last());
    let decided = toy.events.iter().find(|(_, event)| matches!(event, Event::Rollback { .. })).unwrap().0;
    let harm = harm(&mut toy).unwrap();
    let late = harm.since.since(broken).max(broken.since(harm.since));
    assert!(late <= Duration::from_secs(15), "{:?} is not {broken:?}", harm.since);
    // The canary fails until it is gone, and not only until that was decided.
    assert!(harm.until >= decided, "{:?} {decided:?}", harm.until);
    let share = harm.hurt.share().unwrap();
    assert!(harm.hurt.bad > 0 && (0.02..0.1).contains(&share), "{harm:?}");
    assert_eq!(harm.other.bad, 0);
}

#[test]
fn odds_roll_back_what_is_not_and_hold_what_is_common() {
    let mut bad = toy_by_odds();
    bad.run(150).weather.canary_errors = 5;
    let broken = bad.now;
    bad.run(900);
    assert_eq!(outcome(&bad), Some((Outcome::RolledBack, true)), "{:?}", bad.events.last());
    assert!(causes(&bad)[0].contains("× stable, rollback at 1000:1"), "{:?}", causes(&bad));
    let decided = bad.events.iter().find(|(_, event)| matches!(event, Event::Rollback { .. })).unwrap().0;
    assert!(decided.since(broken) < Duration::from_secs(60), "it took {:?}", decided.since(broken));

    let mut common = toy_by_odds();
    common.run(100);
    (common.weather.canary_errors, common.weather.stable_errors) = (5, 5);
    common.run(900);
    assert_eq!(outcome(&common), Some((Outcome::Held, false)));
    assert!(holds(&common).iter().any(|reason| reason.contains("not the canary")), "{:?}", holds(&common));
    // What the sentence says is what the gauge shows: those odds alone can act then.
    let said =
        common.picture().rules.into_iter().find(|rule| rule.judgement.evidence.common).unwrap().judgement.evidence;
    let odds = said.why.split("odds ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap();
    assert!(said.line.as_ref().unwrap().contains(&format!("odds {odds} ")), "{said:?}");
}

#[test]
fn metrics_that_come_back_only_hold_and_metrics_that_do_not_roll_back() {
    let mut back = toy();
    back.run(100).weather.metrics_down = true;
    back.run(150).weather.metrics_down = false;
    back.run(3_000);
    assert_eq!(outcome(&back), Some((Outcome::Promoted, false)));
    assert!(holds(&back).iter().any(|reason| reason.contains("connection refused")), "{:?}", holds(&back));

    let mut lost = toy();
    lost.plan.limits.hold = Duration::from_secs(3_600);
    lost.run(100).weather.metrics_down = true;
    lost.run(3_000);
    assert_eq!(outcome(&lost), Some((Outcome::RolledBack, false)));
    assert!(causes(&lost)[0].contains("blind for 5m"), "{:?}", causes(&lost));
    let slo = |event: &Event| matches!(event, Event::Proof { line: LineKind::SloInside, state: LineState::Done, .. });
    assert!(!lost.events.iter().any(|(_, event)| slo(event)));
}

#[test]
fn who_is_blind_and_has_no_stable_to_go_back_to_holds_and_pages_once() {
    let mut toy = toy();
    toy.plan.limits.hold = Duration::from_secs(3_600);
    toy.run(100);
    (toy.weather.metrics_down, toy.weather.stable_sick) = (true, true);
    toy.run(1_200);
    assert_eq!(causes(&toy), Vec::<String>::new());
    let pages = |toy: &Toy| {
        let page =
            |event: &Event| matches!(event, Event::Page { why, rule: None, .. } if why.starts_with("blind for 5m"));
        toy.events.iter().filter(|(_, event)| page(event)).count()
    };
    assert_eq!(pages(&toy), 1);
    assert_eq!(outcome(&toy), None);
}

#[test]
fn an_api_outage_delays_a_rollback_and_is_counted() {
    let mut toy = toy();
    toy.run(150).weather.canary_errors = 20;
    while causes(&toy).is_empty() {
        toy.second();
    }
    toy.weather.api_down = true;
    toy.run(120).weather.api_down = false;
    toy.run(600);
    assert_eq!(outcome(&toy), Some((Outcome::RolledBack, true)));
    let told =
        toy.events.iter().any(|(_, event)| matches!(event, Event::Note { text } if text.contains("answers again")));
    assert!(told);
}

#[test]
fn a_collapse_at_full_weight_is_unpinned_at_once() {
    let mut toy = toy();
    while !toy.effects.iter().any(|(_, act)| matches!(act.verb, ActVerb::Pin { .. })) {
        toy.second();
    }
    toy.run(10).weather.canary_sick = true;
    let collapsed = toy.now;
    toy.run(600);
    let unpinned = toy.effects.iter().find(|(_, act)| matches!(act.verb, ActVerb::Unpin { .. })).unwrap().0;
    assert!(unpinned.since(collapsed) <= Duration::from_secs(2), "{:?}", unpinned.since(collapsed));
    assert_eq!(outcome(&toy), Some((Outcome::RolledBack, true)));
}

#[test]
fn a_foreign_template_at_full_weight_is_left_alone_and_the_canary_goes_once_proxies_have_had_their_time() {
    let mut toy = toy();
    while !toy.effects.iter().any(|(_, act)| matches!(act.verb, ActVerb::Pin { .. })) {
        toy.second();
    }
    toy.run(10).weather.foreign = Some("kubectl-set".into());
    let changed = toy.effects.len();
    toy.run(600);
    assert_eq!(outcome(&toy), Some((Outcome::Superseded, false)), "{:?}", toy.events.last());
    let at = |wanted: fn(&ActVerb) -> bool| {
        toy.effects[changed..].iter().find(|(_, act)| wanted(&act.verb)).map(|(at, _)| *at)
    };
    let unpinned = at(|verb| matches!(verb, ActVerb::Unpin { .. })).unwrap();
    let scaled = at(|verb| matches!(verb, ActVerb::ScaleCanary { replicas: 0 })).unwrap();
    assert!(scaled.since(unpinned) >= Duration::from_secs(2), "{:?}", scaled.since(unpinned));
    assert_eq!(at(|verb| matches!(verb, ActVerb::RestoreStable | ActVerb::RollStable)), None);
    assert!(toy.is_clean());
    assert_eq!(toy.lost, 0.0);
}

#[test]
fn marks_that_nobody_sees_are_cleared_too_before_the_end() {
    let mut toy = toy();
    toy.weather.in_between = 2;
    toy.run(3_000);
    assert_eq!(outcome(&toy), Some((Outcome::Promoted, false)), "{:?}", toy.events.last());
    let cleared = toy.effects.iter().filter(|(_, act)| act.verb == ActVerb::ClearMarks).count();
    assert_eq!(cleared, 3);
}

#[test]
fn a_deleted_stable_is_said_and_its_canary_serves_on() {
    let mut toy = toy();
    while !toy.effects.iter().any(|(_, act)| matches!(act.verb, ActVerb::Pin { .. })) {
        toy.second();
    }
    toy.run(10).weather.deleted = true;
    toy.run(900);
    assert_eq!(outcome(&toy), Some((Outcome::Held, false)), "{:?}", toy.events.last());
    assert!(holds(&toy).iter().any(|reason| reason.contains("Deployment checkout was deleted")), "{:?}", holds(&toy));
    assert_eq!(toy.canary_wanted(), 10);
}

#[test]
fn whoever_rolls_stable_to_the_new_version_meanwhile_takes_over() {
    let mut toy = toy();
    toy.run(30).somebody_rolls();
    toy.run(900);
    assert_eq!(outcome(&toy), Some((Outcome::Superseded, false)), "{:?}", toy.events.last());
    let said = holds(&toy).iter().any(|reason| reason.contains("has rolled checkout to the new template"));
    assert!(said, "{:?}", holds(&toy));
    let ours = toy.effects.iter().any(|(_, act)| matches!(act.verb, ActVerb::RestoreStable | ActVerb::RollStable));
    assert!(!ours, "somebody else's template was overwritten");
    assert!(toy.is_clean());
    assert_eq!(toy.lost, 0.0);
}

#[test]
fn an_old_template_that_comes_back_while_all_is_verified_is_not_promoted() {
    let mut toy = toy();
    while !toy.events.iter().any(|(_, event)| matches!(event, Event::Stage { stage: Stage::Validation, .. })) {
        toy.second();
    }
    toy.somebody_undoes();
    toy.run(900);
    assert_eq!(outcome(&toy), Some((Outcome::Superseded, false)), "{:?}", toy.events.last());
    assert!(toy.is_clean());
    assert_eq!(toy.lost, 0.0);
}

#[test]
fn an_old_template_that_comes_back_again_and_again_is_fought_three_times() {
    let mut toy = toy();
    let rolls = |toy: &Toy| toy.effects.iter().filter(|(_, act)| act.verb == ActVerb::RollStable).count();
    for fought in 1..=3 {
        while rolls(&toy) < fought {
            toy.second();
        }
        toy.run(2).somebody_undoes();
    }
    toy.run(900);
    assert_eq!(outcome(&toy), Some((Outcome::Held, false)), "{:?}", toy.events.last());
    assert!(
        holds(&toy).iter().any(|reason| reason.contains("old template of checkout back again")),
        "{:?}",
        holds(&toy)
    );
    assert_eq!(rolls(&toy), 3);
    assert_eq!(toy.lost, 0.0);
}

#[test]
fn a_step_soaks_with_all_its_pods_and_not_with_one_of_three() {
    let mut toy = Toy::new(plan(10, &[25, 100], 60));
    toy.weather.room = Some(1);
    toy.run(600);
    assert_eq!(outcome(&toy), Some((Outcome::RolledBack, true)), "{:?}", toy.events.last());
    let soaked = toy.events.iter().any(|(_, event)| matches!(event, Event::Step { state: StepState::Soaking, .. }));
    assert!(!soaked, "one pod was judged under the weight of three");
}

#[test]
fn whoever_puts_our_writes_back_is_named_and_not_fought_for_ever() {
    let mut toy = toy();
    toy.weather.fight = true;
    toy.run(3_000);
    assert_eq!(outcome(&toy), Some((Outcome::Held, false)), "{:?}", toy.events.last());
    assert!(holds(&toy).iter().any(|reason| reason.contains("argocd-controller")), "{:?}", holds(&toy));
    let pins = toy.effects.iter().filter(|(_, act)| matches!(act.verb, ActVerb::Pin { .. })).count();
    assert!((3..=4).contains(&pins), "{pins} pins");
}

#[test]
fn a_pause_stops_advancing_and_a_promotion_while_paused_advances_one_step() {
    let mut toy = toy();
    toy.attended = true;
    toy.run(30).command(Verb::Pause);
    toy.run(300);
    assert_eq!(toy.state.as_ref().unwrap().stepping().unwrap().index, 0);
    toy.command(Verb::Promote { full: false, over: false });
    toy.run(60);
    assert_eq!(toy.state.as_ref().unwrap().stepping().unwrap().index, 1);
    toy.run(300);
    assert_eq!(toy.state.as_ref().unwrap().stepping().unwrap().index, 1);
    toy.command(Verb::Resume);
    toy.run(3_000);
    assert_eq!(outcome(&toy), Some((Outcome::Promoted, false)));
}

#[test]
fn an_approval_is_waited_for_and_refused_where_none_is_asked() {
    let mut toy = toy();
    toy.plan.steps[0].approval = true;
    toy.run(30).command(Verb::Promote { full: false, over: false });
    toy.run(300);
    let refused = toy
        .events
        .iter()
        .any(|(_, event)| matches!(event, Event::Command { accepted: false, why, .. } if why.contains("approval")));
    assert!(refused);
    assert_eq!(toy.state.as_ref().unwrap().stepping().unwrap().index, 0);
    toy.command(Verb::Approve);
    toy.run(30);
    assert_eq!(toy.state.as_ref().unwrap().stepping().unwrap().index, 1);
    toy.command(Verb::Approve);
    toy.run(3_000);
    let refusals =
        toy.events.iter().filter(|(_, event)| matches!(event, Event::Command { accepted: false, .. })).count();
    assert_eq!((refusals, outcome(&toy)), (2, Some((Outcome::Promoted, false))));
}

#[test]
fn a_promotion_to_full_goes_straight_to_the_last_step() {
    let mut toy = toy();
    toy.run(30).command(Verb::Promote { full: true, over: false });
    toy.run(20);
    assert_eq!(toy.state.as_ref().unwrap().stepping().unwrap().index, 4);
    toy.run(1_000);
    assert_eq!(outcome(&toy), Some((Outcome::Promoted, false)));
    assert_eq!(toy.lost, 0.0);
}

#[test]
fn a_rollback_while_stable_is_rolled_puts_the_recorded_template_back() {
    let mut toy = toy();
    while !matches!(toy.state.as_ref().unwrap().phase, Phase::Finishing(_)) {
        toy.second();
    }
    toy.run(5).command(Verb::Rollback);
    toy.run(900);
    assert_eq!(outcome(&toy), Some((Outcome::RolledBack, true)), "{:?}", toy.events.last());
    assert!(toy.effects.iter().any(|(_, act)| act.verb == ActVerb::RestoreStable));
    assert_eq!(toy.lost, 0.0);
    assert!(toy.is_clean());
}

#[test]
fn whoever_pins_again_while_the_api_is_away_pins_once_it_is_seen_again() {
    let mut toy = toy();
    (toy.weather.fight, toy.attended) = (true, true);
    for _ in 0..600 {
        toy.run(1);
        if toy.picture().hold.is_some_and(|hold| hold.kind == Some(HoldKind::Fight)) {
            break;
        }
    }
    (toy.weather.api_down, toy.weather.fight) = (true, false);
    toy.run(2);
    let sent = toy.effects.len();
    toy.command(Verb::Resume);
    toy.run(20);
    assert!(toy.effects[sent..].is_empty(), "{:?}", &toy.effects[sent..]);
    toy.weather.api_down = false;
    toy.run(3);
    assert!(toy.effects[sent..].iter().any(|(_, act)| matches!(act.verb, ActVerb::Pin { .. })));
}
