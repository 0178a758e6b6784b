//! A recorded release, judged again: by the same rules it is the same, by others it is what they would have made of it.

use std::collections::BTreeMap;
use std::time::Duration;

use glidepath::core::event::Event;
use glidepath::core::plan::Plan;
use glidepath::core::rejudge::{Does, First, Rejudged, rejudge};
use glidepath::core::rule::{Action, MemoryTarget, OddsRule, Rule, Sli};
use glidepath::core::snapshot::StepState;
use glidepath::core::time::Time;

use crate::toy::{Toy, plan, with_baseline};

/// A flight whose canary fails 4 % of its requests from the third minute on, judged by odds.
fn flight() -> (Vec<Rule>, Vec<(Time, Event)>) {
    let mut toy = Toy::new(by_odds(plan(10, &[1, 10, 25, 50, 100], 60)));
    let started = (toy.now, Event::Started { plan: Box::new(toy.plan.clone()) });
    toy.run(150).weather.canary_errors = 4;
    toy.run(900);
    (toy.plan.rules.clone(), std::iter::once(started).chain(toy.events).collect())
}

fn by_odds(mut plan: Plan) -> Plan {
    for rule in plan.rules.iter_mut().filter(|rule| rule.sli.budget().is_some()) {
        rule.odds = Some(OddsRule { warm_up: Duration::from_secs(20), ..OddsRule::default() });
    }
    plan
}

/// Whatever the engine said the rules did, they do again.
fn is_the_same(events: &[(Time, Event)], rules: &[Rule]) {
    let judged = again(events, rules);
    for line in &judged.lines {
        assert_eq!(line.judged, line.recorded, "{}", line.rule);
    }
    let was = judged.rolled_back.as_ref().map(|first| first.at);
    assert_eq!(judged.would_roll_back.map(|(first, ..)| first.at), was);
}

fn again(events: &[(Time, Event)], rules: &[Rule]) -> Rejudged {
    rejudge(events.iter().map(|(at, event)| (*at, event)), rules).expect("a release that began")
}

fn did(judged: &Rejudged, rule: &str) -> BTreeMap<Does, First> {
    judged.lines.iter().find(|line| line.rule == rule).unwrap().judged.clone().unwrap_or_default()
}

#[test]
fn by_the_same_rules_it_is_the_same() {
    let (rules, events) = flight();
    let judged = again(&events, &rules);
    let was = judged.rolled_back.clone().expect("it was rolled back");
    let (would, rule, _) = judged.would_roll_back.clone().expect("and would be again");
    assert_eq!((would.at, rule.as_str()), (was.at, "errors"));
    assert!(was.why.contains(&would.why), "{} is not {}", would.why, was.why);
    for line in &judged.lines {
        let recorded = line.recorded.clone().unwrap();
        assert_eq!(line.judged.as_ref(), Some(&recorded), "{}", line.rule);
    }
    assert_eq!(judged.thin, 0);
    assert!(judged.readings > 20);
}

/// The engine counts a step's evidence once, also where another driver goes on with it in the middle.
#[test]
fn a_step_that_another_driver_goes_on_with_is_counted_once() {
    let mut toy = Toy::new(by_odds(plan(10, &[10, 50, 100], 60)));
    let mut events = vec![(toy.now, Event::Started { plan: Box::new(toy.plan.clone()) })];
    let mut told = 0;
    for seconds in [40, 20, 60] {
        toy.run(seconds).resume();
        events.extend(toy.events[told..].iter().cloned());
        told = toy.events.len();
        events.push((toy.now, Event::Resumed { by: "dana".into() }));
    }
    toy.weather.canary_errors = 4;
    toy.run(900);
    events.extend(toy.events[told..].iter().cloned());
    let rules = toy.plan.rules.clone();
    is_the_same(&events, &rules);
    // A driver that could not know of the soak says once more that it begins. Nothing that was counted is forgotten for it.
    let soaking = |event: &Event| matches!(event, Event::Step { state: StepState::Soaking, .. });
    let place = events.iter().position(|(_, event)| soaking(event)).expect("a soak");
    let passed = |event: &Event| matches!(event, Event::Step { state: StepState::Passed, .. });
    let end = events.iter().position(|(_, event)| passed(event)).expect("a step that passed");
    let (at, again_soaking) = (events[end].0, events[place].1.clone());
    events.insert(end, (at, again_soaking));
    assert!(!did(&again(&events, &rules), "errors").contains_key(&Does::Waits));
    is_the_same(&events, &rules);
}

#[test]
fn beside_a_baseline_it_is_compared_with_that_again() {
    let mut toy = Toy::new(with_baseline(by_odds(plan(10, &[10, 50, 100], 60))));
    let mut events = vec![(toy.now, Event::Started { plan: Box::new(toy.plan.clone()) })];
    toy.run(100);
    (toy.weather.canary_errors, toy.weather.baseline_errors) = (5, Some(5));
    toy.run(100);
    (toy.weather.canary_errors, toy.weather.baseline_errors) = (9, Some(0));
    toy.run(900);
    events.extend(toy.events.iter().cloned());
    let rules = toy.plan.rules.clone();
    is_the_same(&events, &rules);
    assert!(did(&again(&events, &rules), "errors").values().any(|first| first.why.contains("baseline")));
}

#[test]
fn an_older_journal_is_judged_by_what_it_holds() {
    let (rules, mut events) = flight();
    for (_, event) in &mut events {
        if let Event::Reading { counts, .. } = event {
            *counts = None;
        }
    }
    let judged = again(&events, &rules[..2]);
    assert_eq!(judged.thin, judged.readings);
    assert_eq!(judged.would_roll_back.unwrap().0.at, judged.rolled_back.unwrap().at);
}

#[test]
fn other_targets_bounds_and_limits_decide_otherwise() {
    let (rules, events) = flight();
    let was = again(&events, &rules).rolled_back.unwrap().at;

    let mut lax = rules.clone();
    lax[0].sli = Sli::Errors { target: 0.5 };
    lax[0].odds = None;
    assert_eq!(again(&events, &lax).would_roll_back, None, "half of the requests may fail");

    let mut holds = rules.clone();
    holds[0].action = Action::Hold;
    let judged = again(&events, &holds);
    assert_eq!(judged.would_roll_back, None);
    assert_eq!(did(&judged, "errors")[&Does::Breaches].at, was);

    // The toy's requests take up to 100 ms, its pods 200 MB of 1 GiB.
    let mut faster = rules.clone();
    faster[1].sli = Sli::Latency { quantile: 0.95, bound: 0.05 };
    let waits = did(&again(&events, &faster), "p95")[&Does::Waits].clone();
    assert!(waits.why.contains("add a bucket at 0.05"), "{}", waits.why);

    let mut smaller = rules.clone();
    smaller[2].sli = Sli::Memory { target: MemoryTarget::OfLimit(0.1) };
    let (first, rule, _) = again(&events, &smaller).would_roll_back.expect("a tenth of the limit is less than it has");
    assert_eq!(rule, "memory");
    assert!(first.at < was, "{} is before {was}", first.at);
}

#[test]
fn rules_that_come_and_go_are_said() {
    let (rules, events) = flight();
    let own = Rule { name: "own".into(), ..rules[0].clone() };
    let judged = again(&events, &[own]);
    let line = |rule: &str| judged.lines.iter().find(|line| line.rule == rule).unwrap();
    assert_eq!((line("own").recorded.is_some(), line("own").judged.is_some()), (false, true));
    assert_eq!((line("errors").recorded.is_some(), line("errors").judged.is_some()), (true, false));
    assert!(rejudge(events[1..].iter().map(|(at, event)| (*at, event)), &rules).is_none());
}

mod expressions {
    //! Rules that ask a Prometheus: the journal keeps what it answered, and gives it to whoever asks the same.

    use glidepath::core::level::{Level, Priority};
    use glidepath::core::query::{Goal, Side};
    use glidepath::core::rejudge::LeftOut;
    use glidepath::core::sample::{FaultKind, SourceFault};

    use super::*;

    const QUERY: &str = r#"db_seconds{namespace="{namespace}", pod=~"{canary_pods}"}"#;

    /// A rule that what `promql` asks for stays below so many milliseconds.
    fn below(name: &str, promql: &str, bound: f64) -> Rule {
        let goal = Goal { side: Side::Below, bound };
        Rule::of(name, Sli::Query { promql: promql.into(), goal, unit: "ms".into() })
    }

    fn fault(kind: FaultKind, why: &str) -> Result<Option<f64>, SourceFault> {
        Err(SourceFault { kind, why: why.into() })
    }

    /// A flight judged by `database < 200 ms` alone. It is 80 ms, then 120 ms and each answer that is none, then 250 ms.
    fn flight() -> Vec<(Time, Event)> {
        let mut plan = plan(10, &[1, 10, 25, 50, 100], 60);
        plan.rules = vec![below("database", QUERY, 200.0)];
        let mut toy = Toy::new(plan);
        let started = (toy.now, Event::Started { plan: Box::new(toy.plan.clone()) });
        for (seconds, outcome) in [
            (100, Ok(Some(80.0))),
            (40, Ok(Some(120.0))),
            (10, Ok(Some(f64::NAN))),
            (10, Ok(None)),
            (10, fault(FaultKind::Ambiguous, "2 series")),
            (10, fault(FaultKind::Down, "HTTP 503")),
            (40, Ok(Some(120.0))),
            (900, Ok(Some(250.0))),
        ] {
            toy.weather.answers = BTreeMap::from([("database".to_owned(), outcome)]);
            toy.run(seconds);
        }
        let events = std::iter::once(started).chain(toy.events);
        // What is judged again has been written and read.
        events.map(|(at, event)| (at, written(&event))).collect()
    }

    fn written(event: &Event) -> Event {
        serde_json::from_str(&serde_json::to_string(event).unwrap()).unwrap()
    }

    /// When, and by which rule, it would have been rolled back.
    fn back(events: &[(Time, Event)], rules: &[Rule]) -> Option<(Time, String)> {
        again(events, rules).would_roll_back.map(|(first, rule, _)| (first.at, rule))
    }

    #[test]
    fn by_the_same_target_it_is_the_same_at_the_same_time() {
        let events = flight();
        is_the_same(&events, &[below("database", QUERY, 200.0)]);
        let judged = again(&events, &[below("database", QUERY, 200.0)]);
        assert!(judged.rolled_back.is_some_and(|was| was.why.contains("250 ms")), "{:?}", judged.would_roll_back);
        assert_eq!((judged.unanswered, judged.lines[0].left_out), (0, None));
    }

    #[test]
    fn other_targets_levels_and_counts_act_at_other_times() {
        let events = flight();
        let was = again(&events, &[]).rolled_back.unwrap().at;

        let strict = below("database", QUERY, 100.0);
        let (at, rule) = back(&events, std::slice::from_ref(&strict)).expect("120 ms are too many");
        assert!(at < was && rule == "database", "{at} is before {was}");

        let mut once = strict.clone();
        once.judge.consecutive = 1;
        let (sooner, _) = back(&events, &[once]).expect("one bad sample is enough");
        assert!(sooner < at, "{sooner} is before {at}");

        let mut graded = strict.clone();
        let hold = Priority::P2.usual();
        graded.levels = vec![Level { priority: Priority::P2, bound: 110.0, action: hold.action, page: hold.page }];
        let judged = again(&events, &[graded]);
        assert_eq!(judged.would_roll_back, None, "that level holds");
        assert!(did(&judged, "database")[&Does::Breaches].why.contains("P2 from 110 ms"));

        let mut upside_down = strict;
        upside_down.sli =
            Sli::Query { promql: QUERY.into(), goal: Goal { side: Side::AtLeast, bound: 100.0 }, unit: "ms".into() };
        let (first, _) = back(&events, &[upside_down]).expect("80 ms are too few");
        assert!(first < at, "{first} is before {at}");

        assert_eq!(back(&events, &[below("database", QUERY, 300.0)]), None, "it never was that slow");
    }

    #[test]
    fn what_was_asked_counts_and_not_the_name_of_the_rule() {
        let events = flight();
        let was = back(&events, &[below("database", QUERY, 200.0)]).unwrap().0;
        assert_eq!(back(&events, &[below("slow", &format!("\n{QUERY}\n"), 200.0)]), Some((was, "slow".into())));

        let other = below("database", &QUERY.replace("canary", "stable"), 1.0);
        let judged = again(&events, std::slice::from_ref(&other));
        assert_eq!((judged.would_roll_back.as_ref(), judged.unanswered), (None, 0));
        assert_eq!((&judged.lines[0].judged, judged.lines[0].left_out), (&None, Some(LeftOut::NeverAsked)));
        assert!(judged.lines[0].recorded.is_some(), "what happened is known");
    }

    #[test]
    fn a_journal_of_an_earlier_program_holds_none_and_says_so() {
        let mut events = flight();
        let rules = [below("database", QUERY, 100.0)];
        let forget = |event: &mut Event| {
            let mut line = serde_json::to_value(&*event).unwrap();
            line.as_object_mut().unwrap().remove("answers");
            *event = serde_json::from_value(line).unwrap();
        };
        // An earlier program began, and this one went on with it.
        let whole = again(&events, &rules);
        let passed = |(_, event): &(Time, Event)| matches!(event, Event::Step { state: StepState::Passed, .. });
        let early = events.iter().position(passed).expect("a step that passed");
        events[..=early].iter_mut().for_each(|(_, event)| forget(event));
        let judged = again(&events, &rules);
        assert!(judged.unanswered > 10 && judged.unanswered < judged.readings, "{}", judged.unanswered);
        assert_eq!(did(&judged, "database"), did(&whole, "database"), "what is not kept was good, and says nothing");

        events.iter_mut().for_each(|(_, event)| forget(event));
        let judged = again(&events, &rules);
        assert_eq!(judged.unanswered, judged.readings);
        assert_eq!((&judged.lines[0].judged, judged.lines[0].left_out), (&None, Some(LeftOut::NotKept)));
        assert_eq!(again(&events, &[]).unanswered, 0, "nobody asks for them");
    }

    #[test]
    fn a_reading_without_expressions_is_written_as_before() {
        let (_, events) = super::flight();
        let reading = events.iter().find(|(_, event)| matches!(event, Event::Reading { .. })).unwrap();
        assert_eq!(serde_json::to_value(&reading.1).unwrap().get("answers"), None);
    }
}

mod command {
    //! `glidepath replay JOURNAL --judge CONFIG`, as somebody runs it.

    use std::path::Path;
    use std::process::{Command, Output};

    use serde_json::Value;

    fn run(home: &Path, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_glidepath"));
        command.current_dir(home).env_clear().env("HOME", home).args(args).output().unwrap()
    }

    fn text(bytes: &[u8]) -> String {
        String::from_utf8_lossy(bytes).into_owned()
    }

    /// The journal of a demo whose canary fails.
    fn record(home: &Path) -> String {
        let flown =
            run(home, &["demo", "--scenario", "error-spike", "--speed", "1000", "--journal", "state", "--json"]);
        assert_eq!(flown.status.code(), Some(3), "{}", text(&flown.stderr));
        let mut files = std::fs::read_dir(home.join("state")).unwrap().flatten();
        let file = files.find(|file| file.file_name().to_string_lossy().ends_with(".jsonl")).unwrap();
        format!("state/{}", file.file_name().to_string_lossy())
    }

    #[test]
    fn it_prints_what_each_rule_would_have_done_beside_what_it_did() {
        let home = tempfile::tempdir().unwrap();
        let home = home.path();
        let journal = record(home);
        std::fs::write(home.join("lax.toml"), "[rules.errors]\ntarget = \"90%\"\naction = \"hold\"\n").unwrap();
        std::fs::write(home.join("same.toml"), "").unwrap();
        let asks = "[metrics]\nsource = \"prometheus\"\nurl = \"http://127.0.0.1:9\"\n\
                    [rules.up]\nquery = \"sum(up)\"\ntarget = \">= 1\"\n";
        std::fs::write(home.join("asks.toml"), asks).unwrap();

        let same = run(home, &["replay", &journal, "--judge", "same.toml", "--json"]);
        assert_eq!((same.status.code(), text(&same.stderr)), (Some(0), String::new()));
        let lines: Vec<Value> = text(&same.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let whole = lines.last().unwrap();
        assert_eq!((whole["event"].as_str(), whole["thin"].as_u64()), (Some("rejudged"), Some(0)));
        assert_eq!(whole["judged"]["rule"], "errors");
        assert_eq!(whole["judged"]["rolled_back"]["at"], whole["recorded"]["rolled_back"]["at"], "{whole}");
        assert!(lines.iter().any(|line| line["event"] == "rejudged-rule" && line["rule"] == "p95"));
        assert!(whole["not_judged"].as_array().is_some_and(|all| all.len() == 5), "{whole}");

        let lax = run(home, &["replay", &journal, "--judge", "lax.toml"]);
        let told = text(&lax.stdout);
        assert!(told.contains("errors (its breach holds)\n  as recorded  "), "{told}");
        assert!(told.contains("\nnot judged again: "), "{told}");
        for wanted in ["a PromQL expression", "a crash, an OOM kill", "how often a step was looked at"] {
            assert!(told.contains(wanted), "{wanted} is not in:\n{told}");
        }
        assert!(
            told.contains("by these rules it would not have been by then, and there is no record beyond"),
            "{told}"
        );

        let asks = run(home, &["replay", &journal, "--judge", "asks.toml"]);
        let told = text(&asks.stdout);
        let left_out = "\nup (its breach rolls back)\n  as recorded  was not there\n  judged again is left out: no recorded rule asked";
        assert!(told.contains(left_out), "{told}");
    }

    #[test]
    fn what_is_no_journal_is_refused_with_the_line_and_the_cure() {
        let home = tempfile::tempdir().unwrap();
        let home = home.path();
        let journal = std::fs::read_to_string(home.join(record(home))).unwrap();
        std::fs::write(home.join("rules.toml"), "").unwrap();
        let told = |name: &str, content: &str| {
            std::fs::write(home.join(name), content).unwrap();
            let output = run(home, &["replay", name, "--judge", "rules.toml"]);
            (output.status.code().unwrap(), text(&output.stderr))
        };
        let hint = "hint: give the file <release>.jsonl that a release wrote into its state directory";

        let (code, said) = told("poem.jsonl", "Shall I compare thee\n");
        assert_eq!(code, 2);
        assert!(said.contains("poem.jsonl is not a journal of glidepath: line 1: it has no check sum"), "{said}");
        assert!(said.contains(hint), "{said}");

        let (code, said) = told("torn.jsonl", &journal[..journal.len() - 40]);
        assert_eq!(code, 0, "{said}");
        assert!(said.contains("the last line of torn.jsonl was cut off and is left out"), "{said}");

        let without_beginning = journal.split_once('\n').unwrap().1;
        let (code, said) = told("tail.jsonl", without_beginning);
        assert_eq!(code, 2);
        assert!(said.contains("tail.jsonl does not tell how its release began"), "{said}");

        let (code, said) = told("empty.jsonl", "");
        assert_eq!(code, 2);
        assert!(said.contains("empty.jsonl does not tell how its release began"), "{said}");

        let missing = run(home, &["replay", "nowhere.jsonl", "--judge", "rules.toml"]);
        assert_eq!(missing.status.code(), Some(2));
        assert!(text(&missing.stderr).contains("cannot read the journal nowhere.jsonl"), "{}", text(&missing.stderr));
        let missing = run(home, &["replay", "poem.jsonl", "--judge", "nowhere.toml"]);
        assert_eq!(missing.status.code(), Some(2));
        assert!(text(&missing.stderr).contains("nowhere.toml"), "{}", text(&missing.stderr));
    }
}
