//! Ending without being promoted or rolled back: nothing is left behind a pin, or on a template that we wrote.

use crate::core::act::ActVerb;
use crate::core::decide::turn::Turn;
use crate::core::snapshot::Outcome;
use crate::core::state::{FinishPart, Phase};
use crate::core::text::plural;
use crate::core::view::{TemplateOwner, Track};

impl Turn<'_> {
    /// Begins to end the release in this way.
    pub(super) fn land_as(&mut self, outcome: Outcome, why: String) -> bool {
        self.release_hold();
        self.held = false;
        let before = std::mem::replace(&mut self.state.phase, Phase::Landing { outcome, why });
        self.state.before_end = Some(Box::new(before));
        true
    }

    pub(super) fn land(&mut self, outcome: Outcome, why: &str) -> bool {
        let sights = self.sights();
        let mut safe = true;
        // Before stable is rolled by us, whoever gave it the new template is not us.
        let rolled = matches!(self.state.before_end.as_deref(), Some(Phase::Finishing(finishing))
            if finishing.part >= FinishPart::Roll);
        for sight in &sights {
            let name = &sight.plan.name;
            if rolled && sight.template() == TemplateOwner::Release {
                self.want(name, ActVerb::RestoreStable);
                safe = false;
            }
            let need = sight.full().div_ceil(2).max(1);
            // Whoever took over decides what stable runs, even where that is what the canary proves.
            let stays = |track: Track| if outcome == Outcome::Superseded { !track.is_beside() } else { track.stays() };
            // Where there is no stable any more, nobody is there who could be asked too much.
            let stable_ready = sight.ready(stays) >= need || sight.view.stable.is_none();
            for (plan, service) in sight.services() {
                // A pin of ours that nobody has answered may still land.
                safe &= !self.is_under_way(name, ActVerb::Pin { service: plan.name.clone() });
                if service.pinned {
                    safe = false;
                    if stable_ready || sight.endpoints(service, Track::is_new) == 0 {
                        self.want(name, ActVerb::Unpin { service: plan.name.clone() });
                    }
                }
            }
            if outcome == Outcome::Superseded
                && safe
                && sight.view.canary.as_ref().is_some_and(|canary| canary.replicas > 0)
            {
                let mut served = true;
                for (plan, service) in sight.services() {
                    served &= sight.endpoints(service, stays) > 0 && self.settled(plan, false);
                }
                if served {
                    self.want(name, ActVerb::ScaleCanary { replicas: 0 });
                }
                safe = false;
            }
        }
        // A held release is resumed with a new one; nobody is there meanwhile to look after it.
        safe &= self.drop_baselines(&sights);
        if !safe {
            return false;
        }
        if outcome == Outcome::Superseded && !self.clean_up(&sights) {
            return false;
        }
        let notes = self.left_behind();
        self.end(outcome, false, why, notes)
    }

    /// What a held release leaves in the cluster, for whoever comes next.
    fn left_behind(&self) -> Vec<String> {
        let left = self.sights.iter().filter_map(|sight| {
            let canary = sight.view.canary.as_ref().filter(|canary| canary.replicas > 0)?;
            Some(format!(
                "{} keeps {} of {}; `glidepath rollback deploy/{}` takes them away",
                sight.plan.canary,
                plural(canary.replicas, "pod"),
                self.plan.to,
                sight.plan.name
            ))
        });
        left.collect()
    }
}
