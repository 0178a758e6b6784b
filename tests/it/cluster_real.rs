//! The adapter against a real API server: what we rest on is true there.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use glidepath::cluster::{self, Connection, KubeCluster, Target};
use glidepath::core::act::{Act, ActFault, ActOutcome, ActVerb};
use glidepath::core::plan::{Finish, Kind, Limits, OnHoldLimit, Plan, Step};
use glidepath::core::problem::Problem;
use glidepath::core::request::{Request, WorkloadRequest};
use glidepath::core::signal::Signals;
use glidepath::core::time::Time;
use glidepath::core::view::{ClusterView, Link, TemplateOwner, Track, WorkloadView};
use glidepath::engine::clock::{Clock, SystemClock};
use glidepath::engine::port::Cluster;
use kube::core::WatchEvent;
use serde_json::{Value, json};

use crate::control_plane::{self, Api, SOON, kubelet, until};

fn deployment(name: &str, replicas: u32) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
        "spec": {
            "replicas": replicas, "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": {"terminationGracePeriodSeconds": 0, "containers": [
                {"name": name, "image": "registry.example/web:1.0.0", "ports": [{"name": "http", "containerPort": 8080}]}]}},
        },
    })
}

fn service(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
           "spec": {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": "http"}]}})
}

pub fn deployments(connection: &Connection) -> String {
    format!("/apis/apps/v1/namespaces/{}/deployments", connection.namespace)
}

fn services(connection: &Connection) -> String {
    format!("/api/v1/namespaces/{}/services", connection.namespace)
}

pub fn request(name: &str, image: &str) -> Request {
    let images = vec![(None, image.to_owned())];
    Request {
        id: None,
        application: name.to_owned(),
        production: false,
        version: None,
        workloads: vec![WorkloadRequest { name: name.to_owned(), images, ..WorkloadRequest::default() }],
        steps: vec![Step { weight: 100, soak: Duration::ZERO, approval: false }],
        rules: Vec::new(),
        signals: Signals::default(),
        limits: Limits::default(),
        scrape: Duration::from_secs(5),
        prometheus: None,
        finish: Finish::Roll,
        on_hold_limit: OnHoldLimit::Hold,
        cost: None,
        raise_hpa: true,
        allow_recreate: false,
        settle: Duration::from_secs(60),
        baseline: false,
    }
}

fn now() -> Time {
    SystemClock::start().now()
}

/// A JSON patch whose `test` fails is answered 422 about no object, one that would make the object invalid 422 about it.
#[tokio::test]
async fn patches_tests_and_preconditions_are_as_we_rest_on() {
    let Some(server) = control_plane::any() else { return };
    let connection = server.connect().await;
    let api = Api::of(&connection);
    let web = api.create(&deployments(&connection), &deployment("web", 0)).await;
    let path = format!("{}/web", deployments(&connection));

    let (code, reason, message) = api
        .patch(
            &path,
            json!([{"op": "test", "path": "/metadata/resourceVersion", "value": "1"},
                             {"op": "replace", "path": "/spec/replicas", "value": 1}]),
        )
        .await
        .expect_err("the test fails");
    assert_eq!((code, reason.as_str()), (422, "Invalid"));
    assert!(!message.contains("web"), "it names no object: {message}");

    let invalid = json!([{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": ""}]);
    let (code, _, message) = api.patch(&path, invalid).await.expect_err("it is invalid");
    assert!(code == 422 && message.contains("\"web\" is invalid"), "{code}: {message}");

    let dry = format!("{path}?dryRun=All&fieldManager=glidepath");
    let tried =
        api.patch(&dry, json!([{"op": "replace", "path": "/spec/replicas", "value": 7}])).await.expect("admitted");
    assert_eq!(tried["spec"]["replicas"], 7);
    assert_eq!(api.get(&path).await.expect("it is there")["spec"]["replicas"], 0);

    let options = |uid: &Value, version: &str| json!({"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": uid, "resourceVersion": version}});
    let wrong_uid = options(&json!("another"), web["metadata"]["resourceVersion"].as_str().unwrap());
    let conflict = api.send("DELETE", &path, "application/json", &wrong_uid).await.expect_err("another UID");
    assert_eq!((conflict.0, conflict.1.as_str()), (409, "Conflict"));
    let old = api.send("DELETE", &path, "application/json", &options(&web["metadata"]["uid"], "1")).await;
    assert_eq!(old.expect_err("another revision").0, 409);
}

/// The API server records by field manager who wrote a selector.
#[tokio::test]
async fn managed_fields_name_the_writer_of_a_selector() {
    let Some(server) = control_plane::any() else { return };
    let connection = server.connect().await;
    let api = Api::of(&connection);
    api.create(&format!("{}?fieldManager=argocd-controller", services(&connection)), &service("web")).await;
    let path = format!("{}/web?fieldManager=glidepath", services(&connection));
    let pin = json!([{"op": "add", "path": "/spec/selector/glidepath.dev~1track", "value": "canary"}]);
    let pinned = api.patch(&path, pin).await.expect("it is pinned");
    // A selector is one field: whoever changes any key of it owns it whole.
    assert_eq!(owners(&pinned), ["glidepath"]);
    let path = format!("{}/web?fieldManager=argocd-controller", services(&connection));
    let back =
        api.merge(&path, json!({"spec": {"selector": {"glidepath.dev/track": null}}})).await.expect("it is put back");
    assert_eq!(owners(&back), ["argocd-controller"]);
}

/// Who owns the selector.
fn owners(service: &Value) -> Vec<String> {
    let entries = service["metadata"]["managedFields"].as_array().expect("entries");
    let owning = entries.iter().filter(|entry| !entry["fieldsV1"]["f:spec"]["f:selector"].is_null());
    owning.filter_map(|entry| Some(entry["manager"].as_str()?.to_owned())).collect()
}

/// Who we are and what we may is answered by the server.
#[tokio::test]
async fn the_server_says_who_we_are_and_refuses_what_we_may_not() {
    let Some(server) = control_plane::any() else { return };
    let connection = server.connect().await;
    assert!(!connection.user.is_empty());
    let wrong =
        Target { kubeconfig: Some(server.kubeconfig.clone()), context: Some("nowhere".into()), namespace: None };
    let problem = cluster::connect(wrong).await.err().expect("no such context");
    assert_eq!(problem.exit_code(), 2);

    let mut nobody = connection.clone();
    nobody.client = impersonating(&server.kubeconfig, "nobody").await;
    cluster::introduce(&mut nobody).await.expect("an answer");
    assert_eq!(nobody.user, "nobody");
    let refused = cluster::plan(&nobody, request("web", "web:2"), now()).await.expect_err("nobody may nothing");
    assert_eq!(refused.exit_code(), 2);
    assert!(
        refused.what.contains("nobody may not get deployments.apps") && refused.what.contains("patch services"),
        "{refused}"
    );
}

pub async fn impersonating(kubeconfig: &std::path::Path, user: &str) -> kube::Client {
    let read = kube::config::Kubeconfig::read_from(kubeconfig).expect("a kubeconfig");
    let mut config = kube::Config::from_custom_kubeconfig(read, &Default::default()).await.expect("a configuration");
    config.auth_info.impersonate = Some(user.to_owned());
    kube::Client::try_from(config).expect("a client")
}

/// A watch with bookmarks says how far it is, at the latest before it ends.
#[tokio::test]
async fn watches_bring_bookmarks() {
    let Some(server) = control_plane::any() else { return };
    let connection = server.connect().await;
    let api = Api::of(&connection);
    let listed = api.get(&services(&connection)).await.expect("a list");
    let version = listed["metadata"]["resourceVersion"].as_str().expect("a revision");
    let uri = format!(
        "{}?watch=1&allowWatchBookmarks=true&timeoutSeconds=6&resourceVersion={version}",
        services(&connection)
    );
    let request = http::Request::get(uri).body(Vec::new()).expect("a request");
    let watch = api.client.request_events::<Value>(request).await.expect("it begins");
    // A server that has just begun has nothing to say of a kind before its first change.
    api.create(&services(&connection), &service("web")).await;
    let events: Vec<_> = watch.collect().await;
    let [first, .., last] = events.as_slice() else { panic!("{events:?}") };
    assert!(matches!(first, Ok(WatchEvent::Added(_))), "{first:?}");
    assert!(matches!(last, Ok(WatchEvent::Bookmark(_))), "{last:?}");
}

pub struct Flight {
    pub plan: Arc<Plan>,
    cluster: Arc<KubeCluster>,
}

impl Flight {
    pub fn begin(connection: &Connection, plan: Plan) -> Self {
        let plan = Arc::new(plan);
        let cluster = KubeCluster::start(connection.clone(), Arc::clone(&plan), Arc::new(SystemClock::start()));
        Self { plan, cluster }
    }

    pub async fn act(&self, verb: ActVerb) -> ActOutcome {
        self.cluster.perform(Arc::clone(&self.plan), Act::on(&self.plan.workloads[0].name, verb)).await
    }

    /// Performs it until it is done: conflicts with controllers are met as the engine meets them.
    pub async fn done(&self, verb: ActVerb) {
        let began = std::time::Instant::now();
        loop {
            match self.act(verb.clone()).await {
                ActOutcome::Confirmed { .. } => return,
                other => assert!(began.elapsed() < SOON, "{verb:?}: {other:?}"),
            }
        }
    }

    pub async fn sees(&self, what: &str, holds: impl Fn(&WorkloadView) -> bool) -> Arc<ClusterView> {
        let name = &self.plan.workloads[0].name;
        let mut view = self.cluster.view();
        let seen = tokio::time::timeout(SOON, view.wait_for(|view| view.workloads.get(name).is_some_and(&holds))).await;
        match seen {
            Ok(seen) => Arc::clone(&seen.expect("the cluster is watched")),
            Err(_) => panic!("not seen in time: {what}: {:#?}", self.cluster.view().borrow()),
        }
    }
}

fn ready(view: &WorkloadView, track: Track) -> usize {
    view.pods.iter().filter(|pod| pod.track == track && pod.ready).count()
}

pub fn serves(view: &WorkloadView, service: &str, track: Track) -> bool {
    let Some(service) = view.services.get(service) else { return false };
    let tracks = service.ready.iter().map(|uid| view.pods.iter().find(|pod| &pod.uid == uid).map(|pod| pod.track));
    let tracks: Vec<_> = tracks.collect();
    !tracks.is_empty() && tracks.iter().all(|found| *found == Some(track))
}

pub async fn stand_up(connection: &Connection, name: &str, replicas: u32) {
    let api = Api::of(connection);
    api.create(&services(connection), &service(name)).await;
    api.create(&deployments(connection), &deployment(name, replicas)).await;
    is_up(connection, name, replicas).await;
}

/// Waits until every pod is of the newest template and Ready.
async fn is_up(connection: &Connection, name: &str, replicas: u32) {
    let (api, path) = (Api::of(connection), format!("{}/{name}", deployments(connection)));
    until("the Deployment is up", async || {
        let found = api.get(&path).await.unwrap_or_default();
        let status = &found["status"];
        let all =
            ["replicas", "updatedReplicas", "readyReplicas"].iter().all(|count| status[*count] == json!(replicas));
        all && status["observedGeneration"] == found["metadata"]["generation"]
    })
    .await;
}

pub async fn plan(connection: &Connection, request: Request) -> Result<Plan, Problem> {
    cluster::plan(connection, request, now()).await
}

/// Every act of a whole flight, each seen in the picture before the next.
#[tokio::test]
async fn a_release_flies_through_every_act() {
    let Some(kubeconfig) = control_plane::with_controllers() else { return };
    let connection = control_plane::ApiServer::named(kubeconfig).connect().await;
    let pods = kubelet(&connection);
    stand_up(&connection, "web", 3).await;
    let plan = plan(&connection, request("web", "registry.example/web:2.0.0")).await.expect("a plan");
    assert_eq!((plan.from.as_str(), plan.to.as_str()), ("1.0.0", "2.0.0"));
    assert_eq!(plan.workloads[0].services.len(), 1);
    let flight = Flight::begin(&connection, plan);
    flight.sees("stable serves", |view| serves(view, "web", Track::Stable) && ready(view, Track::Stable) == 3).await;

    flight.done(ActVerb::Fence).await;
    let mark = format!("{}/1", flight.plan.release);
    let marked = |epoch: &Option<String>| epoch.as_deref() == Some(mark.as_str());
    flight
        .sees("the marks", |view| {
            view.stable.as_ref().is_some_and(|set| marked(&set.epoch))
                && view.services.values().all(|s| marked(&s.epoch))
        })
        .await;
    flight.done(ActVerb::CreateCanary).await;
    flight.sees("an empty canary", |view| view.canary.as_ref().is_some_and(|set| set.replicas == 0 && set.owned)).await;
    assert_eq!(flight.act(ActVerb::CreateCanary).await, ActOutcome::Confirmed { wrote: false });
    flight.done(ActVerb::ScaleCanary { replicas: 3 }).await;
    let view = flight.sees("canary pods", |view| ready(view, Track::Canary) == 3).await;
    assert!(view.links.values().all(|link| matches!(link, Link::Live { .. })), "{:?}", view.links);
    flight.sees("canary endpoints", |view| view.services["web"].ready.len() == 6).await;

    flight.done(ActVerb::DropOwner).await;
    flight.sees("no owner", |view| view.canary.as_ref().is_some_and(|set| !set.owned)).await;
    flight.done(ActVerb::Pin { service: "web".into() }).await;
    flight.sees("a pin", |view| view.services["web"].pinned && serves(view, "web", Track::Canary)).await;

    flight.done(ActVerb::RollStable).await;
    flight
        .sees("stable rolled", |view| {
            let stable = view.stable.as_ref().expect("stable");
            stable.template == TemplateOwner::Release && stable.rolled && ready(view, Track::Rolled) == 3
        })
        .await;
    flight.done(ActVerb::Unpin { service: "web".into() }).await;
    flight.sees("no pin", |view| !view.services["web"].pinned).await;
    flight.done(ActVerb::DeleteCanary).await;
    flight.sees("no canary", |view| view.canary.is_none() && ready(view, Track::Canary) == 0).await;
    flight.done(ActVerb::ClearMarks).await;
    flight.sees("no marks", |view| view.stable.as_ref().is_some_and(|set| set.epoch.is_none())).await;

    let api = Api::of(&connection);
    let left = api.get(&format!("{}/web", services(&connection))).await.expect("the Service");
    assert_eq!(left["spec"]["selector"], json!({"app": "web"}));
    for path in [
        deployments(&connection),
        services(&connection),
        deployments(&connection).replace("deployments", "replicasets"),
    ] {
        let all = api.get(&path).await.expect("a list").to_string();
        let ours: Vec<&str> = all.match_indices("glidepath.dev/").map(|(at, _)| &all[at..at + 24]).collect();
        // Field managers keep a memory of keys that were once there only for as long as they own one.
        assert!(ours.is_empty(), "{path}: {ours:?}");
    }
    pods.abort();
}

/// A rollback in the middle of *finish*: the recorded template comes back, and stable's pods are stable's again.
#[tokio::test]
async fn stable_comes_back_and_the_objects_alone_know_how() {
    let Some(kubeconfig) = control_plane::with_controllers() else { return };
    let connection = control_plane::ApiServer::named(kubeconfig).connect().await;
    let pods = kubelet(&connection);
    stand_up(&connection, "web", 2).await;
    let flight = Flight::begin(
        &connection,
        plan(&connection, request("web", "registry.example/web:2.0.0")).await.expect("a plan"),
    );
    flight.sees("stable", |view| ready(view, Track::Stable) == 2).await;
    for verb in [ActVerb::Fence, ActVerb::CreateCanary, ActVerb::ScaleCanary { replicas: 2 }] {
        flight.done(verb).await;
    }
    flight.sees("canary pods", |view| ready(view, Track::Canary) == 2).await;
    flight.done(ActVerb::Pin { service: "web".into() }).await;
    flight.done(ActVerb::RollStable).await;
    flight.sees("rolled pods", |view| ready(view, Track::Rolled) > 0).await;

    // Somebody comes who has nothing but the cluster.
    let recovered = cluster::recover(&connection, "web").await.expect("the marks are read").expect("it flies");
    assert_eq!((&recovered.release, &recovered.hash), (&flight.plan.release, &flight.plan.hash));
    assert_eq!(recovered.workloads, flight.plan.workloads);
    let again =
        plan(&connection, request("web", "registry.example/web:2.0.0")).await.expect("the same release is resumed");
    assert_eq!(again.release, flight.plan.release);
    let other = plan(&connection, request("web", "registry.example/web:3.0.0")).await.expect_err("another has to wait");
    assert_eq!(other.exit_code(), 5);

    let rescue = Flight::begin(&connection, recovered);
    rescue.done(ActVerb::RestoreStable).await;
    rescue.sees("stable pods", |view| ready(view, Track::Stable) == 2).await;
    rescue.done(ActVerb::Unpin { service: "web".into() }).await;
    rescue.sees("stable serves", |view| !view.services["web"].pinned && view.services["web"].ready.len() >= 2).await;
    rescue.done(ActVerb::ScaleCanary { replicas: 0 }).await;
    rescue.done(ActVerb::DeleteCanary).await;
    rescue.sees("no canary", |view| view.canary.is_none()).await;
    rescue.done(ActVerb::ClearMarks).await;
    pods.abort();
}

/// A driver whose epoch was raised by another cannot land one more write, and says why.
#[tokio::test]
async fn a_driver_that_slept_is_fenced_off() {
    let Some(kubeconfig) = control_plane::with_controllers() else { return };
    let connection = control_plane::ApiServer::named(kubeconfig).connect().await;
    let pods = kubelet(&connection);
    stand_up(&connection, "web", 1).await;
    let plan = plan(&connection, request("web", "registry.example/web:2.0.0")).await.expect("a plan");
    let (slow, quick) = (Flight::begin(&connection, plan.clone()), Flight::begin(&connection, plan));
    slow.done(ActVerb::Fence).await;
    slow.done(ActVerb::CreateCanary).await;
    quick.cluster.fence().raise(2);
    quick.done(ActVerb::Fence).await;
    for verb in [
        ActVerb::Fence,
        ActVerb::ScaleCanary { replicas: 1 },
        ActVerb::DropOwner,
        ActVerb::Pin { service: "web".into() },
        ActVerb::RollStable,
        ActVerb::DeleteCanary,
        ActVerb::ClearMarks,
    ] {
        let outcome = slow.act(verb.clone()).await;
        assert!(matches!(outcome, ActOutcome::Failed { kind: ActFault::Fenced, .. }), "{verb:?}: {outcome:?}");
    }
    assert_eq!(quick.act(ActVerb::ScaleCanary { replicas: 1 }).await, ActOutcome::Confirmed { wrote: true });
    pods.abort();
}

/// With nothing flying, the way back goes to the version before, beside what serves.
#[tokio::test]
async fn what_was_promoted_yesterday_can_be_taken_back() {
    let Some(kubeconfig) = control_plane::with_controllers() else { return };
    let connection = control_plane::ApiServer::named(kubeconfig).connect().await;
    let pods = kubelet(&connection);
    stand_up(&connection, "web", 2).await;
    let nothing = cluster::earlier(&connection, "web", None, now()).await.expect_err("nothing is earlier");
    assert_eq!(nothing.exit_code(), 5);
    let unknown = cluster::earlier(&connection, "wab", None, now()).await.expect_err("no such Deployment");
    assert!(unknown.to_string().contains("did you mean web?"), "{unknown}");

    // Creation times are whole seconds: an older ReplicaSet must be a second older.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let api = Api::of(&connection);
    let path = format!("{}/web", deployments(&connection));
    let image = json!([{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "registry.example/web:2.0.0"}]);
    api.patch(&path, image).await.expect("it is changed");
    is_up(&connection, "web", 2).await;
    let plan = cluster::earlier(&connection, "web", None, now()).await.expect("version 1 is earlier");
    assert_eq!((plan.kind, plan.from.as_str(), plan.to.as_str()), (Kind::Restore, "2.0.0", "1.0.0"), "{:?}", plan.told);
    assert_eq!(plan.workloads[0].images.len(), 1);
    let flight = Flight::begin(&connection, plan);
    let view = flight.sees("the bad version's pods", |view| ready(view, Track::Stable) == 2).await;
    assert_eq!(view.workloads["web"].stable.as_ref().map(|set| &set.template), Some(&TemplateOwner::Recorded));
    pods.abort();
}
