//! What a tired person is told of a release: who does what, what that means for users, what happens by itself and when.

use std::time::Duration;

use glidepath::core::act::ActVerb;
use glidepath::core::command::Verb;
use glidepath::core::decide::offers;
use glidepath::core::event::Event;
use glidepath::core::plan::{Kind, Plan};
use glidepath::core::proof::{LineKind, LineState};
use glidepath::core::snapshot::{ByItself, Mode, Offer, Outcome, Snapshot, Tone, WriteState};
use glidepath::core::state::HoldKind;
use glidepath::core::view::{ClusterView, Track};
use glidepath::core::words::sentence;

use crate::snapshots::NINE;
use crate::toy::{MARK, Toy, plan};
use crate::tui::shown;

fn toy() -> Toy {
    Toy::new(plan(10, &[1, 10, 25, 50, 100], 60))
}

fn by_odds() -> Toy {
    let mut plan = plan(10, &[1, 10, 25, 50, 100], 60);
    for rule in plan.rules.iter_mut().filter(|rule| rule.sli.budget().is_some()) {
        rule.odds = Some(Default::default());
    }
    plan.hash = plan.seal();
    Toy::new(plan)
}

/// Lets it fly until the picture is so.
fn until(toy: &mut Toy, is_so: impl Fn(&Snapshot) -> bool) -> Snapshot {
    for _ in 0..3_000 {
        toy.second();
        let picture = toy.picture();
        if is_so(&picture) {
            return picture;
        }
    }
    panic!("never so: {:?}", toy.picture().next);
}

fn reason(picture: &Snapshot) -> &str {
    picture.hold.as_ref().map_or("", |hold| &hold.reason)
}

/// What the rollback's dialog says under a label.
fn of_rollback<'a>(picture: &'a Snapshot, label: &str) -> Option<&'a str> {
    let offer = picture.offers.iter().find(|offer| offer.command == "rollback")?;
    let lines = offer.would.as_ref().ok()?;
    lines.iter().find(|(known, _)| known == label).map(|(_, text)| text.as_str())
}

#[test]
fn whoever_takes_our_pin_away_is_named_with_what_it_means_and_stops_no_rollback() {
    let mut toy = toy();
    toy.weather.fight = true;
    toy.attended = true;
    let picture = until(&mut toy, |picture| reason(picture).contains("unpins Service checkout again and again"));
    assert!(
        reason(&picture).starts_with("argocd-controller")
            && reason(&picture).contains("users meet both 1.7.4 (10 pods)"),
        "{}",
        reason(&picture)
    );
    let ends = &picture.hold.as_ref().unwrap().ends;
    let lasts = "Needs you: r rolls back, u (`glidepath resume`) pins it to 1.8.0 again; that lasts only once argocd-controller \
                 is stopped.";
    assert_eq!(ends, lasts);
    let fight = of_rollback(&picture, "fight").unwrap();
    for words in ["argocd-controller", "Service checkout", "3 times", "may pin it again", "without limit", "goes on"] {
        assert!(fight.contains(words), "{words} is missing: {fight}");
    }
    let mut calm = self::toy();
    calm.run(30);
    assert_eq!(of_rollback(&calm.picture(), "fight"), None, "nobody fights");
}

#[test]
fn a_suspicion_says_at_which_odds_it_rolls_back_and_at_which_it_goes_on() {
    let mut toy = by_odds();
    toy.run(150).weather.canary_errors = 3;
    let picture = until(&mut toy, |picture| picture.rules.iter().any(|rule| rule.judgement.suspicion));
    let ends = &picture.hold.as_ref().unwrap().ends;
    let (rolls_back, goes_on) = ends.split_once("; ").expect("two sentences");
    assert!(rolls_back.starts_with("Rolls back by itself at 1000:1, at this rate "), "{ends}");
    assert_eq!(goes_on, "goes on by itself below 20:1.");
    let step = picture.step.as_ref().unwrap();
    assert_eq!((step.soaked, step.frozen), (Duration::ZERO, true), "it soaks anew once that is over, and not before");
    assert!(picture.next.contains(ends.as_str()), "{}", picture.next);
}

#[test]
fn a_crash_says_how_many_of_them_roll_back() {
    let mut toy = toy();
    toy.run(100).weather.canary_past = Some(("Running", 2, 0));
    let picture = until(&mut toy, |picture| picture.next.contains("Crashed"));
    assert!(picture.next.starts_with("Crashed 2 times; rolls back at once at 3. "), "{}", picture.next);
    toy.weather.canary_past = Some(("CrashLoopBackOff", 2, 0));
    until(&mut toy, |picture| picture.rollback.is_some());
}

#[test]
fn a_wait_for_pods_says_since_when_and_when_it_is_given_up() {
    let mut toy = toy();
    toy.weather.room = Some(0);
    let picture = until(&mut toy, |picture| picture.wait.is_some());
    let wait = picture.wait.unwrap();
    assert_eq!(wait.until.since(wait.since), toy.plan.limits.ready);
    assert_eq!((wait.then, wait.lacks.starts_with("0 of 1 canary pods are Ready: ")), (ByItself::RollsBack, true));
    toy.weather.room = None;
    until(&mut toy, |picture| picture.wait.is_none());
}

#[test]
fn a_rollback_that_is_not_heard_says_that_it_was_sent_and_when_it_is_sent_again() {
    let mut toy = toy();
    toy.run(100).weather.api_down = true;
    toy.command(Verb::Rollback);
    toy.run(10);
    let picture = toy.picture();
    let write = picture.rollback.as_ref().unwrap().writes.iter().find(|write| write.what.contains("to 0")).unwrap();
    assert!(write.tries > 3 && write.why.as_deref() == Some("connection refused"), "{write:?}");
    let WriteState::Again { at } = write.state else { panic!("{write:?}") };
    assert!(at.since(toy.now) <= Duration::from_secs(1));
    toy.weather.api_down = false;
    until(&mut toy, |picture| {
        picture.rollback.as_ref().unwrap().writes.iter().all(|write| !write.what.contains("to 0"))
    });
}

#[test]
fn once_it_is_rolled_back_the_rules_say_what_they_said_then_and_the_canary_gets_nothing() {
    let mut toy = toy();
    toy.run(100).weather.canary_errors = 30;
    let decided = until(&mut toy, |picture| picture.rollback.is_some());
    let ended = until(&mut toy, |picture| picture.ended.is_some());
    let said = |picture: &Snapshot| picture.rules.iter().map(|rule| rule.judgement.clone()).collect::<Vec<_>>();
    assert_eq!(said(&ended), said(&decided), "what was decided is still there to be seen");
    assert_eq!(ended.decided(), Some(decided.rollback.unwrap().since));
    let share = &ended.shares[0];
    assert_eq!((share.asked, share.measured, share.canary_rate, share.last), (0.0, Some(0.0), Some(0.0), None));
}

#[test]
fn what_was_measured_before_an_outage_is_kept_with_its_age() {
    let mut toy = toy();
    toy.run(150);
    let before = toy.picture();
    (toy.weather.metrics_down, toy.weather.api_down) = (true, true);
    toy.run(10).command(Verb::Rollback);
    toy.run(100);
    let picture = toy.picture();
    let share = &picture.shares[0];
    assert!(share.measured.is_some() && share.last.is_some_and(|at| at <= before.at), "{share:?}");
    let (rate, at) = picture.rollback.unwrap().canary_rate.unwrap();
    assert!(rate > 0.0 && at <= before.at, "{rate} at {at}");
}

#[test]
fn who_looks_on_is_told_how_many_users_were_measured_last() {
    let mut toy = toy();
    toy.run(150);
    let driver = toy.picture();
    let users = of_rollback(&driver, "users").unwrap();
    assert!(
        users.contains(" % of requests met the canary (") && users.contains(") in the last minute, read "),
        "{users}"
    );
    // Whoever looks on, or comes when nobody drives, has the record and measures nothing.
    toy.state.as_mut().unwrap().evidence.clear();
    let observer = toy.picture();
    let users = of_rollback(&observer, "users").unwrap();
    let then = "in the minute up to just now; nothing newer is measured here";
    assert!(users.contains(" % of requests met the canary (") && users.ends_with(then), "{users}");
    assert!(of_rollback(&observer, "safe").is_some_and(|safe| safe.contains("with all traffic each gets")));
}

#[test]
fn whoever_rolls_back_does_not_hide_why() {
    let mut toy = by_odds();
    toy.run(150).weather.canary_errors = 3;
    let held = until(&mut toy, |picture| picture.rules.iter().any(|rule| rule.judgement.suspicion));
    let why = reason(&held).split(':').next().unwrap().to_owned();
    toy.command(Verb::Rollback);
    let cause = until(&mut toy, |picture| picture.rollback.is_some()).rollback.unwrap().cause;
    assert!(cause.starts_with("dana") && cause.contains(&format!("; before that: {why}: canary")), "{cause}");
}

#[test]
fn the_limit_of_a_proof_is_announced_and_what_is_not_proven_is_named_when_it_comes() {
    let mut toy = toy();
    toy.run(100).weather.stable_errors = 30;
    toy.command(Verb::Rollback);
    toy.run(30);
    let rollback = toy.picture().rollback.unwrap();
    assert_eq!(rollback.limit, Some(rollback.since + toy.plan.limits.proof));
    let after = toy.plan.limits.proof + Duration::from_secs(60);
    toy.run(u32::try_from(after.as_secs()).unwrap());
    let ended = toy.picture();
    assert!(ended.ended.is_some_and(|ended| !ended.proven));
    let told: Vec<String> =
        toy.events.iter().filter_map(|(at, event)| Some(sentence(event, &toy.plan, *at)?.text)).collect();
    let limit = told.iter().position(|text| text.starts_with("the proof's limit of 10m has come: \"within targets\""));
    let stage = told.iter().position(|text| text == "the rollback ends without its whole proof");
    assert!(limit.is_some() && limit < stage, "{told:#?}");
}

#[test]
fn a_pause_that_ends_puts_up_no_pin_that_was_given_up_and_a_word_of_its_own_does() {
    let mut toy = toy();
    (toy.weather.fight, toy.attended) = (true, true);
    until(&mut toy, |picture| reason(picture).contains("unpins Service checkout again and again"));
    let pins = |toy: &Toy| toy.effects.iter().filter(|(_, act)| matches!(act.verb, ActVerb::Pin { .. })).count();
    let before = pins(&toy);
    toy.command(Verb::Pause);
    toy.run(5).command(Verb::Resume);
    toy.run(5);
    assert_eq!(pins(&toy), before);
    let picture = toy.picture();
    assert_eq!(picture.hold.and_then(|hold| hold.kind), Some(HoldKind::Fight));
    let resume = picture.offers.iter().find(|offer| offer.command == "resume").unwrap();
    assert!(resume.would.as_ref().unwrap()[0].1.starts_with("Service checkout is pinned to 1.8.0 again"));
    toy.command(Verb::Resume);
    toy.run(5);
    assert!(pins(&toy) > before);
}

#[test]
fn only_a_wait_that_there_is_can_be_skipped() {
    let skip =
        |picture: &Snapshot| picture.offers.iter().find(|offer| offer.command == "skip-settle").unwrap().would.clone();
    let mut toy = toy();
    toy.run(100).command(Verb::Rollback);
    let picture = until(&mut toy, |picture| picture.rollback.is_some());
    assert!(skip(&picture).unwrap_err().contains("nothing outside the cluster is waited for"));
    let mut outside = self::toy();
    outside.plan.workloads[0].services[0].settle = Duration::from_secs(60);
    until(&mut outside, |picture| !picture.workloads[0].pinned.is_empty());
    outside.command(Verb::Rollback);
    let picture = until(&mut outside, |picture| skip(picture).is_ok());
    let lines = skip(&picture).unwrap();
    assert!(lines.iter().any(|(label, text)| label == "risk" && text.contains("they fail")), "{lines:?}");
    outside.command(Verb::SkipSettle);
    outside.second();
    assert_eq!(skip(&outside.picture()).unwrap_err(), "it is skipped already");
}

#[test]
fn a_version_that_is_brought_back_is_never_told_as_a_canary() {
    let mut plan = plan(10, &[100], 0);
    (plan.kind, plan.from, plan.to) = (Kind::Restore, "1.8.0".to_owned(), "1.7.4".to_owned());
    let mut toy = Toy::new(plan);
    toy.run(20);
    let users = of_rollback(&toy.picture(), "users").unwrap().to_owned();
    assert!(users.starts_with("all requests meet 1.8.0") && users.ends_with("until 1.7.4 is Ready"), "{users}");
    let carried = of_rollback(&toy.picture(), "until").unwrap().to_owned();
    assert!(carried.starts_with("10 pods of 1.7.4 are Ready in checkout (now: 0); with all traffic each"), "{carried}");
    toy.command(Verb::Rollback);
    let picture = until(&mut toy, |picture| picture.rollback.is_some());
    let lines = picture.rollback.unwrap().lines;
    assert!(lines.iter().any(|line| line.why.contains("pods of 1.8.0")), "{lines:?}");
    let waiting = until(&mut toy, |picture| picture.wait.is_some()).wait.unwrap();
    assert!(waiting.lacks.contains(" of 10 pods of 1.7.4 are Ready"), "{}", waiting.lacks);
    // What is measured is of the version that has to go, and not of the one that is to come.
    let back = until(&mut toy, |picture| picture.shares[0].measured.is_some_and(|measured| measured >= 99.0));
    let (rate, _) = back.rollback.unwrap().canary_rate.unwrap();
    assert!(rate < 1.0, "{rate} requests/s are said to meet 1.8.0");
    let ended = until(&mut toy, |picture| picture.ended.is_some());
    assert_eq!((ended.shares[0].asked, ended.shares[0].measured), (100.0, Some(100.0)));
    let told = toy.events.iter().filter_map(|(at, event)| Some(sentence(event, &toy.plan, *at)?.text));
    let told: Vec<String> = told.collect();
    assert!(
        !told.iter().any(|text| ["canary", "new template", "step 1"].iter().any(|word| text.contains(word))),
        "{told:#?}"
    );
    for said in [
        "pods of 1.7.4 are starting",
        "done: scale the Deployment of 1.7.4 beside checkout to 10",
        "done: pin Service checkout to the Deployment of 1.7.4 beside checkout",
        "done: roll checkout back to the template of 1.7.4",
        "done: delete the Deployment of 1.7.4 beside checkout",
        "done: remove Glidepath's annotations from checkout",
    ] {
        assert!(told.iter().any(|text| text == said), "{said} is missing: {told:#?}");
    }
}

#[test]
fn a_line_that_still_stands_was_proved_when_it_first_stood() {
    let mut toy = toy();
    toy.run(100).command(Verb::Rollback);
    let picture = until(&mut toy, |picture| picture.ended.is_some());
    let rollback = picture.rollback.unwrap();
    for line in &rollback.lines {
        let told = toy.events.iter().find(|(_, event)| {
            matches!(event, Event::Proof { line: known, state: LineState::Done, .. } if *known == line.line)
        });
        assert_eq!(line.done_at, told.map(|(at, _)| *at), "{}", line.line);
    }
    let done = |kind: LineKind| rollback.lines.iter().find(|line| line.line == kind).unwrap().done_at;
    assert!(done(LineKind::StableCapacity) < done(LineKind::SloInside), "capacity was looked at again meanwhile");
}

#[test]
fn a_share_of_slow_requests_is_not_told_as_a_latency() {
    let mut toy = toy();
    toy.run(100).command(Verb::Rollback);
    let picture = until(&mut toy, |picture| picture.ended.is_some());
    let lines = picture.rollback.unwrap().lines;
    let inside = lines.iter().find(|line| line.line == LineKind::SloInside).unwrap();
    assert_eq!(inside.why, "errors: 0 % of requests failed, p95: 0 % of requests slower than 100ms");
}

#[test]
fn how_rarely_odds_are_wrong_is_told_where_odds_decided() {
    let told = |toy: &Toy| toy.ended().unwrap().notes.iter().filter(|note| note.contains("comparisons")).count();
    let mut by_a_person = by_odds();
    by_a_person.run(100).command(Verb::Rollback);
    by_a_person.run(300);
    assert_eq!((by_a_person.ended().unwrap().outcome, told(&by_a_person)), (Outcome::RolledBack, 0));
    let mut by_the_gate = by_odds();
    by_the_gate.run(150).weather.canary_errors = 5;
    by_the_gate.run(900);
    assert_eq!((by_the_gate.ended().unwrap().outcome, told(&by_the_gate)), (Outcome::RolledBack, 1));
    let mut promoted = by_odds();
    promoted.run(3_000);
    assert_eq!((promoted.ended().unwrap().outcome, told(&promoted)), (Outcome::Promoted, 1));
}

/// What the commands would do, were the application nine workloads like this one.
fn offers_of_nine(toy: &mut Toy, change: impl FnOnce(&mut Plan, &mut ClusterView)) -> Vec<Offer> {
    let (mut plan, mut view, mut state) = (toy.plan.clone(), toy.view(), toy.state.clone().unwrap());
    let (workload, seen) = (plan.workloads.remove(0), view.workloads.remove("checkout").unwrap());
    let measured = state.measured["checkout"];
    for name in NINE {
        let mut workload = workload.clone();
        (workload.name, workload.canary) = (name.to_owned(), format!("{name}-canary"));
        plan.workloads.push(workload);
        view.workloads.insert(name.to_owned(), seen.clone());
        state.measured.insert(name.to_owned(), measured);
    }
    change(&mut plan, &mut view);
    offers(&plan, &state, &view, MARK, toy.now)
}

#[test]
fn a_dialog_for_many_workloads_says_what_they_have_in_common_and_names_those_that_fall_short() {
    let mut toy = toy();
    toy.run(100);
    let of = |offers: &[Offer], command: &str, label: &str| {
        let offer = offers.iter().find(|offer| offer.command == command).unwrap();
        let line = offer.would.as_ref().unwrap().iter().find(|(known, _)| known == label);
        line.map(|(_, text)| text.clone()).unwrap_or_else(|| panic!("{offer:?}"))
    };
    let well = offers_of_nine(&mut toy, |_, _| {});
    assert_eq!(of(&well, "rollback", "path"), "scale 9 canaries (9 pods) to 0 (9 writes)");
    let after = of(&well, "rollback", "after");
    assert!(after.starts_with("the canaries are deleted (9 pods)"), "{after}");
    let safe = of(&well, "rollback", "safe");
    assert!(
        safe.starts_with("90 of 90 stable pods of 9 workloads are Ready; with all traffic each gets at most "),
        "{safe}"
    );
    let short = offers_of_nine(&mut toy, |_, view| {
        view.workloads.get_mut("rag").unwrap().pods.edit(|pods| {
            pods.iter_mut().filter(|pod| pod.track == Track::Stable).take(3).for_each(|pod| pod.ready = false);
        });
    });
    let safe = of(&short, "rollback", "safe");
    assert!(safe.starts_with("87 of 90 stable pods of 9 workloads are Ready (short: rag 7 of 10)"), "{safe}");
    let mut nine = crate::snapshots::nine();
    nine.offers = short;
    let dialog = shown(&nine, "r");
    for said in ["now ", "because ", "hurt ", "path ", "time ", "safe ", "rag 7 of 10", "Cancel", "y roll back"] {
        assert!(dialog.contains(said), "{said} is not on the first page:\n{dialog}");
    }
}

#[test]
fn a_write_that_a_rollback_came_before_is_told_as_no_failure() {
    let mut toy = toy();
    let up = ActVerb::ScaleCanary { replicas: 3 };
    until(&mut toy, |picture| picture.step.as_ref().is_some_and(|step| step.index == 1));
    toy.weather.no_answers = true;
    while !toy.effects.iter().any(|(_, act)| act.verb == up) {
        toy.second();
    }
    toy.command(Verb::Rollback);
    toy.second();
    toy.weather.no_answers = false;
    toy.was_not_done(up, "not sent: a rollback began");
    toy.second();
    let effects = toy.events.iter().filter(|(_, event)| matches!(event, Event::Effect { .. }));
    let told: Vec<_> = effects.filter_map(|(at, event)| sentence(event, &toy.plan, *at)).collect();
    let words = "overtaken by the rollback, and not done: scale the canary of checkout to 3";
    assert!(told.iter().any(|line| line.text == words && line.tone == Tone::Plain), "{told:?}");
    assert!(!told.iter().any(|line| line.text.starts_with("failed")), "{told:?}");
}

#[test]
fn whoever_pins_again_is_told_before_and_after_that_it_is_lost_where_nobody_stops_the_other() {
    let mut toy = toy();
    (toy.weather.fight, toy.attended) = (true, true);
    let fought =
        until(&mut toy, |picture| picture.hold.as_ref().is_some_and(|hold| hold.kind == Some(HoldKind::Fight)));
    let offer = fought.offers.iter().find(|offer| offer.command == "resume").unwrap();
    let (_, then) = offer.would.as_ref().unwrap().first().unwrap();
    assert!(then.ends_with("Stop argocd-controller first, or this is lost again"), "{then}");
    toy.command(Verb::Resume);
    toy.second();
    let lasts = "it pins again, and advances; that lasts until argocd-controller undoes it again";
    let said = |event: &Event| matches!(event, Event::Command { why, .. } if why == lasts);
    assert!(toy.events.iter().any(|(_, event)| said(event)), "{:?}", toy.events.last());
}

#[test]
fn where_no_pod_of_it_was_ever_ready_it_is_told_that_no_user_met_it_and_nowhere_else() {
    let rolls_back = |toy: &mut Toy| {
        toy.command(Verb::Rollback);
        until(toy, |picture| picture.mode == Mode::RollingBack)
    };
    let mut sick = toy();
    sick.weather.canary_sick = true;
    sick.run(60);
    let users = of_rollback(&sick.picture(), "users").map(str::to_owned);
    assert_eq!(users.as_deref(), Some("no user has met 1.8.0: no pod of it was ever seen Ready"));
    let picture = rolls_back(&mut sick);
    assert!(picture.next.starts_with("No user ever met the canary. Waiting for "), "{}", picture.next);
    assert!(picture.rollback.unwrap().unmet);
    sick.run(60);
    assert!(sick.picture().rollback.unwrap().unmet, "what is over stays so");

    let mut fell_ill = toy();
    fell_ill.run(100).weather.canary_sick = true;
    assert!(!rolls_back(&mut fell_ill).rollback.unwrap().unmet);

    let mut taken_over = toy();
    taken_over.weather.canary_sick = true;
    taken_over.run(60).resume();
    assert!(!rolls_back(&mut taken_over).rollback.unwrap().unmet, "nobody looked in between");

    let mut lost = toy();
    lost.weather.canary_sick = true;
    lost.run(60).weather.api_down = true;
    lost.run(20).weather.api_down = false;
    assert!(!rolls_back(&mut lost).rollback.unwrap().unmet, "nobody could see it in between");

    let mut plan = plan(10, &[1, 100], 60);
    plan.workloads[0].services.clear();
    let mut queue = Toy::new(plan);
    queue.weather.canary_sick = true;
    queue.run(60);
    assert!(!rolls_back(&mut queue).rollback.unwrap().unmet, "what takes its work from a queue takes it Ready or not");
}

#[test]
fn a_service_that_nobody_asks_is_told_so_and_what_its_proof_waits_for() {
    let mut toy = toy();
    toy.rate = 0.0;
    toy.run(150);
    let none = "none now: no request was counted in the last minute, on either side";
    assert_eq!(of_rollback(&toy.picture(), "users"), Some(none));
    toy.command(Verb::Rollback);
    toy.run(60);
    let rollback = toy.picture().rollback.unwrap();
    assert!(rollback.safe_since.is_some());
    let line = rollback.lines.iter().find(|line| line.line == LineKind::SloInside).unwrap();
    let waits = "errors: no request to stable was counted since; without one nothing is proven";
    assert_eq!((line.state, line.why.as_str()), (LineState::Waiting, waits));
}

#[test]
fn a_promotion_says_what_pods_make_of_the_next_step_and_that_users_may_not_notice_it() {
    let mut toy = toy();
    let of_promotion = |picture: &Snapshot, label: &str| {
        let offer = picture.offers.iter().find(|offer| offer.command == "promote")?;
        let lines = offer.would.as_ref().ok()?;
        lines.iter().find(|(known, _)| known == label).map(|(_, text)| text.clone())
    };
    let first = until(&mut toy, |picture| of_promotion(picture, "then").is_some());
    assert_eq!(of_promotion(&first, "then").unwrap(), "10 % is asked for the canary, as 1 of 11 pods, as now");
    assert!(of_promotion(&first, "waives").unwrap().ends_with("gates and verdicts hold"));
    let second = until(&mut toy, |picture| {
        of_promotion(picture, "then").is_some_and(|then| then == "25 % is asked for the canary, as 3 of 13 pods")
    });
    assert!(of_promotion(&second, "way back").unwrap().starts_with("10 of 10 stable pods of checkout are Ready"));
}

#[test]
fn while_metrics_are_away_a_soak_says_when_it_holds_and_when_it_rolls_back() {
    let mut toy = toy();
    toy.run(100).weather.metrics_down = true;
    let picture = until(&mut toy, |picture| picture.next.contains("no metrics for"));
    let (_, away) = picture.next.split_once("; ").expect("two parts");
    assert!(
        away.contains("it holds in ") && away.ends_with("if they stay away, and rolls back 5m after that."),
        "{away}"
    );
    let held =
        until(&mut toy, |picture| picture.hold.as_ref().is_some_and(|hold| hold.kind == Some(HoldKind::Unknown)));
    assert!(reason(&held).contains("no metrics of "), "{}", reason(&held));
}

#[test]
fn a_rollback_names_beforehand_who_may_undo_it_and_what_its_proof_will_lack() {
    let mut toy = toy();
    toy.run(60);
    let calm = toy.picture();
    assert_eq!(of_rollback(&calm, "others"), None);
    assert!(of_rollback(&calm, "time").is_some_and(|time| time.contains("; the proof needs up to ")));
    toy.weather.fight = true;
    toy.weather.metrics_down = true;
    toy.run(60);
    let picture = toy.picture();
    let others = "argocd-controller also writes Service checkout, and may undo this";
    assert_eq!(of_rollback(&picture, "others"), Some(others));
    let time = of_rollback(&picture, "time").unwrap();
    assert!(time.ends_with("; the proof cannot be whole while metrics do not answer"), "{time}");
}
