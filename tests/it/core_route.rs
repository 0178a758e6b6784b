//! The corners of the plain route, each through the pure core on the toy world.

use std::time::Duration;

use glidepath::core::act::{ActFault, ActVerb};
use glidepath::core::command::Verb;
use glidepath::core::event::{Edge, Event, GateState};
use glidepath::core::plan::{Finish, HpaPlan, OnHoldLimit};
use glidepath::core::proof::LineKind;
use glidepath::core::snapshot::Outcome;
use glidepath::core::state::{FinishPart, Phase};
use glidepath::core::time::Time;

use crate::toy::{Toy, plan};

const DAY: Duration = Duration::from_secs(24 * 3_600);
const PROMOTE: Verb = Verb::Promote { full: false, over: false };
const OVERRIDE: Verb = Verb::Promote { full: false, over: true };

/// Two steps: beside stable, and pinned.
fn toy() -> Toy {
    Toy::new(plan(10, &[50, 100], 60))
}

fn outcome(toy: &Toy) -> Option<Outcome> {
    toy.ended().map(|ended| ended.outcome)
}

fn until(toy: &mut Toy, what: &str, is_so: impl Fn(&Toy) -> bool) {
    for _ in 0..5_000 {
        if is_so(toy) {
            return;
        }
        toy.second();
    }
    panic!("never {what}: {:?}", toy.state.as_ref().unwrap().phase);
}

fn finishing(toy: &Toy, wanted: FinishPart) -> bool {
    matches!(&toy.state.as_ref().unwrap().phase, Phase::Finishing(finishing) if finishing.part == wanted)
}

/// Whether the step at this place soaks.
fn soaks(toy: &Toy, index: usize) -> bool {
    let stepping = toy.state.as_ref().unwrap().stepping();
    stepping.is_some_and(|stepping| stepping.index == index && stepping.soaking_since.is_some())
}

fn until_pinned(toy: &mut Toy) {
    until(toy, "soaking at 100 %", |toy| soaks(toy, 1) && toy.is_pinned());
}

/// When acts like this were sent.
fn sent(toy: &Toy, is_one: impl Fn(&ActVerb) -> bool) -> Vec<Time> {
    toy.effects.iter().filter(|(_, act)| is_one(&act.verb)).map(|(at, _)| *at).collect()
}

fn is_unpin(verb: &ActVerb) -> bool {
    matches!(verb, ActVerb::Unpin { .. })
}

fn holds(toy: &Toy, words: &str) -> bool {
    toy.events
        .iter()
        .any(|(_, event)| matches!(event, Event::Hold { state: Edge::Begun, reason } if reason.contains(words)))
}

/// What the last command was answered.
fn answer(toy: &Toy) -> (bool, String) {
    let answers = toy.events.iter().rev();
    let mut answers = answers.filter_map(|(_, event)| match event {
        Event::Command { accepted, why, .. } => Some((*accepted, why.clone())),
        _ => None,
    });
    answers.next().expect("an answer")
}

#[test]
fn with_finish_wait_the_owner_brings_the_image_and_we_never_do() {
    let mut toy = toy();
    toy.plan.finish = Finish::Wait;
    until(&mut toy, "waiting for the owner", |toy| finishing(toy, FinishPart::AwaitOwner));
    toy.run(900);
    assert_eq!((outcome(&toy), toy.is_pinned()), (None, true), "it is no hold, and no hold limit ends it");
    toy.owner_rolls();
    toy.run(600);
    assert_eq!(outcome(&toy), Some(Outcome::Promoted));
    assert!(sent(&toy, |verb| *verb == ActVerb::RollStable).is_empty());
    assert!(toy.is_clean() && toy.lost == 0.0);
}

#[test]
fn an_owner_who_never_comes_leaves_the_release_held_and_not_behind_a_pin() {
    let mut toy = toy();
    toy.plan.finish = Finish::Wait;
    assert_eq!(toy.plan.limits.wait, DAY, "unless somebody says otherwise");
    toy.plan.limits.wait = Duration::from_secs(1_200);
    until(&mut toy, "waiting for the owner", |toy| finishing(toy, FinishPart::AwaitOwner));
    let waited_from = toy.now;
    toy.run(2 * 3_600);
    assert_eq!(outcome(&toy), Some(Outcome::Held));
    let waited = toy.now.since(waited_from).as_secs();
    assert!((1_200..1_210).contains(&waited), "{waited} s");
    assert!(!toy.is_pinned() && !toy.is_rolled() && toy.lost == 0.0);
    assert_eq!(toy.canary_wanted(), 10, "the weight stays");
}

#[test]
fn a_foreign_template_is_held_for_by_name_and_then_given_way_to() {
    for pinned in [false, true] {
        let mut toy = toy();
        until(&mut toy, "soaking", |toy| soaks(toy, usize::from(pinned)));
        toy.weather.foreign = Some("helm".into());
        toy.run(60);
        assert!(holds(&toy, "helm has changed the template of checkout"));
        assert_eq!(toy.is_pinned(), pinned, "it waits before it gives way");
        toy.run(600);
        assert_eq!(outcome(&toy), Some(Outcome::Superseded), "{:?}", toy.events.last());
        assert_eq!(toy.ended().unwrap().exit_code, 4);
        let templates = sent(&toy, |verb| matches!(verb, ActVerb::RollStable | ActVerb::RestoreStable));
        assert!(templates.is_empty(), "stable's template is never written again");
        assert!(toy.is_clean() && toy.lost == 0.0);
    }
}

#[test]
fn a_foreign_template_is_given_way_to_at_once_on_the_operators_word() {
    let mut toy = toy();
    toy.attended = true;
    until_pinned(&mut toy);
    toy.weather.foreign = Some("kubectl-edit".into());
    toy.run(900);
    assert_eq!(outcome(&toy), None, "in the cockpit a hold never ends by itself");
    toy.command(Verb::HoldHere);
    toy.run(60);
    assert_eq!(outcome(&toy), Some(Outcome::Superseded));
    let scaled = sent(&toy, |verb| *verb == ActVerb::ScaleCanary { replicas: 0 })[0];
    assert!(sent(&toy, is_unpin)[0] <= scaled);
    assert!(toy.is_clean() && toy.lost == 0.0);
}

#[test]
fn a_foreign_template_while_all_pods_are_verified_is_a_hold_too() {
    let mut toy = toy();
    until(&mut toy, "verifying", |toy| finishing(toy, FinishPart::Verify));
    toy.weather.foreign = Some("argocd-controller".into());
    toy.run(600);
    assert!(holds(&toy, "argocd-controller has changed the template"));
    assert_eq!(outcome(&toy), Some(Outcome::Superseded));
}

#[test]
fn a_thin_pin_is_taken_down_after_ten_seconds_and_holds() {
    let mut toy = toy();
    toy.attended = true;
    until_pinned(&mut toy);
    toy.weather.canary_thin = 3;
    let thin = toy.now;
    toy.run(9).weather.canary_thin = 0;
    toy.run(30);
    assert!(sent(&toy, is_unpin).is_empty(), "nine seconds are not ten");
    toy.weather.canary_thin = 3;
    let thin_again = toy.now;
    toy.run(30);
    let unpinned = sent(&toy, is_unpin)[0].since(thin_again);
    assert!((10..=13).contains(&unpinned.as_secs()), "{unpinned:?} after {:?}", thin_again.since(thin));
    assert!(holds(&toy, "too few canary pods were Ready behind Service checkout"));
    assert_eq!(outcome(&toy), None, "it holds, and does not roll back");
    toy.weather.canary_thin = 0;
    toy.run(60);
    assert!(!toy.is_pinned(), "nobody pins it again unasked");
    toy.command(Verb::Resume);
    toy.run(600);
    assert_eq!((outcome(&toy), toy.lost), (Some(Outcome::Promoted), 0.0));
}

#[test]
fn behind_a_pin_that_leads_to_no_ready_pod_nobody_waits_for_pods() {
    let mut toy = toy();
    toy.attended = true;
    until_pinned(&mut toy);
    toy.weather.canary_thin = 3;
    toy.run(3);
    assert!(toy.picture().wait.is_some(), "seven of ten are waited for, with a limit");
    toy.weather.canary_sick = true;
    assert_eq!(toy.picture().wait, None, "users meet nobody: that has no minutes to wait");
    let deserted = toy.now;
    toy.run(5);
    let rolls_back =
        |event: &Event| matches!(event, Event::Rollback { cause } if cause.contains("has no Ready canary endpoint"));
    let decided = toy.events.iter().find(|(_, event)| rolls_back(event)).expect("a rollback").0;
    assert!(decided.since(deserted) <= Duration::from_secs(1), "{decided:?} {deserted:?}");
}

#[test]
fn a_rollback_from_a_pin_says_that_the_service_was_unpinned_first() {
    let accepted = |toy: &mut Toy| {
        toy.command(Verb::Rollback);
        toy.run(600);
        let lines = toy.picture().rollback.expect("a rollback").lines;
        lines.into_iter().find(|line| line.line == LineKind::Accepted).expect("its line").why
    };
    let mut pinned = toy();
    until_pinned(&mut pinned);
    let said = "Service checkout was unpinned at 0s; when its proxies knew, the canary was scaled to 0";
    assert_eq!(accepted(&mut pinned), said);
    let mut never = toy();
    until(&mut never, "soaking", |toy| soaks(toy, 0));
    assert_eq!(accepted(&mut never), "the canary was scaled to 0");
    let mut fought = toy();
    fought.attended = true;
    until_pinned(&mut fought);
    fought.weather.fight = true;
    fought.run(120);
    assert!(!fought.is_pinned() && holds(&fought, "unpins Service checkout again and again"));
    assert_eq!(accepted(&mut fought), "the canary was scaled to 0", "somebody else had unpinned it, long before");
}

#[test]
fn a_tag_that_has_moved_is_a_hold_and_nothing_of_it_stays() {
    let mut toy = toy();
    until(&mut toy, "pinned", Toy::is_pinned);
    toy.weather.tag_moved = true;
    toy.run(1_200);
    assert!(holds(&toy, "the tag r/checkout:1.8.0 has moved"), "{:?}", toy.events.last());
    assert_eq!(outcome(&toy), Some(Outcome::Held));
    assert!(!toy.is_rolled() && !toy.is_pinned(), "stable has its recorded template back, and serves");
    let restored = sent(&toy, |verb| *verb == ActVerb::RestoreStable)[0];
    assert!(restored < sent(&toy, is_unpin)[0]);
    assert_eq!(toy.lost, 0.0);
}

#[test]
fn a_breach_while_all_pods_are_verified_puts_the_recorded_template_back() {
    let mut toy = toy();
    until(&mut toy, "verifying", |toy| finishing(toy, FinishPart::Verify));
    toy.weather.canary_errors = 20;
    toy.run(900);
    assert_eq!((outcome(&toy), toy.ended().unwrap().proven), (Some(Outcome::RolledBack), true));
    assert!(!toy.is_rolled() && toy.is_clean() && toy.lost == 0.0);
}

#[test]
fn an_autoscaler_is_raised_for_the_flight_and_put_back_when_the_canary_is_gone() {
    for errors in [0, 20] {
        let mut toy = toy();
        toy.hpa = Some((4, false));
        toy.plan.workloads[0].hpa = Some(HpaPlan { name: "checkout".into(), min: 4, max: 20, raise: true });
        until(&mut toy, "soaking", |toy| soaks(toy, 0));
        assert_eq!(toy.hpa, Some((10, true)));
        toy.weather.canary_errors = errors;
        toy.run(900);
        assert!(outcome(&toy).is_some());
        assert_eq!(toy.hpa, Some((4, false)));
        let place =
            |is_one: &dyn Fn(&ActVerb) -> bool| toy.effects.iter().position(|(_, act)| is_one(&act.verb)).unwrap();
        let gone = place(&|verb| *verb == ActVerb::DeleteCanary);
        assert!(gone < place(&|verb| matches!(verb, ActVerb::RestoreHpa { .. })));
    }
}

#[test]
fn the_canary_follows_stable_to_keep_its_weight() {
    let mut toy = toy();
    until(&mut toy, "soaking", |toy| soaks(toy, 0));
    assert_eq!(toy.canary_wanted(), 10);
    toy.replicas = 4;
    toy.run(2);
    assert_eq!(toy.canary_wanted(), 4, "down at once");
    toy.replicas = 14;
    toy.run(15);
    assert_eq!(toy.canary_wanted(), 14);
    toy.replicas = 6;
    until_pinned(&mut toy);
    assert_eq!(toy.canary_wanted(), 10, "at 100 % it keeps max(N0, N)");
    toy.run(900);
    assert_eq!((outcome(&toy), toy.lost), (Some(Outcome::Promoted), 0.0));
}

#[test]
fn what_routes_from_outside_gets_its_time_and_a_person_may_cut_it_short() {
    let between = |skip: bool| {
        let mut toy = toy();
        toy.plan.workloads[0].services[0].settle = Duration::from_secs(60);
        until_pinned(&mut toy);
        toy.command(Verb::Rollback);
        toy.run(5);
        if skip {
            toy.command(Verb::SkipSettle);
        }
        toy.run(600);
        assert_eq!((outcome(&toy), toy.lost), (Some(Outcome::RolledBack), 0.0));
        sent(&toy, |verb| *verb == ActVerb::ScaleCanary { replicas: 0 })[0].since(sent(&toy, is_unpin)[0]).as_secs()
    };
    assert!((60..=62).contains(&between(false)));
    assert!(between(true) < 10);
}

#[test]
fn an_approval_has_a_limit_of_its_own() {
    let mut toy = toy();
    toy.plan.steps[0].approval = true;
    assert_eq!(toy.plan.limits.approval, DAY, "unless somebody says otherwise");
    toy.plan.limits.approval = Duration::from_secs(1_200);
    until(&mut toy, "waiting for an approval", |toy| toy.state.as_ref().unwrap().gate_since.is_some());
    let asked = toy.now;
    toy.run(2 * 3_600);
    assert_eq!(outcome(&toy), Some(Outcome::Held));
    let waited = toy.now.since(asked).as_secs();
    assert!((1_200..1_210).contains(&waited), "{waited} s, and not the limit of a hold");
    assert!(toy.ended().unwrap().why.contains("nobody approved"), "{:?}", toy.ended());
}

#[test]
fn an_approval_lapses_when_a_verdict_is_worse_than_the_one_that_was_seen() {
    let mut toy = toy();
    toy.attended = true;
    toy.plan.steps[0].approval = true;
    until(&mut toy, "soaking", |toy| soaks(toy, 0));
    toy.run(10).command(Verb::Approve);
    toy.run(5);
    toy.weather.metrics_down = true;
    toy.run(90);
    toy.weather.metrics_down = false;
    let lapsed =
        |toy: &Toy| toy.events.iter().any(|(_, event)| matches!(event, Event::Gate { state: GateState::Lapsed, .. }));
    toy.run(300);
    assert!(lapsed(&toy), "{:?}", toy.state.as_ref().unwrap().hold);
    assert_eq!(toy.state.as_ref().unwrap().stepping().unwrap().index, 0, "it needs another approval");
    toy.command(Verb::Approve);
    toy.run(900);
    assert_eq!(outcome(&toy), Some(Outcome::Promoted));
}

#[test]
fn the_end_of_a_hold_may_be_a_rollback() {
    let mut toy = toy();
    toy.plan.on_hold_limit = OnHoldLimit::Rollback;
    until(&mut toy, "soaking", |toy| soaks(toy, 0));
    (toy.weather.canary_errors, toy.weather.stable_errors) = (5, 5);
    toy.run(900);
    assert_eq!(outcome(&toy), Some(Outcome::RolledBack), "{:?}", toy.events.last());
    let ended = toy.ended().unwrap();
    assert!(ended.why.contains("held for 3m"), "{}", ended.why);
}

#[test]
fn an_override_waives_verdicts_and_no_gate_and_is_journaled() {
    let mut toy = toy();
    toy.attended = true;
    toy.plan.steps[0].approval = true;
    until(&mut toy, "soaking", |toy| soaks(toy, 0));
    (toy.weather.canary_errors, toy.weather.stable_errors) = (5, 5);
    toy.run(120).command(PROMOTE);
    toy.run(2);
    assert!(!answer(&toy).0, "a plain promotion waives no verdict");
    toy.command(OVERRIDE);
    toy.run(2);
    assert_eq!(answer(&toy), (false, "this step needs an approval first".into()));
    toy.command(Verb::Approve);
    toy.run(2).command(OVERRIDE);
    toy.run(20);
    assert!(answer(&toy).0, "{:?}", answer(&toy));
    assert_eq!(toy.state.as_ref().unwrap().stepping().unwrap().index, 1);
    let told = toy.events.iter().any(
        |(_, event)| matches!(event, Event::Command { command, by, accepted: true, .. } if command == "promote --override" && by == "dana"),
    );
    assert!(told);
}

#[test]
fn a_rollback_never_stops_fighting_and_keeps_the_canary_until_it_has_won() {
    let mut toy = toy();
    until_pinned(&mut toy);
    toy.weather.fight_back = true;
    toy.command(Verb::Rollback);
    toy.run(120);
    assert!(sent(&toy, is_unpin).len() > 20, "{} unpins", sent(&toy, is_unpin).len());
    assert_eq!((toy.canary_wanted(), outcome(&toy)), (10, None), "who is pinned to must serve");
    let told = "argocd-controller pins Service checkout to the canary again; it is unpinned each time, without limit";
    let is_told = |(_, event): &&(Time, Event)| matches!(event, Event::Note { text } if text == told);
    assert_eq!(toy.events.iter().filter(is_told).count(), 1);
    let rollback = toy.picture().rollback.unwrap();
    assert_eq!(rollback.is_fought().map(|fought| fought.by.as_str()), Some("argocd-controller"));
    toy.weather.fight_back = false;
    toy.run(600);
    let rollback = toy.picture().rollback.unwrap();
    assert_eq!(rollback.is_fought(), None);
    let until = "Service checkout was pinned again by argocd-controller until ";
    assert!(rollback.lines[0].why.starts_with(until), "{}", rollback.lines[0].why);
    assert_eq!((outcome(&toy), toy.lost), (Some(Outcome::RolledBack), 0.0));
    assert!(toy.is_clean());
}

#[test]
fn a_rollback_of_whoever_took_over_empties_the_canary_once_nothing_of_an_older_driver_can_pin_a_service_to_it() {
    let taken_over = |no_mark| {
        let mut toy = toy();
        until(&mut toy, "soaking", |toy| soaks(toy, 0));
        toy.resume();
        toy.mark = "checkout-r1/2";
        toy.weather.no_mark = no_mark;
        toy.command(Verb::Rollback);
        toy
    };
    let fences = |toy: &Toy| sent(toy, |verb| *verb == ActVerb::Fence);
    let emptied = |toy: &Toy| sent(toy, |verb| *verb == ActVerb::ScaleCanary { replicas: 0 });
    let mut toy = taken_over(Some(ActFault::Unreachable));
    toy.run(30);
    assert_eq!((emptied(&toy).len(), toy.canary_wanted()), (0, 10), "an older driver's pin may still land");
    toy.weather.no_mark = None;
    toy.run(120);
    assert_eq!(outcome(&toy), Some(Outcome::RolledBack));
    assert!(emptied(&toy).first() >= fences(&toy).last(), "{:?} {:?}", emptied(&toy), fences(&toy));

    // Where a Service may not be annotated, that holds up no rollback.
    let mut toy = taken_over(Some(ActFault::Forbidden));
    toy.run(5);
    assert_eq!(toy.canary_wanted(), 0);
}

#[test]
fn another_engine_goes_on_with_what_was_counted_and_not_with_the_gap() {
    let mut toy = toy();
    until(&mut toy, "soaking", |toy| soaks(toy, 0));
    toy.run(40);
    let counted = |toy: &Toy| toy.state.as_ref().unwrap().evidence["checkout"].ledgers["errors"].step.canary.n;
    let soaked = |toy: &Toy| toy.state.as_ref().unwrap().stepping().unwrap().soaked;
    let (before, soak) = (counted(&toy), soaked(&toy));
    assert!(before > 1_000 && soak > Duration::from_secs(30));
    toy.now = toy.now + Duration::from_secs(300);
    toy.resume();
    toy.run(6);
    assert_eq!(counted(&toy), before, "the first reading of each pod is a new beginning");
    assert!(soaked(&toy) - soak < Duration::from_secs(10), "the time between is no soak");
    toy.run(11);
    let after = counted(&toy) - before;
    assert!((300..=800).contains(&after), "{after} requests since, at 50 a second");
    toy.run(1_200);
    assert_eq!(outcome(&toy), Some(Outcome::Promoted));
}

#[test]
fn a_checkpoint_stays_small() {
    let mut toy = toy();
    until_pinned(&mut toy);
    toy.run(60);
    let state = serde_json::to_string(toy.state.as_ref().unwrap()).unwrap();
    assert!(state.len() < 8 * 1_024, "{} bytes", state.len());
}

#[test]
fn a_journal_that_cannot_be_written_stops_every_advance_and_no_rollback() {
    let flown = |trouble: Option<&'static str>| {
        let mut toy = toy();
        until(&mut toy, "soaking", |toy| soaks(toy, 0));
        toy.weather.journal_trouble = trouble;
        toy.run(100);
        let advanced = toy.canary_wanted() > 10 || toy.is_pinned();
        toy.command(Verb::Rollback);
        let asked = toy.now;
        toy.run(600);
        let zero = sent(&toy, |verb| *verb == ActVerb::ScaleCanary { replicas: 0 })[0];
        assert_eq!((outcome(&toy), toy.lost), (Some(Outcome::RolledBack), 0.0));
        (holds(&toy, "the journal cannot be written (no space left on device)"), advanced, zero.since(asked))
    };
    let (held, advanced, with_trouble) = flown(Some("no space left on device"));
    assert_eq!((held, advanced), (true, false), "nothing advances without a record");
    let (held, advanced, without) = flown(None);
    assert_eq!((held, advanced), (false, true));
    // Where it was pinned, what it was unpinned from settles first: that is longer, and not for the journal's sake.
    assert!(with_trouble <= without && with_trouble <= Duration::from_secs(1), "{with_trouble:?} {without:?}");
}

#[test]
fn what_a_driver_before_has_rolled_is_gone_on_with_though_its_record_was_lost() {
    let mut toy = toy();
    until_pinned(&mut toy);
    // Its last write landed; that it had decided it reached neither the journal here nor the record in the cluster.
    toy.owner_rolls();
    toy.resume();
    toy.run(900);
    assert_eq!((outcome(&toy), toy.lost), (Some(Outcome::Promoted), 0.0), "{:?}", toy.events.last());
    assert!(!holds(&toy, "has rolled checkout"));
    // At a lower step nobody of ours has rolled anything.
    let mut early = Toy::new(plan(10, &[50, 100], 60));
    until(&mut early, "soaking", |toy| soaks(toy, 0));
    early.owner_rolls();
    early.run(60);
    assert!(holds(&early, "has rolled checkout"));
}
