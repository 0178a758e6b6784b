//! A world small enough to hold in one's head, for the pure core: one workload, one Service, pods that start after a
//! while, and traffic that follows the endpoints. It is a model of the view, not of Kubernetes; the embedded cluster is that.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use glidepath::core::act::{Act, ActFault, ActOutcome, ActVerb};
use glidepath::core::command::{Command, Seen, Verb};
use glidepath::core::decide::{Decision, Observation, decide};
use glidepath::core::event::Event;
use glidepath::core::picture::{Frame, snapshot};
use glidepath::core::plan::{
    Finish, ImageChange, Kind, Limits, MetricsPort, OnHoldLimit, Plan, ServicePlan, Step, Workload,
};
use glidepath::core::rule::{MemoryTarget, Rule, Sli};
use glidepath::core::sample::{Answered, Batch, FaultKind, PodSamples, Sample, SourceFault};
use glidepath::core::snapshot::{Ended, Snapshot};
use glidepath::core::state::State;
use glidepath::core::time::Time;
use glidepath::core::view::{
    ClusterView, HpaView, Link, PodView, ServiceView, SetView, TemplateOwner, Track, WorkloadView,
};

pub const MARK: &str = "checkout-r1/1";
const START: Time = Time::from_millis(1_767_225_600_000);
const POD_START: Duration = Duration::from_secs(6);

pub fn plan(n: u32, weights: &[u32], soak: u64) -> Plan {
    let rule = |name: &str, sli| Rule { odds: None, ..Rule::of(name, sli) };
    let mut plan = Plan {
        release: "checkout-r1".into(),
        hash: String::new(),
        kind: Kind::Release,
        context: "toy".into(),
        namespace: "shop".into(),
        application: "checkout".into(),
        production: false,
        from: "1.7.4".into(),
        to: "1.8.0".into(),
        workloads: vec![Workload {
            name: "checkout".into(),
            uid: "stable-uid".into(),
            canary: "checkout-canary".into(),
            baseline: None,
            replicas: n,
            max_unavailable: n / 4,
            services: vec![ServicePlan { name: "checkout".into(), settle: Duration::from_secs(2), settle_why: None }],
            images: vec![ImageChange {
                container: "app".into(),
                from: "r/checkout:1.7.4".into(),
                to: "r/checkout:1.8.0".into(),
            }],
            stable_template: serde_json::json!({"v": 1}),
            canary_template: serde_json::json!({"v": 2}),
            hpa: None,
            metrics: Some(MetricsPort { port: 8080, path: "/metrics".into() }),
            quiet_paths: vec!["/healthz".into()],
        }],
        steps: weights
            .iter()
            .map(|&weight| Step { weight, soak: Duration::from_secs(soak), approval: false })
            .collect(),
        rules: vec![
            rule("errors", Sli::Errors { target: 0.01 }),
            rule("p95", Sli::Latency { quantile: 0.95, bound: 0.1 }),
            rule("memory", Sli::Memory { target: MemoryTarget::OfLimit(0.9) }),
        ],
        signals: Default::default(),
        limits: Limits { hold: Duration::from_secs(180), verify: Duration::from_secs(60), ..Limits::default() },
        scrape: Duration::from_secs(5),
        finish: Finish::Roll,
        on_hold_limit: OnHoldLimit::Hold,
        cost: None,
        told: Vec::new(),
        afterwards: Vec::new(),
    };
    plan.hash = plan.seal();
    plan
}

/// The same plan with a baseline.
pub fn with_baseline(mut plan: Plan) -> Plan {
    plan.workloads.iter_mut().for_each(|workload| workload.baseline = Some(format!("{}-baseline", workload.name)));
    plan.hash = plan.seal();
    plan
}

/// What a fault does to the toy world, changeable at any second.
#[derive(Clone, Debug, Default)]
pub struct Weather {
    /// Percent of the canary's requests that fail.
    pub canary_errors: u32,
    /// Percent of stable's requests that fail.
    pub stable_errors: u32,
    /// Metrics do not answer.
    pub metrics_down: bool,
    /// The API server does not answer: writes fail and the view stands still.
    pub api_down: bool,
    /// Acts are done, and nothing is heard of them.
    pub no_answers: bool,
    /// Canary pods are not Ready.
    pub canary_sick: bool,
    /// Baseline pods are not Ready.
    pub baseline_sick: bool,
    /// Baseline pods serve, and their metrics do not answer.
    pub baseline_dark: bool,
    /// Percent of the baseline's requests that fail, where that is not stable's.
    pub baseline_errors: Option<u32>,
    /// Stable's are not.
    pub stable_sick: bool,
    /// Why no object can be marked.
    pub no_mark: Option<ActFault>,
    /// Somebody removes pins.
    pub fight: bool,
    /// What one canary pod shows of its past: its reason, its restarts, its OOM kills.
    pub canary_past: Option<(&'static str, u32, u32)>,
    /// So often somebody comes in between when marks are cleared: those in the picture are gone, and others are not.
    pub in_between: u32,
    /// Somebody has deleted stable, with its pods.
    pub deleted: bool,
    /// So many canary pods start, and no more (a quota).
    pub room: Option<usize>,
    /// Somebody puts pins back that were removed.
    pub fight_back: bool,
    /// So many canary pods are not Ready.
    pub canary_thin: usize,
    /// Somebody has put another template into stable: who.
    pub foreign: Option<String>,
    /// Why the journal cannot be written.
    pub journal_trouble: Option<&'static str>,
    /// By rule, what its expression answers with every reading.
    pub answers: BTreeMap<String, Result<Option<f64>, SourceFault>>,
    /// The tag has moved: pods of the new version that start from now on run another image.
    pub tag_moved: bool,
}

#[derive(Clone)]
struct Pod {
    uid: String,
    new: bool,
    of_canary: bool,
    of_baseline: bool,
    image: &'static str,
    born: Time,
    ok: f64,
    bad: f64,
}

impl Pod {
    fn of_stable(&self) -> bool {
        !self.of_canary && !self.of_baseline
    }
}

pub struct Toy {
    pub plan: Plan,
    pub state: Option<State>,
    pub now: Time,
    pub weather: Weather,
    pub attended: bool,
    pub rate: f64,
    pub events: Vec<(Time, Event)>,
    pub effects: Vec<(Time, Act)>,
    pub commands: Vec<Command>,
    /// Requests that met a Service without one Ready endpoint.
    pub lost: f64,
    /// Stable's `spec.replicas`.
    pub replicas: u32,
    /// The autoscaler's minimum, and whether it is one that we raised.
    pub hpa: Option<(u32, bool)>,
    /// When metrics last answered.
    pub read_at: Option<Time>,
    was_pinned: bool,
    canary: Option<u32>,
    baseline: Option<u32>,
    owned: bool,
    pinned: bool,
    rolled: bool,
    /// Who wrote stable's template last, if not we.
    template_writer: Option<String>,
    /// The epoch under which this engine drives.
    pub mark: &'static str,
    /// What the objects bear.
    marked: Option<&'static str>,
    pods: Vec<Pod>,
    outcomes: Vec<(Act, ActOutcome)>,
    next_uid: u32,
    frozen_view: Option<ClusterView>,
    next_command: u32,
}

impl Toy {
    pub fn new(plan: Plan) -> Self {
        let n = plan.workloads[0].replicas;
        let mut toy = Self {
            state: Some(State::new(&plan, START)),
            plan,
            now: START,
            weather: Weather::default(),
            attended: false,
            rate: 100.0,
            events: Vec::new(),
            effects: Vec::new(),
            commands: Vec::new(),
            lost: 0.0,
            replicas: n,
            hpa: None,
            read_at: None,
            was_pinned: false,
            canary: None,
            baseline: None,
            owned: true,
            pinned: false,
            rolled: false,
            template_writer: None,
            mark: MARK,
            marked: None,
            pods: Vec::new(),
            outcomes: Vec::new(),
            next_uid: 0,
            frozen_view: None,
            next_command: 0,
        };
        (0..n).for_each(|_| toy.add_pod(false, false));
        toy.pods.iter_mut().for_each(|pod| pod.born = START - Duration::from_secs(3600));
        toy
    }

    fn add_pod(&mut self, new: bool, of_canary: bool) {
        self.next_uid += 1;
        let image = match (new, self.weather.tag_moved) {
            (false, _) => "r/checkout@sha256:1",
            (true, false) => "r/checkout@sha256:2",
            (true, true) => "r/checkout@sha256:3",
        };
        self.pods.push(Pod {
            image,
            uid: format!("pod-{}", self.next_uid),
            new,
            of_canary,
            of_baseline: false,
            born: self.now,
            ok: 0.0,
            bad: 0.0,
        });
    }

    pub fn command(&mut self, verb: Verb) {
        self.next_command += 1;
        let id = format!("c{}", self.next_command);
        self.commands.push(Command {
            id,
            verb,
            by: "dana".into(),
            at: self.now,
            reason: Some("test".into()),
            seen: Seen::default(),
        });
    }

    pub fn ended(&self) -> Option<&Ended> {
        self.state.as_ref()?.ended.as_ref()
    }

    /// One second: the world moves, metrics are read every five, core decides, and what it asks is done.
    pub fn second(&mut self) {
        self.now = self.now + Duration::from_secs(1);
        self.controllers();
        self.traffic();
        let reading = self.now.millis() % 5_000 == 0;
        let batch = reading.then(|| self.read());
        if reading && !self.weather.metrics_down {
            self.read_at = Some(self.now);
        }
        // Answers to acts come back in the same second, and may call for more.
        self.turn(batch.as_ref());
        for _ in 0..4 {
            self.turn(None);
        }
    }

    pub fn run(&mut self, seconds: u32) -> &mut Self {
        for _ in 0..seconds {
            if self.ended().is_some() {
                break;
            }
            self.second();
        }
        self
    }

    /// Decides once more with nothing new: whether anything was decided.
    pub fn decides_again(&mut self) -> Option<String> {
        let view = self.view();
        let seen = Observation {
            view: &view,
            batch: None,
            commands: &[],
            outcomes: &[],
            attended: self.attended,
            journal_trouble: self.weather.journal_trouble,
            epoch: self.mark,
            lease_trouble: None,
        };
        let before = self.state.clone().unwrap();
        let Decision { state, effects, events, .. } = decide(&self.plan, before.clone(), seen, self.now);
        (state != before || !effects.is_empty() || !events.is_empty())
            .then(|| format!("{effects:?} {events:?} {:?} after {:?}", state.phase, before.phase))
    }

    /// What the fronts show of it now.
    pub fn picture(&mut self) -> Snapshot {
        let view = self.view();
        let frame = Frame {
            plan: &Arc::new(self.plan.clone()),
            state: self.state.as_ref().unwrap(),
            view: &view,
            metrics: self.metrics(),
            driver: crate::snapshots::driver("dana", true, self.now),
            log: &Default::default(),
            history: &Default::default(),
            answers: &Default::default(),
            journal: Default::default(),
            epoch: self.mark,
            sharing: Default::default(),
            attended: self.attended,
            read_only: false,
        };
        snapshot(&frame, self.now)
    }

    /// How the metrics source does, as the one who reads it would say.
    fn metrics(&self) -> Link {
        if !self.weather.metrics_down {
            return Link::Live { heard: self.now, revision: 1 };
        }
        let since = self.read_at.unwrap_or(self.now);
        Link::Lost { heard: self.read_at, since, retry: self.now, why: "connection refused".to_owned() }
    }

    /// Another engine goes on from what a journal keeps.
    pub fn resume(&mut self) {
        let kept = serde_json::to_string(&self.state).unwrap();
        let state: Option<State> = serde_json::from_str(&kept).unwrap();
        self.outcomes.clear();
        self.state = state.map(|state| state.woken(None, self.now));
    }

    /// Stable's owner brings the release's template.
    pub fn owner_rolls(&mut self) {
        self.rolled = true;
    }

    /// Whether stable has the release's template.
    pub fn is_rolled(&self) -> bool {
        self.rolled
    }

    /// Whether the Service is pinned.
    pub fn is_pinned(&self) -> bool {
        self.pinned
    }

    fn turn(&mut self, batch: Option<&Batch>) {
        let view = self.view();
        let commands = std::mem::take(&mut self.commands);
        let outcomes = std::mem::take(&mut self.outcomes);
        let seen = Observation {
            view: &view,
            batch,
            commands: &commands,
            outcomes: &outcomes,
            attended: self.attended,
            journal_trouble: self.weather.journal_trouble,
            lease_trouble: None,
            epoch: self.mark,
        };
        let state = self.state.take().unwrap();
        let Decision { state, effects, events, .. } = decide(&self.plan, state, seen, self.now);
        self.state = Some(state);
        self.events.extend(events.into_iter().map(|event| (self.now, event)));
        for act in effects {
            self.effects.push((self.now, act.clone()));
            let outcome = self.perform(&act);
            if !self.weather.no_answers {
                self.outcomes.push((act, outcome));
            }
        }
    }

    /// An act that had no answer is answered late: it was not done.
    pub fn was_not_done(&mut self, verb: ActVerb, why: &str) {
        let outcome = ActOutcome::Failed { kind: ActFault::Unreachable, why: why.to_owned() };
        self.outcomes.push((Act::on("checkout", verb), outcome));
    }

    fn perform(&mut self, act: &Act) -> ActOutcome {
        if self.weather.api_down {
            return ActOutcome::Failed { kind: ActFault::Unreachable, why: "connection refused".into() };
        }
        match &act.verb {
            ActVerb::Fence => {
                if let Some(kind) = self.weather.no_mark {
                    return ActOutcome::Failed { kind, why: "it cannot be marked".into() };
                }
                self.marked = Some(self.mark);
            }
            ActVerb::CreateCanary => self.canary = self.canary.or(Some(0)),
            ActVerb::ScaleCanary { replicas } => self.canary = Some(*replicas),
            ActVerb::DropOwner => self.owned = false,
            ActVerb::Pin { .. } => (self.pinned, self.was_pinned) = (true, true),
            ActVerb::Unpin { .. } => self.pinned = false,
            ActVerb::RollStable => (self.rolled, self.template_writer) = (true, None),
            ActVerb::RestoreStable => (self.rolled, self.template_writer) = (false, None),
            ActVerb::DeleteCanary => self.canary = None,
            ActVerb::CreateBaseline => self.baseline = self.baseline.or(Some(0)),
            ActVerb::ScaleBaseline { replicas } => self.baseline = Some(*replicas),
            ActVerb::DeleteBaseline => self.baseline = None,
            ActVerb::ClearMarks => {
                self.marked = None;
                if let Some(left) = self.weather.in_between.checked_sub(1) {
                    self.weather.in_between = left;
                    return ActOutcome::Failed { kind: ActFault::Conflict, why: "changed just then".into() };
                }
            }
            ActVerb::TakeOwner => {}
            ActVerb::RaiseHpa { min } => self.hpa = Some((*min, true)),
            ActVerb::RestoreHpa { min } => self.hpa = Some((*min, false)),
        }
        ActOutcome::Confirmed { wrote: true }
    }

    fn controllers(&mut self) {
        if self.weather.fight && !self.weather.api_down {
            self.pinned = false;
        }
        if self.weather.fight_back && self.was_pinned && !self.weather.api_down {
            self.pinned = true;
        }
        let wanted = self.canary.unwrap_or(0) as usize;
        let of_canary: Vec<String> = self.pods.iter().filter(|pod| pod.of_canary).map(|pod| pod.uid.clone()).collect();
        (of_canary.len()..wanted.min(self.weather.room.unwrap_or(wanted))).for_each(|_| self.add_pod(true, true));
        let gone: Vec<&String> = of_canary.iter().skip(wanted).collect();
        self.pods.retain(|pod| !gone.contains(&&pod.uid));
        let wanted = self.baseline.unwrap_or(0) as usize;
        let there = self.pods.iter().filter(|pod| pod.of_baseline).count();
        for _ in there..wanted {
            self.add_pod(false, false);
            self.pods.iter_mut().last().into_iter().for_each(|pod| pod.of_baseline = true);
        }
        let gone = self.pods.iter().filter(|pod| pod.of_baseline).skip(wanted).map(|pod| pod.uid.clone());
        let gone: Vec<String> = gone.collect();
        self.pods.retain(|pod| !gone.contains(&pod.uid));
        // A rolling update, one pod a second, that keeps the number of Ready pods.
        let rolled = self.rolled;
        let now = self.now;
        let n = self.replicas as usize;
        let right = self.pods.iter().filter(|pod| pod.of_stable() && pod.new == rolled).count();
        if right < n {
            self.add_pod(rolled, false);
        }
        let right_ready = self
            .pods
            .iter()
            .filter(|pod| pod.of_stable() && pod.new == rolled && now.since(pod.born) >= POD_START)
            .count();
        let wrong = self.leaving_first(|pod| pod.of_stable() && pod.new != rolled);
        let surplus = (right_ready + wrong.len()).saturating_sub(n);
        let mut spare = self.leaving_first(|pod| pod.of_stable() && pod.new == rolled);
        spare.truncate(right.saturating_sub(n));
        self.pods.retain(|pod| !spare.contains(&pod.uid));
        self.pods.retain(|pod| !wrong.iter().take(surplus).any(|uid| *uid == pod.uid));
    }

    /// Pods in the order in which a ReplicaSet takes them away: what is not Ready goes first, then the oldest.
    fn leaving_first(&self, of: impl Fn(&Pod) -> bool) -> Vec<String> {
        let mut pods: Vec<&Pod> = self.pods.iter().filter(|pod| of(pod)).collect();
        pods.sort_by_key(|pod| self.is_ready(pod));
        pods.into_iter().map(|pod| pod.uid.clone()).collect()
    }

    fn is_ready(&self, pod: &Pod) -> bool {
        let of_canary = self.pods.iter().filter(|pod| pod.of_canary);
        let thin = || of_canary.take(self.weather.canary_thin).any(|sick| sick.uid == pod.uid);
        let sick = match (pod.of_canary, pod.of_baseline) {
            (true, _) => self.weather.canary_sick || thin(),
            (_, true) => self.weather.baseline_sick,
            _ => self.weather.stable_sick,
        };
        self.now.since(pod.born) >= POD_START && !sick
    }

    fn traffic(&mut self) {
        let serving: Vec<usize> = (0..self.pods.len())
            .filter(|&i| self.is_ready(&self.pods[i]) && (!self.pinned || self.pods[i].of_canary))
            .collect();
        if serving.is_empty() {
            self.lost += self.rate;
        }
        for &i in &serving {
            let each = self.rate / serving.len() as f64;
            let old = self.weather.baseline_errors.filter(|_| self.pods[i].of_baseline);
            let old = old.unwrap_or(self.weather.stable_errors);
            let percent = if self.pods[i].new { self.weather.canary_errors } else { old };
            let bad = each * f64::from(percent) / 100.0;
            self.pods[i].bad += bad;
            self.pods[i].ok += each - bad;
        }
    }

    fn read(&self) -> Batch {
        let pods = self.pods.iter().map(|pod| {
            let sample = |name: &str, labels: &[(&str, &str)], value: f64| Sample {
                name: name.into(),
                labels: labels.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect(),
                value,
                at: self.now,
            };
            let all = (pod.ok + pod.bad).round();
            let down = || SourceFault { kind: FaultKind::Down, why: "connection refused".into() };
            let samples = vec![
                sample("http_requests_total", &[("path", "/"), ("status", "200")], pod.ok.round()),
                sample("http_requests_total", &[("path", "/"), ("status", "500")], pod.bad.round()),
                sample("http_request_duration_seconds_bucket", &[("le", "0.1"), ("path", "/")], all),
                sample("http_request_duration_seconds_bucket", &[("le", "+Inf"), ("path", "/")], all),
                sample("process_resident_memory_bytes", &[], 2e8),
            ];
            let dark = self.weather.baseline_dark && pod.of_baseline;
            PodSamples {
                pod: pod.uid.clone(),
                outcome: if self.weather.metrics_down || dark { Err(down()) } else { Ok(samples) },
            }
        });
        let answers = self.weather.answers.iter().map(|(rule, outcome)| Answered {
            rule: rule.clone(),
            workload: self.plan.workloads[0].name.clone(),
            outcome: outcome.clone(),
        });
        let (pods, answers) = (pods.collect(), answers.collect());
        Batch { at: self.now, source: "toy".into(), pods, answers, ..Batch::default() }
    }

    pub fn view(&mut self) -> ClusterView {
        if self.weather.api_down {
            let mut old = self.frozen_view.clone().unwrap_or_default();
            let lost = Link::Lost {
                heard: Some(self.now),
                since: self.now,
                retry: self.now,
                why: "connection refused".into(),
            };
            old.links.insert("pods".into(), lost);
            return old;
        }
        let ready: Vec<&Pod> =
            self.pods.iter().filter(|pod| self.is_ready(pod) && (!self.pinned || pod.of_canary)).collect();
        let set = |replicas: u32, template: TemplateOwner, rolled: bool| SetView {
            uid: "u".into(),
            replicas,
            template,
            observed: true,
            rolled,
            existing: replicas,
            owned: self.owned,
            epoch: self.marked.map(str::to_owned),
            ..SetView::default()
        };
        let n = self.replicas;
        let all_rolled =
            self.pods.iter().filter(|pod| pod.of_stable()).all(|pod| pod.new == self.rolled && self.is_ready(pod));
        let template = match &self.weather.foreign {
            Some(by) => TemplateOwner::Foreign(by.clone()),
            None if self.rolled => TemplateOwner::Release,
            None => TemplateOwner::Recorded,
        };
        let service = ServiceView {
            pinned: self.pinned,
            selector_writer: (self.weather.fight || self.weather.fight_back).then(|| "argocd-controller".to_owned()),
            ready: ready.iter().map(|pod| pod.uid.clone()).collect(),
            named: ready.iter().map(|pod| pod.uid.clone()).collect(),
            empty_port: None,
            epoch: self.marked.map(str::to_owned),
        };
        let pods = self.pods.iter().map(|pod| self.pod_view(pod)).collect();
        let workload = WorkloadView {
            stable: (!self.weather.deleted)
                .then(|| SetView { template_writer: self.template_writer.clone(), ..set(n, template, all_rolled) }),
            canary: self.canary.map(|replicas| set(replicas, TemplateOwner::Release, true)),
            foreign_canary: None,
            baseline: self.baseline.map(|replicas| set(replicas, TemplateOwner::Recorded, true)),
            pods,
            services: BTreeMap::from([("checkout".into(), service)]),
            hpa: self.hpa.map(|(min, raised)| HpaView { min, max: 20, raised }),
        };
        let view = ClusterView {
            links: BTreeMap::from([("pods".into(), Link::Live { heard: self.now, revision: 1 })]),
            workloads: BTreeMap::from([("checkout".into(), workload)]),
            events: Vec::new(),
        };
        self.frozen_view = Some(view.clone());
        view
    }

    fn pod_view(&self, pod: &Pod) -> PodView {
        let track = match (pod.of_canary, pod.new) {
            _ if pod.of_baseline => Track::Baseline,
            (true, _) => Track::Canary,
            (false, _) if self.weather.foreign.is_some() => Track::Other,
            (false, true) => Track::Rolled,
            (false, false) => Track::Stable,
        };
        let ready = self.is_ready(pod);
        let first_canary = self.pods.iter().find(|other| other.of_canary).is_some_and(|first| first.uid == pod.uid);
        let past = self.weather.canary_past.filter(|_| first_canary);
        PodView {
            uid: pod.uid.clone(),
            name: pod.uid.clone(),
            track,
            ready,
            ready_since: Some(pod.born + POD_START),
            created: pod.born,
            terminating: false,
            restarts: past.map_or(0, |(_, restarts, _)| restarts),
            oom_kills: past.map_or(0, |(_, _, kills)| kills),
            reason: past.map_or(if ready { "Running" } else { "ContainerCreating" }, |(reason, ..)| reason).into(),
            message: None,
            node: None,
            ip: Some("10.0.0.1".into()),
            image_ids: [("app".into(), pod.image.into())].into_iter().collect(),
            memory_limit: Some(1 << 30),
            set: String::new(),
            containers: Vec::new(),
        }
    }

    /// Somebody else gives stable the new template.
    pub fn somebody_rolls(&mut self) {
        self.rolled = true;
        self.template_writer = Some("kubectl-set".to_owned());
    }

    /// Somebody else gives stable its old template back.
    pub fn somebody_undoes(&mut self) {
        self.rolled = false;
    }

    /// How many pods the baseline shall have; `None`: there is none.
    pub fn baseline_wanted(&self) -> Option<u32> {
        self.baseline
    }

    pub fn canary_wanted(&self) -> u32 {
        self.canary.unwrap_or(0)
    }

    pub fn is_clean(&self) -> bool {
        self.canary.is_none()
            && self.baseline.is_none()
            && !self.pinned
            && self.marked.is_none()
            && self.hpa.is_none_or(|(_, raised)| !raised)
    }
}
