//! What each command would do now, or why it would be refused: the dialogs and the disabled keys read from this.

pub(super) mod back;
mod facts;
mod promote;

use crate::core::act::{Act, ActVerb};
use crate::core::command::Verb;
use crate::core::decide::Observation;
use crate::core::decide::seen::Sight;
use crate::core::decide::turn::Turn;
use crate::core::plan::{Kind, Plan};
use crate::core::snapshot::Offer;
use crate::core::state::{PinStop, State};
use crate::core::time::{Time, human};
use crate::core::view::ClusterView;

/// All commands with what they would do.
pub fn offers(plan: &Plan, state: &State, view: &ClusterView, epoch: &str, now: Time) -> Vec<Offer> {
    let seen = Observation {
        view,
        batch: None,
        commands: &[],
        outcomes: &[],
        attended: true,
        journal_trouble: None,
        lease_trouble: None,
        epoch,
    };
    let turn = Turn::new(plan, state.clone(), seen, now);
    let verbs = [
        Verb::Approve,
        Verb::Promote { full: false, over: false },
        Verb::Promote { full: true, over: false },
        Verb::Promote { full: false, over: true },
        Verb::Pause,
        Verb::Resume,
        Verb::Rollback,
        Verb::HoldHere,
        Verb::Edit { steps: plan.steps.clone() },
        Verb::SkipSettle,
    ];
    verbs
        .iter()
        .map(|verb| {
            let would = turn.may(verb, true).map(|()| turn.would(verb));
            let acts = if would.is_ok() { turn.begins_with(verb) } else { Vec::new() };
            Offer { command: verb.name().to_owned(), would, acts }
        })
        .collect()
}

type Lines = Vec<(String, String)>;

/// Their names where they are few, else how many they are.
fn some(names: &[&str], what: &str) -> String {
    if names.len() <= facts::FEW { names.join(" and ") } else { format!("{} {what}", names.len()) }
}

/// The same of Services: `Service checkout`, `9 Services`.
fn services(names: &[&str]) -> String {
    if names.len() <= facts::FEW { format!("Service {}", some(names, "")) } else { some(names, "Services") }
}

impl Turn<'_> {
    fn would(&self, verb: &Verb) -> Lines {
        let line = |label: &str, text: String| (label.to_owned(), text);
        match verb {
            Verb::Rollback => self.would_roll_back(),
            Verb::Promote { full, .. } => self.would_promote(*full),
            Verb::Approve => vec![line(
                "then",
                format!(
                    "the step is left when its soak has passed and every rule passes; worst verdict now: {}",
                    self.state.worst()
                ),
            )],
            Verb::Pause => vec![line("then", "the weight stays; judging and automatic rollback go on".to_owned())],
            Verb::Resume => vec![line("then", self.would_resume())],
            Verb::HoldHere => vec![line(
                "then",
                "the weight stays, pinned Services are unpinned so that both versions serve, nobody drives until somebody resumes \
                 it"
                    .to_owned(),
            )],
            Verb::Edit { .. } => vec![line("then", "the remaining steps are flown as they are changed".to_owned())],
            Verb::SkipSettle => self.would_skip(),
        }
    }

    /// The writes that a command begins with, as things are. What waits for something that is not seen yet is not among
    /// them.
    fn begins_with(&self, verb: &Verb) -> Vec<Act> {
        match verb {
            Verb::Rollback if self.plan.kind == Kind::Release => {
                self.sights.iter().flat_map(|sight| self.back_with(sight)).collect()
            }
            Verb::Promote { full, .. } => {
                let Some(step) = self.promoted_to(*full) else { return Vec::new() };
                let scale = |sight: &Sight<'_>| {
                    let replicas = sight.wanted_canary(step.weight);
                    let beside = sight.plan.baseline.is_some() && step.weight < 100;
                    let baseline = beside.then_some(ActVerb::ScaleBaseline { replicas });
                    let verbs = std::iter::once(ActVerb::ScaleCanary { replicas }).chain(baseline);
                    let name = sight.plan.name.clone();
                    verbs.map(move |verb| Act::on(&name, verb))
                };
                self.sights.iter().flat_map(scale).collect()
            }
            _ => Vec::new(),
        }
    }

    fn would_resume(&self) -> String {
        let stopped = match (&self.state.pause, &self.state.pins_stopped) {
            (None, Some(stopped)) => stopped,
            (Some(_), Some(_)) => {
                return "the pause is over; it holds on, for the reason that it had before".to_owned();
            }
            (_, None) => return "the release advances again".to_owned(),
        };
        match stopped {
            PinStop::Fight { by, service } => {
                format!(
                    "Service {service} is pinned to {} again: all requests go there, until {by} unpins it again. Stop {by} \
                     first, or this is lost again",
                    self.plan.to
                )
            }
            PinStop::Thin { service } => {
                format!("Service {service} is pinned to {} again: all requests go there", self.plan.to)
            }
            PinStop::Undone { by, workload } => {
                format!(
                    "{workload} is rolled to {} again, until {by} puts the old template back again. Stop {by} first, or this \
                     is lost again",
                    self.plan.to
                )
            }
        }
    }

    fn would_skip(&self) -> Lines {
        let waits = self.waited_for();
        let left = waits.iter().filter_map(|(_, over)| *over).map(|over| over.since(self.now)).max();
        let left = left.map_or_else(
            || "begins when the Service is unpinned".to_owned(),
            |left| format!("{} are left", human(left)),
        );
        let names: Vec<&str> = waits.iter().map(|(name, _)| *name).collect();
        let line = |label: &str, text: &str| (label.to_owned(), text.to_owned());
        vec![
            line("then", "the canary goes without waiting for what routes to pod addresses from outside the cluster"),
            line("wait", &format!("{}: {left}", services(&names))),
            line("risk", "what has not noticed yet still sends requests to the canary: they fail"),
        ]
    }
}
