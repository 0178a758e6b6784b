//! A real Prometheus that scrapes an exporter of the test's: what comes through it is what the exporter says.
//!
//! It needs a `prometheus` binary in the path (`apt-get install prometheus`); without one it runs nothing, except where
//! `CI` is set: there it fails.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use glidepath::core::plan::MetricsPort;
use glidepath::core::sample::{Batch, FaultKind, Sample, Target};
use glidepath::core::time::Time;
use glidepath::engine::clock::{Clock, SystemClock};
use glidepath::engine::port::Metrics;
use glidepath::metrics::{Auth, Direct, PromError, Prometheus, PrometheusConfig, Scrape, Select};
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::fixture::{Server, answer, nowhere};

/// How long any one condition may take to come true.
const PATIENCE: Duration = Duration::from_secs(60);

/// The Prometheus of one test; it ends with its value.
pub struct Real {
    /// Where it answers.
    pub url: String,
    dir: TempDir,
    process: Child,
}

/// A `prometheus` binary, or a word about how to come by one.
pub fn binary() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|dir| dir.join("prometheus")).find(|path| path.is_file());
    if found.is_none() {
        assert!(std::env::var_os("CI").is_none(), "no prometheus binary: apt-get install prometheus");
        eprintln!("skipped: there is no prometheus binary; apt-get install prometheus turns this test on");
    }
    found
}

impl Real {
    /// Starts one that answers. A port that was free a moment ago may be taken: then it ends at once, and another is tried.
    pub async fn start(binary: &Path, config: &str) -> Self {
        Self::start_with(binary, config, &[]).await
    }

    /// The same, with more flags.
    pub async fn start_with(binary: &Path, config: &str, flags: &[&str]) -> Self {
        for _ in 0..5 {
            let mut real = Self::spawn(binary, config, flags);
            let client = real.client(Duration::from_secs(60));
            let answers = || async { client.query("1", Time::default()).await.map_err(|error| error.to_string()) };
            let mut pause = tokio::time::interval(Duration::from_millis(100));
            while real.process.try_wait().unwrap().is_none() {
                pause.tick().await;
                if answers().await.is_ok() {
                    return real;
                }
            }
        }
        panic!("prometheus ends as soon as it starts");
    }

    fn spawn(binary: &Path, config: &str, flags: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let address = nowhere();
        std::fs::write(dir.path().join("prometheus.yml"), config).unwrap();
        let process = Command::new(binary)
            .arg(format!("--config.file={}", dir.path().join("prometheus.yml").display()))
            .arg(format!("--storage.tsdb.path={}", dir.path().join("data").display()))
            .arg(format!("--web.listen-address={address}"))
            .arg("--log.level=error")
            .args(flags)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Self { url: format!("http://{address}"), dir, process }
    }

    pub fn client(&self, range: Duration) -> Prometheus {
        let series = ["http_requests_total", "http_request_duration_seconds_bucket", "temperature"];
        let select = Select { series: series.map(str::to_owned).to_vec(), range, ..Select::default() };
        let config = PrometheusConfig { url: self.url.clone(), auth: Auth::None, authorities: None, select };
        Prometheus::new(config).unwrap()
    }

    /// Scrapes these pods from now on.
    fn scrape(&self, pods: &[(&str, u16)]) {
        std::fs::write(self.dir.path().join("prometheus.yml"), of_pods(pods)).unwrap();
        let id = rustix::process::Pid::from_raw(self.process.id().unwrap().try_into().unwrap()).unwrap();
        rustix::process::kill_process(id, rustix::process::Signal::HUP).unwrap();
    }
}

/// A configuration that scrapes these pods.
pub fn of_pods(pods: &[(&str, u16)]) -> String {
    let pods: String = pods
        .iter()
        .map(|(pod, port)| format!("  - targets: ['127.0.0.1:{port}']\n    labels: {{namespace: shop, pod: {pod}}}\n"))
        .collect();
    format!("scrape_configs:\n- job_name: pods\n  scrape_interval: 1s\n  static_configs:\n{pods}")
}

pub fn target(name: &str, port: u16) -> Target {
    Target {
        uid: format!("uid-{name}"),
        namespace: "shop".into(),
        name: name.into(),
        ip: Some("127.0.0.1".into()),
        metrics: Some(MetricsPort { port, path: "/metrics".into() }),
    }
}

/// Asks again until the answer will do.
pub async fn until<T, F: Future<Output = T>>(what: &str, ask: impl Fn() -> F, will_do: impl Fn(&T) -> bool) -> T
where
    T: std::fmt::Debug,
{
    let deadline = tokio::time::Instant::now() + PATIENCE;
    let mut pause = tokio::time::interval(Duration::from_millis(100));
    loop {
        pause.tick().await;
        let answer = ask().await;
        if will_do(&answer) {
            return answer;
        }
        assert!(tokio::time::Instant::now() < deadline, "waited in vain until {what}: {answer:?}");
    }
}

fn outcome(batch: &Batch, place: usize) -> Result<&Vec<Sample>, FaultKind> {
    batch.pods[place].outcome.as_ref().map_err(|fault| fault.kind)
}

/// Name, labels of the application, value.
fn told(samples: &[Sample]) -> Vec<String> {
    let theirs = ["namespace", "pod", "job", "instance"];
    let mut lines: Vec<String> = samples
        .iter()
        .map(|sample| {
            let own = sample.labels.iter().filter(|(name, _)| !theirs.contains(&name.as_str()));
            // Prometheus writes a bound its own way: 1 and 1.0 are the same.
            let own: BTreeMap<_, String> = own
                .map(|(name, value)| match value.parse::<f64>() {
                    Ok(bound) if name == "le" => (name, bound.to_string()),
                    _ => (name, value.clone()),
                })
                .collect();
            format!("{} {own:?} {}", sample.name, sample.value)
        })
        .collect();
    lines.sort();
    lines
}

fn exposition(requests: u64) -> String {
    format!(
        "# TYPE http_requests_total counter\n\
         http_requests_total{{path=\"/users/{{id}}?a=1,b=2\",code=\"200\"}} {requests}\n\
         http_requests_total{{path=\"say \\\"Grüße\\\"\\\\\",code=\"500\"}} 3\n\
         # TYPE http_request_duration_seconds histogram\n\
         http_request_duration_seconds_bucket{{le=\"0.1\"}} 5\n\
         http_request_duration_seconds_bucket{{le=\"1.0\"}} 7\n\
         http_request_duration_seconds_bucket{{le=\"+Inf\"}} 8\n\
         http_request_duration_seconds_sum 2.5\nhttp_request_duration_seconds_count 8\n\
         temperature NaN\nuptime 1\n"
    )
}

async fn exporter(requests: Arc<AtomicU64>) -> Server {
    Server::start(move |_| answer(200, "text/plain; version=0.0.4", exposition(requests.load(Ordering::SeqCst)))).await
}

#[tokio::test]
async fn what_a_real_prometheus_scraped_is_what_a_scrape_reads() {
    let Some(binary) = binary() else { return };
    let requests = Arc::new(AtomicU64::new(100));
    let (one, two) = (exporter(Arc::clone(&requests)).await, exporter(Arc::new(AtomicU64::new(7))).await);
    let ports = [("one", one.address.port()), ("two", two.address.port())];
    let real = Real::start(&binary, &of_pods(&ports)).await;
    let clock = SystemClock::start();
    let prometheus = real.client(Duration::from_secs(60));
    let keep = ["http_requests_total", "http_request_duration_seconds_bucket", "temperature"];
    let scrape = Scrape::new(Arc::new(Direct::new().unwrap()), keep.map(str::to_owned).to_vec());
    let targets: Vec<Target> = ports.iter().map(|(name, port)| target(name, *port)).collect();
    let read = || prometheus.read(targets.clone(), clock.now());

    let both = |batch: &Batch| (0..2).all(|place| outcome(batch, place).is_ok_and(|samples| samples.len() == 6));
    let first = until("both pods have been scraped", read, both).await;
    let direct = scrape.read(targets.clone(), clock.now()).await;
    for place in 0..2 {
        assert_eq!(told(outcome(&first, place).unwrap()), told(outcome(&direct, place).unwrap()));
    }
    assert_eq!(first.warned, None);

    // A counter that moves is seen, with the time of the scrape that saw it.
    requests.store(250, Ordering::SeqCst);
    let rose =
        |batch: &Batch| outcome(batch, 0).is_ok_and(|samples| samples.iter().any(|sample| sample.value == 250.0));
    let second = until("the counter has risen", read, rose).await;
    let newest = |batch: &Batch| outcome(batch, 0).unwrap().iter().map(|sample| sample.at).max().unwrap();
    assert!(newest(&second) > newest(&first));
    assert!(clock.now().since(newest(&second)) < Duration::from_secs(20), "{:?}", newest(&second));
}

#[tokio::test]
async fn a_target_that_goes_away_is_down_then_unknown() {
    let Some(binary) = binary() else { return };
    let (one, two) = (exporter(Arc::default()).await, exporter(Arc::default()).await);
    let port = two.address.port();
    let real = Real::start(&binary, &of_pods(&[("one", one.address.port()), ("two", port)])).await;
    let clock = SystemClock::start();
    let prometheus = real.client(Duration::from_secs(5));
    let targets = vec![target("one", 1), target("two", 1)];
    let read = || prometheus.read(targets.clone(), clock.now());
    until("both are scraped", read, |batch| outcome(batch, 0).is_ok() && outcome(batch, 1).is_ok()).await;

    drop(one);
    let down = until("one is down", read, |batch| outcome(batch, 0) == Err(FaultKind::Down)).await;
    assert!(outcome(&down, 1).is_ok());
    assert_eq!(down.pods[0].outcome.as_ref().unwrap_err().why, "prometheus cannot scrape this pod");

    real.scrape(&[("two", port)]);
    let unknown = until("one is unknown", read, |batch| outcome(batch, 0) == Err(FaultKind::Absent)).await;
    assert!(outcome(&unknown, 1).is_ok());
}

#[tokio::test]
async fn expressions_are_answered_or_refused_by_kind() {
    let Some(binary) = binary() else { return };
    let (one, two) = (exporter(Arc::default()).await, exporter(Arc::default()).await);
    let real = Real::start(&binary, &of_pods(&[("one", one.address.port()), ("two", two.address.port())])).await;
    let prometheus = real.client(Duration::from_secs(60));
    let now: Time = SystemClock::start().now();
    let query = |promql: &'static str| {
        let prometheus = prometheus.clone();
        async move { prometheus.query(promql, now).await }
    };

    let sum = || query("sum(http_requests_total{code=\"500\"})");
    let is_six = |answer: &Result<_, PromError>| {
        answer.as_ref().is_ok_and(|vector: &glidepath::metrics::Vector| {
            vector.only().is_ok_and(|point| point.is_some_and(|point| point.value == 6.0))
        })
    };
    until("both are scraped", sum, is_six).await.unwrap();
    let several = query("http_requests_total{code=\"500\"}").await.unwrap();
    assert!(several.only().unwrap_err().to_string().contains("they differ in instance, pod"), "{several:?}");
    assert_eq!(query("nothing_at_all").await.unwrap().only(), Ok(None));
    assert!(query("0 / 0").await.unwrap().only().unwrap().unwrap().value.is_nan());
    assert!(matches!(query("sum(").await, Err(PromError::BadQuery { .. })));
    assert!(matches!(query("up[1m]").await, Err(PromError::Malformed { .. })));
    let ambiguous = query("vector(1) + on() group_left() up{job=\"pods\"} + on() up{job=\"pods\"}").await;
    assert!(matches!(ambiguous, Err(PromError::Execution { .. })), "{ambiguous:?}");
}
