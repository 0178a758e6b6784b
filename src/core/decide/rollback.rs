//! Bringing all traffic back. No proof and no metric delays it: two facts, read back, do.

use std::time::Duration;

use crate::core::act::ActVerb;
use crate::core::decide::seen::{Sight, blindness};
use crate::core::decide::turn::Turn;
use crate::core::event::Event;
use crate::core::plan::{Kind, PROXIES, Plan, ServicePlan, Stage};
use crate::core::proof::LineState;
use crate::core::rule::Action;
use crate::core::snapshot::{Outcome, Progress, StepState};
use crate::core::state::{PendingState, Phase, Rollback};
use crate::core::time::{Time, human};
use crate::core::verdict::Verdict;
use crate::core::view::{Link, ServiceView, TemplateOwner, Track};

/// How long stable may be short of what a rollback waits for before somebody is called.
const SHORT_FOR: Duration = Duration::from_secs(30);

impl Turn<'_> {
    /// Begins to bring an earlier version back although nothing flies: on a person's word alone.
    pub(super) fn begin_restore(&mut self, cause: &str) {
        self.note_rollback(cause, true);
        self.state.phase = Phase::Preparing;
    }

    /// While an earlier version is brought back the proof is shown from the first moment.
    pub(super) fn prove_underway(&mut self) {
        let forward = matches!(self.state.phase, Phase::Preparing | Phase::Stepping(_) | Phase::Finishing(_));
        if forward && self.plan.kind != Kind::Release {
            self.prove();
        }
    }

    /// Begins a rollback, for a cause; `person`: somebody asked for it.
    pub(super) fn begin_rollback(&mut self, cause: &str, person: bool) {
        if let Phase::Stepping(stepping) = &self.state.phase {
            let (index, weight) = (stepping.index + 1, self.plan.step(stepping.index).map_or(0, |step| step.weight));
            self.tell(Event::Step { index, weight, state: StepState::Abandoned });
        }
        self.release_hold();
        self.held = false;
        self.state.pause = None;
        self.state.promote = None;
        self.state.gate_since = None;
        self.note_rollback(cause, person);
        self.state.phase = Phase::RollingBack;
    }

    fn note_rollback(&mut self, cause: &str, person: bool) {
        let bad_rate = |rates: crate::core::evidence::Rates| {
            if self.plan.kind == Kind::Release { rates.canary } else { rates.stable }
        };
        let all = self.state.evidence.iter();
        let rate_before =
            all.filter_map(|(name, evidence)| Some((name.clone(), bad_rate(evidence.rates()?)))).collect();
        let by_odds = !person && self.breached_by_odds();
        self.tell(Event::Rollback { cause: cause.to_owned() });
        for stage in [Stage::Canary, Stage::Deploy, Stage::Validation] {
            if self.state.stages.get(&stage) == Some(&Progress::Started) {
                self.stage(stage, Progress::Failed);
            }
        }
        self.stage(Stage::Rollback, Progress::Started);
        self.state.rollback = Some(Rollback {
            cause: cause.to_owned(),
            since: self.now,
            person,
            by_odds,
            skip_settle: false,
            lines: Vec::new(),
            lost_since: None,
            lost: Default::default(),
            safe_since: None,
            closed: None,
            scaled_at: None,
            rate_before,
            paged: false,
            fought: None,
            resumed: None,
        });
    }

    /// Whether a rule that rolls back is breached, and by its odds.
    fn breached_by_odds(&self) -> bool {
        let of_odds = |name: &str| self.plan.rules.iter().any(|rule| rule.name == name && rule.gate().is_some());
        self.acting().iter().any(|(action, judgement)| {
            *action == Action::Rollback && judgement.verdict == Verdict::Fail && of_odds(&judgement.rule)
        })
    }

    pub(super) fn roll_back(&mut self) -> bool {
        self.count_lost_time();
        let sights = self.sights();
        if self.plan.kind == Kind::Release {
            for sight in &sights {
                self.bring_back(sight);
            }
        }
        let gone = sights.iter().all(|sight| sight.view.canary.as_ref().is_none_or(|canary| canary.replicas == 0));
        let acted = self.plan.kind != Kind::Release || (gone && blindness(self.seen.view, self.now).is_none());
        if acted {
            self.listen();
        }
        let whole = self.prove();
        self.close_proof(whole, acted, &sights)
    }

    /// Everything that one workload's way back needs now; what cannot be done yet waits for what is seen.
    fn bring_back(&mut self, sight: &Sight<'_>) {
        let Some(rollback) = self.state.rollback.clone() else { return };
        let name = &sight.plan.name;
        if sight.template() == TemplateOwner::Release {
            self.want(name, ActVerb::RestoreStable);
        }
        let need = if rollback.person { 1 } else { sight.full().div_ceil(2).max(1) };
        let mut facts = true;
        for (plan, service) in sight.services() {
            if service.pinned {
                facts = false;
                let deserted = sight.endpoints(service, Track::is_new) == 0;
                if deserted || sight.ready(Track::stays) >= need {
                    self.want(name, ActVerb::Unpin { service: plan.name.clone() });
                }
            } else {
                // A pin that is still on its way, ours or that of whoever drove before, would land on a canary without pods.
                facts &= !self.is_under_way(name, ActVerb::Pin { service: plan.name.clone() })
                    && self.is_fenced_off(name, service)
                    && sight.endpoints(service, Track::stays) >= need
                    && self.settled(plan, rollback.skip_settle);
            }
        }
        let serving = sight.plan.services.is_empty() && sight.ready(Track::stays) < need;
        let up = sight.view.canary.as_ref().is_some_and(|canary| canary.replicas > 0);
        // A view from before the API server was lost must not start a write that its order forbids.
        if up && facts && !serving {
            self.want(name, ActVerb::ScaleCanary { replicas: 0 });
        } else if up && blindness(self.seen.view, self.now).is_none() {
            self.page_where_short(sight, need);
        }
    }

    /// A rollback that waits for stable's pods goes on trying, and is no longer a thing that goes well by itself.
    fn page_where_short(&mut self, sight: &Sight<'_>, need: u32) {
        let now = self.now;
        let ready = sight.ready(Track::stays);
        let Some(rollback) = self.state.rollback.as_mut().filter(|rollback| !rollback.paged && ready < need) else {
            return;
        };
        let limit = rollback.resumed.unwrap_or(rollback.since) + SHORT_FOR;
        if now < limit {
            return self.look_at(limit);
        }
        rollback.paged = true;
        let workload = sight.plan.name.clone();
        let why = format!(
            "the rollback of {workload} cannot take its canary away: {ready} stable pods are Ready, and {need} must be ({})",
            sight.trouble(Track::stays)
        );
        self.tell(Event::Page { workload, rule: None, why });
    }

    /// Whether what routes to the pods of a Service has had its time since the pin was seen gone.
    pub(super) fn settled(&mut self, service: &ServicePlan, skip: bool) -> bool {
        let Some(seen) = self.state.unpinned_at.get(&service.name) else {
            return !self.state.pinned_at.contains_key(&service.name);
        };
        // What the cluster's own proxies need is cut short by nobody.
        let until = *seen + if skip { service.settle.min(PROXIES) } else { service.settle };
        if self.now < until {
            self.look_at(until);
            return false;
        }
        true
    }

    fn count_lost_time(&mut self) {
        let blind = blindness(self.seen.view, self.now).is_some();
        let now = self.now;
        let Some(rollback) = &mut self.state.rollback else { return };
        match (blind, rollback.lost_since) {
            (true, None) => {
                // It may have fallen silent before that was known; what was lost before the decision is not the rollback's.
                let silent = self.seen.view.links.values().filter_map(Link::lost_since).min();
                rollback.lost_since = Some(silent.unwrap_or(now).max(rollback.since));
            }
            (false, Some(since)) => {
                let lost = now.since(since);
                rollback.lost += lost;
                rollback.lost_since = None;
                // What failed for want of a server need not wait out its patience.
                for pending in self.state.pending.values_mut() {
                    if let PendingState::Again { at } = &mut pending.state {
                        *at = now;
                    }
                }
                if lost.as_secs() > 0 {
                    self.note(format!("the API server answers again; {} were lost", human(lost)));
                }
            }
            _ => {}
        }
    }

    /// From the moment the canary was told to go, readings are listened to for quiet.
    fn listen(&mut self) {
        let now = self.now;
        let Some(rollback) = &mut self.state.rollback else { return };
        if rollback.scaled_at.is_none() {
            rollback.scaled_at = Some(now);
            self.state.evidence.values_mut().for_each(|evidence| {
                evidence.listen_for_quiet();
                evidence.begin_step();
            });
        }
    }

    /// Ends the wait for the proof when it is whole or its limit has come, then cleans up and ends the release.
    fn close_proof(&mut self, whole: bool, acted: bool, sights: &[Sight<'_>]) -> bool {
        let Some(rollback) = self.state.rollback.clone() else { return false };
        let limit = rollback.resumed.unwrap_or(rollback.since) + self.plan.limits.proof;
        if rollback.closed.is_none() && !whole && (self.now < limit || !acted) {
            self.look_at(limit.max(self.now + Duration::from_secs(1)));
            return false;
        }
        let proven = rollback.closed.unwrap_or(whole);
        if rollback.closed.is_none() {
            if let Some(rollback) = &mut self.state.rollback {
                rollback.closed = Some(whole);
            }
            if !whole {
                let limit = human(self.plan.limits.proof);
                self.note(format!(
                    "the proof's limit of {limit} has come: {}",
                    unproven(self.plan, &rollback).join("; ")
                ));
            }
            let progress = if whole { Progress::Passed } else { Progress::Failed };
            self.stage(Stage::Rollback, progress);
        }
        // Where an earlier version was brought back beside, what routes from outside may still send to that second set.
        let mut settled = true;
        for (plan, _) in sights.iter().flat_map(Sight::services) {
            settled &= self.settled(plan, rollback.skip_settle);
        }
        if !settled || !self.clean_up(sights) {
            self.look_at(self.now + Duration::from_secs(1));
            return false;
        }
        let mut notes = if proven { Vec::new() } else { unproven(self.plan, &rollback) };
        // A release that was rolled back left its Deployment as its owners describe it; an earlier version that was brought
        // back did not.
        if self.plan.kind != Kind::Release {
            notes.extend(self.plan.afterwards.iter().cloned());
        }
        self.end(Outcome::RolledBack, proven, &rollback.cause, notes)
    }

    /// The Services that something outside the cluster routes around, and for which that is waited before the canary may go:
    /// those that are still pinned, and those that were not long ago.
    pub(super) fn waited_for(&self) -> Vec<(&str, Option<Time>)> {
        let of = |(plan, seen): (&'_ ServicePlan, &ServiceView)| {
            let over = self.state.unpinned_at.get(&plan.name).map(|at| *at + plan.settle);
            seen.pinned || over.is_some_and(|over| over > self.now)
        };
        let services = self.sights.iter().flat_map(|sight| sight.services()).filter(|(plan, _)| plan.waits_outside());
        let waited = services.filter(|(plan, seen)| of((*plan, *seen)));
        waited
            .map(|(plan, _)| (plan.name.as_str(), self.state.unpinned_at.get(&plan.name).map(|at| *at + plan.settle)))
            .collect()
    }

    /// Whether a Service still names a pod of the version that is rolled back from.
    pub(super) fn names_bad(&self, sight: &Sight<'_>, service: &ServiceView) -> u32 {
        let bad = |track: Track| self.is_bad(track);
        sight.view.pods.iter().filter(|pod| bad(pod.track) && service.named.contains(&pod.uid)).count() as u32
    }

    /// Whether pods of this track run the version that is rolled back from.
    pub(super) fn is_bad(&self, track: Track) -> bool {
        match self.plan.kind {
            Kind::Release => track.is_new(),
            Kind::Restore | Kind::RestoreInPlace => !track.is_new(),
        }
    }

    /// Whether pods of this track are what traffic goes back to, to stay. A baseline serves the same version and does not.
    pub(super) fn is_good(&self, track: Track) -> bool {
        !self.is_bad(track) && track != Track::Baseline
    }
}

/// What is not proven, a sentence a line of the checklist.
fn unproven(plan: &Plan, rollback: &Rollback) -> Vec<String> {
    let open = rollback.lines.iter().filter(|line| line.state != LineState::Done);
    open.map(|line| format!("\"{}\" of {} is not proven: {}", line.line.words_for(plan), line.workload, line.why))
        .collect()
}
