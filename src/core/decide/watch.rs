//! What may interrupt a release at any moment before it is rolled back: crashes, lost endpoints, foreign hands.

use std::time::Duration;

use crate::core::act::{Act, ActVerb};
use crate::core::decide::seen::{CRASHES, Sight, blindness, pod_words};
use crate::core::decide::turn::Turn;
use crate::core::decide::writes::FIGHT_LIMIT;
use crate::core::plan::{Kind, ServicePlan};
use crate::core::snapshot::Fought;
use crate::core::state::{FinishPart, Phase, PinStop};
use crate::core::time::Time;
use crate::core::view::{ServiceView, TemplateOwner, Track};

/// How long a pinned Service may have fewer than three quarters of its endpoints.
const THIN_FOR: Duration = Duration::from_secs(10);

impl Turn<'_> {
    pub(super) fn watch(&mut self) {
        let forward = matches!(self.state.phase, Phase::Stepping(_) | Phase::Finishing(_));
        self.note_pins(forward);
        self.note_rolls();
        if !forward || blindness(self.seen.view, self.now).is_some() {
            return;
        }
        if let Some(cause) = self.crashed().or_else(|| self.deserted()) {
            self.interrupt(&cause);
            return;
        }
        self.thin();
    }

    /// A release goes back. A rollback whose second set fails takes its pins down and goes the way that needs none.
    fn interrupt(&mut self, cause: &str) {
        if self.plan.kind == Kind::Release {
            self.begin_rollback(cause, false);
            return;
        }
        if !self.state.in_place {
            self.note(format!("{cause}; the earlier template goes straight into the Deployment"));
            self.state.in_place = true;
            self.enter_finish(FinishPart::Roll);
        }
        let sights = self.sights();
        self.unpin_all(&sights);
    }

    /// Keeps count of pins: one of ours that disappears was put back by somebody.
    fn note_pins(&mut self, forward: bool) {
        let ours = forward && self.state.pins_stopped.is_none() && self.pins_wanted();
        for sight in self.sights() {
            for (plan, service) in sight.services() {
                if service.pinned {
                    self.state.pins_up.insert(plan.name.clone());
                    self.state.pinned_at.insert(plan.name.clone(), self.now);
                    if let Some(unpinned) = self.state.unpinned_at.remove(&plan.name) {
                        self.note_fight(plan, service, unpinned);
                    }
                    continue;
                }
                if self.state.pinned_at.contains_key(&plan.name) {
                    self.state.unpinned_at.entry(plan.name.clone()).or_insert(self.now);
                }
                if self.state.pins_up.remove(&plan.name) && ours {
                    self.was_put_back(&Act::on(&sight.plan.name, ActVerb::Pin { service: plan.name.clone() }));
                    if self.state.put_back.len() >= FIGHT_LIMIT {
                        let by = self.state.put_back.last().map(|(_, by)| by.clone()).unwrap_or_default();
                        self.state.pins_stopped = Some(PinStop::Fight { by, service: plan.name.clone() });
                    }
                }
            }
        }
        if self.state.put_back.len() >= FIGHT_LIMIT && self.state.pins_stopped.is_none() && ours {
            let by = self.state.put_back.last().map(|(_, by)| by.clone()).unwrap_or_default();
            let service =
                self.sights().iter().find_map(|sight| sight.plan.services.first()).map(|service| service.name.clone());
            self.state.pins_stopped = Some(PinStop::Fight { by, service: service.unwrap_or_default() });
        }
    }

    /// Says once who pins a Service to the canary again that a rollback has unpinned.
    fn note_fight(&mut self, plan: &ServicePlan, service: &ServiceView, unpinned: Time) {
        let Some(rollback) = self.state.rollback.as_mut().filter(|rollback| unpinned >= rollback.since) else { return };
        if self.plan.kind != Kind::Release || rollback.fought.is_some() {
            return;
        }
        // One of ours that was long on its way is no fight.
        let Some(by) = service.selector_writer.clone() else { return };
        let service = plan.name.clone();
        let text = format!("{by} pins Service {service} to the canary again; it is unpinned each time, without limit");
        rollback.fought = Some(Fought { by, service });
        self.note(text);
    }

    /// Keeps count of templates: one that we rolled and that is the old one again was put back by somebody.
    fn note_rolls(&mut self) {
        let Phase::Finishing(finishing) = &self.state.phase else { return };
        if self.plan.kind != Kind::Release || finishing.part != FinishPart::Roll || self.state.pins_stopped.is_some() {
            return;
        }
        for sight in self.sights() {
            let Some(stable) = &sight.view.stable else { continue };
            let name = &sight.plan.name;
            match stable.template {
                TemplateOwner::Release => drop(self.state.rolls_up.insert(name.clone())),
                TemplateOwner::Recorded if self.state.rolls_up.remove(name) => {
                    let by = stable.template_writer.clone().unwrap_or_else(|| "somebody".to_owned());
                    self.note_put_back(&by, &format!("has put the old template of {name} back"));
                    if self.state.put_back.len() >= FIGHT_LIMIT {
                        self.state.pins_stopped = Some(PinStop::Undone { by, workload: name.clone() });
                        return;
                    }
                }
                _ => {}
            }
        }
    }

    /// Whether pins are to stand in this phase.
    pub(super) fn pins_wanted(&self) -> bool {
        match &self.state.phase {
            Phase::Stepping(stepping) => self.plan.step(stepping.index).is_some_and(|step| step.weight >= 100),
            Phase::Finishing(finishing) => finishing.part <= FinishPart::Roll && !self.state.in_place,
            _ => false,
        }
    }

    /// An OOM kill, or three crashes, of new pods is a breach of its own; an eviction is nobody's crash.
    fn crashed(&self) -> Option<String> {
        if self.plan.kind != Kind::Release {
            return None;
        }
        self.sights.iter().find_map(|sight| {
            if let Some(pod) = sight.may_crash().find(|pod| pod.oom_kills > 0) {
                return Some(format!("{} was killed for using too much memory", pod.name));
            }
            let crashes = sight.crashes();
            let worst = sight.may_crash().max_by_key(|pod| pod.restarts)?;
            (crashes >= CRASHES).then(|| format!("canary pods crashed {crashes} times: {}", pod_words(worst)))
        })
    }

    /// A pinned Service without one Ready canary endpoint, or without the canary itself, serves nobody.
    fn deserted(&self) -> Option<String> {
        let stepping = matches!(self.state.phase, Phase::Stepping(_));
        let rolled = |sight: &Sight<'_>| sight.view.pods.iter().any(|pod| pod.track == Track::Rolled);
        self.sights.iter().find_map(|sight| {
            if stepping && sight.view.canary.is_none() {
                return Some(format!("the canary of {} was deleted by somebody", sight.plan.name));
            }
            sight.services().filter(|(_, service)| service.pinned).find_map(|(plan, service)| {
                let none = sight.endpoints(service, |track| track == Track::Canary) == 0;
                if !none || (self.plan.kind != Kind::Release && rolled(sight)) {
                    return None;
                }
                let port = service.empty_port.as_ref().map(|port| format!(" under port {port}")).unwrap_or_default();
                let (ready, trouble) = (sight.canary_ready(), sight.trouble(|track| track == Track::Canary));
                let wanted = sight.view.canary.as_ref().map_or(ready, |canary| canary.replicas);
                Some(format!(
                    "Service {} has no Ready canary endpoint{port}: {ready} of {wanted} canary pods are Ready ({trouble})",
                    plan.name
                ))
            })
        })
    }

    /// A pinned Service with fewer than three quarters of its endpoints for ten seconds is unpinned, and the release holds.
    fn thin(&mut self) {
        let thin = self.sights.iter().find_map(|sight| {
            let fewest = (sight.wanted_canary(100) * 3).div_ceil(4);
            sight
                .services()
                .find(|(_, service)| {
                    service.pinned && sight.endpoints(service, |track| track == Track::Canary) < fewest
                })
                .map(|(plan, _)| plan.name.clone())
        });
        let Some(service) = thin.filter(|_| self.state.pins_stopped.is_none()) else {
            self.state.thin_since = None;
            return;
        };
        let limit = *self.state.thin_since.get_or_insert(self.now) + THIN_FOR;
        if self.now < limit {
            self.look_at(limit);
        } else if matches!(self.state.phase, Phase::Stepping(_)) {
            self.state.pins_stopped = Some(PinStop::Thin { service });
        }
    }
}
