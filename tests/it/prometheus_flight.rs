//! Releases judged through a real Prometheus, which scrapes the embedded cluster's pods through the API server's proxy.
//!
//! Debian's package has no discovery of Kubernetes, so a file lists the pods, kept up by what an operator would be in a
//! real cluster. As with every test of a real Prometheus: without one it runs nothing, except where `CI` is set.

use std::convert::Infallible;
use std::path::Path;

use bytes::Bytes;
use http::{Request, Response, StatusCode, Uri};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::{Duration, interval};

use crate::control_plane::Api;
use crate::pod_target::target;
use crate::prometheus_real::{Real, binary};
use crate::served::{RELEASE, Served};

/// How many times as fast as life the world goes: one scrape a second sees this many seconds of it.
const SPEED: u32 = 10;

fn configuration(metrics: &str) -> String {
    let rule = |name: &str| format!("[rules.{name}]\ninterval = \"1s\"\nfreshness = \"20s\"\n");
    let rules: String = ["errors", "p95", "memory"].map(rule).concat();
    let canary = "[canary]\nsteps = [25, 100]\nsoak = \"3s\"\nscrape = \"1s\"\n[limits]\nverify = \"3s\"\n";
    format!("{canary}{rules}[metrics]\nsource = \"prometheus\"\n{metrics}\n")
}

/// A Prometheus that scrapes every pod of the world's application as it comes and goes.
pub async fn watching(binary: &Path, served: &Served) -> (Real, Task) {
    let targets = served.path().join("targets.json");
    std::fs::write(&targets, "[]").unwrap();
    let text = format!(
        "scrape_configs:\n- job_name: pods\n  scrape_interval: 1s\n  authorization: {{credentials: prometheus@example}}\n  \
         file_sd_configs:\n  - files: ['{}']\n    refresh_interval: 1s\n",
        targets.display()
    );
    let real = Real::start(binary, &text).await;
    let api = Api::of(&served.connect().await);
    let (address, namespace) = (served.address(), served.namespace.clone());
    let discovery = tokio::spawn(async move {
        let mut pause = interval(Duration::from_millis(200));
        loop {
            pause.tick().await;
            let pods = api.get(&format!("/api/v1/namespaces/{namespace}/pods")).await.unwrap_or_default();
            let pods = pods["items"].as_array().into_iter().flatten();
            let found: Vec<Value> = pods.filter_map(|pod| target(&address, pod)).collect();
            // A file that is replaced whole is never read by halves.
            let next = targets.with_extension("next");
            std::fs::write(&next, json!(found).to_string()).and_then(|()| std::fs::rename(&next, &targets)).unwrap();
        }
    });
    (real, Task(discovery))
}

/// A task that ends with its value.
pub struct Task(JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Flies on a thread of its own, beside what keeps the targets.
pub async fn fly(served: &Served, more: &[&str]) -> (Value, Vec<Value>) {
    let args: Vec<&str> = RELEASE.iter().chain(more).copied().collect();
    let mut driver = served.drive(&args);
    tokio::task::spawn_blocking(move || (driver.ends(), std::mem::take(&mut driver.events))).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_healthy_release_passes_and_a_failing_one_goes_back() {
    let Some(binary) = binary() else { return };
    for (scenario, outcome, code) in [("healthy", "promoted", 0), ("error-spike", "rolled-back", 3)] {
        let served = Served::start(scenario, SPEED);
        let (real, _discovery) = watching(&binary, &served).await;
        served.configure(&configuration(&format!("url = {:?}", real.url)));
        let (ended, events) = fly(&served, &[]).await;
        assert_eq!((&ended["outcome"], &ended["exit_code"]), (&outcome.into(), &code.into()), "{ended}");
        let counted = |event: &Value| event["event"] == "reading" && event["rows"]["errors"][0].as_u64() > Some(0);
        assert!(events.iter().any(counted), "{scenario}: no canary request ever came through the Prometheus");
        if code == 3 {
            assert!(ended["why"].as_str().unwrap().starts_with("errors: "), "{ended}");
            assert_eq!(ended["proven"], true, "{ended}");
        }
    }
}

/// A world whose new version has a fault from its first request on.
fn bad(version: &str) -> String {
    format!(
        "summary = \"a fault\"\n[release]\nversion = \"1.8.0\"\n[expect]\noutcome = \"rolled-back\"\nexit = 3\n\
         [[version]]\ntag = \"1.8.0\"\n{version}\n"
    )
}

/// Every kind of fault that metrics show, each in a soak that outlasts its decision; the benchmark `detection -- --only real`
/// takes the time of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_kind_of_fault_is_seen_through_it_by_the_rule_that_is_about_it() {
    let Some(binary) = binary() else { return };
    for (fault, rule) in [
        ("errors = 0.05", "errors"),
        ("median = \"53ms\"\np95 = \"200ms\"", "p95"),
        ("memory = \"440Mi\"\ngrowth = \"20Mi\"", "memory"),
    ] {
        let served = Served::own(&bad(fault), SPEED);
        let (real, _discovery) = watching(&binary, &served).await;
        let soak = configuration(&format!("url = {:?}", real.url)).replace("soak = \"3s\"", "soak = \"5m\"");
        served.configure(&soak);
        let (ended, events) = fly(&served, &[]).await;
        assert_eq!((&ended["outcome"], &ended["exit_code"]), (&"rolled-back".into(), &3.into()), "{rule}: {ended}");
        let cause = events.iter().find(|event| event["event"] == "rollback").unwrap()["cause"].clone();
        assert!(cause.as_str().unwrap().starts_with(&format!("{rule}: ")), "{rule}: {cause}");
    }
}

/// A rule of one name and expression; the expression is 1 as soon as the canary's pods are scraped.
fn known(name: &str, expression: &str, target: &str) -> String {
    let expression = expression.replace("PODS", r#"{namespace="{namespace}", pod=~"{canary_pods}"}"#);
    format!(
        "[rules.{name}]\nquery = '''{expression}'''\ntarget = \"{target}\"\ninterval = \"1s\"\nfreshness = \"20s\"\n"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_it_answered_is_in_the_journal_and_can_be_judged_again() {
    let Some(binary) = binary() else { return };
    let served = Served::start("healthy", SPEED);
    let (real, _discovery) = watching(&binary, &served).await;
    let of_real = configuration(&format!("url = {:?}", real.url));
    served.configure(&format!("{of_real}{}", known("seen", "group(upPODS)", ">= 1")));
    let (ended, _) = fly(&served, &[]).await;
    assert_eq!(ended["outcome"], "promoted", "{ended}");
    // Nobody is asked any more.
    drop(real);
    let mut journals = std::fs::read_dir(served.path().join("state")).unwrap().flatten().map(|file| file.path());
    let journal = journals.find(|file| file.extension().is_some_and(|end| end == "jsonl")).unwrap();
    let judge = |name: &str, expression: &str, target: &str| {
        let rule = known(name, expression, target);
        std::fs::write(served.path().join("other.toml"), format!("{of_real}{rule}")).unwrap();
        let args = ["replay", journal.to_str().unwrap(), "--judge", "other.toml", "--json"];
        let told = served.command(&args).output().unwrap();
        assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
        let lines: Vec<Value> =
            String::from_utf8(told.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let of_rule = lines.iter().find(|line| line["rule"] == name).unwrap();
        (of_rule.clone(), lines.last().unwrap()["judged"].clone())
    };
    let (seen, whole) = judge("seen", "group(upPODS)", ">= 1");
    assert_eq!((&seen["judged"]["breaches"], &whole["rolled_back"]), (&Value::Null, &Value::Null), "{seen}");
    assert!(seen["judged"].is_object(), "{seen}");
    let (_, whole) = judge("pods-seen", "group(upPODS)", ">= 2");
    assert_eq!(whole["rule"], "pods-seen", "{whole}");
    assert!(whole["rolled_back"]["why"].as_str().is_some_and(|why| why.starts_with("it is 1")), "{whole}");
    let (seen, whole) = judge("seen", "sum(upPODS)", ">= 1000");
    assert_eq!((&seen["left_out"], &seen["judged"]), (&"never-asked".into(), &Value::Null), "{seen}");
    assert_eq!(whole["rolled_back"], Value::Null, "{whole}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_prometheus_behind_a_service_is_reached_through_the_api_server() {
    let Some(binary) = binary() else { return };
    let served = Served::start("healthy", SPEED);
    let (real, _discovery) = watching(&binary, &served).await;
    let front = Front::start(served.address(), real.url.strip_prefix("http://").unwrap().to_owned()).await;
    let kubeconfig = served.path().join("front.yaml");
    let text = std::fs::read_to_string(served.kubeconfig()).unwrap().replace(&served.address(), &front.address);
    std::fs::write(&kubeconfig, text).unwrap();
    served.configure(&configuration("service = \"monitoring/prometheus:9090\""));
    let (ended, events) = fly(&served, &["--kubeconfig", "front.yaml"]).await;
    assert_eq!(ended["outcome"], "promoted", "{ended}");
    assert!(events.iter().any(|event| event["event"] == "reading"));
}

/// An API server whose Service `monitoring/prometheus` leads to a real Prometheus; everything else is the world's.
struct Front {
    address: String,
    _task: Task,
}

type Body = UnsyncBoxBody<Bytes, hyper::Error>;

impl Front {
    async fn start(world: String, prometheus: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let client: Client<_, Incoming> = Client::builder(TokioExecutor::new()).build_http();
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (client, world, prometheus) = (client.clone(), world.clone(), prometheus.clone());
                let pass = hyper::service::service_fn(move |mut request: Request<Incoming>| {
                    *request.uri_mut() = elsewhere(request.uri(), &world, &prometheus);
                    let answer = client.request(request);
                    async move {
                        let lost = |_| Response::builder().status(StatusCode::BAD_GATEWAY).body(empty()).unwrap();
                        Ok::<_, Infallible>(
                            answer.await.map_or_else(lost, |answer| answer.map(|body| body.boxed_unsync())),
                        )
                    }
                });
                connections
                    .spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), pass));
            }
        });
        Self { address, _task: Task(task) }
    }
}

fn elsewhere(uri: &Uri, world: &str, prometheus: &str) -> Uri {
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    match path.strip_prefix("/api/v1/namespaces/monitoring/services/prometheus:9090/proxy") {
        Some(rest) => format!("http://{prometheus}{rest}"),
        None => format!("http://{world}{path}"),
    }
    .parse()
    .unwrap()
}

fn empty() -> Body {
    Full::new(Bytes::new()).map_err(|never| match never {}).boxed_unsync()
}
