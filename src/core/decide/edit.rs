//! Changing the remaining steps while they are flown: what was flown stays, what comes may be anything that rises to the
//! same end. The plan has a new hash from then on, so approvals lapse; the first one is kept, by which the release resumes.

use std::time::Duration;

use crate::core::command::Command;
use crate::core::decide::turn::Turn;
use crate::core::event::{Event, GateState};
use crate::core::plan::Step;
use crate::core::state::{Edited, Phase};
use crate::core::time::human;

/// The longest soak that a step can be given.
const LONGEST: Duration = Duration::from_secs(7 * 86_400);

impl Turn<'_> {
    /// Whether the steps may be changed to these; the error is the reason for refusing.
    pub(super) fn may_edit(&self, steps: &[Step]) -> Result<(), String> {
        let flown = match &self.state.phase {
            Phase::Stepping(stepping) => stepping.index,
            Phase::Preparing => 0,
            _ => return Err("the steps are flown; nothing of them is left to change".to_owned()),
        };
        let known = &self.plan.steps;
        if steps.get(..flown) != known.get(..flown) {
            return Err("a step that has passed cannot be changed any more".to_owned());
        }
        let stepping = matches!(self.state.phase, Phase::Stepping(_));
        let weight = |steps: &[Step], index: usize| steps.get(index).map(|step| step.weight);
        if stepping && weight(steps, flown) != weight(known, flown) {
            return Err(
                "the weight of the step that is being flown stands; what comes after it can be changed".to_owned()
            );
        }
        if steps.iter().any(|step| step.weight == 0 || step.weight > 100) {
            return Err("a weight is a percentage from 1 to 100".to_owned());
        }
        if steps.iter().zip(steps.iter().skip(1)).any(|(one, next)| one.weight >= next.weight) {
            return Err("the weights must rise from step to step".to_owned());
        }
        if steps.last().map(|step| step.weight) != known.last().map(|step| step.weight) {
            let end = known.last().map_or(100, |step| step.weight);
            return Err(format!("the last step stays at {end} %"));
        }
        if steps.iter().any(|step| step.soak > LONGEST) {
            return Err("a soak of more than 7 days is surely a slip".to_owned());
        }
        Ok(())
    }

    /// Changes the steps; what is flown from the next turn on.
    pub(super) fn obey_edit(&mut self, command: &Command, steps: &[Step]) -> String {
        let first = match &self.state.edited {
            Some(before) => before.first.clone(),
            None => self.plan.hash.clone(),
        };
        let edited = Edited { steps: steps.to_vec(), first, by: command.by.clone(), at: self.now };
        let hash = self.plan.edited(&edited).hash;
        let words: Vec<String> = steps.iter().map(words).collect();
        if self.state.approval.take().is_some() {
            self.tell(Event::Gate {
                kind: "approval".to_owned(),
                state: GateState::Lapsed,
                needs: "one person's approval of the changed steps".to_owned(),
            });
        }
        self.state.gate_since = None;
        self.state.promote = None;
        self.state.edited = Some(edited);
        let hash: String = hash.chars().take(12).collect();
        format!("the steps are now {}; release hash {hash}", words.join(", "))
    }
}

fn words(step: &Step) -> String {
    let gate = if step.approval { " and an approval" } else { "" };
    format!("{} % for {}{gate}", step.weight, human(step.soak))
}
