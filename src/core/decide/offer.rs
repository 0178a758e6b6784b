//! What each command would do now, or why it would be refused: the dialogs and the disabled keys read from this.

use std::collections::BTreeMap;

use crate::core::act::{Act, ActVerb};
use crate::core::command::Verb;
use crate::core::decide::Observation;
use crate::core::decide::seen::{Sight, blindness};
use crate::core::decide::turn::Turn;
use crate::core::judge::{percent, rate};
use crate::core::plan::{Finish, Kind, Plan, Step};
use crate::core::rule::Sli;
use crate::core::snapshot::Offer;
use crate::core::state::{PinStop, State};
use crate::core::text::plural;
use crate::core::time::{Time, ago, human};
use crate::core::verdict::Evidence;
use crate::core::view::{ClusterView, TemplateOwner, Track};

/// All commands with what they would do.
pub fn offers(plan: &Plan, state: &State, view: &ClusterView, epoch: &str, now: Time) -> Vec<Offer> {
    let seen = Observation {
        view,
        batch: None,
        commands: &[],
        outcomes: &[],
        attended: true,
        journal_trouble: None,
        lease_trouble: None,
        epoch,
    };
    let turn = Turn::new(plan, state.clone(), seen, now);
    let verbs = [
        Verb::Approve,
        Verb::Promote { full: false, over: false },
        Verb::Promote { full: true, over: false },
        Verb::Promote { full: false, over: true },
        Verb::Pause,
        Verb::Resume,
        Verb::Rollback,
        Verb::HoldHere,
        Verb::Edit { steps: plan.steps.clone() },
        Verb::SkipSettle,
    ];
    verbs
        .iter()
        .map(|verb| {
            let would = turn.may(verb, true).map(|()| turn.would(verb));
            let acts = if would.is_ok() { turn.begins_with(verb) } else { Vec::new() };
            Offer { command: verb.name().to_owned(), would, acts }
        })
        .collect()
}

type Lines = Vec<(String, String)>;

impl Turn<'_> {
    fn would(&self, verb: &Verb) -> Lines {
        let line = |label: &str, text: String| (label.to_owned(), text);
        match verb {
            Verb::Rollback => self.would_roll_back(),
            Verb::Promote { full, .. } => self.would_promote(*full),
            Verb::Approve => vec![line(
                "then",
                format!(
                    "the step is left when its soak has passed and every rule passes; worst verdict now: {}",
                    self.state.worst()
                ),
            )],
            Verb::Pause => vec![line("then", "the weight stays; judging and automatic rollback go on".to_owned())],
            Verb::Resume => vec![line("then", self.would_resume())],
            Verb::HoldHere => vec![line(
                "then",
                "the weight stays, pins are taken down, nobody drives until somebody resumes it".to_owned(),
            )],
            Verb::Edit { .. } => vec![line("then", "the remaining steps are flown as they are changed".to_owned())],
            Verb::SkipSettle => self.would_skip(),
        }
    }

    /// The writes that a command begins with, as things are. What waits for something that is not seen yet is not among
    /// them.
    fn begins_with(&self, verb: &Verb) -> Vec<Act> {
        match verb {
            Verb::Rollback if self.plan.kind == Kind::Release => {
                self.sights.iter().flat_map(|sight| self.back_with(sight)).collect()
            }
            Verb::Promote { full, .. } => {
                let Some(stepping) = self.state.stepping() else { return Vec::new() };
                let next = if *full { self.plan.steps.len().saturating_sub(1) } else { stepping.index + 1 };
                let Some(step) = self.plan.step(next) else { return Vec::new() };
                let scale = |sight: &Sight<'_>| {
                    let replicas = sight.wanted_canary(step.weight);
                    let beside = sight.plan.baseline.is_some() && step.weight < 100;
                    let baseline = beside.then_some(ActVerb::ScaleBaseline { replicas });
                    let verbs = std::iter::once(ActVerb::ScaleCanary { replicas }).chain(baseline);
                    let name = sight.plan.name.clone();
                    verbs.map(move |verb| Act::on(&name, verb))
                };
                self.sights.iter().flat_map(scale).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The writes that take one workload's traffic back.
    fn back_with(&self, sight: &Sight<'_>) -> Vec<Act> {
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

    fn would_resume(&self) -> String {
        let stopped = match (&self.state.pause, &self.state.pins_stopped) {
            (None, Some(stopped)) => stopped,
            (Some(_), Some(_)) => {
                return "the pause is over; it holds on, for the reason that it had before".to_owned();
            }
            (_, None) => return "the release advances again".to_owned(),
        };
        match stopped {
            PinStop::Fight { by, service } => {
                format!(
                    "Service {service} is pinned to {} again: all requests go there, until {by} takes the pin away again",
                    self.plan.to
                )
            }
            PinStop::Thin { service } => {
                format!("Service {service} is pinned to {} again: all requests go there", self.plan.to)
            }
            PinStop::Undone { by, workload } => {
                format!("{workload} is rolled to {} again, until {by} puts the old template back again", self.plan.to)
            }
        }
    }

    fn would_skip(&self) -> Lines {
        let waits = self.waited_for();
        let left = waits.iter().filter_map(|(_, over)| *over).map(|over| over.since(self.now)).max();
        let left =
            left.map_or_else(|| "begins when the pin is gone".to_owned(), |left| format!("{} are left", human(left)));
        let names: Vec<&str> = waits.iter().map(|(name, _)| *name).collect();
        let line = |label: &str, text: &str| (label.to_owned(), text.to_owned());
        vec![
            line("then", "the canary goes without waiting for what routes to pod addresses from outside the cluster"),
            line("wait", &format!("Service {}: {left}", names.join(", "))),
            line("risk", "what has not noticed yet still sends requests to the canary: they fail"),
        ]
    }

    fn would_promote(&self, full: bool) -> Lines {
        let Some(stepping) = self.state.stepping() else {
            return vec![("then".to_owned(), "the canary is taken away, and the release is promoted".to_owned())];
        };
        let next = if full { self.plan.steps.len() - 1 } else { stepping.index + 1 };
        let left = self
            .plan
            .step(stepping.index)
            .map_or_else(Default::default, |step| step.soak.saturating_sub(stepping.soaked));
        let then = match self.plan.step(next) {
            Some(step) if step.weight >= 100 => {
                "all traffic goes to the canary; stable stays warm behind it".to_owned()
            }
            Some(step) => format!("{} % goes to the canary", step.weight),
            None => "stable is rolled to the new version".to_owned(),
        };
        let mut lines = vec![("then".to_owned(), then)];
        if let Some(step) = self.plan.step(next) {
            lines.push(("path".to_owned(), self.path_on(step)));
            lines.push(("time".to_owned(), self.time_on(step)));
        } else {
            lines.extend(self.path_to_the_end());
        }
        lines.push(("safe".to_owned(), self.capacities()));
        lines.push(("users".to_owned(), self.users()));
        lines.push((
            "waives".to_owned(),
            format!("{} of soak, and too little traffic; no gate and no verdict", human(left)),
        ));
        lines
    }

    /// The writes of a step up: pods first, and pins when they are Ready.
    fn path_on(&self, step: &Step) -> String {
        let scale = |sight: &Sight<'_>| {
            let now = sight.view.canary.as_ref().map_or(0, |canary| canary.replicas);
            let then = sight.wanted_canary(step.weight);
            (now != then).then(|| format!("scale {} {now} → {then}", sight.plan.canary))
        };
        let mut writes: Vec<String> = self.sights.iter().filter_map(scale).collect();
        if writes.is_empty() {
            writes.push("no pod more is needed".to_owned());
        }
        if step.weight >= 100 {
            let services = self.sights.iter().flat_map(|sight| sight.services()).filter(|(_, service)| !service.pinned);
            let names: Vec<&str> = services.map(|(plan, _)| plan.name.as_str()).collect();
            if !names.is_empty() {
                writes.push(format!("when all are Ready, pin Service {}", names.join(", ")));
            }
        }
        writes.join(", ")
    }

    /// What follows the last step, and how long that takes.
    fn path_to_the_end(&self) -> Lines {
        let names: Vec<&str> = self.sights.iter().map(|sight| sight.plan.name.as_str()).collect();
        let names = names.join(", ");
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

    /// Whether stable can carry all traffic, workload by workload.
    fn capacities(&self) -> String {
        self.sights.iter().map(|sight| self.capacity(sight)).collect::<Vec<_>>().join("; ")
    }

    fn would_roll_back(&self) -> Lines {
        let help = self.stable_fails().map(|share| {
            let text = format!("will not help: stable fails {share} as well; the proof waits until that is over");
            ("help".to_owned(), text)
        });
        let mut lines: Lines = help.into_iter().collect();
        lines.extend([("path".to_owned(), self.path_back()), ("time".to_owned(), self.time_back())]);
        lines.push((if self.plan.kind == Kind::Release { "safe" } else { "until" }.to_owned(), self.capacities()));
        lines.push(("users".to_owned(), self.users()));
        lines.extend(self.fought_by().map(|by| ("fight".to_owned(), by)));
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
        if matches!(self.state.phase, crate::core::state::Phase::Idle) {
            let beside = "start it beside at full size, pin the Services to it, roll the Deployment back, unpin";
            let straight = "put its template straight into the Deployment";
            return format!("bring {} back: {}", self.plan.to, if self.state.in_place { straight } else { beside });
        }
        if self.plan.kind != Kind::Release {
            return "it is under way".to_owned();
        }
        let mut writes = Vec::new();
        for sight in &self.sights {
            if sight.template() == TemplateOwner::Release {
                writes.push(format!("put the old template of {} back (its pods must start first)", sight.plan.name));
            }
            for (plan, _) in sight.services().filter(|(_, service)| service.pinned) {
                writes.push(format!("unpin Service {}", plan.name));
            }
            if let Some(canary) = sight.view.canary.as_ref().filter(|canary| canary.replicas > 0) {
                writes.push(format!("scale {} {} → 0", sight.plan.canary, canary.replicas));
            }
        }
        match writes.len() {
            0 => "nothing to move: no canary pod is asked for".to_owned(),
            1 => format!("{} (one write)", writes.concat()),
            n => format!("{} ({n} writes)", writes.join(", ")),
        }
    }

    /// How long it takes until no user meets the canary, and until that is proved.
    fn time_back(&self) -> String {
        if self.plan.kind != Kind::Release || matches!(self.state.phase, crate::core::state::Phase::Idle) {
            return "as long as pods of the earlier version take to start; traffic moves when they are Ready"
                .to_owned();
        }
        let proof = format!("the proof needs up to {} more", human(self.plan.scrape * 2));
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
                format!(
                    "about {} (endpoints, then proxies); {proof}",
                    human(settle + std::time::Duration::from_secs(1))
                )
            }
            // The pods are told to end within a second, and every node's kube-proxy must then hear of it; what they have in
            // hand and on kept connections they may go on with until they end.
            None => format!("new requests stop within a few seconds (every kube-proxy must hear of it); {proof}"),
        }
    }

    fn capacity(&self, sight: &Sight<'_>) -> String {
        let (ready, wanted) = (sight.ready(Track::stays), sight.wanted_stable());
        let rates = self.rates(&sight.plan.name).filter(|_| ready > 0);
        let load = rates
            .map(|(canary, stable, _)| (canary + stable) / f64::from(ready))
            .map(|each| format!("; with all traffic each gets {} requests/s", rate(each)))
            .unwrap_or_default();
        let hpa = sight
            .view
            .hpa
            .as_ref()
            .filter(|hpa| hpa.max > wanted)
            .map(|hpa| format!("; the autoscaler may go to {}", hpa.max))
            .unwrap_or_default();
        let short = if ready < wanted { format!(" (needs {wanted})") } else { String::new() };
        format!("{ready} of {wanted} stable pods of {} are Ready{short}{load}{hpa}", sight.plan.name)
    }

    /// Requests a second on canary and stable; with its time, where it is what was measured last and not what is now: of
    /// a release that another process drives, or did.
    fn rates(&self, workload: &str) -> Option<(f64, f64, Option<Time>)> {
        let now = self.state.evidence.get(workload).and_then(|evidence| evidence.rates());
        let last = || self.state.measured.get(workload).map(|last| (last.canary, last.stable, Some(last.at)));
        now.map(|rates| (rates.canary, rates.stable, None)).or_else(last)
    }

    fn users(&self) -> String {
        let rates: Vec<_> = self.sights.iter().filter_map(|sight| self.rates(&sight.plan.name)).collect();
        let (canary, total) =
            rates.iter().fold((0.0, 0.0), |(all, total), (canary, stable, _)| (all + canary, total + canary + stable));
        if total <= 0.0 {
            return "unknown: no traffic is measured".to_owned();
        }
        if self.plan.kind != Kind::Release {
            return format!(
                "all requests meet {} ({} requests/s), until {} is Ready",
                self.plan.from,
                rate(total),
                self.plan.to
            );
        }
        if let Some(last) = rates.iter().filter_map(|(.., last)| *last).min() {
            return format!(
                "{:.1} % of requests were on the canary ({} requests/s) {}; nothing newer is measured here",
                100.0 * canary / total,
                rate(canary),
                ago(self.now.since(last))
            );
        }
        let age = self.state.judgements.iter().filter_map(|judgement| judgement.evidence.newest).max();
        let age = age.map(|newest| format!(", read {}", ago(self.now.since(newest)))).unwrap_or_default();
        format!("{:.1} % of requests are on the canary ({} requests/s){age}", 100.0 * canary / total, rate(canary))
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
        let canary = if self.plan.kind != Kind::Release {
            "the second set of pods is"
        } else if self.plan.has_baseline() {
            "the canary and its baseline are"
        } else {
            "the canary is"
        };
        // What is only to be started has no pods yet.
        let pods = if gone > 0 { format!(" ({})", plural(gone as u64, "pod")) } else { String::new() };
        let mut words = vec![format!("{canary} deleted{pods}")];
        words.extend(hpas);
        // Whoever fights is named for that already.
        let others = if self.state.put_back.is_empty() { self.selector_writers() } else { BTreeMap::new() };
        words.extend(others.iter().map(|(by, names)| format!("{by} also writes Service {}", names.join(", "))));
        words.join("; ")
    }

    /// Who else writes the selectors of the Services, each with the Services' names.
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
            Some(PinStop::Fight { service, .. }) => format!(" of Service {service}"),
            _ => String::new(),
        };
        let often = if times == 1 { String::new() } else { format!(" {times} times") };
        Some(format!(
            "{by} took our pin{service} away{often} and may put one back: it is removed again, without limit; {GOES_ON}"
        ))
    }
}
