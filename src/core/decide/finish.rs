//! After 100 %: stable is rolled while the canary serves, Services are unpinned, all new pods are judged once more, and
//! only then is the canary taken away.

use std::collections::BTreeSet;

use crate::core::act::{Act, ActVerb};
use crate::core::decide::advance::Stop;
use crate::core::decide::seen::{Sight, blindness};
use crate::core::decide::turn::Turn;
use crate::core::plan::{Kind, Stage};
use crate::core::snapshot::{Outcome, Progress};
use crate::core::state::{FinishPart, Finishing, HoldKind, PendingState, Phase, ReadyWait};
use crate::core::time::human;
use crate::core::view::{TemplateOwner, Track};

/// How often it is tried to clear marks that nobody sees any more.
const CLEARINGS: u32 = 8;

impl Turn<'_> {
    pub(super) fn finish(&mut self, finishing: Finishing) -> bool {
        if let Some(Stop::Breach(cause)) = self.objection() {
            self.begin_rollback(&cause, false);
            return true;
        }
        if let Some(why) = blindness(self.seen.view, self.now) {
            self.hold(HoldKind::Api, why);
            return self.hold_limit();
        }
        let sights = self.sights();
        // Where it could not be taken away before: stable's own surge needs the room.
        self.drop_baselines(&sights);
        if finishing.part > FinishPart::Roll
            && let Some(sight) = sights.iter().find(|sight| sight.is_undone())
        {
            return self.undone(sight);
        }
        match finishing.part {
            FinishPart::AwaitOwner => self.await_owner(&finishing, &sights),
            FinishPart::Roll => self.roll(finishing, &sights),
            FinishPart::Unpin => self.unpin(finishing, &sights),
            FinishPart::Verify => self.verify(&finishing),
            FinishPart::Clean => self.clean(&sights),
        }
    }

    fn await_owner(&mut self, finishing: &Finishing, sights: &[Sight<'_>]) -> bool {
        let pinned = sights.iter().all(|sight| sight.services().all(|(_, service)| service.pinned));
        if sights.iter().all(is_rolled) {
            return self.enter_part(FinishPart::Unpin);
        }
        let limit = finishing.since + self.plan.limits.wait;
        if self.now >= limit {
            return self.land_as(
                Outcome::Held,
                format!("the owner did not bring the new image within {}", human(self.plan.limits.wait)),
            );
        }
        self.look_at(limit);
        if !pinned {
            self.repin(sights);
        }
        self.foreign_hold()
    }

    fn roll(&mut self, mut finishing: Finishing, sights: &[Sight<'_>]) -> bool {
        if self.foreign_hold() || !matches!(self.state.phase, Phase::Finishing(_)) {
            return true;
        }
        if self.held {
            return false;
        }
        if !self.state.in_place {
            self.repin(sights);
        }
        for sight in sights.iter().filter(|sight| {
            sight.template() == TemplateOwner::Recorded
                || sight.view.stable.as_ref().is_some_and(|stable| stable.paused)
        }) {
            self.want(&sight.plan.name, ActVerb::RollStable);
        }
        if !sights.iter().all(is_rolled) {
            let overdue = self.pods_overdue(&mut finishing.waiting, sights, |track| track == Track::Rolled);
            self.state.phase = Phase::Finishing(finishing);
            return match overdue {
                // A person's rollback has nothing to fall back on: it says what is missing and keeps trying.
                Some(trouble) if self.plan.kind != Kind::Release => {
                    self.hold(HoldKind::Pods, trouble);
                    false
                }
                Some(trouble) => {
                    self.begin_rollback(&trouble, false);
                    true
                }
                None => self.stuck_hold(),
            };
        }
        if let Some(moved) = sights.iter().find_map(moved_tag) {
            self.hold(HoldKind::TagMoved, moved);
            return self.hold_limit();
        }
        self.enter_part(FinishPart::Unpin)
    }

    /// Stable no longer has the template that it was rolled to, and its canary still stands: nothing is cleaned up on the
    /// strength of pods that are being replaced. A rollback to an earlier version rolls it again, as often as it takes.
    fn undone(&mut self, sight: &Sight<'_>) -> bool {
        if self.plan.kind != Kind::Release {
            return self.enter_part(FinishPart::Roll);
        }
        let writer = sight.view.stable.as_ref().and_then(|stable| stable.template_writer.clone());
        let by = match sight.template() {
            TemplateOwner::Foreign(by) => by,
            _ => writer.unwrap_or_else(|| "somebody".to_owned()),
        };
        let name = &sight.plan.name;
        self.hold(
            HoldKind::Foreign,
            format!("{by} has changed the template of {name} after it was rolled to the new one"),
        );
        self.hold_limit()
    }

    fn unpin(&mut self, finishing: Finishing, sights: &[Sight<'_>]) -> bool {
        self.unpin_all(sights);
        let serves = |sight: &Sight<'_>| {
            let enough = sight.plan.enough(sight.wanted_stable());
            sight.services().all(|(_, service)| {
                !service.pinned && sight.endpoints(service, |track| track == Track::Rolled) >= enough
            })
        };
        self.state.phase = Phase::Finishing(finishing);
        if !sights.iter().all(serves) {
            return self.stuck_hold();
        }
        self.stage(Stage::Deploy, Progress::Passed);
        self.begin_evidence();
        if self.plan.kind == Kind::Release {
            self.stage(Stage::Validation, Progress::Started);
            self.enter_part(FinishPart::Verify)
        } else {
            self.state.phase = Phase::RollingBack;
            true
        }
    }

    fn verify(&mut self, finishing: &Finishing) -> bool {
        let objection = self.objection();
        if self.blind_limit(objection.as_ref()) {
            return true;
        }
        let stop = match objection {
            Some(Stop::Against(why) | Stop::Unknown { why, .. }) => Some(why),
            _ => None,
        };
        let order = self.state.promote.clone();
        let over = order.as_ref().is_some_and(|order| order.over);
        if let Some(why) = stop.filter(|_| !over) {
            self.hold(HoldKind::Evidence, why);
            return self.hold_limit();
        }
        let until = finishing.since + self.plan.limits.verify;
        if self.now < until && order.is_none() {
            self.look_at(until);
            return false;
        }
        if let Some(why) = self.not_passing(order.as_ref()) {
            self.spend_looks();
            self.hold(HoldKind::Evidence, why);
            return self.hold_limit();
        }
        if self.state.pause.is_some() && order.is_none() {
            return self.pause_limit();
        }
        self.stage(Stage::Validation, Progress::Passed);
        self.enter_part(FinishPart::Clean)
    }

    fn clean(&mut self, sights: &[Sight<'_>]) -> bool {
        if !self.clean_up(sights) {
            return self.stuck_hold();
        }
        let notes = self.plan.afterwards.clone();
        self.end(Outcome::Promoted, false, &format!("{} serves alone", self.plan.to), notes)
    }

    /// Takes the canary, its baseline, the autoscaler's raise and our marks away, in this order; whether all is gone.
    pub(super) fn clean_up(&mut self, sights: &[Sight<'_>]) -> bool {
        let mut clean = true;
        for sight in sights {
            let name = &sight.plan.name;
            if sight.view.canary.is_some() {
                // Whoever has put a pin back meanwhile must not be left behind it.
                if sight.services().any(|(_, service)| service.pinned) {
                    self.unpin_all(std::slice::from_ref(sight));
                } else {
                    self.want(name, ActVerb::DeleteCanary);
                }
                clean = false;
                continue;
            }
            if sight.view.pods.iter().any(|pod| pod.track == Track::Canary) {
                clean = false;
                continue;
            }
            if !self.drop_baseline(sight) {
                clean = false;
                continue;
            }
            if let (Some(plan), Some(seen)) = (&sight.plan.hpa, &sight.view.hpa)
                && plan.raise
                && seen.raised
            {
                self.want(name, ActVerb::RestoreHpa { min: plan.min });
                clean = false;
                continue;
            }
            let marked = sight.view.stable.as_ref().is_some_and(|stable| stable.epoch.is_some())
                || sight.services().any(|(_, service)| service.epoch.is_some());
            // Marks are put on one object after the other: those still to come would be left.
            if self.is_under_way(name, ActVerb::Fence) {
                clean = false;
            } else if marked || self.is_clearing(name) {
                self.want(name, ActVerb::ClearMarks);
                clean = false;
            }
        }
        clean
    }

    /// Whether marks are being cleared that are not in the picture: the copies on ReplicaSets. One that cannot be cleared
    /// holds up no end for ever.
    fn is_clearing(&self, workload: &str) -> bool {
        let pending = self.state.pending.get(&Act::on(workload, ActVerb::ClearMarks));
        pending.is_some_and(|pending| {
            !matches!(pending.state, PendingState::Confirmed { .. }) && pending.tries < CLEARINGS
        })
    }

    fn enter_part(&mut self, part: FinishPart) -> bool {
        self.state.phase = Phase::Finishing(Finishing { part, since: self.now, waiting: ReadyWait::default() });
        true
    }

    /// Puts a pin up again that somebody removed, unless we stopped fighting.
    fn repin(&mut self, sights: &[Sight<'_>]) {
        if self.state.pins_stopped.is_some() {
            return;
        }
        for sight in sights {
            for (plan, _) in sight.services().filter(|(_, service)| !service.pinned) {
                self.want(&sight.plan.name, ActVerb::Pin { service: plan.name.clone() });
            }
        }
    }

    /// Holds for a foreign hand; whether that ended the phase.
    fn foreign_hold(&mut self) -> bool {
        match self.blocker() {
            Some((key, why)) => {
                self.hold(key, why);
                self.hold_limit()
            }
            None => false,
        }
    }

    fn stuck_hold(&mut self) -> bool {
        match self.stuck() {
            Some(why) => {
                self.hold(HoldKind::Write, why);
                self.hold_limit()
            }
            None => false,
        }
    }
}

/// Whether stable runs the new template whole: every pod of it, Ready, and none of an older one.
fn is_rolled(sight: &Sight<'_>) -> bool {
    let Some(stable) = &sight.view.stable else { return false };
    stable.template == TemplateOwner::Release
        && stable.observed
        && stable.rolled
        && sight.ready(|track| track == Track::Rolled) >= sight.plan.enough(stable.replicas)
}

/// The image of stable's new pods is not the one that the canary proved: the tag has moved.
fn moved_tag(sight: &Sight<'_>) -> Option<String> {
    let ids = |track: Track, container: &str| -> BTreeSet<String> {
        let pods = sight.view.pods.iter().filter(|pod| pod.track == track && pod.ready);
        pods.filter_map(|pod| pod.image_ids.get(container).cloned()).filter(|id| !id.is_empty()).collect()
    };
    sight.plan.images.iter().find_map(|image| {
        let (canary, rolled) = (ids(Track::Canary, &image.container), ids(Track::Rolled, &image.container));
        let new = rolled.difference(&canary).next().filter(|_| !canary.is_empty())?;
        Some(format!("the tag {} has moved since the canary started: stable's pods run {new}", image.to))
    })
}
