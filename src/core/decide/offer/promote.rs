//! What a promotion would do now.

use super::facts::FEW;
use super::{Lines, services, some};
use crate::core::decide::seen::Sight;
use crate::core::decide::turn::Turn;
use crate::core::plan::{Finish, Step};
use crate::core::text::plural;
use crate::core::time::human;

impl Turn<'_> {
    /// The step that an order to promote leads to; `None`: it leads out of the last one, or no step is flown.
    pub(super) fn promoted_to(&self, full: bool) -> Option<&Step> {
        let stepping = self.state.stepping()?;
        self.plan.step(if full { self.plan.steps.len().saturating_sub(1) } else { stepping.index + 1 })
    }

    pub(super) fn would_promote(&self, full: bool) -> Lines {
        let Some(stepping) = self.state.stepping() else {
            return vec![("then".to_owned(), "the canary is taken away, and the release is promoted".to_owned())];
        };
        let next = self.promoted_to(full);
        let left = self
            .plan
            .step(stepping.index)
            .map_or_else(Default::default, |step| step.soak.saturating_sub(stepping.soaked));
        let then = match next {
            Some(step) if step.weight >= 100 => {
                "all traffic goes to the canary; stable stays warm behind it".to_owned()
            }
            Some(step) => self.asked_by(step),
            None => "stable is rolled to the new version".to_owned(),
        };
        let mut lines = vec![("then".to_owned(), then)];
        if let Some(step) = next {
            lines.push(("path".to_owned(), self.path_on(step)));
            lines.push(("time".to_owned(), self.time_on(step)));
        } else {
            lines.extend(self.path_to_the_end());
        }
        // Whether it can all be taken back: what goes forward has the canary's pods.
        lines.push(("way back".to_owned(), self.capacities()));
        lines.push(("users".to_owned(), self.users()));
        lines.push((
            "waives".to_owned(),
            format!("{} of soak, and the wait for enough requests; gates and verdicts hold", human(left)),
        ));
        lines
    }

    /// What a step asks for and what its pods make of that: where those are the same as now, users will not notice.
    fn asked_by(&self, step: &Step) -> String {
        let asked = format!("{} % is asked for the canary", step.weight);
        let [only] = self.sights.as_slice() else { return asked };
        let canary = only.wanted_canary(step.weight);
        let beside = if only.plan.baseline.is_some() { canary } else { 0 };
        let as_now = only.view.canary.as_ref().is_some_and(|seen| seen.replicas == canary);
        let as_now = if as_now { ", as now" } else { "" };
        format!("{asked}, as {canary} of {} pods{as_now}", canary + beside + only.wanted_stable())
    }

    /// The writes of a step up: pods first, and pins when they are Ready.
    fn path_on(&self, step: &Step) -> String {
        let now = |sight: &Sight<'_>| sight.view.canary.as_ref().map_or(0, |canary| canary.replicas);
        let then = |sight: &Sight<'_>| sight.wanted_canary(step.weight);
        let moved: Vec<&Sight<'_>> = self.sights.iter().filter(|sight| now(sight) != then(sight)).collect();
        let mut writes = match moved.len() {
            0 => vec!["no pod more is needed".to_owned()],
            1..=FEW => moved
                .iter()
                .map(|sight| format!("scale {} {} → {}", sight.plan.canary, now(sight), then(sight)))
                .collect(),
            many => {
                let sum = |of: &dyn Fn(&Sight<'_>) -> u32| moved.iter().map(|sight| of(sight)).sum::<u32>();
                vec![format!("scale {many} canaries, {} → {} pods", sum(&now), sum(&then))]
            }
        };
        if step.weight >= 100 {
            let open = self.sights.iter().flat_map(|sight| sight.services()).filter(|(_, service)| !service.pinned);
            let names: Vec<&str> = open.map(|(plan, _)| plan.name.as_str()).collect();
            if !names.is_empty() {
                writes.push(format!("when all are Ready, pin {} (the canary gets every request)", services(&names)));
            }
        }
        writes.join(", ")
    }

    /// What follows the last step, and how long that takes.
    fn path_to_the_end(&self) -> Lines {
        let names: Vec<&str> = self.sights.iter().map(|sight| sight.plan.name.as_str()).collect();
        let names = some(&names, "workloads");
        let verify = human(self.plan.limits.verify);
        let (path, time) = match self.plan.finish {
            Finish::Wait => (
                format!(
                    "no write of ours: whoever owns {names} brings the new version; then the Services are unpinned"
                ),
                format!("as long as that takes; then it is judged for {verify} more"),
            ),
            Finish::Roll => (
                format!("put the new template into {names}, unpin the Services when all are rolled"),
                format!("as long as the pods need to roll; then they are judged for {verify} more"),
            ),
        };
        vec![("path".to_owned(), path), ("time".to_owned(), time)]
    }

    /// How long a step up takes until users meet it, and how long it is watched then.
    fn time_on(&self, step: &Step) -> String {
        let missing: u32 =
            self.sights.iter().map(|sight| sight.wanted_canary(step.weight).saturating_sub(sight.canary_ready())).sum();
        let soak = human(step.soak);
        match missing {
            0 => format!("at once; then it soaks for {soak}"),
            missing => format!(
                "as long as {} need to start, at most {} each; then it soaks for {soak}",
                plural(missing, "pod"),
                human(self.plan.limits.ready)
            ),
        }
    }
}
