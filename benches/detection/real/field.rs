//! What one flight needs: a world in a process of its own, a Prometheus that scrapes its pods, and the program that flies.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use glidepath::core::time::Time;
use serde_json::{Value, json};

use super::fault::{Fault, SCRAPE};
use crate::home::{Home, Process, RELEASE};
use crate::pod_target::target;

/// What a real flight adds to a virtual one, in seconds: a sample waits for the next reading, and a judgement for its turn.
pub const LAG: f64 = 2.0 * SCRAPE + 2.0;

/// How long the slowest decision may take.
const PATIENCE: Duration = Duration::from_secs(1_200);

/// As many pods as make one canary pod 1 % of 500 requests a second; 2 % of stable's are slower than 100 ms.
const WORLD: &str = "summary = \"a fault from the first request on\"
[release]
version = \"1.8.0\"
[[workload]]
replicas = 99
rate = 500.0
kept = 0.0
cpu = \"50m\"
autoscaler = false
budget = false
[expect]
outcome = \"rolled-back\"
exit = 3
[[version]]
tag = \"1.7.4\"
errors = 0.002
median = \"36ms\"
p95 = \"82ms\"
[[version]]
tag = \"1.8.0\"
";

/// What the canary has of stable's behaviour where its fault is another.
const AS_STABLE: [(&str, &str); 2] =
    [("errors", "errors = 0.002\n"), ("median", "median = \"36ms\"\np95 = \"82ms\"\n")];

/// The binary in the path, if there is one.
pub fn prometheus() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join("prometheus")).find(|path| path.is_file())
}

pub struct Field {
    home: Home,
    prometheus: Process,
    _world: Process,
}

impl Field {
    /// Serves the world of a fault to a Prometheus.
    pub fn of(fault: &Fault, binary: &Path) -> Self {
        let home = Home::new();
        let mut world = format!("{WORLD}{}\n", fault.canary);
        AS_STABLE.iter().filter(|(key, _)| !fault.canary.contains(key)).for_each(|(_, lines)| world.push_str(lines));
        home.write("world.toml", &world);
        let served = home.start(&["demo", "--serve", "--scenario-file", "world.toml", "--kubeconfig-out", "kube.yaml"]);
        served.until("the world is served", |line| line.contains("kubeconfig"));
        let kubeconfig = std::fs::read_to_string(home.path().join("kube.yaml")).expect("a kubeconfig");
        let kubeconfig: Value = serde_json::from_str(&kubeconfig).expect("a kubeconfig");
        let server = kubeconfig["clusters"][0]["cluster"]["server"].as_str().expect("a server").to_owned();
        let targets = home.path().join("targets.json");
        std::fs::write(&targets, "[]").expect("a file");
        std::thread::spawn(move || discover(&server, &targets));
        let (prometheus, url) = scrape(&home, binary);
        home.write(
            "glidepath.toml",
            &format!(
                "[canary]\nsteps = [1, 100]\nsoak = \"30m\"\nscrape = \"{SCRAPE}s\"\n[rules.p95]\ntarget = \"100ms\"\n\
                 [metrics]\nsource = \"prometheus\"\nurl = \"{url}\"\n"
            ),
        );
        Self { home, prometheus, _world: served }
    }

    /// Flies, and says how many seconds after the canary began to serve it was decided, and why.
    pub fn flies(mut self, fault: &Fault) -> (f64, String) {
        let driver = self.home.start(&[&RELEASE[..], &["--json", "--journal", "driver"]].concat());
        let event = |what: &str, is_it: &dyn Fn(&Value) -> bool| {
            let read = |line: &str| serde_json::from_str::<Value>(line).unwrap_or_default();
            let event = read(&driver.within(PATIENCE, what, |line| is_it(&read(line))));
            let at = event["at"].as_str().and_then(Time::parse).expect("a time");
            (at, event)
        };
        let (began, _) = event("the canary serves", &|event| event["event"] == "step" && event["state"] == "soaking");
        if fault.ends_the_source() {
            self.prometheus.kill();
        }
        let (decided, event) =
            event("it is decided", &|event| event["event"] == "rollback" || event["event"] == "ended");
        let cause = event["cause"].as_str().or(event["why"].as_str()).unwrap_or_default().to_owned();
        (decided.since(began).as_secs_f64(), cause)
    }
}

/// Starts a Prometheus that scrapes what the file of targets names.
fn scrape(home: &Home, binary: &Path) -> (Process, String) {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port");
    home.write(
        "prometheus.yml",
        &format!(
            "scrape_configs:\n- job_name: pods\n  scrape_interval: {SCRAPE}s\n  scrape_timeout: {SCRAPE}s\n  \
             authorization: {{credentials: prometheus@example}}\n  file_sd_configs:\n  - files: [targets.json]\n    \
             refresh_interval: 1s\n"
        ),
    );
    let mut command = Command::new(binary);
    command.args(["--config.file=prometheus.yml", "--storage.tsdb.path=data", "--log.level=error"]);
    command.arg(format!("--web.listen-address={free}")).current_dir(home.path());
    let process = Process::start(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()));
    (process, format!("http://{free}"))
}

/// Keeps the targets, as an operator would in a real cluster, until the world is gone.
fn discover(server: &str, targets: &Path) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let url = format!("{server}/api/v1/namespaces/shop/pods");
    let _installed_before = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::new();
    let pods = async || -> Option<Value> {
        let answer = client.get(&url).send().await.ok()?;
        serde_json::from_str(&answer.text().await.ok()?).ok()
    };
    let address = server.trim_start_matches("http://");
    runtime.block_on(async {
        let mut pause = tokio::time::interval(Duration::from_millis(500));
        while let Some(list) = pods().await {
            let found: Vec<Value> =
                list["items"].as_array().into_iter().flatten().filter_map(|pod| target(address, pod)).collect();
            // A file that is replaced whole is never read by halves.
            let next = targets.with_extension("next");
            let written =
                std::fs::write(&next, json!(found).to_string()).and_then(|()| std::fs::rename(&next, targets));
            if written.is_err() {
                return;
            }
            pause.tick().await;
        }
    });
}
