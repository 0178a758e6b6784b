//! Before the first step: marks on every object, a canary without pods, and stable's own metrics.

use crate::core::act::ActVerb;
use crate::core::decide::seen::{Sight, blindness};
use crate::core::decide::turn::Turn;
use crate::core::event::Event;
use crate::core::plan::{Kind, Stage};
use crate::core::snapshot::{Progress, StepState};
use crate::core::state::{FinishPart, HoldKind, Phase, ReadyWait, Stepping};

impl Turn<'_> {
    pub(super) fn prepare(&mut self) -> bool {
        if let Some(why) = blindness(self.seen.view, self.now) {
            self.hold(HoldKind::Api, why);
            return self.hold_limit();
        }
        let sights = self.sights();
        for sight in &sights {
            self.want_marks(sight);
            if !self.state.in_place && sight.view.canary.is_none() {
                self.want(&sight.plan.name, ActVerb::CreateCanary);
            }
            if !self.state.in_place && sight.plan.baseline.is_some() && sight.view.baseline.is_none() {
                self.want(&sight.plan.name, ActVerb::CreateBaseline);
            }
        }
        if !self.wanted.is_empty() || sights.len() < self.plan.workloads.len() {
            if let Some(stuck) = self.stuck() {
                self.hold(HoldKind::Write, stuck);
                return self.hold_limit();
            }
            return false;
        }
        self.note_raised();
        self.look_for_a_rollback();
        if matches!(self.state.phase, Phase::RollingBack) {
            return true;
        }
        if self.state.pause.is_some() {
            return self.pause_limit();
        }
        if let Some(why) = self.lease_trouble() {
            self.hold(HoldKind::Lease, why);
            return self.hold_limit();
        }
        if let Some(why) = self.stable_unknown() {
            self.hold(HoldKind::StableData, why);
            return self.hold_limit();
        }
        if self.state.in_place {
            self.enter_finish(FinishPart::Roll);
        } else {
            self.begin_step(0);
        }
        true
    }

    /// Our fence on every object that may be written, and the autoscaler's minimum for the flight.
    fn want_marks(&mut self, sight: &Sight<'_>) {
        let epoch = Some(self.seen.epoch);
        let name = &sight.plan.name;
        let marked = sight.view.stable.as_ref().is_some_and(|stable| stable.epoch.as_deref() == epoch)
            && sight.services().all(|(_, service)| service.epoch.as_deref() == epoch);
        if !marked {
            self.want(name, ActVerb::Fence);
            return;
        }
        if let (Some(hpa), Some(seen)) = (&sight.plan.hpa, &sight.view.hpa) {
            let min = sight.plan.replicas.min(seen.max);
            if hpa.raise && seen.min < min {
                self.want(name, ActVerb::RaiseHpa { min });
            }
        }
    }

    /// Why the first step may not begin for want of stable's own numbers; `None`: it may.
    fn stable_unknown(&self) -> Option<String> {
        let needs = self
            .plan
            .rules
            .iter()
            .any(|rule| rule.sli.budget().is_some() && rule.strongest() != crate::core::rule::Action::Note);
        if !needs || self.plan.kind != Kind::Release {
            return None;
        }
        self.sights.iter().find_map(|sight| {
            let evidence = self.state.evidence.get(&sight.plan.name)?;
            let freshness = self.plan.rules.iter().map(|rule| rule.judge.freshness).min()?;
            let pods: Vec<_> = sight.view.pods.iter().filter(|pod| pod.track.stays() && pod.ready).collect();
            let trails = || pods.iter().filter_map(|pod| evidence.trails.get(&pod.uid));
            let fresh =
                trails().filter(|trail| trail.good.is_some_and(|good| self.now.since(good) <= freshness)).count();
            if 2 * fresh >= pods.len() && fresh > 0 {
                return None;
            }
            let fault = trails()
                .find_map(|trail| trail.fault.as_ref())
                .map(|fault| format!(" ({})", fault.why))
                .unwrap_or_default();
            Some(format!(
                "stable's metrics are not known yet: {fresh} of {} pods of {} answer{fault}",
                pods.len(),
                sight.plan.name
            ))
        })
    }

    pub(super) fn begin_step(&mut self, index: usize) {
        self.begin_evidence();
        self.state.phase = Phase::Stepping(Stepping {
            index,
            began: self.now,
            soaking_since: None,
            counting: false,
            soaked: std::time::Duration::ZERO,
            looked: self.now,
            frozen: false,
            waiting: ReadyWait::default(),
        });
        self.stage(Stage::Canary, Progress::Started);
        if let Some(step) = self.plan.step(index) {
            self.tell(Event::Step { index: index + 1, weight: step.weight, state: StepState::Scaling });
        }
    }
}
