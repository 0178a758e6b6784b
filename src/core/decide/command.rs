//! What people ask: obeyed or refused, with the reason, at any moment.

use crate::core::command::{Answer, Command, Verb};
use crate::core::decide::advance::Stop;
use crate::core::decide::turn::Turn;
use crate::core::event::{Event, GateState};
use crate::core::snapshot::Outcome;
use crate::core::state::{Approval, FinishPart, HoldKind, Pause, Phase, PinStop, PromoteOrder};

/// How many answered commands are remembered.
const REMEMBERED: usize = 256;

/// Obeyed (with what was done) or refused (with why).
pub(super) type Obedience = Result<String, String>;

impl Turn<'_> {
    pub(super) fn take_commands(&mut self) {
        for command in self.seen.commands {
            if self.state.ended.is_some() {
                self.refuse(command);
                continue;
            }
            if !self.state.answered.insert(command.id.clone()) {
                continue;
            }
            while self.state.answered.len() > REMEMBERED {
                self.state.answered.pop_first();
            }
            let outcome = self.obey(command);
            self.answer(command, outcome);
        }
    }

    /// A release that has ended obeys nothing more.
    pub(super) fn refuse_all(&mut self) {
        for command in self.seen.commands {
            self.refuse(command);
        }
    }

    fn refuse(&mut self, command: &Command) {
        let end = self
            .state
            .ended
            .as_ref()
            .map_or_else(String::new, |ended| format!("this release has ended: {}", ended.outcome.word()));
        self.answer(command, Err(end));
    }

    fn answer(&mut self, command: &Command, outcome: Obedience) {
        let (accepted, why) = match &outcome {
            Ok(done) => (true, done.clone()),
            Err(why) => (false, why.clone()),
        };
        self.tell(Event::Command {
            command: command.verb.name().to_owned(),
            by: command.by.clone(),
            reason: command.reason.clone(),
            accepted,
            why,
        });
        self.answers.push(Answer { id: command.id.clone(), outcome });
    }

    fn obey(&mut self, command: &Command) -> Obedience {
        self.stale(command)?;
        self.may(&command.verb, command.reason.is_some())?;
        match &command.verb {
            Verb::Rollback => Ok(self.obey_rollback(command)),
            Verb::Pause => {
                self.state.pause = Some(Pause { since: self.now, by: command.by.clone(), settled: false });
                Ok("it stops before the next advance; judging and automatic rollback go on".to_owned())
            }
            Verb::Resume => Ok(self.obey_resume()),
            Verb::Approve => Ok(self.obey_approve(command)),
            Verb::Promote { full, over } => {
                let step = self.state.stepping().map_or(usize::MAX, |stepping| stepping.index);
                self.state.promote = Some(PromoteOrder { by: command.by.clone(), full: *full, over: *over, step });
                Ok(if *full { "straight to 100 %".to_owned() } else { "the soak is not waited out".to_owned() })
            }
            Verb::HoldHere => Ok(self.obey_hold(command)),
            Verb::Edit { steps } => Ok(self.obey_edit(command, steps)),
            Verb::SkipSettle => {
                if let Some(rollback) = &mut self.state.rollback {
                    rollback.skip_settle = true;
                }
                Ok("the canary goes without waiting for outside routers".to_owned())
            }
        }
    }

    /// A command about another release or a step that has moved on is refused; a rollback is never stale for its release.
    fn stale(&self, command: &Command) -> Result<(), String> {
        if command.seen.release.as_ref().is_some_and(|release| *release != self.plan.release) {
            return Err(format!("this is release {}, and the command was for another", self.plan.release));
        }
        if command.verb == Verb::Rollback {
            return Ok(());
        }
        let epoch = self.seen.epoch.rsplit_once('/').and_then(|(_, number)| number.parse().ok());
        if command.seen.epoch.is_some() && command.seen.epoch != epoch {
            return Err("another driver has taken over since it was given; look again, and ask again".to_owned());
        }
        let bound = matches!(command.verb, Verb::Approve | Verb::Promote { .. } | Verb::Edit { .. });
        if bound && command.seen.hash.as_ref().is_some_and(|hash| *hash != self.plan.hash) {
            return Err("the plan has changed since it was seen; look again".to_owned());
        }
        let step = self.state.stepping().map(|stepping| stepping.index);
        if bound && command.seen.step.is_some() && command.seen.step != step {
            return Err("the step that was seen is over; look again".to_owned());
        }
        Ok(())
    }

    /// Whether a command would be obeyed now; the error is the reason for refusing.
    pub(super) fn may(&self, verb: &Verb, reasoned: bool) -> Result<(), String> {
        match (&self.state.phase, verb) {
            (Phase::Ended, _) => Err("this release has ended".to_owned()),
            (_, Verb::Rollback) => Ok(()),
            (Phase::Idle, _) => Err("nothing is flying".to_owned()),
            (Phase::RollingBack, Verb::SkipSettle) => self.may_skip(),
            (_, Verb::SkipSettle) => Err("nothing is being rolled back".to_owned()),
            (Phase::RollingBack, _) => Err("it is being rolled back".to_owned()),
            (Phase::Landing { outcome, .. }, _) => Err(format!("it is ending: {}", outcome.word())),
            (_, Verb::HoldHere) => Ok(()),
            (_, Verb::Edit { steps }) => self.may_edit(steps),
            (_, Verb::Pause) => {
                self.state.pause.as_ref().map_or(Ok(()), |pause| Err(format!("{} has paused it already", pause.by)))
            }
            (_, Verb::Resume) if self.state.pause.is_none() && self.state.pins_stopped.is_none() => {
                Err("it is not paused".to_owned())
            }
            (_, Verb::Resume) => Ok(()),
            (Phase::Stepping(stepping), Verb::Approve) => self.may_approve(stepping.index),
            (_, Verb::Approve) => Err("no approval is asked for now".to_owned()),
            (_, Verb::Promote { full, over }) => self.may_promote(*full, *over, reasoned),
        }
    }

    /// Whether there is a wait for something outside the cluster that could be skipped.
    fn may_skip(&self) -> Result<(), String> {
        if self.state.rollback.as_ref().is_some_and(|rollback| rollback.skip_settle) {
            return Err("it is skipped already".to_owned());
        }
        if self.waited_for().is_empty() {
            return Err("there is nothing to skip: nothing outside the cluster is waited for now".to_owned());
        }
        Ok(())
    }

    /// Why the release does not go on now: what whoever takes it back had before their eyes.
    fn why_it_stands(&self) -> Option<String> {
        if let Some(hold) = &self.state.hold {
            return Some(hold.reason.clone());
        }
        let stepping = self.state.stepping()?;
        let weight = self.plan.step(stepping.index)?.weight;
        let lacking = self.sights.iter().find(|sight| !sight.is_up(weight))?;
        Some(lacking.lacks(weight))
    }

    fn may_approve(&self, index: usize) -> Result<(), String> {
        if !self.plan.step(index).is_some_and(|step| step.approval) {
            return Err("this step asks for no approval".to_owned());
        }
        match &self.state.approval {
            Some(approval) if approval.step == index && self.state.worst() <= approval.worst => {
                Err(format!("{} has approved it already", approval.by))
            }
            _ => Ok(()),
        }
    }

    fn may_promote(&self, full: bool, over: bool, reasoned: bool) -> Result<(), String> {
        let soaking = match &self.state.phase {
            Phase::Stepping(stepping) => stepping.soaking_since.is_some(),
            Phase::Finishing(finishing) => finishing.part == FinishPart::Verify,
            _ => false,
        };
        if !soaking {
            return Err("it is waiting for pods or writes, which no promotion can hurry".to_owned());
        }
        if over && !reasoned {
            return Err("an override needs a reason: --reason TEXT".to_owned());
        }
        if full && self.state.stepping().is_none() {
            return Err("it is at 100 % already".to_owned());
        }
        if let Some((_, why)) = self.blocker() {
            return Err(why);
        }
        if let Phase::Stepping(stepping) = &self.state.phase
            && self.plan.step(stepping.index).is_some_and(|step| step.approval)
            && !self
                .state
                .approval
                .as_ref()
                .is_some_and(|approval| approval.step == stepping.index && self.state.worst() <= approval.worst)
        {
            return Err("this step needs an approval first".to_owned());
        }
        if over {
            return Ok(());
        }
        match self.objection() {
            Some(Stop::Breach(why) | Stop::Against(why) | Stop::Unknown { why, .. }) => return Err(why),
            None => {}
        }
        let order = PromoteOrder { by: String::new(), full, over, step: 0 };
        self.not_passing(Some(&order)).map_or(Ok(()), Err)
    }

    /// A pause is one thing, and pins that were given up another: each is taken back by a word of its own.
    fn obey_resume(&mut self) -> String {
        match (self.state.pause.take(), &self.state.pins_stopped) {
            (Some(_), Some(_)) => "the pause is over; it holds on: another resume pins the Service again".to_owned(),
            (Some(_), None) => "it advances again".to_owned(),
            (None, _) => {
                let stopped = self.state.pins_stopped.take();
                self.state.put_back.clear();
                let lasts = match stopped {
                    Some(PinStop::Fight { by, .. } | PinStop::Undone { by, .. }) => {
                        format!("; that lasts until {by} undoes it again")
                    }
                    Some(PinStop::Thin { .. }) | None => String::new(),
                };
                format!("it pins again, and advances{lasts}")
            }
        }
    }

    fn obey_approve(&mut self, command: &Command) -> String {
        let step = self.state.stepping().map_or(0, |stepping| stepping.index);
        let worst = command.seen.worst.unwrap_or_else(|| self.state.worst());
        self.state.approval = Some(Approval { by: command.by.clone(), at: self.now, step, worst });
        self.tell(Event::Gate {
            kind: "approval".to_owned(),
            state: GateState::Satisfied,
            needs: format!("approved by {}", command.by),
        });
        "approved".to_owned()
    }

    /// Where somebody else's template stands in stable, there is nothing to come back to: the release gives way.
    fn obey_hold(&mut self, command: &Command) -> String {
        match self.blocker() {
            Some((HoldKind::Foreign, why)) => {
                self.land_as(Outcome::Superseded, format!("{} gave way: {why}", command.by));
                "the release gives way to the new template".to_owned()
            }
            _ => {
                self.land_as(Outcome::Held, format!("{} asked to hold here", command.by));
                "the release is held where it is".to_owned()
            }
        }
    }

    fn obey_rollback(&mut self, command: &Command) -> String {
        if let Some(rollback) = &mut self.state.rollback {
            // A person's word lowers what an automatic rollback waits for.
            rollback.person = true;
            return "it is being rolled back already".to_owned();
        }
        if matches!(self.state.phase, Phase::Idle) {
            self.begin_restore(&format!("{} asked for {} back", command.by, self.plan.to));
            return format!("{} is brought back", self.plan.to);
        }
        let because = command.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        let meanwhile = self.why_it_stands().map(|why| format!("; before that: {why}")).unwrap_or_default();
        let cause = format!("{} asked for it{because}{meanwhile}", command.by);
        self.begin_rollback(&cause, true);
        "all traffic goes back to stable".to_owned()
    }
}
