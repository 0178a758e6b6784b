use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::*;
use crate::cluster::plan::tests::flight;
use crate::cluster::watch::{Kept, News};
use crate::core::view::{PodView, TemplateOwner, Track};

/// A namespace in the middle of a flight, as JSON of the API: change it, then look at the picture.
struct Namespace {
    store: Store,
    plan: Plan,
}

impl Namespace {
    fn new() -> Self {
        let mut namespace = Self { store: Store::default(), plan: flight() };
        namespace.put(deployment("web", "d-1", "web:1", json!({})));
        let ours =
            json!({"annotations": {marks::RELEASE: "r1", marks::EPOCH: "r1/1"}, "ownerReferences": [{"uid": "d-1"}]});
        namespace.put(deployment("web-canary", "d-2", "web:2", ours));
        namespace.put(replica_set("rs-1", "d-1", "web:1"));
        namespace.put(replica_set("rs-2", "d-2", "web:2"));
        namespace
    }

    fn put(&mut self, (kind, object): (&str, Value)) {
        fn read<T: DeserializeOwned>(object: Value) -> T {
            serde_json::from_value(object).expect("an object of the API")
        }
        fn take<T: Kept>(store: &mut Store, object: Value) {
            store.take::<T>(&Arc::from("test"), News::Put(vec![read::<T>(object).keep()]));
        }
        match kind {
            "Deployment" => take::<Deployment>(&mut self.store, object),
            "ReplicaSet" => take::<crate::cluster::seen::ReplicaSet>(&mut self.store, object),
            "Pod" => take::<crate::cluster::seen::Pod>(&mut self.store, object),
            "Service" => take::<Service>(&mut self.store, object),
            "EndpointSlice" => take::<crate::cluster::seen::EndpointSlice>(&mut self.store, object),
            "Event" => take::<crate::cluster::seen::Event>(&mut self.store, object),
            other => panic!("no {other} here"),
        }
    }

    fn look(&mut self) -> WorkloadView {
        assemble(&mut self.store, &self.plan).workloads.remove("web").expect("the workload")
    }

    fn pod(&mut self, owner: &str, change: Value) -> PodView {
        self.put(pod("p-1", owner, change));
        self.seen().expect("it is one of ours")
    }

    fn seen(&mut self) -> Option<PodView> {
        self.look().pods.iter().find(|pod| pod.uid == "p-1").map(|pod| PodView::clone(pod))
    }

    fn track(&mut self, owner: &str, change: Value) -> Option<Track> {
        self.put(pod("p-1", owner, change));
        self.seen().map(|pod| pod.track)
    }
}

fn template(image: &str) -> Value {
    json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": image}]}})
}

fn deployment(name: &str, uid: &str, image: &str, metadata: Value) -> (&'static str, Value) {
    let mut whole = json!({
        "metadata": {"name": name, "uid": uid, "generation": 1},
        "spec": {"replicas": 3, "template": template(image)},
        "status": {"observedGeneration": 1, "replicas": 3, "updatedReplicas": 3, "readyReplicas": 3},
    });
    json_patch::merge(&mut whole, &json!({"metadata": metadata}));
    ("Deployment", whole)
}

fn replica_set(uid: &str, owner: &str, image: &str) -> (&'static str, Value) {
    let mut template = template(image);
    template["metadata"]["labels"]["pod-template-hash"] = json!("64c");
    (
        "ReplicaSet",
        json!({
            "metadata": {"name": uid, "uid": uid, "ownerReferences": [{"kind": "Deployment", "uid": owner, "controller": true}]},
            "spec": {"template": template},
        }),
    )
}

fn pod(uid: &str, owner: &str, change: Value) -> (&'static str, Value) {
    let mut whole = json!({
        "metadata": {"name": uid, "uid": uid, "creationTimestamp": "2025-11-23T23:00:00Z",
                     "ownerReferences": [{"kind": "ReplicaSet", "uid": owner, "controller": true}]},
        "spec": {"nodeName": "n1", "containers": [{"resources": {"limits": {"memory": "128Mi"}}}]},
        "status": {"phase": "Running", "podIP": "10.1.0.1",
                   "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": "2025-11-23T23:00:09Z"}],
                   "containerStatuses": [{"name": "web", "imageID": "web@sha256:1", "restartCount": 1}]},
    });
    json_patch::merge(&mut whole, &change);
    ("Pod", whole)
}

#[test]
fn the_canary_of_another_workload_is_not_ours() {
    let mut namespace = Namespace::new();
    let labelled = |app: &str| {
        let (kind, mut set) = replica_set("rs-left", "d-gone", "web:2");
        set["spec"]["template"]["metadata"]["labels"] = json!({"app": app, marks::TRACK: marks::CANARY});
        (kind, set)
    };
    namespace.put(labelled("web"));
    assert_eq!(namespace.track("rs-left", json!({})), Some(Track::Canary), "our canary goes before its pods do");
    namespace.put(labelled("cart"));
    assert_eq!(namespace.track("rs-left", json!({})), None);
}

#[test]
fn pods_are_known_by_owner_and_template_never_by_name() {
    let mut namespace = Namespace::new();
    namespace.put(replica_set("rs-rolled", "d-1", "web:2"));
    namespace.put(replica_set("rs-foreign", "d-1", "web:3"));
    namespace.put(replica_set("rs-stranger", "d-9", "web:1"));
    for (owner, track) in [
        ("rs-1", Some(Track::Stable)),
        ("rs-2", Some(Track::Canary)),
        ("rs-rolled", Some(Track::Rolled)),
        ("rs-foreign", Some(Track::Other)),
        ("rs-stranger", None),
        ("rs-unknown", None),
    ] {
        assert_eq!(namespace.track(owner, json!({"metadata": {"name": "web-canary-x"}})), track, "{owner}");
    }
}

#[test]
fn a_canary_pod_is_still_one_when_its_owners_are_gone() {
    let mut namespace = Namespace::new();
    let labelled = json!({"metadata": {"labels": {"app": "web", marks::TRACK: "canary"}}});
    assert_eq!(namespace.track("rs-gone", labelled.clone()), Some(Track::Canary));
    let (kind, mut orphan) = replica_set("rs-orphan", "d-0", "web:2");
    orphan["spec"]["template"]["metadata"]["labels"][marks::TRACK] = json!("canary");
    namespace.put((kind, orphan));
    assert_eq!(namespace.track("rs-orphan", labelled.clone()), Some(Track::Canary));
    // Where somebody else's Deployment has the canary's name, the label proves nothing.
    namespace.put(deployment("web-canary", "d-2", "web:2", json!({"annotations": {marks::RELEASE: "r0"}})));
    assert_eq!(namespace.track("rs-gone", labelled.clone()), None);
    assert_eq!(namespace.track("rs-orphan", labelled), None);
}

#[test]
fn the_canary_of_another_workload_is_never_this_ones() {
    let mut namespace = Namespace::new();
    namespace.put(deployment("api-canary", "d-7", "api:2", json!({"annotations": {marks::RELEASE: "r1"}})));
    let (kind, mut set) = replica_set("rs-api", "d-7", "api:2");
    set["spec"]["template"]["metadata"]["labels"] = json!({"app": "api", marks::TRACK: "canary"});
    namespace.put((kind, set));
    let labelled = json!({"metadata": {"labels": {"app": "api", marks::TRACK: "canary"}}});
    assert_eq!(namespace.track("rs-api", labelled.clone()), None, "its owner lives");
    assert_eq!(namespace.track("rs-gone", labelled), None, "nobody is left, but its labels");
}

#[test]
fn a_baselines_pods_are_no_pods_of_stable() {
    let mut namespace = Namespace::new();
    let ours =
        json!({"annotations": {marks::RELEASE: "r1", marks::EPOCH: "r1/1"}, "ownerReferences": [{"uid": "d-1"}]});
    namespace.put(deployment("web-baseline", "d-3", "web:1", ours));
    namespace.put(replica_set("rs-3", "d-3", "web:1"));
    assert_eq!(namespace.track("rs-3", json!({})), None, "a release without a baseline does not know it");
    namespace.plan.workloads[0].baseline = Some("web-baseline".to_owned());
    assert_eq!(namespace.track("rs-3", json!({})), Some(Track::Baseline));
    let seen = namespace.look();
    assert!(seen.baseline.is_some_and(|baseline| baseline.owned && baseline.epoch.as_deref() == Some("r1/1")));
    let labelled = |track: &str| json!({"metadata": {"labels": {"app": "web", marks::TRACK: track}}});
    assert_eq!(
        namespace.track("rs-gone", labelled("baseline")),
        Some(Track::Baseline),
        "and so when its owners are gone"
    );
    assert_eq!(namespace.track("rs-gone", labelled("canary")), Some(Track::Canary));
    // Another release's, or somebody's: nothing of it is ours.
    namespace.put(deployment("web-baseline", "d-3", "web:1", json!({"annotations": {marks::RELEASE: "r0"}})));
    assert!(namespace.look().baseline.is_none());
    assert_eq!(namespace.track("rs-gone", labelled("baseline")), None);
}

#[test]
fn a_deployment_of_another_uid_or_release_is_foreign() {
    let mut namespace = Namespace::new();
    let seen = namespace.look();
    assert_eq!(seen.stable.map(|set| (set.uid, set.rolled)), Some(("d-1".into(), true)));
    assert!(seen.canary.is_some_and(|canary| canary.owned && canary.epoch.as_deref() == Some("r1/1")));
    namespace.plan.workloads[0].uid = "d-0".into();
    namespace.plan.release = "r2".into();
    let seen = namespace.look();
    assert!(seen.stable.is_none() && seen.canary.is_none());
    assert_eq!(seen.foreign_canary.as_deref(), Some("release r1"));
}

#[test]
fn a_foreign_template_names_its_writer() {
    let mut namespace = Namespace::new();
    let by_kubectl =
        json!({"managedFields": [{"manager": "kubectl-edit", "fieldsV1": {"f:spec": {"f:template": {}}}}]});
    namespace.put(deployment("web", "d-1", "web:9", by_kubectl));
    let owner = namespace.look().stable.map(|set| set.template);
    assert_eq!(owner, Some(TemplateOwner::Foreign("kubectl-edit".into())));
    namespace.put(deployment("web", "d-1", "web:2", json!({})));
    assert_eq!(namespace.look().stable.map(|set| set.template), Some(TemplateOwner::Release));
}

#[test]
fn a_pod_is_told_in_the_clusters_words() {
    let mut namespace = Namespace::new();
    let well = namespace.pod("rs-1", json!({}));
    assert!(well.ready && well.reason == "Running" && well.message.is_none() && well.restarts == 1);
    assert_eq!((well.memory_limit, well.node.as_deref()), (Some(128 << 20), Some("n1")));

    let container = |state: Value| json!({"status": {"conditions": [], "containerStatuses": [state]}});
    let crash = namespace.pod(
        "rs-1",
        container(json!({"restartCount": 4, "name": "web",
        "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 40s restarting failed container"}},
        "lastState": {"terminated": {"reason": "OOMKilled", "exitCode": 137}}})),
    );
    assert_eq!((crash.reason.as_str(), crash.oom_kills, crash.restarts), ("CrashLoopBackOff", 1, 4));
    assert_eq!(crash.message.as_deref(), Some("back-off 40s restarting failed container"));

    let unschedulable = namespace.pod("rs-1", json!({"status": {"phase": "Pending", "containerStatuses": null, "conditions": [
        {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes are available"}]}}));
    assert_eq!(
        (unschedulable.reason.as_str(), unschedulable.message.as_deref()),
        ("Pending", Some("0/3 nodes are available"))
    );

    let evicted =
        namespace.pod("rs-1", json!({"status": {"phase": "Failed", "reason": "Evicted", "message": "low on memory"}}));
    assert!(evicted.evicted() && evicted.reason == "Evicted");
    let drained =
        namespace.pod("rs-1", json!({"status": {"conditions": [{"type": "DisruptionTarget", "status": "True"}]}}));
    assert!(drained.evicted());
    let going = namespace.pod("rs-1", json!({"metadata": {"deletionTimestamp": "2025-11-23T23:01:00Z"}}));
    assert!(going.terminating && !going.ready);
}

#[test]
fn a_failing_probe_speaks_through_events() {
    let mut namespace = Namespace::new();
    for (uid, at, text) in
        [("e1", "23:01:00", "Readiness probe failed: 500"), ("e2", "23:02:00", "Readiness probe failed: 503\u{1b}[31m")]
    {
        namespace.put((
            "Event",
            json!({
                "metadata": {"uid": uid}, "involvedObject": {"kind": "Pod", "name": "p-1", "uid": "p-1"},
                "reason": "Unhealthy", "message": text, "type": "Warning", "lastTimestamp": format!("2025-11-23T{at}Z"),
            }),
        ));
    }
    let unready = namespace.pod("rs-1", json!({"status": {"conditions": [{"type": "Ready", "status": "False"}]}}));
    assert_eq!(unready.message.as_deref(), Some("Readiness probe failed: 503\\u{1b}[31m"));
    let events = assemble(&mut namespace.store, &namespace.plan).events;
    let texts: Vec<&str> = events.iter().map(|event| event.about.as_str()).collect();
    assert_eq!(texts, ["Pod/p-1", "Pod/p-1"]);
    assert!(events[0].at < events[1].at && events[0].warning);
}

#[test]
fn that_the_only_container_is_not_ready_yet_is_no_news_of_a_pod_that_starts() {
    let mut namespace = Namespace::new();
    let condition = |reason: &str| json!({"type": "Ready", "status": "False", "reason": reason, "message": "containers with unready status: [app]"});
    let one = json!([{"name": "app", "ready": false, "state": {"running": {}}}]);
    let two = json!([one[0], {"name": "proxy", "ready": true, "state": {"running": {}}}]);
    let mut says = |conditions: Value, containers: &Value| {
        let status = json!({"conditions": [conditions], "containerStatuses": containers});
        namespace.pod("rs-1", json!({"status": status})).message
    };
    assert_eq!(says(condition("ContainersNotReady"), &one), None);
    assert!(says(condition("ReadinessGatesNotReady"), &one).is_some());
    assert!(says(condition("ContainersNotReady"), &two).is_some(), "which of the two it is is news");
}

#[test]
fn quota_trouble_is_in_the_controllers_words() {
    let mut namespace = Namespace::new();
    let (kind, mut set) = replica_set("rs-2", "d-2", "web:2");
    set["status"] = json!({"conditions": [
        {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "exceeded quota: small"}]});
    namespace.put((kind, set));
    let seen = namespace.look();
    assert_eq!(seen.canary.and_then(|canary| canary.trouble).as_deref(), Some("exceeded quota: small"));
    assert_eq!(seen.stable.and_then(|stable| stable.trouble), None);
}

#[test]
fn a_service_shows_its_pin_its_writer_and_its_endpoints() {
    let mut namespace = Namespace::new();
    namespace.put(("Service", json!({
        "metadata": {"name": "web", "uid": "s-1", "annotations": {marks::EPOCH: "r1/1"}, "managedFields": [
            {"manager": "argocd-controller", "time": "2025-11-23T23:00:00Z", "fieldsV1": {"f:spec": {"f:selector": {}}}}]},
        "spec": {"selector": {"app": "web", marks::TRACK: "canary"}, "ports": [{"port": 80}]},
    })));
    namespace.put((
        "EndpointSlice",
        json!({
            "metadata": {"uid": "es-1", "labels": {"kubernetes.io/service-name": "web"}},
            "ports": [{"name": "", "port": 8080}],
            "endpoints": [{"conditions": {"ready": true}, "targetRef": {"kind": "Pod", "uid": "p-1"}}],
        }),
    ));
    let service = namespace.look().services.remove("web").expect("the Service");
    assert!(service.pinned && service.empty_port.is_none());
    assert_eq!((service.ready.as_slice(), service.epoch.as_deref()), (["p-1".to_owned()].as_slice(), Some("r1/1")));
    assert_eq!(service.selector_writer.as_deref(), Some("argocd-controller"));
}
