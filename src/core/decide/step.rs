//! A step in flight: pods first, then (at 100 %) the pins, then the soak.

use std::time::Duration;

use crate::core::act::ActVerb;
use crate::core::decide::seen::{Sight, blindness};
use crate::core::decide::turn::Turn;
use crate::core::event::Event;
use crate::core::plan::Kind;
use crate::core::snapshot::StepState;
use crate::core::state::{FinishPart, HoldKind, Phase, PinStop, ReadyWait, Stepping};
use crate::core::time::human;
use crate::core::view::Track;

impl Turn<'_> {
    pub(super) fn step(&mut self, mut stepping: Stepping) -> bool {
        let Some(step) = self.plan.step(stepping.index).cloned() else { return false };
        let blind = blindness(self.seen.view, self.now);
        let sights = self.sights();
        if blind.is_none() {
            for sight in &sights {
                let wanted = sight.wanted_canary(step.weight);
                if sight.view.canary.as_ref().is_some_and(|canary| canary.replicas != wanted) {
                    self.want(&sight.plan.name, ActVerb::ScaleCanary { replicas: wanted });
                }
                self.want_baseline(sight, step.weight);
            }
        }
        if blind.is_none() && step.weight >= 100 && self.was_rolled_by_us(&sights) {
            self.note("stable was rolled before: that is gone on with".to_owned());
            return self.begin_deploy();
        }
        // Whoever is too thin to stay pinned is not up either, so this does not wait for that.
        if blind.is_none() && matches!(self.state.pins_stopped, Some(PinStop::Thin { .. })) {
            self.unpin_all(&sights);
        }
        let up = sights.len() == self.plan.workloads.len() && sights.iter().all(|sight| sight.is_up(step.weight));
        let ready = up && (step.weight < 100 || self.pins(&sights, &stepping));
        if !ready && stepping.soaking_since.is_none() {
            return self.wait_for_step(stepping, &sights, blind);
        }
        if blind.is_none() && step.weight >= 100 && ready {
            // Nothing is compared any more, and no user meets it behind the pins.
            self.drop_baselines(&sights);
        }
        if stepping.soaking_since.is_none() {
            if !std::mem::replace(&mut stepping.counting, true) {
                self.state.evidence.values_mut().for_each(crate::core::evidence::Evidence::begin_soak);
            }
            stepping.soaking_since = Some(self.now);
            stepping.looked = self.now;
            self.tell(Event::Step { index: stepping.index + 1, weight: step.weight, state: StepState::Soaking });
        }
        if up {
            stepping.waiting = ReadyWait::default();
        } else if let Some(trouble) = self.pods_overdue(&mut stepping.waiting, &sights, Track::is_beside) {
            return self.give_up_pods(&trouble);
        }
        self.soak(stepping, &step, ready)
    }

    fn wait_for_step(&mut self, mut stepping: Stepping, sights: &[Sight<'_>], blind: Option<String>) -> bool {
        stepping.looked = self.now;
        if let Some(why) = blind {
            self.state.phase = Phase::Stepping(stepping);
            self.hold(HoldKind::Api, why);
            return self.hold_limit();
        }
        if let Some(trouble) = self.pods_overdue(&mut stepping.waiting, sights, Track::is_beside) {
            return self.give_up_pods(&trouble);
        }
        self.state.phase = Phase::Stepping(stepping);
        if let Some((key, why)) = self.blocker() {
            self.hold(key, why);
            return self.hold_limit();
        }
        self.pause_limit()
    }

    /// The pods of this step do not come up: a release goes back; a rollback takes the way that needs no second set.
    fn give_up_pods(&mut self, trouble: &str) -> bool {
        if self.plan.kind == Kind::Release {
            self.begin_rollback(trouble, false);
            return true;
        }
        self.note(format!("{trouble}; the earlier template goes straight into the Deployment"));
        self.state.in_place = true;
        self.enter_finish(FinishPart::Roll);
        true
    }

    /// Whether a wait for pods has lasted too long without a new highest count of Ready ones; then why, in the cluster's words.
    pub(super) fn pods_overdue(
        &mut self,
        waiting: &mut ReadyWait,
        sights: &[Sight<'_>],
        of: impl Fn(Track) -> bool + Copy,
    ) -> Option<String> {
        let ready: u32 = sights.iter().map(|sight| sight.ready(of)).sum();
        let since = *waiting.since.get_or_insert(self.now);
        if ready > waiting.highest {
            *waiting = ReadyWait { highest: ready, since: Some(self.now) };
            self.look_at(self.now + self.plan.limits.ready);
            return None;
        }
        let limit = since + self.plan.limits.ready;
        if self.now < limit {
            self.look_at(limit);
            return None;
        }
        let lacking = sights
            .iter()
            .find(|sight| sight.view.pods.iter().any(|pod| of(pod.track) && !pod.ready))
            .or(sights.first());
        let words = lacking.map_or_else(|| "no pod is seen".to_owned(), |sight| sight.trouble(of));
        let words = self.stuck().unwrap_or(words);
        Some(format!("pods did not become Ready within {}: {words}", human(self.plan.limits.ready)))
    }

    /// Puts the pins up in their order, and says whether all are: endpoints first, then the owner reference, then the pins.
    fn pins(&mut self, sights: &[Sight<'_>], stepping: &Stepping) -> bool {
        if self.state.pins_stopped.is_some() {
            return false;
        }
        let pinned = |sight: &Sight<'_>| sight.services().all(|(_, service)| service.pinned);
        let covered = |sight: &Sight<'_>| {
            let enough = sight.plan.enough(sight.wanted_canary(100));
            sight.services().all(|(_, service)| {
                service.pinned || sight.endpoints(service, |track| track == Track::Canary) >= enough
            })
        };
        if sights.iter().all(pinned) {
            return true;
        }
        // Whether a Service may send everybody to pods is seen, or not done.
        if blindness(self.seen.view, self.now).is_some() {
            return false;
        }
        let covered = sights.iter().all(covered);
        // Once all were up, one that was put back is put up again without waiting for the others.
        if !covered && stepping.soaking_since.is_none() {
            return false;
        }
        let owned: Vec<_> =
            sights.iter().filter(|sight| sight.view.canary.as_ref().is_some_and(|canary| canary.owned)).collect();
        for sight in &owned {
            self.want(&sight.plan.name, ActVerb::DropOwner);
        }
        if !owned.is_empty() {
            return false;
        }
        for sight in sights {
            for (plan, _) in sight.services().filter(|(_, service)| !service.pinned) {
                self.want(&sight.plan.name, ActVerb::Pin { service: plan.name.clone() });
            }
        }
        false
    }

    pub(super) fn unpin_all(&mut self, sights: &[Sight<'_>]) {
        for sight in sights {
            for (plan, _) in sight.services().filter(|(_, service)| service.pinned) {
                self.want(&sight.plan.name, ActVerb::Unpin { service: plan.name.clone() });
            }
        }
    }

    /// How much of the soak a turn adds: all the time since the last look, unless it stands still.
    pub(super) fn soak_more(
        soaked: Duration,
        looked: crate::core::time::Time,
        now: crate::core::time::Time,
    ) -> Duration {
        soaked + now.since(looked)
    }
}
