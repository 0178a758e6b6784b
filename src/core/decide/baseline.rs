//! The baseline: fresh pods of stable's version, as many as the canary has, so that it is compared with what is as young and
//! as small as itself. It serves users, and what serves them is what served before: it is never in a hurry to go, and
//! nothing ever waits for it but its own step and the end.

use crate::core::act::ActVerb;
use crate::core::decide::seen::Sight;
use crate::core::decide::turn::Turn;
use crate::core::view::Track;

impl Turn<'_> {
    /// Wants a baseline of the canary's size. At 100 % nothing is compared: what stands there stands until the pins do.
    pub(super) fn want_baseline(&mut self, sight: &Sight<'_>, weight: u32) {
        if sight.plan.baseline.is_none() || weight >= 100 {
            return;
        }
        let (name, wanted) = (&sight.plan.name, sight.wanted_canary(weight));
        match &sight.view.baseline {
            None => self.want(name, ActVerb::CreateBaseline),
            Some(baseline) if baseline.replicas != wanted => {
                self.want(name, ActVerb::ScaleBaseline { replicas: wanted });
            }
            Some(_) => {}
        }
    }

    /// Takes the baseline of a workload away; whether nothing of it is left.
    pub(super) fn drop_baseline(&mut self, sight: &Sight<'_>) -> bool {
        if sight.view.baseline.is_some() {
            self.want(&sight.plan.name, ActVerb::DeleteBaseline);
            return false;
        }
        !sight.view.pods.iter().any(|pod| pod.track == Track::Baseline)
    }

    /// Takes the baselines of all workloads away; whether nothing of them is left.
    pub(super) fn drop_baselines(&mut self, sights: &[Sight<'_>]) -> bool {
        let mut gone = true;
        for sight in sights {
            gone &= self.drop_baseline(sight);
        }
        gone
    }
}
