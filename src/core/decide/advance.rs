//! When a step (or the last verification) may be left: soak, verdicts, gates, pauses and holds, in one place.

use std::time::Duration;

use crate::core::decide::seen::{Sight, blindness};
use crate::core::decide::turn::{Turn, verdict_event};
use crate::core::event::{Event, GateState};
use crate::core::plan::{Kind, OnHoldLimit, Stage, Step};
use crate::core::rule::Action;
use crate::core::snapshot::{Outcome, Progress, StepState};
use crate::core::state::{FinishPart, HoldKind, Phase, PinStop, PromoteOrder, Stepping};
use crate::core::text::plural;
use crate::core::time::human;
use crate::core::verdict::{DataState, Judgement, Verdict};
use crate::core::view::{TemplateOwner, Track};

/// An object of the plan that somebody has deleted: what was learnt with it says nothing of what comes without it.
fn gone(sight: &Sight<'_>) -> Option<String> {
    if sight.view.stable.is_none() {
        return Some(format!("Deployment {} was deleted; its canary is left alone", sight.plan.name));
    }
    let missing = sight.plan.services.iter().find(|plan| !sight.view.services.contains_key(&plan.name))?;
    Some(format!("Service {} does not exist any more; nothing advances until it is back", missing.name))
}

/// Why judging stops an advance.
pub(super) enum Stop {
    /// A breach: roll back, for this cause.
    Breach(String),
    /// Evidence against the canary that only holds: the soak starts again.
    Against(String),
    /// Nobody knows enough: the soak stands still.
    Unknown {
        /// Whether the blind limit runs.
        blind: bool,
        /// Why.
        why: String,
    },
}

impl Turn<'_> {
    /// What the acting rules have against going on, worst first.
    pub(super) fn objection(&self) -> Option<Stop> {
        let acting = self.acting();
        let words = |judgement: &Judgement| {
            let workload = if self.plan.workloads.len() > 1 {
                format!("{} of {}", judgement.rule, judgement.workload)
            } else {
                judgement.rule.clone()
            };
            format!("{workload}: {}", judgement.evidence.why)
        };
        let find = |wanted: &dyn Fn(Action, &Judgement) -> bool| {
            acting.iter().find(|(action, judgement)| wanted(*action, judgement)).map(|(_, judgement)| judgement)
        };
        let fails = |judgement: &Judgement| judgement.verdict == Verdict::Fail;
        if let Some(breach) = find(&|action, judgement| action == Action::Rollback && fails(judgement)) {
            return Some(Stop::Breach(words(breach)));
        }
        if let Some(against) = find(&|_, judgement| judgement.suspicion || fails(judgement)) {
            return Some(Stop::Against(words(against)));
        }
        if let Some(blind) = find(&|action, judgement| action == Action::Rollback && judgement.data.is_blind()) {
            return Some(Stop::Unknown { blind: true, why: words(blind) });
        }
        let unknown = find(&|_, judgement| judgement.data.stops_soak())?;
        Some(Stop::Unknown { blind: false, why: words(unknown) })
    }

    /// What stands in the way besides the evidence: the API server, a foreign hand, a write that does not go through.
    pub(super) fn blocker(&self) -> Option<(HoldKind, String)> {
        if let Some(why) = blindness(self.seen.view, self.now) {
            return Some((HoldKind::Api, why));
        }
        if let Some(why) = self.lease_trouble() {
            return Some((HoldKind::Lease, why));
        }
        if let Some(trouble) = self.seen.journal_trouble {
            return Some((
                HoldKind::Journal,
                format!("the journal cannot be written ({trouble}); nothing advances without a record"),
            ));
        }
        if let Some(warning) = &self.state.warned {
            return Some((
                HoldKind::Warned,
                format!("the metrics source warns that its answer is not whole: {warning}"),
            ));
        }
        if let Some(why) = self.sights.iter().find_map(|sight| self.foreign(sight)) {
            return Some((HoldKind::Foreign, why));
        }
        if let Some(why) = self.sights.iter().find_map(gone) {
            return Some((HoldKind::Gone, why));
        }
        match &self.state.pins_stopped {
            Some(PinStop::Fight { by, service }) => {
                return Some((HoldKind::Fight, self.fight_words(by, service)));
            }
            Some(PinStop::Undone { by, workload }) => {
                return Some((
                    HoldKind::Fight,
                    format!(
                        "{by} puts the old template of {workload} back again and again, and we stopped rolling it; the canary \
                         goes on serving"
                    ),
                ));
            }
            Some(PinStop::Thin { service }) => {
                return Some((
                    HoldKind::Thin,
                    format!(
                        "too few canary pods were Ready behind Service {service}; it was unpinned, so {}",
                        self.both_serve()
                    ),
                ));
            }
            None => {}
        }
        self.stuck().map(|why| (HoldKind::Write, why))
    }

    /// That somebody takes our pin away, and what that means for users now.
    fn fight_words(&self, by: &str, service: &str) -> String {
        let mut services = self.sights.iter().flat_map(|sight| sight.services());
        let pinned = services.any(|(plan, seen)| plan.name == service && seen.pinned);
        let users = if pinned { format!("users meet {} until it is gone", self.plan.to) } else { self.both_serve() };
        format!("{by} unpins Service {service} again and again, so we pin it no more: {users}")
    }

    /// Whom users meet where no Service is pinned.
    fn both_serve(&self) -> String {
        let ready = |new: bool| {
            let pods = self.sights.iter().map(|sight| sight.ready(|track| track.is_new() == new)).sum::<u32>();
            plural(pods, "pod")
        };
        let (from, to) = (&self.plan.from, &self.plan.to);
        format!("users meet both {from} ({}) and {to} ({})", ready(false), ready(true))
    }

    /// Why this engine is not sure to be the only driver.
    pub(super) fn lease_trouble(&self) -> Option<String> {
        let why = self.seen.lease_trouble?;
        Some(format!("the lease is not surely ours ({why}); nothing advances until it is renewed"))
    }

    /// What somebody else has done to stable's template, which this release then leaves alone.
    fn foreign(&self, sight: &Sight<'_>) -> Option<String> {
        let name = &sight.plan.name;
        let stable = sight.view.stable.as_ref()?;
        let by = stable.template_writer.as_deref().unwrap_or("somebody");
        let finishing = matches!(self.state.phase, Phase::Finishing(_));
        match &stable.template {
            TemplateOwner::Foreign(by) => {
                Some(format!("{by} has changed the template of {name}; this release no longer knows what stable is"))
            }
            // A rollback to an earlier version is glad of whoever was quicker.
            TemplateOwner::Release if !finishing && self.plan.kind == Kind::Release => {
                Some(format!("{by} has rolled {name} to the new template while its canary was still being judged"))
            }
            _ => None,
        }
    }

    /// One look at a soaking step.
    pub(super) fn soak(&mut self, mut stepping: Stepping, step: &Step, ready: bool) -> bool {
        let order = self.state.promote.clone().filter(|order| order.step == stepping.index);
        let over = order.as_ref().is_some_and(|order| order.over);
        let before = std::mem::replace(&mut stepping.looked, self.now);
        let blocker = self.blocker();
        let objection = self.objection().filter(|objection| matches!(objection, Stop::Breach(_)) || !over);
        stepping.frozen = !ready || blocker.is_some() || matches!(objection, Some(Stop::Unknown { .. }));
        match &objection {
            Some(Stop::Breach(cause)) => {
                self.begin_rollback(cause, false);
                return true;
            }
            Some(Stop::Against(_)) => stepping.soaked = Duration::ZERO,
            _ if stepping.frozen => {}
            _ => stepping.soaked = Self::soak_more(stepping.soaked, before, self.now),
        }
        let (index, soaked) = (stepping.index, stepping.soaked);
        let frozen = stepping.frozen;
        self.state.phase = Phase::Stepping(stepping);
        if self.blind_limit(objection.as_ref()) {
            return true;
        }
        if let Some((key, why)) = blocker {
            self.hold(key, why);
            return self.hold_limit();
        }
        if !ready {
            let lacking = self.sights.iter().find(|sight| !sight.is_up(step.weight));
            let why = lacking.map_or_else(
                || "a Service is no longer pinned to the canary, and is pinned again".to_owned(),
                |sight| sight.lacks(step.weight),
            );
            self.hold(if lacking.is_some() { HoldKind::Pods } else { HoldKind::Pins }, why);
            return self.hold_limit();
        }
        match objection {
            Some(Stop::Against(why)) => {
                self.hold(HoldKind::Against, why);
                return self.hold_limit();
            }
            Some(Stop::Unknown { why, .. }) => {
                self.hold(HoldKind::Unknown, why);
                return self.hold_limit();
            }
            _ => {}
        }
        if order.is_none() && soaked < step.soak {
            if !frozen {
                self.look_at(self.now + (step.soak - soaked));
            }
            return self.pause_limit();
        }
        self.leave_step(index, step, order)
    }

    /// The soak has passed, or a person said not to wait for it.
    fn leave_step(&mut self, index: usize, step: &Step, order: Option<PromoteOrder>) -> bool {
        if let Some(why) = self.not_passing(order.as_ref()) {
            self.spend_looks();
            self.hold(HoldKind::Evidence, why);
            return self.hold_limit();
        }
        if step.approval && !self.approved(index) {
            return self.gate();
        }
        if self.state.pause.is_some() && order.is_none() {
            return self.pause_limit();
        }
        self.pass_step(index, step, order.is_some_and(|order| order.full))
    }

    /// Which acting rule does not pass yet, in words; an order to promote waives too little traffic, one with `--override` all.
    pub(super) fn not_passing(&self, order: Option<&PromoteOrder>) -> Option<String> {
        if order.is_some_and(|order| order.over) {
            return None;
        }
        let waived = |judgement: &Judgement| order.is_some() && judgement.data == DataState::TooLittleTraffic;
        let acting = self.acting();
        let (_, judgement) =
            acting.iter().find(|(_, judgement)| judgement.verdict != Verdict::Pass && !waived(judgement))?;
        let of = if self.plan.workloads.len() > 1 { format!(" of {}", judgement.workload) } else { String::new() };
        Some(format!("{}{of} does not pass yet: {}", judgement.rule, judgement.evidence.why))
    }

    fn pass_step(&mut self, index: usize, step: &Step, full: bool) -> bool {
        let verdicts: Vec<Event> = self.state.judgements.iter().map(verdict_event).collect();
        self.events.extend(verdicts);
        self.tell(Event::Step { index: index + 1, weight: step.weight, state: StepState::Passed });
        let last = self.plan.steps.len().saturating_sub(1);
        if index < last {
            self.begin_step(if full { last } else { index + 1 });
            return true;
        }
        self.state.promote = None;
        self.begin_deploy()
    }

    /// Whether a driver before us has begun to roll stable: that was decided, and what it recorded of it did not reach the
    /// place from which we go on. Only a template that nobody else wrote, behind pins that stand, says so.
    pub(super) fn was_rolled_by_us(&self, sights: &[Sight<'_>]) -> bool {
        let ours = |sight: &Sight<'_>| {
            let stable = sight.view.stable.as_ref();
            stable.is_some_and(|stable| stable.template == TemplateOwner::Release && stable.template_writer.is_none())
        };
        self.plan.kind == Kind::Release
            && sights.iter().any(ours)
            && sights.iter().all(|sight| ours(sight) || sight.template() == TemplateOwner::Recorded)
            && sights.iter().all(|sight| sight.services().all(|(_, service)| service.pinned))
    }

    /// Canary has passed; stable is rolled, by us or by its owner.
    pub(super) fn begin_deploy(&mut self) -> bool {
        self.stage(Stage::Canary, Progress::Passed);
        self.stage(Stage::Deploy, Progress::Started);
        let wait = self.plan.finish == crate::core::plan::Finish::Wait && self.plan.kind == Kind::Release;
        self.enter_finish(if wait { FinishPart::AwaitOwner } else { FinishPart::Roll });
        true
    }

    /// Whether this step's approval stands.
    pub(super) fn approved(&self, index: usize) -> bool {
        self.state.approval.as_ref().is_some_and(|approval| approval.step == index)
    }

    /// An approval is for what the approver saw: the first verdict that is worse ends it, whatever comes after.
    pub(super) fn lapse(&mut self) {
        let worst = self.state.worst();
        let Some(approval) = self.state.approval.take_if(|approval| worst > approval.worst) else { return };
        let needs = format!("an approval: that of {} was for verdicts no worse than {}", approval.by, approval.worst);
        self.tell(Event::Gate { kind: "approval".to_owned(), state: GateState::Lapsed, needs });
    }

    fn gate(&mut self) -> bool {
        if self.state.gate_since.is_none() {
            self.state.gate_since = Some(self.now);
            self.tell(Event::Gate {
                kind: "approval".to_owned(),
                state: GateState::Open,
                needs: "one person's approval".to_owned(),
            });
        }
        let limit = self.state.gate_since.unwrap_or(self.now) + self.plan.limits.approval;
        if self.now >= limit {
            return self.land_as(Outcome::Held, format!("nobody approved within {}", human(self.plan.limits.approval)));
        }
        self.look_at(limit);
        false
    }

    /// Runs the blind limit: it goes only while a rule whose breach rolls back is blind.
    pub(super) fn blind_limit(&mut self, objection: Option<&Stop>) -> bool {
        let Some(Stop::Unknown { blind: true, why }) = objection else {
            (self.state.blind_since, self.state.blind_paged) = (None, false);
            return false;
        };
        let limit = *self.state.blind_since.get_or_insert(self.now) + self.plan.limits.blind;
        if self.now < limit {
            self.look_at(limit);
            return false;
        }
        // Taking traffic to a stable that cannot carry it would make a blind spot an outage.
        let cause = format!("blind for {}: {why}", human(self.plan.limits.blind));
        let empty = self.sights.iter().find(|sight| sight.ready(Track::stays) == 0);
        if let Some(name) = empty.map(|sight| sight.plan.name.clone()) {
            if !std::mem::replace(&mut self.state.blind_paged, true) {
                let why = format!(
                    "{cause}; it is not rolled back, since no stable pod of {name} is Ready to take the traffic"
                );
                self.tell(Event::Page { workload: name, rule: None, why });
            }
            return false;
        }
        self.begin_rollback(&cause, false);
        true
    }

    /// Without a terminal a hold ends: held, rolled back, or without contact.
    pub(super) fn hold_limit(&mut self) -> bool {
        let Some(hold) = self.state.hold.clone() else { return false };
        let limit = hold.since + self.plan.limits.hold;
        if self.seen.attended {
            return false;
        }
        if self.now < limit {
            self.look_at(limit);
            return false;
        }
        let why = format!("held for {}: {}", human(self.plan.limits.hold), hold.reason);
        match (hold.key, self.plan.on_hold_limit) {
            (HoldKind::Api, _) => self.end(Outcome::ContactLost, false, &why, Vec::new()),
            (HoldKind::Foreign, _) => self.land_as(Outcome::Superseded, why),
            (_, OnHoldLimit::Hold) => self.land_as(Outcome::Held, why),
            (_, OnHoldLimit::Rollback) => {
                self.begin_rollback(&why, false);
                true
            }
        }
    }

    /// A pause has a limit of its own.
    pub(super) fn pause_limit(&mut self) -> bool {
        let Some(pause) = self.state.pause.clone() else { return false };
        let limit = pause.since + self.plan.limits.pause;
        if self.now < limit || self.seen.attended {
            self.look_at(limit);
            return false;
        }
        self.land_as(Outcome::Held, format!("paused by {} for {}", pause.by, human(self.plan.limits.pause)))
    }
}
