//! The first act of a driver: its epoch on every object, so that whoever drove before cannot land one more write.

use crate::core::act::{Act, ActVerb};
use crate::core::decide::seen::{Sight, blindness};
use crate::core::decide::turn::Turn;
use crate::core::plan::Kind;
use crate::core::state::{FinishPart, HoldKind, Phase};
use crate::core::view::{ServiceView, TemplateOwner};

impl Turn<'_> {
    /// Whether every object has been seen to carry this driver's epoch, once; asks for it where it has not. Afterwards the
    /// annotation is put back by whatever write finds it missing.
    pub(super) fn raised(&mut self) -> bool {
        let writes = match &self.state.phase {
            // Preparing marks the objects itself, and what flies not writes nothing.
            Phase::Idle | Phase::Preparing | Phase::Ended => return true,
            Phase::Stepping(_) | Phase::Landing { .. } | Phase::RollingBack => true,
            Phase::Finishing(finishing) => finishing.part != FinishPart::Clean,
        };
        if self.state.raised.as_deref() == Some(self.seen.epoch) {
            return true;
        }
        // Where marks are being taken away, only those of an older driver are raised.
        let clearing = !writes || self.state.rollback.as_ref().is_some_and(|rollback| rollback.closed.is_some());
        let ours = Some(self.seen.epoch);
        let behind = |epoch: Option<&str>| epoch != ours && !(clearing && epoch.is_none());
        let mut all = blindness(self.seen.view, self.now).is_none() && self.sights.len() == self.plan.workloads.len();
        for sight in self.sights() {
            if marks(&sight).any(behind) {
                self.want(&sight.plan.name, ActVerb::Fence);
                all = false;
            }
        }
        if all {
            self.state.raised = Some(self.seen.epoch.to_owned());
        }
        all
    }

    /// A driver that ended without a word may have begun a rollback that nobody recorded. Once every object carries this
    /// driver's epoch nothing of its predecessor can land any more, and the traces are unmistakable: a canary that was told to
    /// go says so, and only a rollback unpins what is to be pinned. Then it goes on; it never goes up again.
    pub(super) fn look_for_a_rollback(&mut self) {
        if !self.state.cold || self.state.raised.as_deref() != Some(self.seen.epoch) {
            return;
        }
        self.state.cold = false;
        let sights = self.sights();
        let told = sights.iter().any(|sight| sight.view.canary.as_ref().is_some_and(|canary| canary.going_back));
        let unpinned = sights.iter().any(|sight| sight.services().any(|(_, service)| !service.pinned));
        let restored = sights.iter().any(|sight| sight.template() == TemplateOwner::Recorded);
        let undone = match &self.state.phase {
            Phase::Preparing => told,
            Phase::Stepping(stepping) => {
                let full = self.plan.step(stepping.index).is_some_and(|step| step.weight >= 100);
                told || (full && stepping.soaking_since.is_some() && unpinned)
            }
            Phase::Finishing(finishing) => match finishing.part {
                FinishPart::AwaitOwner | FinishPart::Roll => told || (unpinned && !self.state.in_place),
                FinishPart::Unpin | FinishPart::Verify => told || restored,
                FinishPart::Clean => false,
            },
            _ => false,
        };
        if undone && self.plan.kind == Kind::Release {
            self.begin_rollback("the driver before had begun to bring traffic back, and ended", false);
        }
    }

    /// Whether nothing of an earlier driver can land on a Service any more: it bears this driver's epoch, or has once. One that
    /// may not be annotated holds no rollback up.
    pub(super) fn is_fenced_off(&self, workload: &str, service: &ServiceView) -> bool {
        let ours = Some(self.seen.epoch);
        let refused = self.state.pending.get(&Act::on(workload, ActVerb::Fence)).is_some_and(|pending| pending.refused);
        service.epoch.as_deref() == ours || self.state.raised.as_deref() == ours || refused
    }

    /// Says what the raise waits for, where it does not go through.
    pub(super) fn wait_for_raise(&mut self) {
        if let Some(why) = blindness(self.seen.view, self.now) {
            self.hold(HoldKind::Api, why);
            self.hold_limit();
        } else if let Some(stuck) = self.stuck() {
            self.hold(HoldKind::Write, stuck);
            self.hold_limit();
        }
    }

    /// From here on this driver's epoch is known to be on every object.
    pub(super) fn note_raised(&mut self) {
        self.state.raised = Some(self.seen.epoch.to_owned());
    }
}

/// The epochs on a workload's objects, as they are seen.
fn marks<'a>(sight: &Sight<'a>) -> impl Iterator<Item = Option<&'a str>> {
    let view = sight.view;
    let sets = view.stable.iter().chain(&view.canary).chain(&view.baseline).map(|set| set.epoch.as_deref());
    sets.chain(sight.services().map(|(_, service)| service.epoch.as_deref()))
}
