//! The world behind the embedded cluster: its controllers, its users, its faults.

mod determinism;
mod endpoints;
mod faults;
mod fleet;
mod garbage;
mod pods;
mod rollouts;
mod scenarios;
mod traffic;

use std::sync::Arc;
use std::time::Duration;

use glidepath::core::time::Time;
use glidepath::sim::backend::{Admission, Ask, Backend, PatchType, ProxyAnswer, ProxyAsk, User, Verb};
use glidepath::sim::kind::Kind;
use glidepath::sim::scenario::{self, Scenario};
use glidepath::sim::store::patch::Patch;
use glidepath::sim::store::write::{Key, Part};
use glidepath::sim::store::{Writer, delete::Deletion};
use glidepath::sim::world::World;
use serde_json::{Value, json};

const NS: &str = "shop";
const TRACK: &str = "glidepath.dev/track";
/// The selector's key for our pin, as JSON patch writes it.
const PIN: &str = "/spec/selector/glidepath.dev~1track";

/// A client of a world: it writes as one would through the API server, and lets time pass.
struct Client {
    world: World,
    start: Time,
}

impl Client {
    fn new(name: &str, seed: u64) -> Self {
        Self::of(&scenario::embedded(name).expect("a scenario"), seed)
    }

    fn of(scenario: &Scenario, seed: u64) -> Self {
        let start = Time::parse("2025-11-23T12:00:00Z").expect("a time");
        Self { world: World::new(scenario, seed, start, 0), start }
    }

    /// A world of a scenario that is written here; without faults unless it says so.
    fn told(text: &str, seed: u64) -> Self {
        let text = format!("summary = \"told by a test\"\n{text}\n[expect]\noutcome = \"promoted\"\nexit = 0\n");
        Self::of(&Scenario::parse("told", &text).expect("a scenario"), seed)
    }

    fn wait(&mut self, millis: u64) {
        self.world.advance_to(self.world.now() + Duration::from_millis(millis));
    }

    /// Lets time pass until something is so; the seconds that it took.
    fn until(&mut self, what: &str, seconds: u64, mut so: impl FnMut(&mut Self) -> bool) -> f64 {
        let from = self.world.now();
        while !so(self) {
            assert!(self.world.now().since(from).as_secs() < seconds, "{what}: not within {seconds} s");
            self.wait(50);
        }
        self.world.now().since(from).as_secs_f64()
    }

    fn ask(&self, verb: Verb, kind: Kind, name: &str, body: Value) -> Ask {
        Ask {
            verb,
            kind: Some(kind),
            namespace: NS.to_owned(),
            name: name.to_owned(),
            subresource: String::new(),
            path: String::new(),
            user: User::person("dana@example"),
            user_agent: "test/1".to_owned(),
            manager: "test".to_owned(),
            body,
            patch: (verb == Verb::Patch).then_some(PatchType::Json),
            dry_run: false,
        }
    }

    /// A JSON patch, if it is let through.
    fn try_patch(&mut self, kind: Kind, name: &str, operations: Value) -> bool {
        let ask = self.ask(Verb::Patch, kind, name, operations.clone());
        if !matches!(self.world.arrive(&ask), Admission::Answer) {
            return false;
        }
        let patch = Patch::json(operations).expect("a patch");
        let key = Key::new(kind, NS, name);
        self.world.store().patch(key, &patch, Part::Main, &Writer::new("test")).expect("it is obeyed");
        self.world.wrote(&ask);
        true
    }

    fn patch(&mut self, kind: Kind, name: &str, operations: Value) {
        assert!(self.try_patch(kind, name, operations), "the API server answers");
    }

    fn scale(&mut self, name: &str, replicas: u32) {
        self.patch(Kind::Deployment, name, json!([{"op": "replace", "path": "/spec/replicas", "value": replicas}]));
    }

    fn set_image(&mut self, name: &str, tag: &str) {
        let image = format!("registry.example/checkout:{tag}");
        let path = "/spec/template/spec/containers/0/image";
        self.patch(Kind::Deployment, name, json!([{"op": "replace", "path": path, "value": image}]));
    }

    fn pin(&mut self) {
        self.patch(Kind::Service, "checkout", json!([{"op": "add", "path": PIN, "value": "canary"}]));
    }

    fn unpin(&mut self) {
        self.patch(Kind::Service, "checkout", json!([{"op": "remove", "path": PIN}]));
    }

    fn delete(&mut self, kind: Kind, name: &str, how: &Deletion) {
        let ask = self.ask(Verb::Delete, kind, name, Value::Null);
        self.world.arrive(&ask);
        self.world.store().delete(Key::new(kind, NS, name), how, &Writer::new("test")).expect("it is there");
        self.world.wrote(&ask);
    }

    fn create(&mut self, kind: Kind, object: Value) {
        let ask = self.ask(Verb::Create, kind, "", object.clone());
        self.world.arrive(&ask);
        self.world.store().create(kind, NS, object, &Writer::new("test")).expect("it is valid");
        self.world.wrote(&ask);
    }

    /// The canary Deployment beside `checkout`, with 0 replicas, as a release makes it.
    fn create_canary(&mut self, tag: &str) {
        let stable = self.get(Kind::Deployment, "checkout");
        let mut template = stable["spec"]["template"].clone();
        template["metadata"]["labels"][TRACK] = json!("canary");
        template["spec"]["containers"][0]["image"] = json!(format!("registry.example/checkout:{tag}"));
        let owner = json!([{"apiVersion": "apps/v1", "kind": "Deployment", "name": "checkout",
            "uid": stable["metadata"]["uid"], "controller": false}]);
        self.create(
            Kind::Deployment,
            json!({
                "metadata": {"name": "checkout-canary", "ownerReferences": owner},
                "spec": {
                    "replicas": 0,
                    "selector": {"matchLabels": {"app": "checkout", TRACK: "canary"}},
                    "template": template,
                },
            }),
        );
    }

    /// Brings up so many canary pods, and waits until they are Ready.
    fn fly(&mut self, tag: &str, pods: u32) {
        self.create_canary(tag);
        self.scale_canary(pods);
    }

    fn scale_canary(&mut self, pods: u32) {
        self.scale("checkout-canary", pods);
        self.until("canary pods are Ready", 60, |client| client.ready("checkout-canary") == u64::from(pods));
        self.wait(1_500);
    }

    fn find(&mut self, kind: Kind, name: &str) -> Option<Arc<Value>> {
        self.world.store().get(kind, NS, name).cloned()
    }

    fn get(&mut self, kind: Kind, name: &str) -> Arc<Value> {
        self.find(kind, name).unwrap_or_else(|| panic!("{kind:?} {name} is there"))
    }

    fn list(&mut self, kind: Kind) -> Vec<Arc<Value>> {
        self.world.store().list(kind, Some(NS)).cloned().collect()
    }

    /// Those of all namespaces.
    fn everywhere(&mut self, kind: Kind) -> Vec<Arc<Value>> {
        self.world.store().list(kind, None).cloned().collect()
    }

    fn ready(&mut self, deployment: &str) -> u64 {
        self.get(Kind::Deployment, deployment)["status"]["readyReplicas"].as_u64().unwrap_or(0)
    }

    /// The pods whose name begins so.
    fn pods(&mut self, prefix: &str) -> Vec<Arc<Value>> {
        let mut pods = self.list(Kind::Pod);
        pods.retain(|pod| name(pod).starts_with(prefix));
        pods
    }

    fn canary_pods(&mut self) -> Vec<Arc<Value>> {
        self.pods("checkout-canary-")
    }

    fn stable_pods(&mut self) -> Vec<Arc<Value>> {
        let mut pods = self.pods("checkout-");
        pods.retain(|pod| !name(pod).starts_with("checkout-canary-"));
        pods
    }

    /// The messages of all Events of this reason.
    fn events(&mut self, reason: &str) -> Vec<String> {
        let events = self.list(Kind::Event).into_iter().filter(|event| event["reason"] == reason);
        events.map(|event| text(&event["message"]).to_owned()).collect()
    }

    /// What a pod answers at a path.
    fn http(&mut self, pod: &str, path: &str) -> ProxyAnswer {
        self.world.proxy(&ProxyAsk {
            kind: Kind::Pod,
            namespace: NS.to_owned(),
            name: pod.to_owned(),
            port: "8080".to_owned(),
            method: "GET".to_owned(),
            path: path.to_owned(),
            body: Vec::new(),
            user: User::person("prometheus"),
        })
    }

    /// A pod's `/metrics`; `None`: it did not answer with 200.
    fn metrics(&mut self, pod: &str) -> Option<String> {
        match self.http(pod, "/metrics") {
            ProxyAnswer::Http { code: 200, body, .. } => Some(String::from_utf8(body).expect("text")),
            _ => None,
        }
    }

    /// Requests of users that the pods' metrics show, and how many of them failed.
    fn served(&mut self, pods: &[Arc<Value>]) -> (f64, f64) {
        let mut total = (0.0, 0.0);
        for pod in pods {
            let text = self.metrics(name(pod)).unwrap_or_default();
            for line in text.lines().filter(|line| line.starts_with("http_requests_total{")) {
                let (labels, value) = line.rsplit_once(' ').expect("a sample");
                if !labels.contains("path=\"/metrics\"") && !labels.contains("path=\"/healthz\"") {
                    let value: f64 = value.parse().expect("a number");
                    total.0 += value;
                    total.1 += if labels.contains("status=\"5") { value } else { 0.0 };
                }
            }
        }
        total
    }
}

fn name(object: &Value) -> &str {
    text(&object["metadata"]["name"])
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The names of the pods that a Service's slices call ready.
fn endpoints(client: &mut Client, service: &str) -> Vec<String> {
    let slices = client.list(Kind::EndpointSlice).into_iter();
    let of_service = slices.filter(|slice| slice["metadata"]["labels"]["kubernetes.io/service-name"] == service);
    let all: Vec<Value> =
        of_service.flat_map(|slice| slice["endpoints"].as_array().cloned().unwrap_or_default()).collect();
    let ready = all.iter().filter(|endpoint| endpoint["conditions"]["ready"] == true);
    let mut names: Vec<String> = ready.map(|endpoint| text(&endpoint["targetRef"]["name"]).to_owned()).collect();
    names.sort();
    names
}
