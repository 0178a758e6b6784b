//! A real control plane for the tests that want one, and the kubelet that it lacks.
//!
//! `GLIDEPATH_TEST_KUBECONFIG` names one with controllers; `KUBEBUILDER_ASSETS` is a folder with `etcd` and
//! `kube-apiserver`, from which a bare one is started. Without either, the tests say so and pass.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use glidepath::cluster::{self, Connection, Target};
use glidepath::engine::clock::{Clock, SystemClock};
use kube::Client;
use serde_json::{Value, json};

/// How long anything that must happen may take.
pub const SOON: Duration = Duration::from_secs(30);

/// The control plane that the environment names, if it has controllers.
pub fn with_controllers() -> Option<PathBuf> {
    let named = std::env::var_os("GLIDEPATH_TEST_KUBECONFIG").map(PathBuf::from);
    if named.is_none() {
        println!("skipped: set GLIDEPATH_TEST_KUBECONFIG to the kubeconfig of a control plane with controllers");
    }
    named
}

/// Any API server: the named one, or one of our own.
pub fn any() -> Option<Arc<ApiServer>> {
    if let Some(kubeconfig) = std::env::var_os("GLIDEPATH_TEST_KUBECONFIG") {
        return Some(Arc::new(ApiServer::named(kubeconfig.into())));
    }
    let Some(assets) = std::env::var_os("KUBEBUILDER_ASSETS") else {
        println!("skipped: set KUBEBUILDER_ASSETS to a folder with etcd and kube-apiserver");
        return None;
    };
    // Tests that run at the same time share one; it ends with the last of them.
    static SHARED: Mutex<Weak<ApiServer>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    let server = shared.upgrade().unwrap_or_else(|| Arc::new(ApiServer::start(Path::new(&assets))));
    *shared = Arc::downgrade(&server);
    Some(server)
}

/// An API server; one of our own ends with it.
pub struct ApiServer {
    /// The way there.
    pub kubeconfig: PathBuf,
    children: Vec<Child>,
    _dir: Option<tempfile::TempDir>,
}

impl Drop for ApiServer {
    fn drop(&mut self) {
        for child in self.children.iter_mut().rev() {
            let _ended = child.kill();
            let _reaped = child.wait();
        }
    }
}

impl ApiServer {
    /// One that somebody else runs.
    pub fn named(kubeconfig: PathBuf) -> Self {
        Self { kubeconfig, children: Vec::new(), _dir: None }
    }

    fn start(assets: &Path) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let at = |name: &str| dir.path().join(name).display().to_string();
        let [api, client, peer] = [free_port(), free_port(), free_port()];
        let key =
            Command::new("openssl").args(["genrsa", "-out", &at("sa.key"), "2048"]).stderr(Stdio::null()).status();
        assert!(key.expect("openssl makes the key of the service accounts").success());
        std::fs::write(at("tokens.csv"), "secret,admin,admin,system:masters\n").expect("a file");
        let etcd = quiet(Command::new(assets.join("etcd")).args([
            format!("--data-dir={}", at("etcd")),
            format!("--listen-client-urls=http://127.0.0.1:{client}"),
            format!("--advertise-client-urls=http://127.0.0.1:{client}"),
            format!("--listen-peer-urls=http://127.0.0.1:{peer}"),
            format!("--initial-advertise-peer-urls=http://127.0.0.1:{peer}"),
            format!("--initial-cluster=default=http://127.0.0.1:{peer}"),
            "--unsafe-no-fsync".to_owned(),
        ]));
        let server = quiet(Command::new(assets.join("kube-apiserver")).args([
            "--bind-address=127.0.0.1".to_owned(),
            format!("--secure-port={api}"),
            format!("--etcd-servers=http://127.0.0.1:{client}"),
            format!("--cert-dir={}", at("certs")),
            format!("--token-auth-file={}", at("tokens.csv")),
            "--authorization-mode=RBAC".to_owned(),
            "--service-cluster-ip-range=10.0.0.0/24".to_owned(),
            "--endpoint-reconciler-type=none".to_owned(),
            "--service-account-issuer=https://kubernetes.default.svc".to_owned(),
            format!("--service-account-key-file={}", at("sa.key")),
            format!("--service-account-signing-key-file={}", at("sa.key")),
            // There is no controller that would make the account that pods want.
            "--disable-admission-plugins=ServiceAccount".to_owned(),
        ]));
        let kubeconfig = dir.path().join("kubeconfig");
        let text = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "real",
            "clusters": [{"name": "c", "cluster": {"server": format!("https://127.0.0.1:{api}"), "insecure-skip-tls-verify": true}}],
            "users": [{"name": "u", "user": {"token": "secret"}}],
            "contexts": [{"name": "real", "context": {"cluster": "c", "user": "u"}}],
        });
        std::fs::write(&kubeconfig, text.to_string()).expect("a file");
        Self { kubeconfig, children: vec![etcd, server], _dir: Some(dir) }
    }

    /// Connects to a namespace of its own, once the server answers.
    pub async fn connect(&self) -> Connection {
        let namespace = unique("glidepath");
        let target =
            || Target { kubeconfig: Some(self.kubeconfig.clone()), context: None, namespace: Some(namespace.clone()) };
        let began = Instant::now();
        let connection = loop {
            match cluster::connect(target()).await {
                Ok(connection) => break connection,
                Err(problem) => assert!(began.elapsed() < SOON, "{problem}"),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        let api = Api { client: connection.client.clone() };
        let body = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}});
        // Its first roles come a moment after its first answers.
        until("the server is ready", async || {
            api.client.request_text(http::Request::get("/readyz").body(Vec::new()).expect("a request")).await.is_ok()
        })
        .await;
        until("the namespace exists", async || {
            api.send("POST", "/api/v1/namespaces", "application/json", &body).await.is_ok()
        })
        .await;
        connection
    }
}

fn quiet(command: &mut Command) -> Child {
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts")
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port()
}

/// A name that no other test has.
pub fn unique(what: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("{what}-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Waits until `holds`, or fails.
pub async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    let began = Instant::now();
    while !holds().await {
        assert!(began.elapsed() < SOON, "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The API, as somebody else would use it.
#[derive(Clone)]
pub struct Api {
    /// The client.
    pub client: Client,
}

impl Api {
    /// The API behind a connection.
    pub fn of(connection: &Connection) -> Self {
        Self { client: connection.client.clone() }
    }

    /// One request; an error is the `Status` object's code, reason and message.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        content: &str,
        body: &Value,
    ) -> Result<Value, (u16, String, String)> {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let request = http::Request::builder().method(method).uri(path).header("content-type", content).body(body);
        match self.client.request::<Value>(request.expect("a request")).await {
            Ok(value) => Ok(value),
            Err(kube::Error::Api(status)) => Err((status.code, status.reason.clone(), status.message.clone())),
            Err(error) => Err((0, String::new(), format!("{error:?}"))),
        }
    }

    /// Reads.
    pub async fn get(&self, path: &str) -> Result<Value, (u16, String, String)> {
        self.send("GET", path, "application/json", &Value::Null).await
    }

    /// Creates.
    pub async fn create(&self, path: &str, body: &Value) -> Value {
        self.send("POST", path, "application/json", body).await.expect("it is created")
    }

    /// Changes by a JSON patch.
    pub async fn patch(&self, path: &str, patch: Value) -> Result<Value, (u16, String, String)> {
        self.send("PATCH", path, "application/json-patch+json", &patch).await
    }

    /// Changes by a merge patch.
    pub async fn merge(&self, path: &str, patch: Value) -> Result<Value, (u16, String, String)> {
        self.send("PATCH", path, "application/merge-patch+json", &patch).await
    }
}

/// The node that pods are put on; endpoints are only made of pods that have one.
const NODE: &str = "glidepath-test";

/// Puts every pod of the namespace on a node, makes it Running and Ready, and takes it away when it is to go, as scheduler
/// and kubelet would, until it is aborted. Nothing ever listens at the pods' addresses.
pub fn kubelet(connection: &Connection) -> tokio::task::JoinHandle<()> {
    let (api, namespace) = (Api::of(connection), connection.namespace.clone());
    tokio::spawn(async move {
        let node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": NODE}});
        let _there_already = api.send("POST", "/api/v1/nodes", "application/json", &node).await;
        let mut well = say_well(&api).await;
        let path = format!("/api/v1/namespaces/{namespace}/pods");
        let mut addresses = 0;
        loop {
            if well.elapsed() > HEARTBEAT {
                well = say_well(&api).await;
            }
            let pods = api.get(&path).await.unwrap_or_default();
            for pod in pods["items"].as_array().into_iter().flatten() {
                care_for(&api, &path, pod, &mut addresses).await;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
}

/// How often the node is said to be well. A node that nobody speaks for is tainted after 40 seconds, a new one after a
/// minute: then no pod finds room on it, and whoever asks whether a second set of pods would is told no.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// Says that the node is well, and large; takes away the taint that it begins with.
async fn say_well(api: &Api) -> Instant {
    let now = SystemClock::start().now().to_string();
    let ready = json!({"type": "Ready", "status": "True", "reason": "KubeletReady", "lastHeartbeatTime": now});
    let status = json!({"status": {
        "allocatable": {"cpu": "64", "memory": "64Gi", "pods": "1000"},
        "capacity": {"cpu": "64", "memory": "64Gi", "pods": "1000"},
        "conditions": [ready],
    }});
    // A server that does not answer now is asked again with the next heartbeat.
    let _next_time = api.merge(&format!("/api/v1/nodes/{NODE}/status"), status).await;
    let _next_time = api.merge(&format!("/api/v1/nodes/{NODE}"), json!({"spec": {"taints": null}})).await;
    Instant::now()
}

/// One look at one pod. It may have gone meanwhile; then the next look does not find it.
async fn care_for(api: &Api, path: &str, pod: &Value, addresses: &mut u32) {
    let name = pod["metadata"]["name"].as_str().expect("a name");
    let pod_path = format!("{path}/{name}");
    if !pod["metadata"]["deletionTimestamp"].is_null() {
        let now = json!({"apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0});
        let _gone = api.send("DELETE", &pod_path, "application/json", &now).await;
        return;
    }
    if pod["spec"]["nodeName"].is_null() {
        let binding = json!({"apiVersion": "v1", "kind": "Binding", "metadata": {"name": name}, "target": {"kind": "Node", "name": NODE}});
        let _gone = api.send("POST", &format!("{pod_path}/binding"), "application/json", &binding).await;
    }
    let ready = json!([{"type": "Ready", "status": "True", "lastTransitionTime": "2025-11-23T23:00:00Z"}]);
    let is_ready = |condition: &Value| condition["type"] == "Ready" && condition["status"] == "True";
    if pod["status"]["phase"] == "Running"
        && !pod["status"]["conditions"].as_array().is_some_and(|all| all.iter().any(is_ready))
    {
        // The node controller says so of the pods of a node that it has not heard of for a while; a kubelet knows better.
        let _gone = api.merge(&format!("{pod_path}/status"), json!({"status": {"conditions": ready}})).await;
    }
    if pod["status"]["phase"] == "Pending" {
        *addresses += 1;
        let address = format!("10.9.{}.{}", *addresses / 250, *addresses % 250 + 1);
        let container = &pod["spec"]["containers"][0];
        let image = container["image"].as_str().expect("an image");
        let status = json!({"status": {
            "phase": "Running", "podIP": address, "podIPs": [{"ip": address}],
            "conditions": ready,
            "containerStatuses": [{"name": container["name"], "ready": true, "restartCount": 0, "image": image,
                "imageID": format!("{image}@sha256:1"), "started": true, "state": {"running": {}}}],
        }});
        let _gone = api.merge(&format!("{pod_path}/status"), status).await;
    }
}
