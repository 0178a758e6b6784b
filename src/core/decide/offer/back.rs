//! What a rollback would do now, and who or what stands in its way.

use std::collections::BTreeMap;
use std::time::Duration;

use super::facts::FEW;
use super::{Lines, services, some};
use crate::core::act::{Act, ActVerb};
use crate::core::decide::seen::{Sight, blindness};
use crate::core::decide::turn::Turn;
use crate::core::judge::percent;
use crate::core::plan::Kind;
use crate::core::rule::Sli;
use crate::core::state::{Phase, PinStop};
use crate::core::text::plural;
use crate::core::time::human;
use crate::core::verdict::Evidence;
use crate::core::view::{TemplateOwner, Track};

/// The label of what speaks against a rollback.
pub const BEWARE: &str = "beware";

impl Turn<'_> {
    /// The writes that take one workload's traffic back.
    pub(super) fn back_with(&self, sight: &Sight<'_>) -> Vec<Act> {
        let act = |verb| Act::on(&sight.plan.name, verb);
        let mut acts = Vec::new();
        if sight.template() == TemplateOwner::Release {
            acts.push(act(ActVerb::RestoreStable));
        }
        let pinned = sight.services().filter(|(_, service)| service.pinned);
        acts.extend(pinned.map(|(plan, _)| act(ActVerb::Unpin { service: plan.name.clone() })));
        if sight.view.canary.as_ref().is_some_and(|canary| canary.replicas > 0) {
            acts.push(act(ActVerb::ScaleCanary { replicas: 0 }));
        }
        acts
    }

    pub(super) fn would_roll_back(&self) -> Lines {
        let help = self.stable_fails().map(|share| {
            let text = format!(
                "rolling back will not help: {} fails {share} of requests as well; its proof waits until that is over",
                self.plan.from
            );
            (BEWARE.to_owned(), text)
        });
        let mut lines: Lines = help.into_iter().collect();
        lines.extend([("path".to_owned(), self.path_back()), ("time".to_owned(), self.time_back())]);
        lines.push((if self.plan.kind == Kind::Release { "safe" } else { "until" }.to_owned(), self.capacities()));
        lines.push(("users".to_owned(), self.users()));
        lines.extend(self.fought_by().map(|by| ("fight".to_owned(), by)));
        lines.extend(self.other_writers().map(|others| ("others".to_owned(), others)));
        lines.push(("after".to_owned(), self.afterwards()));
        if let Some(why) = blindness(self.seen.view, self.now) {
            lines.push(("api".to_owned(), format!("{why}; it is sent as soon as it answers")));
        }
        lines.push(("gates".to_owned(), "no approval, window or freeze stops a rollback".to_owned()));
        lines
    }

    /// The share of stable's own requests that fail, where that is over the target: a rollback brings traffic to where it
    /// fails as well.
    fn stable_fails(&self) -> Option<String> {
        if self.plan.kind != Kind::Release {
            return None;
        }
        self.state.judgements.iter().find_map(|judgement| {
            let rule = self.plan.rules.iter().find(|rule| rule.name == judgement.rule)?;
            let Sli::Errors { target } = rule.sli else { return None };
            let Evidence { stable, baseline, .. } = judgement.evidence;
            stable.filter(|share| !baseline && *share > target).map(percent)
        })
    }

    fn path_back(&self) -> String {
        if matches!(self.state.phase, Phase::Idle) {
            let beside = "start it beside at full size, pin the Services to it (they send it every request), roll the \
                          Deployment back, unpin";
            let straight = "put its template straight into the Deployment";
            return format!("bring {} back: {}", self.plan.to, if self.state.in_place { straight } else { beside });
        }
        if self.plan.kind != Kind::Release {
            return format!(
                "what is not done yet of it: pin the Services to {} when it is Ready, roll the Deployment back, unpin",
                self.plan.to
            );
        }
        let writes = [self.templates_back(), self.pins_down(), self.canaries_down()];
        let count: usize = writes.iter().map(|(count, _)| count).sum();
        let words: Vec<&str> =
            writes.iter().map(|(_, words)| words.as_str()).filter(|words| !words.is_empty()).collect();
        match count {
            0 => "nothing to move: no canary pod is asked for".to_owned(),
            1 => format!("{} (one write)", words.concat()),
            count => format!("{} ({count} writes)", words.join(", then ")),
        }
    }

    /// How many templates are put back, and in which words.
    fn templates_back(&self) -> (usize, String) {
        let rolled = self.sights.iter().filter(|sight| sight.template() == TemplateOwner::Release);
        let names: Vec<&str> = rolled.map(|sight| sight.plan.name.as_str()).collect();
        if names.is_empty() {
            return (0, String::new());
        }
        let words = format!("put the old template of {} back (its pods must start first)", some(&names, "workloads"));
        (names.len(), words)
    }

    fn pins_down(&self) -> (usize, String) {
        let pinned = self.sights.iter().flat_map(|sight| sight.services()).filter(|(_, service)| service.pinned);
        let names: Vec<&str> = pinned.map(|(plan, _)| plan.name.as_str()).collect();
        if names.is_empty() {
            return (0, String::new());
        }
        let whose = if names.len() == 1 { "its" } else { "their" };
        let words = format!("unpin {} (stable gets {whose} requests again)", services(&names));
        (names.len(), words)
    }

    fn canaries_down(&self) -> (usize, String) {
        let replicas = |sight: &Sight<'_>| sight.view.canary.as_ref().map_or(0, |canary| canary.replicas);
        let up: Vec<&Sight<'_>> = self.sights.iter().filter(|sight| replicas(sight) > 0).collect();
        let words = if up.len() > FEW {
            let pods: u32 = up.iter().map(|sight| replicas(sight)).sum();
            format!("scale {} canaries ({}) to 0", up.len(), plural(pods, "pod"))
        } else {
            let one = |sight: &&Sight<'_>| format!("scale {} {} → 0", sight.plan.canary, replicas(sight));
            up.iter().map(one).collect::<Vec<_>>().join(", ")
        };
        (up.len(), words)
    }

    /// How long it takes until no user meets the canary, and until that is proved.
    fn time_back(&self) -> String {
        if self.plan.kind != Kind::Release || matches!(self.state.phase, Phase::Idle) {
            return "as long as pods of the earlier version take to start; traffic moves when they are Ready"
                .to_owned();
        }
        let proof = if self.is_blind() {
            "the proof cannot be whole while metrics do not answer".to_owned()
        } else {
            format!("the proof needs up to {} more", human(self.plan.scrape * 2))
        };
        if self.sights.iter().all(|sight| self.back_with(sight).is_empty()) {
            return format!("no write is left to wait for; {proof}");
        }
        let starting = self.sights.iter().filter(|sight| sight.template() == TemplateOwner::Release);
        let missing: u32 =
            starting.map(|sight| sight.full().div_ceil(2).max(1).saturating_sub(sight.ready(Track::stays))).sum();
        if missing > 0 {
            let pods = plural(missing, "pod");
            return format!("as long as {pods} of the old version need to start; then {proof}");
        }
        let pinned = self.sights.iter().flat_map(|sight| sight.services()).filter(|(_, service)| service.pinned);
        match pinned.map(|(plan, _)| plan.settle).max() {
            Some(settle) => {
                format!("about {} (endpoints, then proxies); {proof}", human(settle + Duration::from_secs(1)))
            }
            None if self.state.unmet => format!("at once: no request meets it; {proof}"),
            // The pods are told to end within a second, and every node's kube-proxy must then hear of it; what they have in
            // hand and on kept connections they may go on with until they end.
            None => format!("new requests stop within a few seconds (every kube-proxy must hear of it); {proof}"),
        }
    }

    /// Whether rules that roll back have nothing to judge by now.
    fn is_blind(&self) -> bool {
        self.state.judgements.iter().any(|judgement| judgement.data.is_blind())
    }

    fn afterwards(&self) -> String {
        let hpas: Vec<String> = self
            .plan
            .workloads
            .iter()
            .filter_map(|workload| {
                workload
                    .hpa
                    .as_ref()
                    .filter(|hpa| hpa.raise)
                    .map(|hpa| format!("autoscaler {} minimum back to {}", hpa.name, hpa.min))
            })
            .collect();
        let gone = self
            .sights
            .iter()
            .map(|sight| sight.view.pods.iter().filter(|pod| pod.track.is_beside()).count())
            .sum::<usize>();
        let many = self.sights.len() > 1;
        let canary = match self.plan.kind {
            Kind::Restore | Kind::RestoreInPlace if many => "the second sets of pods are",
            Kind::Restore | Kind::RestoreInPlace => "the second set of pods is",
            Kind::Release if self.plan.has_baseline() && many => "the canaries and their baselines are",
            Kind::Release if self.plan.has_baseline() => "the canary and its baseline are",
            Kind::Release if many => "the canaries are",
            Kind::Release => "the canary is",
        };
        // What is only to be started has no pods yet.
        let pods = if gone > 0 { format!(" ({})", plural(gone as u64, "pod")) } else { String::new() };
        let mut words = vec![format!("{canary} deleted{pods}")];
        match hpas.len() {
            ..=FEW => words.extend(hpas),
            many => words.push(format!("the minimum of {many} autoscalers back")),
        }
        words.join("; ")
    }

    /// Who else writes the selectors of the Services, each with the Services' names; whoever fights is named for that already.
    fn other_writers(&self) -> Option<String> {
        let others = if self.state.put_back.is_empty() { self.selector_writers() } else { BTreeMap::new() };
        let each: Vec<_> = others.iter().map(|(by, names)| format!("{by} also writes {}", services(names))).collect();
        (!each.is_empty()).then(|| format!("{}, and may undo this", each.join("; ")))
    }

    fn selector_writers(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut written: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (plan, service) in self.sights.iter().flat_map(|sight| sight.services()) {
            if let Some(by) = service.selector_writer.as_deref() {
                written.entry(by).or_default().push(&plan.name);
            }
        }
        written
    }

    /// Who puts our writes back, and that the rollback goes on all the same; `None`: nobody does.
    fn fought_by(&self) -> Option<String> {
        const GOES_ON: &str = "the rollback goes on all the same";
        if let Some(PinStop::Undone { by, workload }) = &self.state.pins_stopped {
            return Some(format!("{by} puts the old template of {workload} back, as a rollback does; {GOES_ON}"));
        }
        let (_, by) = self.state.put_back.last()?;
        let times = self.state.put_back.iter().filter(|(_, who)| who == by).count();
        let service = match &self.state.pins_stopped {
            Some(PinStop::Fight { service, .. }) => format!("Service {service}"),
            _ => "a Service".to_owned(),
        };
        let often = if times == 1 { String::new() } else { format!(" {times} times") };
        Some(format!(
            "{by} unpinned {service}{often} and may pin it again: it is unpinned again, without limit; {GOES_ON}"
        ))
    }
}
