//! Whatever is seen and whatever is asked, in any order: what must hold of every flight.

use std::time::Duration;

use glidepath::core::act::ActVerb;
use glidepath::core::command::Verb;
use glidepath::core::event::Event;
use glidepath::core::rule::Threshold;
use glidepath::core::snapshot::{Outcome, StepState};
use glidepath::core::state::Phase;
use glidepath::core::verdict::Verdict;
use proptest::prelude::*;

use crate::toy::{Toy, plan, with_baseline};

#[derive(Clone, Debug)]
enum Happening {
    CanaryErrors(u32),
    StableErrors(u32),
    Metrics(bool),
    Api(bool),
    Sick(bool),
    Thin(usize),
    BaselineSick(bool),
    Fight(bool),
    FightBack(bool),
    Foreign(bool),
    TagMoved,
    Stable(u32),
    Killed,
    Command(Verb),
}

fn command() -> impl Strategy<Value = Verb> {
    let promote = |full, over| Verb::Promote { full, over };
    prop::sample::select(vec![
        Verb::Approve,
        promote(false, false),
        promote(true, false),
        promote(false, true),
        Verb::Pause,
        Verb::Resume,
        Verb::Rollback,
        Verb::HoldHere,
        Verb::SkipSettle,
    ])
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        2 => prop::sample::select(vec![0, 5, 50]).prop_map(Happening::CanaryErrors),
        1 => prop::sample::select(vec![0, 3]).prop_map(Happening::StableErrors),
        2 => any::<bool>().prop_map(Happening::Metrics),
        2 => any::<bool>().prop_map(Happening::Api),
        1 => any::<bool>().prop_map(Happening::Sick),
        1 => (0usize..6).prop_map(Happening::Thin),
        1 => any::<bool>().prop_map(Happening::BaselineSick),
        1 => any::<bool>().prop_map(Happening::Fight),
        1 => any::<bool>().prop_map(Happening::FightBack),
        1 => any::<bool>().prop_map(Happening::Foreign),
        1 => Just(Happening::TagMoved),
        1 => (1u32..12).prop_map(Happening::Stable),
        2 => Just(Happening::Killed),
        4 => command().prop_map(Happening::Command),
    ]
}

fn happen(toy: &mut Toy, what: &Happening) {
    let weather = &mut toy.weather;
    match what {
        Happening::CanaryErrors(percent) => weather.canary_errors = *percent,
        Happening::StableErrors(percent) => weather.stable_errors = *percent,
        Happening::Metrics(down) => weather.metrics_down = *down,
        Happening::Api(down) => weather.api_down = *down,
        Happening::Sick(sick) => weather.canary_sick = *sick,
        Happening::Thin(pods) => weather.canary_thin = *pods,
        Happening::BaselineSick(sick) => weather.baseline_sick = *sick,
        Happening::Fight(fights) => weather.fight = *fights,
        Happening::FightBack(fights) => weather.fight_back = *fights,
        Happening::Foreign(foreign) => {
            weather.foreign = foreign.then(|| "helm".to_owned());
            if *foreign {
                // What it replaces does not come back from under it.
                toy.somebody_undoes();
            }
        }
        Happening::TagMoved => weather.tag_moved = true,
        Happening::Stable(replicas) => toy.replicas = *replicas,
        Happening::Killed => toy.resume(),
        Happening::Command(verb) => toy.command(verb.clone()),
    }
}

/// What one second of a flight is held to.
struct Watch {
    /// The step that was reached, and whether somebody asked for the way straight to 100 %.
    reached: usize,
    full: bool,
    /// Whether an override was obeyed in this step.
    over: bool,
}

impl Watch {
    fn second(&mut self, toy: &mut Toy) -> Result<(), TestCaseError> {
        let (effects, events) = (toy.effects.len(), toy.events.len());
        let (canary, lost, down) = (toy.canary_wanted(), toy.lost, toy.weather.api_down);
        let rolling = matches!(toy.state.as_ref().unwrap().phase, Phase::RollingBack);
        toy.second();
        for (_, event) in &toy.events[events..] {
            self.hear(event, toy)?;
        }
        for (_, act) in &toy.effects[effects..] {
            let up = match &act.verb {
                ActVerb::ScaleCanary { replicas } => *replicas > canary.max(1),
                ActVerb::Pin { .. } | ActVerb::RollStable | ActVerb::CreateBaseline => true,
                ActVerb::ScaleBaseline { replicas } => toy.baseline_wanted().is_none_or(|now| *replicas > now),
                _ => false,
            };
            prop_assert!(!(up && rolling), "{act:?} while rolling back");
            prop_assert!(!(up && down), "{act:?} without sight");
        }
        // Pods that fall ill behind a pin, and a hand that pins to what is gone, are seen a moment later.
        let sick = toy.weather.canary_sick || toy.weather.canary_thin > 0 || toy.weather.fight_back;
        prop_assert!(toy.lost == lost || sick, "requests met no endpoint that can serve");
        let again = toy.decides_again();
        prop_assert!(again.is_none(), "asked twice, it decides twice: {}", again.unwrap_or_default());
        Ok(())
    }

    fn hear(&mut self, event: &Event, toy: &Toy) -> Result<(), TestCaseError> {
        match event {
            Event::Command { command, accepted: true, .. } => {
                self.full |= command == "promote --full";
                self.over |= command == "promote --override";
            }
            Event::Step { index, state: StepState::Scaling, .. } => {
                let place = index - 1;
                prop_assert!(place <= self.reached + 1 || self.full, "a step was skipped unasked");
                (self.reached, self.full, self.over) = (place, false, self.over && place == self.reached);
            }
            Event::Step { state: StepState::Passed, .. } => {
                let worst = toy.state.as_ref().unwrap().worst();
                let fresh = toy.read_at.is_some_and(|read| toy.now.since(read) <= Threshold::default().freshness);
                prop_assert!((worst < Verdict::NoData && fresh) || self.over, "a step was passed on a {worst:?}");
            }
            _ => {}
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn the_invariants_hold_whatever_happens(
        happenings in prop::collection::vec((1u32..60, happening()), 0..16),
        n in 1u32..12,
        attended in any::<bool>(),
        baseline in any::<bool>(),
    ) {
        let plan = plan(n, &[1, 10, 50, 100], 30);
        let mut toy = Toy::new(if baseline { with_baseline(plan) } else { plan });
        toy.attended = attended;
        let mut watch = Watch { reached: 0, full: false, over: false };
        for (seconds, what) in happenings {
            if toy.ended().is_some() { break; }
            happen(&mut toy, &what);
            for _ in 0..seconds {
                if toy.ended().is_some() { break; }
                watch.second(&mut toy)?;
            }
        }
        // Faults stop, nobody sits there any more, and whoever paused resumes. A stable that somebody has left too small for
        // an automatic rollback is one of the faults: it pages, and waits for half of what was there.
        toy.weather = Default::default();
        toy.replicas = toy.replicas.max(n);
        toy.attended = false;
        toy.command(Verb::Resume);
        for _ in 0..6_000 {
            if toy.ended().is_some() { break; }
            watch.second(&mut toy)?;
        }
        let state = toy.state.as_ref().unwrap();
        prop_assert!(state.ended.is_some(), "it never ended: {:?} {:?}", state.phase, state.hold);
        // Who lost contact left everything as it was; whoever goes on finds it.
        if toy.ended().is_some_and(|ended| ended.outcome == Outcome::ContactLost) { return Ok(()); }
        prop_assert!(!toy.is_pinned(), "it ended behind a pin: {:?}", state.ended);
        prop_assert!(toy.baseline_wanted().is_none(), "it ended with a baseline: {:?}", state.ended);
        match toy.ended().map(|ended| ended.outcome) {
            Some(Outcome::RolledBack | Outcome::Superseded) => prop_assert!(toy.is_clean() && !toy.is_rolled()),
            Some(Outcome::Promoted) => prop_assert!(toy.is_clean() && toy.is_rolled()),
            _ => prop_assert!(!toy.is_rolled(), "it ended on a template of ours"),
        }
    }
}

#[test]
fn a_rollback_ends_at_zero_within_seconds_once_the_api_answers() {
    let mut toy = Toy::new(plan(10, &[1, 10, 50, 100], 30));
    toy.run(100).weather.api_down = true;
    toy.command(Verb::Rollback);
    toy.run(300).weather.api_down = false;
    let answers = toy.now;
    while toy.canary_wanted() > 0 {
        toy.second();
    }
    assert!(toy.now.since(answers) < Duration::from_secs(3));
}
