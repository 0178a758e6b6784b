//! What the engines of the model see: the objects as watches show them, late at times, and what pods count.

use super::*;

impl World {
    pub(super) fn view(&self) -> ClusterView {
        let plan = &self.plan.workloads[0];
        let object = |kind: &str, name: &str| self.server.objects.get(&spot(kind, name));
        let epoch =
            |object: &Value| object["metadata"]["annotations"]["glidepath.dev/epoch"].as_str().map(str::to_owned);
        let set = |object: &Value| {
            let template = &object["spec"]["template"];
            let rolled = template["metadata"]["labels"] == plan.canary_template["metadata"]["labels"]
                && template["spec"] == plan.canary_template["spec"];
            SetView {
                uid: object["metadata"]["uid"].as_str().unwrap_or_default().to_owned(),
                replicas: replicas(object) as u32,
                template: if rolled { TemplateOwner::Release } else { TemplateOwner::Recorded },
                observed: true,
                rolled: true,
                existing: replicas(object) as u32,
                going_back: object["metadata"]["annotations"]["glidepath.dev/going-back"].is_string(),
                owned: object["metadata"]["ownerReferences"].as_array().is_some_and(|owners| !owners.is_empty()),
                epoch: epoch(object),
                ..SetView::default()
            }
        };
        let stable = object("Deployment", "checkout").map(set);
        let canary = object("Deployment", "checkout-canary").map(set);
        let baseline = plan.baseline.as_ref().and_then(|name| object("Deployment", name)).map(set);
        let new = stable.as_ref().is_some_and(|stable| stable.template == TemplateOwner::Release);
        let track = if new { Track::Rolled } else { Track::Stable };
        let mut pods: Vec<PodView> = (0..N).map(|number| pod(&format!("{track:?}-{number}"), track)).collect();
        let canaries = canary.as_ref().map_or(0, |canary| canary.replicas);
        pods.extend((0..canaries).map(|number| pod(&format!("canary-{number}"), Track::Canary)));
        let fresh = baseline.as_ref().map_or(0, |baseline| baseline.replicas);
        pods.extend((0..fresh).map(|number| pod(&format!("baseline-{number}"), Track::Baseline)));
        let service = object("Service", "checkout").cloned().unwrap_or_default();
        let pinned = is_pinned(&service);
        let ready: Vec<String> =
            pods.iter().filter(|pod| !pinned || pod.track == Track::Canary).map(|pod| pod.uid.clone()).collect();
        let service = ServiceView {
            pinned,
            selector_writer: None,
            ready: ready.clone(),
            named: ready,
            empty_port: None,
            epoch: epoch(&service),
        };
        let workload = WorkloadView {
            stable,
            canary,
            baseline,
            pods: pods.into(),
            services: BTreeMap::from([("checkout".to_owned(), service)]),
            hpa: object("HorizontalPodAutoscaler", "checkout").map(autoscaler),
            ..WorkloadView::default()
        };
        ClusterView {
            links: BTreeMap::from([("pods".to_owned(), Link::Live { heard: Time::default(), revision: 1 })]),
            workloads: BTreeMap::from([("checkout".to_owned(), workload)]),
            events: Vec::new(),
        }
    }

    /// A watch shows what was, up to three seconds ago while there are faults; or nothing new.
    pub(super) fn lagging_view(&mut self, now: Time) -> Option<ClusterView> {
        if self.now < CALM && self.dice.chance(25) {
            return None;
        }
        let lag = if self.now < CALM && self.dice.chance(30) { self.dice.roll(3_000) } else { 20 };
        let seen = self.now.saturating_sub(lag);
        let newest = self.views.iter().rev().find(|(at, _)| *at <= seen).map(|(_, view)| view.clone());
        let mut view = newest.unwrap_or_else(|| self.view());
        if let Some(link) = view.links.get_mut("pods") {
            *link = Link::Live { heard: now, revision: 1 };
        }
        Some(view)
    }

    pub(super) fn batch(&self, now: Time) -> Batch {
        let view = self.view();
        let pods = view.workloads.values().flat_map(|workload| &workload.pods);
        let each = self.now as f64 / 20.0;
        let pods = pods.map(|pod| {
            let bad = if pod.track.is_new() && self.canary_is_bad { each / 4.0 } else { 0.0 };
            let sample = |status: &str, value: f64| Sample {
                name: "http_requests_total".into(),
                labels: [("path".to_owned(), "/".to_owned()), ("status".to_owned(), status.to_owned())]
                    .into_iter()
                    .collect(),
                value: value.round(),
                at: now,
            };
            PodSamples { pod: pod.uid.clone(), outcome: Ok(vec![sample("200", each - bad), sample("500", bad)]) }
        });
        Batch { at: now, source: "model".into(), pods: pods.collect(), ..Batch::default() }
    }
}

pub(super) fn plan() -> Plan {
    let mut plan = crate::toy::plan(N, &[20, 100], 3);
    let template = |image: &str| serde_json::json!({"metadata": {"labels": {"app": "checkout"}}, "spec": {"containers": [{"name": "app", "image": image}]}});
    plan.workloads[0].stable_template = template("r/checkout:1.7.4");
    plan.workloads[0].canary_template = template("r/checkout:1.8.0");
    plan.workloads[0].services =
        vec![ServicePlan { name: "checkout".into(), settle: Duration::from_secs(2), settle_why: None }];
    plan.rules.truncate(1);
    for rule in &mut plan.rules {
        rule.judge.interval = Duration::from_secs(1);
        rule.judge.min_requests = Some(50);
        rule.judge.freshness = Duration::from_secs(10);
    }
    plan.scrape = Duration::from_secs(1);
    plan.limits.verify = Duration::from_secs(2);
    plan.limits.proof = Duration::from_secs(20);
    plan.hash = plan.seal();
    plan
}

/// The same plan with an autoscaler whose minimum is raised for the flight.
pub(super) fn with_autoscaler(mut plan: Plan) -> Plan {
    plan.workloads[0].hpa = Some(HpaPlan { name: "checkout".into(), min: N / 2, max: 2 * N, raise: true });
    plan.hash = plan.seal();
    plan
}

fn autoscaler(object: &Value) -> HpaView {
    let bound = |name: &str| object["spec"][name].as_u64().unwrap_or_default() as u32;
    let raised = object["metadata"]["annotations"]["glidepath.dev/min-replicas"].is_string();
    HpaView { min: bound("minReplicas"), max: bound("maxReplicas"), raised }
}

fn pod(uid: &str, track: Track) -> PodView {
    PodView {
        uid: uid.to_owned(),
        name: uid.to_owned(),
        track,
        ready: true,
        ready_since: Some(Time::default()),
        created: Time::default(),
        terminating: false,
        restarts: 0,
        oom_kills: 0,
        reason: "Running".into(),
        message: None,
        node: None,
        ip: Some("10.0.0.1".into()),
        image_ids: Default::default(),
        memory_limit: None,
        containers: Default::default(),
        set: Default::default(),
    }
}
