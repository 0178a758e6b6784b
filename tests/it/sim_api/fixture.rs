//! A world in which nothing happens by itself, and clients that reach it.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use glidepath::core::time::Time;
use glidepath::sim::api::{Context, Server, serve, write_kubeconfig};
use glidepath::sim::backend::{Access, Admission, Ask, Backend, LogsAsk, ProxyAnswer, ProxyAsk, User};
use glidepath::sim::kind::Kind;
use glidepath::sim::status::Status;
use glidepath::sim::store::{Store, Writer};
use kube::config::{KubeConfigOptions, Kubeconfig};
use serde_json::{Value, json};
use tokio::sync::watch;

/// How long a test waits for what must come.
pub const SOON: Duration = Duration::from_secs(10);

/// A world in which nothing happens by itself.
pub struct Toy {
    pub store: Store,
    /// What becomes of the next writes; afterwards all are answered.
    pub faults: Vec<Admission>,
    /// What users called `guest` may do, as `verb resource`.
    pub allowed: Vec<&'static str>,
    pub listening: watch::Sender<bool>,
    /// The writes that changed something, as `user manager verb name/subresource`.
    pub noticed: Vec<String>,
}

impl Backend for Toy {
    fn store(&mut self) -> &mut Store {
        &mut self.store
    }

    fn arrive(&mut self, ask: &Ask) -> Admission {
        if ask.verb.writes() { self.faults.pop().unwrap_or(Admission::Answer) } else { Admission::Answer }
    }

    fn wrote(&mut self, ask: &Ask) {
        let Ask { user, manager, verb, name, subresource, .. } = ask;
        self.noticed.push(format!("{} {manager} {} {name}/{subresource}", user.name, verb.word()));
    }

    fn identify(&self, token: &str) -> Option<User> {
        matches!(token, "dana@example" | "guest@example").then(|| User::person(token))
    }

    fn may(&self, access: &Access<'_>) -> bool {
        let asked = format!("{} {}", access.verb, access.resource);
        access.user.name != "guest@example" || self.allowed.iter().any(|allowed| *allowed == asked)
    }

    fn proxy(&mut self, ask: &ProxyAsk) -> ProxyAnswer {
        if ask.name == "gone" {
            return ProxyAnswer::Refused(Status::not_found(ask.kind, &ask.name));
        }
        let body = format!("{} {} of {}/{} port {}", ask.method, ask.path, ask.namespace, ask.name, ask.port);
        ProxyAnswer::Http { code: 200, content_type: "text/plain; version=0.0.4".to_owned(), body: body.into_bytes() }
    }

    fn logs(&mut self, ask: &LogsAsk) -> Result<Vec<String>, Status> {
        let lines = ["one", "two", "three"].map(str::to_owned).to_vec();
        Ok(lines.into_iter().skip(3_usize.saturating_sub(ask.tail.unwrap_or(3))).collect())
    }

    fn listening(&self) -> watch::Receiver<bool> {
        self.listening.subscribe()
    }
}

/// A served world.
pub struct Cluster {
    pub world: Arc<Mutex<Toy>>,
    pub server: Server,
    files: tempfile::TempDir,
}

impl Cluster {
    /// A cluster with the namespace `shop`.
    pub async fn start() -> Self {
        let mut store = Store::new(7, Time::parse("2025-11-23T12:00:00Z").expect("a time"));
        let namespace = json!({"metadata": {"name": "shop"}});
        store.create(Kind::Namespace, "", namespace, &Writer::new("test")).expect("a namespace");
        let (listening, faults, allowed) = (watch::Sender::new(true), Vec::new(), Vec::new());
        let world = Arc::new(Mutex::new(Toy { store, faults, allowed, listening, noticed: Vec::new() }));
        let server = serve(Arc::clone(&world), 0).await.expect("a free port");
        let _installed_before = rustls::crypto::ring::default_provider().install_default();
        Self { world, server, files: tempfile::tempdir().expect("a directory") }
    }

    pub fn world(&self) -> MutexGuard<'_, Toy> {
        self.world.lock().expect("nothing panicked")
    }

    /// A client that asks once and never again by itself.
    pub async fn client(&self, token: &str) -> kube::Client {
        let path = self.files.path().join("kubeconfig");
        let context = Context { name: "demo", namespace: "shop", token };
        write_kubeconfig(&path, &self.server, &context).expect("written");
        let kubeconfig = Kubeconfig::read_from(&path).expect("a kubeconfig");
        let options = KubeConfigOptions { context: Some("demo".to_owned()), ..KubeConfigOptions::default() };
        let mut config = kube::Config::from_custom_kubeconfig(kubeconfig, &options).await.expect("a configuration");
        config.default_retry = false;
        kube::Client::try_from(config).expect("a client")
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.server.address)
    }

    /// A request on the wire, from dana.
    pub fn ask(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = method.parse().expect("a method");
        reqwest::Client::new().request(method, self.url(path)).bearer_auth("dana@example").timeout(SOON)
    }

    /// The answer to a GET, as JSON.
    pub async fn read(&self, path: &str) -> Value {
        let answer = self.ask("GET", path).send().await.expect("an answer");
        answer.json().await.expect("json")
    }
}

/// A Deployment whose pods have the label `app`.
pub fn deployment(name: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "app", "image": "web:1"}]}}
        }
    })
}

/// A pod with the label `app`.
pub fn pod(name: &str, app: &str) -> Value {
    json!({
        "metadata": {"name": name, "labels": {"app": app}},
        "spec": {"containers": [{"name": "app", "image": "web:1", "ports": [{"containerPort": 8080}]}]}
    })
}

/// The status and code of an error that the server answered.
pub fn refused<T: std::fmt::Debug>(result: kube::Result<T>) -> (u16, String) {
    match result.expect_err("a refusal") {
        kube::Error::Api(status) => (status.code, status.message),
        other => panic!("not an answer: {other:?}"),
    }
}
