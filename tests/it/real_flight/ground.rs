//! What a flight on a real control plane stands on: a namespace with an application in it, a kubelet that the test plays,
//! users whose requests the test counts, and a real Prometheus that scrapes what each pod would expose.
//!
//! The pods' addresses are never contacted: their pages are served by the test on loopback, and a Prometheus that finds
//! them there gives them their names by relabelling, as a real scrape configuration does.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use glidepath::cluster::Connection;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::control_plane::{self, Api, ApiServer, kubelet, until};
use crate::prometheus_real::{self, Real};
use crate::real_flight::city::City;
use crate::real_flight::vigil::Vigil;
use crate::roles_real::{Person, role};
use crate::served::{Driver, left_over};

/// The pods of the application.
pub const REPLICAS: u32 = 5;

/// Limits that a test can wait for, and what `canary` says of the steps. A Prometheus takes some seconds to notice a new pod.
fn config(prometheus: &str, canary: &str) -> String {
    format!(
        r#"
[canary]
steps = [25, 100]
scrape = "1s"
{canary}

[metrics]
source = "prometheus"
url = "{prometheus}"

[rules.errors]
interval = "2s"

[rules.p95]
interval = "2s"

[rules.memory]
interval = "2s"

[limits]
ready = "40s"
hold = "20s"
proof = "40s"
verify = "2s"
"#
    )
}

/// One test's ground.
pub struct Ground {
    /// The namespace, and the way there.
    pub connection: Connection,
    /// The API, as somebody else uses it.
    pub api: Api,
    kubeconfig: PathBuf,
    dir: tempfile::TempDir,
    pods: JoinHandle<()>,
    city: City,
    vigil: Vigil,
    _prometheus: Real,
}

impl Ground {
    /// A ground on which steps are short; as [`Ground::with`].
    pub async fn prepare() -> Option<Self> {
        Self::with("soak = \"2s\"").await
    }

    /// A ground with the application on it and its first requests counted, where releases fly by these lines of `[canary]`;
    /// `None` where nobody named a control plane or there is no Prometheus, which is said.
    pub async fn with(canary: &str) -> Option<Self> {
        let kubeconfig = control_plane::with_controllers()?;
        let binary = prometheus_real::binary()?;
        let kubeconfig = std::fs::canonicalize(kubeconfig).expect("the kubeconfig is there");
        let connection = ApiServer::named(kubeconfig.clone()).connect().await;
        let api = Api::of(&connection);
        let pods = kubelet(&connection);
        let city = City::begin(&connection).await;
        let prometheus = Real::start(&binary, &city.scrape_config()).await;
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::write(dir.path().join("glidepath.toml"), config(&prometheus.url, canary)).expect("a file");
        for (kind, body) in application() {
            api.create(&path(&connection, kind), &body).await;
        }
        until("the application serves", async || {
            let web = api.get(&format!("{}/web", path(&connection, "deployments"))).await.unwrap_or_default();
            web["status"]["readyReplicas"] == json!(REPLICAS)
        })
        .await;
        let vigil = Vigil::begin(&connection).await;
        Some(Self { connection, api, kubeconfig, dir, pods, city, vigil, _prometheus: prometheus })
    }

    /// What the drivers whose journals are in `state` left for a person to know when their release ended.
    pub fn notes(&self, state: &str) -> Vec<String> {
        let files = std::fs::read_dir(self.dir.path().join(state)).expect("journals").flatten();
        let journals = files.filter(|file| file.path().extension().is_some_and(|end| end == "jsonl"));
        let texts = journals.map(|file| std::fs::read_to_string(file.path()).expect("a journal"));
        let records: Vec<Value> = texts
            .flat_map(|text| text.lines().map(|line| serde_json::from_str(line).expect("a record")).collect::<Vec<_>>())
            .collect();
        let ended = records.iter().rev().find_map(|record| record["state"]["ended"]["notes"].as_array());
        ended.into_iter().flatten().filter_map(|note| note.as_str().map(str::to_owned)).collect()
    }

    /// Starts a driver in the namespace, its journals in `state`, and listens to it.
    pub fn drive(&self, state: &str, args: &[&str]) -> Driver {
        Driver::start(&mut self.command(&self.kubeconfig, state, args))
    }

    /// The program in the namespace, for whoever this kubeconfig names, their journals in `state`.
    fn command(&self, kubeconfig: &Path, state: &str, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_glidepath"));
        command.current_dir(self.dir.path()).env_remove("GLIDEPATH_CONFIG");
        command.stdin(Stdio::null()).stderr(Stdio::piped());
        command.args(args).args(["--namespace", &self.connection.namespace, "--journal", state, "--json"]);
        command.arg("--kubeconfig").arg(kubeconfig);
        command
    }

    /// A terminal of somebody who has these of the roles that we ship, and no other right.
    pub async fn terminal(&self, who: &str, roles: &[&str]) -> Terminal<'_> {
        let rules = |name: &&str| role(name)["rules"].as_array().cloned().expect("rules");
        let rules: Vec<Value> = roles.iter().flat_map(rules).collect();
        let person = Person::named(&self.kubeconfig, &self.connection, who).await;
        person.may("glidepath", &json!(rules)).await;
        until("the roles hold", async || person.may_already(&rules[0]).await).await;
        let kubeconfig = self.dir.path().join(format!("kubeconfig-{who}"));
        let mut read = kube::config::Kubeconfig::read_from(&self.kubeconfig).expect("a kubeconfig");
        for known in &mut read.auth_infos {
            known.auth_info.get_or_insert_default().impersonate = Some(who.to_owned());
        }
        std::fs::write(&kubeconfig, serde_json::to_string(&read).expect("a kubeconfig")).expect("a file");
        Terminal { ground: self, kubeconfig, state: format!("state-{who}") }
    }

    /// The Deployment as it is.
    pub async fn web(&self) -> Value {
        self.deployment("web").await.expect("it is there")
    }

    /// Any Deployment, if it is there.
    pub async fn deployment(&self, name: &str) -> Option<Value> {
        self.api.get(&format!("{}/{name}", path(&self.connection, "deployments"))).await.ok()
    }

    /// How many pods of a track are Ready. Their Deployment's own count comes later.
    pub async fn ready_pods(&self, track: &str) -> usize {
        let path = format!("{}?labelSelector=glidepath.dev/track={track}", path(&self.connection, "pods"));
        let pods = self.api.get(&path).await.expect("pods");
        let is_ready = |pod: &&Value| {
            let conditions = pod["status"]["conditions"].as_array();
            let mut conditions = conditions.into_iter().flatten();
            conditions.any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
        };
        pods["items"].as_array().into_iter().flatten().filter(is_ready).count()
    }

    /// Somebody else gives the Deployment another image.
    pub async fn set_image(&self, image: &str) {
        let change = json!([{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": image}]);
        let path = format!("{}/web?fieldManager=somebody", path(&self.connection, "deployments"));
        self.api.patch(&path, change).await.expect("it is changed");
    }

    /// Waits until every pod of the Deployment is of its newest template and Ready.
    pub async fn is_rolled(&self) {
        until("the Deployment is rolled", async || {
            let web = self.web().await;
            let (spec, status) = (&web["spec"], &web["status"]);
            let all = ["replicas", "updatedReplicas", "readyReplicas"];
            status["observedGeneration"] == web["metadata"]["generation"]
                && all.iter().all(|count| status[*count] == spec["replicas"])
        })
        .await;
    }

    /// The end of a flight: nothing of ours is left, the Service selects as it did, and at no instant was it without an
    /// endpoint that could serve.
    pub async fn is_as_before(&self) {
        let namespace = &self.connection.namespace;
        assert_eq!(left_over(&self.api, namespace).await, Vec::<String>::new());
        let service = self.api.get(&format!("{}/web", path(&self.connection, "services"))).await.expect("it is there");
        assert_eq!(service["spec"]["selector"], json!({"app": "web"}));
        assert_eq!(self.vigil.gaps(), Vec::<String>::new());
        assert_eq!(self.city.lost(), 0, "requests met a Service that nobody stood behind");
    }

    /// Takes the namespace away.
    pub async fn leave(self) {
        self.pods.abort();
        let path = format!("/api/v1/namespaces/{}", self.connection.namespace);
        self.api.send("DELETE", &path, "application/json", &Value::Null).await.expect("the namespace goes");
    }
}

/// Somebody's terminal, with journals that nobody else has.
pub struct Terminal<'a> {
    ground: &'a Ground,
    kubeconfig: PathBuf,
    state: String,
}

impl Terminal<'_> {
    /// Starts a process that prints events, and listens to it.
    pub fn starts(&self, args: &[&str]) -> Driver {
        Driver::start(&mut self.ground.command(&self.kubeconfig, &self.state, args))
    }

    /// Gives a command and waits for its end: its exit code, and what it said.
    pub fn says(&self, args: &[&str]) -> (Option<i32>, String) {
        let output = self.ground.command(&self.kubeconfig, &self.state, args).output().expect("it runs");
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(said).expect("text"))
    }
}

/// Where the objects of a kind live.
pub fn path(connection: &Connection, plural: &str) -> String {
    let group = match plural {
        "deployments" => "apis/apps/v1",
        "horizontalpodautoscalers" => "apis/autoscaling/v2",
        "poddisruptionbudgets" => "apis/policy/v1",
        "endpointslices" => "apis/discovery.k8s.io/v1",
        _ => "api/v1",
    };
    format!("/{group}/namespaces/{}/{plural}", connection.namespace)
}

/// A Deployment as people have it: with a Service, an autoscaler and a budget.
fn application() -> Vec<(&'static str, Value)> {
    let labels = json!({"app": "web"});
    let container = json!({
        "name": "app", "image": "registry.example/web:1.0.0",
        "ports": [{"name": "http", "containerPort": 8080}],
        "readinessProbe": {"httpGet": {"path": "/readyz", "port": "http"}},
        "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"memory": "512Mi"}},
    });
    let mut deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "labels": {"team": "shop"}},
        "spec": {
            "replicas": REPLICAS, "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    });
    // As `kubectl apply` leaves it.
    let manifest = deployment.to_string();
    deployment["metadata"]["annotations"] = json!({"kubectl.kubernetes.io/last-applied-configuration": manifest});
    let service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
        "spec": {"selector": labels, "ports": [{"name": "web", "port": 80, "targetPort": "http"}]},
    });
    let autoscaler = json!({
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "web"},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
            "minReplicas": 4, "maxReplicas": 10,
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}}],
        },
    });
    let budget = json!({
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "web"},
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": labels}},
    });
    vec![
        ("services", service),
        ("deployments", deployment),
        ("horizontalpodautoscalers", autoscaler),
        ("poddisruptionbudgets", budget),
    ]
}
