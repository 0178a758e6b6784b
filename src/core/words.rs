//! Events as sentences, for the screen's log and for `--plain`.

use crate::core::event::{Edge, EffectState, Event, GateState};
use crate::core::judge::percent;
use crate::core::plan::{Kind, Plan, Stage};
use crate::core::proof::LineState;
use crate::core::snapshot::{About, Happening, LogLine, Outcome, Progress, StepState, Tone};
use crate::core::time::{Time, human};
use crate::core::verdict::{DataState, Verdict};

/// The sentence for an event; `None` for those that only machines read.
pub fn sentence(event: &Event, plan: &Plan, at: Time) -> Option<LogLine> {
    let (tone, text) = match event {
        Event::Started { plan } if plan.kind != Kind::Release => {
            (Tone::Plain, format!("{} serves {}; the way back to {} is known", plan.application, plan.from, plan.to))
        }
        Event::Started { plan } => {
            (Tone::Plain, format!("release of {} {} → {} begins", plan.application, plan.from, plan.to))
        }
        Event::Resumed { by } => (Tone::Plain, format!("{by} goes on with this release")),
        // Whoever brings an earlier version back rolls back, whatever stages that goes through.
        Event::Stage { stage, state: Progress::Started } if plan.kind != Kind::Release && *stage != Stage::Rollback => {
            return None;
        }
        Event::Stage { stage, state: Progress::Started } => (Tone::Plain, format!("stage {stage} begins")),
        // A rollback gives these up, whoever asked for it; why is said by its own sentence.
        Event::Stage { stage: Stage::Canary | Stage::Deploy | Stage::Validation, state: Progress::Failed } => {
            return None;
        }
        // Users may well be safe: what is not proven was said just before.
        Event::Stage { stage: Stage::Rollback, state: Progress::Failed } => {
            (Tone::Bad, "the rollback ends without its whole proof".to_owned())
        }
        Event::Stage { stage, state: Progress::Failed } => (Tone::Bad, format!("stage {stage} failed")),
        Event::Power(power) => {
            let of = if plan.workloads.len() > 1 { format!(" of {}", power.workload) } else { String::new() };
            (Tone::Warn, format!("step {}, {}{of}: {}", power.step + 1, power.rule, power.words()))
        }
        Event::Cost(cost) => (Tone::Plain, cost.words()),
        Event::Stage { .. } | Event::Share { .. } | Event::Reading { .. } => return None,
        Event::Step { state, .. } if plan.kind != Kind::Release => beside(*state, plan)?,
        Event::Step { index, weight, state } => step(*index, *weight, *state, plan),
        Event::Verdict { rule, workload, verdict, data, suspicion, evidence } => {
            let name = if plan.workloads.len() > 1 { format!("{rule} of {workload}") } else { rule.clone() };
            let (tone, word) = verdict_word(*verdict, *data, *suspicion)?;
            (tone, format!("{name}: {word}: {}", evidence.why))
        }
        Event::Hold { state: Edge::Begun, reason } => (Tone::Warn, format!("holding: {reason}")),
        Event::Hold { state: Edge::Ended, .. } => (Tone::Plain, "the hold is over".to_owned()),
        Event::Gate { state: GateState::Open, needs, .. } => (Tone::Warn, format!("waits for {needs}")),
        Event::Gate { state: GateState::Satisfied, needs, .. } => (Tone::Person, needs.clone()),
        Event::Gate { state: GateState::Lapsed, needs, .. } => {
            (Tone::Warn, format!("the approval has lapsed; it needs {needs}"))
        }
        Event::Command { command, by, reason, accepted, why } => {
            let because = reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
            let (tone, refused) = if *accepted { (Tone::Person, "") } else { (Tone::Warn, " refused") };
            (tone, format!("{by}: {command}{because}{refused}: {why}"))
        }
        Event::Effect { what, state: EffectState::Confirmed, .. } => (Tone::Plain, format!("done: {what}")),
        Event::Effect { what, state: EffectState::Failed, why, .. } => {
            (Tone::Warn, format!("failed: {what}: {}", why.as_deref().unwrap_or("no reason given")))
        }
        // No failure: nobody wants it any more.
        Event::Effect { what, state: EffectState::Overtaken, .. } => {
            (Tone::Plain, format!("overtaken by the rollback, and not done: {what}"))
        }
        Event::Effect { what, state: EffectState::Unknown, why, .. } => {
            (Tone::Warn, format!("no answer: {what}: {}", why.as_deref().unwrap_or("no reason given")))
        }
        Event::Effect { .. } => return None,
        Event::Rollback { cause } => (Tone::Bad, format!("rolling back: {cause}")),
        Event::Page { workload, rule, why } => {
            let of = rule.as_ref().map_or_else(String::new, |rule| format!("{rule} of {workload}: "));
            (Tone::Bad, format!("page whoever is on call: {of}{why}"))
        }
        Event::Proof { line, workload, state, elapsed_ms, why } => {
            let line = line.words_for(plan);
            let name = if plan.workloads.len() > 1 { format!("{line} of {workload}") } else { line.to_owned() };
            let after = human(std::time::Duration::from_millis(*elapsed_ms));
            match state {
                LineState::Done => (Tone::Good, format!("proved after {after}: {name}: {why}")),
                LineState::Stalled => (Tone::Warn, format!("the proof waits: {name}: {why}")),
                LineState::Waiting => return None,
            }
        }
        Event::Gap { of_epoch, after, before, why } => {
            let until = before.map_or_else(String::new, |before| format!(" and before {before}"));
            (Tone::Warn, format!("not known here: what engine {of_epoch} recorded after {after}{until}: {why}"))
        }
        Event::Note { text } => (Tone::Warn, text.clone()),
        Event::Ended { outcome, proven, why, .. } => ended(*outcome, *proven, why),
    };
    Some(LogLine { at, tone, text, about: about(event) })
}

/// What an event says again and again, if it is of that kind.
fn about(event: &Event) -> Option<About> {
    match event {
        Event::Verdict { rule, workload, verdict, data, suspicion, .. } => {
            let (_, word) = verdict_word(*verdict, *data, *suspicion)?;
            Some(About::Verdict { of: format!("{rule} of {workload} {word}") })
        }
        Event::Hold { state: Edge::Begun, reason } => {
            let cause = reason.split(':').next().unwrap_or(reason);
            let words = cause.split_whitespace().filter(|word| !word.contains(|c: char| c.is_ascii_digit()));
            Some(About::Held { why: words.collect::<Vec<_>>().join(" ") })
        }
        Event::Hold { state: Edge::Ended, .. } => Some(About::Freed),
        _ => None,
    }
}

/// The event with its sentence, for the journal on the screen; `None` for the plan itself, which is too large and is there.
pub fn happening(event: &Event, line: &LogLine) -> Option<Happening> {
    let told = !matches!(event, Event::Started { .. });
    told.then(|| Happening { at: line.at, event: event.clone(), line: line.clone() })
}

fn step(index: usize, weight: u32, state: StepState, plan: &Plan) -> (Tone, String) {
    let of = plan.steps.len();
    match state {
        StepState::Scaling => (Tone::Plain, format!("step {index} of {of}: {weight} %: canary pods are starting")),
        StepState::Soaking => (Tone::Plain, format!("step {index} of {of}: {weight} %: soaking")),
        StepState::Passed => (Tone::Good, format!("step {index} of {of} passed: {weight} %")),
        StepState::Abandoned => (Tone::Warn, format!("step {index} of {of} is given up at {weight} %")),
    }
}

/// How far the pods are that an earlier version starts with: that is no step of a release, and all of it has its own sentences.
fn beside(state: StepState, plan: &Plan) -> Option<(Tone, String)> {
    match state {
        StepState::Scaling => Some((Tone::Plain, format!("pods of {} are starting", plan.to))),
        StepState::Abandoned => Some((Tone::Warn, format!("the pods of {} beside are given up", plan.to))),
        StepState::Soaking | StepState::Passed => None,
    }
}

/// A fail verdict of a rule, in a word.
pub const BREACH: &str = "breach";

/// Bad enough to hold and not yet proven, in a word.
pub const SUSPICION: &str = "suspicion";

/// A verdict is worth a sentence when it is good or bad news; little traffic at a step's beginning is neither.
fn verdict_word(verdict: Verdict, data: DataState, suspicion: bool) -> Option<(Tone, &'static str)> {
    match (verdict, data) {
        (Verdict::Fail, _) => Some((Tone::Bad, BREACH)),
        _ if suspicion => Some((Tone::Warn, SUSPICION)),
        (Verdict::Pass, _) => Some((Tone::Good, "passes")),
        (_, DataState::Ok | DataState::TooLittleTraffic) => None,
        (_, data) => Some((Tone::Warn, data.words())),
    }
}

fn ended(outcome: Outcome, proven: bool, why: &str) -> (Tone, String) {
    let tone = match outcome {
        Outcome::Promoted => Tone::Good,
        Outcome::RolledBack if proven => Tone::Good,
        _ => Tone::Bad,
    };
    let proof = match (outcome, proven) {
        (Outcome::RolledBack, true) => ", proven",
        (Outcome::RolledBack, false) => ", not proven",
        _ => "",
    };
    (tone, format!("ended: {}{proof}: {why}", outcome.words()))
}

/// A share in words, `unknown` where nothing is measured.
pub fn share(measured: Option<f64>) -> String {
    measured.map_or_else(|| "unknown".to_owned(), |measured| percent(measured / 100.0))
}
