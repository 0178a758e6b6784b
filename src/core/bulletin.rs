//! Which happenings are worth telling where others look: beside the Deployment, as `kubectl describe` shows it.

use crate::core::event::{Edge, Event, GateState};
use crate::core::plan::Plan;
use crate::core::snapshot::{Outcome, StepState, Tone};
use crate::core::time::Time;
use crate::core::verdict::Verdict;
use crate::core::words;

/// Something that happened, for people who look at the workload and not at us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bulletin {
    /// Tells this bulletin from every other: `<release>/<epoch>/<number>`.
    pub id: String,
    /// When.
    pub at: Time,
    /// The machine's word, in one: `StepPassed`.
    pub reason: &'static str,
    /// Whether somebody should look.
    pub warning: bool,
    /// The sentence, as the log has it.
    pub text: String,
    /// The one workload that it is about; `None`: the whole release.
    pub workload: Option<String>,
}

/// The bulletin for an event; `None` for what only who follows the release wants to know.
pub fn bulletin(event: &Event, plan: &Plan, id: String, at: Time) -> Option<Bulletin> {
    let reason = reason(event)?;
    let line = words::sentence(event, plan, at)?;
    let workload = match event {
        Event::Verdict { workload, .. } | Event::Page { workload, .. } => Some(workload.clone()),
        _ => None,
    };
    let warning = matches!(line.tone, Tone::Warn | Tone::Bad);
    Some(Bulletin { id, at, reason, warning, text: line.text, workload })
}

/// The machine's word. There are few of them, because the cluster keeps every bulletin for everybody.
fn reason(event: &Event) -> Option<&'static str> {
    Some(match event {
        Event::Started { .. } => "ReleaseStarted",
        Event::Resumed { .. } => "ReleaseResumed",
        Event::Step { state: StepState::Scaling, .. } => "StepStarted",
        Event::Step { state: StepState::Passed, .. } => "StepPassed",
        Event::Step { state: StepState::Abandoned, .. } => "StepAbandoned",
        Event::Hold { state: Edge::Begun, .. } => "Holding",
        Event::Hold { state: Edge::Ended, .. } => "HoldEnded",
        Event::Gate { state: GateState::Open, .. } => "GateOpen",
        Event::Gate { state: GateState::Satisfied, .. } => "GateSatisfied",
        Event::Gate { state: GateState::Lapsed, .. } => "ApprovalLapsed",
        Event::Verdict { verdict: Verdict::Fail, .. } => "Breach",
        Event::Rollback { .. } => "RollingBack",
        Event::Page { .. } => "Page",
        Event::Ended { outcome: Outcome::Promoted, .. } => "Promoted",
        Event::Ended { outcome: Outcome::RolledBack, .. } => "RolledBack",
        Event::Ended { .. } => "ReleaseEnded",
        Event::Step { state: StepState::Soaking, .. }
        | Event::Verdict { .. }
        | Event::Stage { .. }
        | Event::Share { .. }
        | Event::Reading { .. }
        | Event::Command { .. }
        | Event::Effect { .. }
        | Event::Proof { .. }
        | Event::Gap { .. }
        | Event::Power(_)
        | Event::Cost(_)
        | Event::Note { .. } => return None,
    })
}
