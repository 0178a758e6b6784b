//! The users of the application: their requests go to whatever the Service's slices say is Ready, and are counted on the
//! page of the pod that each met.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use glidepath::cluster::Connection;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::control_plane::Api;
use crate::fixture::{Seen, Server, answer};
use crate::real_flight::ground::path;

/// Requests a second of all users together.
const RATE: f64 = 900.0;

/// How much of what they answer fails where a version is bad, and what is in such an image's tag.
const BAD: (&str, f64) = ("-bad", 0.2);

/// What one pod has answered.
#[derive(Default)]
struct Page {
    image: String,
    good: f64,
    bad: f64,
}

#[derive(Default)]
struct Books {
    pages: BTreeMap<String, Page>,
    serving: Vec<String>,
    served_once: bool,
    lost: u64,
}

/// The users of one namespace; they are gone with it.
pub struct City {
    books: Arc<Mutex<Books>>,
    pages: Server,
    walk: JoinHandle<()>,
}

impl Drop for City {
    fn drop(&mut self) {
        self.walk.abort();
    }
}

impl City {
    /// Users of the Service `web`.
    pub async fn begin(connection: &Connection) -> Self {
        let books = Arc::new(Mutex::new(Books::default()));
        let shown = Arc::clone(&books);
        let namespace = connection.namespace.clone();
        let pages = Server::start(move |seen| serve(&shown, &namespace, &seen)).await;
        let walk = tokio::spawn(walk(connection.clone(), Arc::clone(&books)));
        Self { books, pages, walk }
    }

    /// How many requests met a Service without one Ready endpoint, since the first that did not.
    pub fn lost(&self) -> u64 {
        self.books.lock().unwrap().lost
    }

    /// How a Prometheus finds the pods' pages, and names what it finds.
    pub fn scrape_config(&self) -> String {
        format!(
            "scrape_configs:\n\
             - job_name: pods\n  \
               scrape_interval: 1s\n  \
               http_sd_configs:\n  - url: {}/targets\n    refresh_interval: 1s\n  \
               relabel_configs:\n  \
               - source_labels: [__meta_kubernetes_namespace]\n    target_label: namespace\n  \
               - source_labels: [__meta_kubernetes_pod_name]\n    target_label: pod\n",
            self.pages.url()
        )
    }
}

fn serve(books: &Mutex<Books>, namespace: &str, seen: &Seen) -> http::Response<crate::fixture::Body> {
    let books = books.lock().unwrap();
    if seen.path == "/targets" {
        return answer(200, "application/json", targets(&books, namespace, seen).to_string());
    }
    match seen.path.strip_prefix("/metrics/").and_then(|pod| books.pages.get(pod)) {
        Some(page) => answer(200, "text/plain; version=0.0.4", exposition(page)),
        None => answer(404, "text/plain", "no such pod"),
    }
}

/// All pages stand at one address, under the name of their pod.
fn targets(books: &Books, namespace: &str, seen: &Seen) -> Value {
    let one = |pod: &String| {
        json!({"targets": [seen.host], "labels": {
            "__metrics_path__": format!("/metrics/{pod}"),
            "__meta_kubernetes_namespace": namespace, "__meta_kubernetes_pod_name": pod,
        }})
    };
    books.pages.keys().map(one).collect()
}

/// A page as applications have it: requests by status, a histogram of durations, memory.
fn exposition(page: &Page) -> String {
    let (good, bad) = (page.good.floor(), page.bad.floor());
    let all = good + bad;
    let mut text = String::from("# TYPE http_requests_total counter\n");
    let _ = writeln!(text, "http_requests_total{{path=\"/users/{{id}}\",code=\"200\"}} {good}");
    let _ = writeln!(text, "http_requests_total{{path=\"/users/{{id}}\",code=\"500\"}} {bad}");
    text.push_str("# TYPE http_request_duration_seconds histogram\n");
    for (bound, part) in [("0.05", 0.9), ("0.1", 0.99), ("+Inf", 1.0)] {
        let count = (all * part).floor();
        let _ = writeln!(text, "http_request_duration_seconds_bucket{{le=\"{bound}\"}} {count}");
    }
    let _ = writeln!(text, "http_request_duration_seconds_sum {}", all * 0.03);
    let _ = writeln!(text, "http_request_duration_seconds_count {all}");
    text.push_str("# TYPE process_resident_memory_bytes gauge\nprocess_resident_memory_bytes 67108864\n");
    text
}

/// Walks on and on: who serves is looked up ten times a second, and the requests since then are shared among them.
async fn walk(connection: Connection, books: Arc<Mutex<Books>>) {
    let api = Api::of(&connection);
    let mut before = Instant::now();
    loop {
        let slices = format!("{}?labelSelector=kubernetes.io/service-name=web", path(&connection, "endpointslices"));
        let (slices, pods) = (api.get(&slices).await, api.get(&path(&connection, "pods")).await);
        let now = Instant::now();
        if let (Ok(slices), Ok(pods)) = (slices, pods) {
            books.lock().unwrap().note(&slices, &pods, now.duration_since(before));
        }
        before = now;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

impl Books {
    fn note(&mut self, slices: &Value, pods: &Value, passed: Duration) {
        let items = |list: &Value| list["items"].as_array().cloned().unwrap_or_default();
        let running: BTreeMap<String, String> = items(pods)
            .iter()
            .filter(|pod| pod["status"]["phase"] == "Running")
            .map(|pod| {
                let image = &pod["spec"]["containers"][0]["image"];
                (pod["metadata"]["name"].as_str().unwrap().to_owned(), image.as_str().unwrap().to_owned())
            })
            .collect();
        self.pages.retain(|pod, _| running.contains_key(pod));
        for (pod, image) in running {
            self.pages.entry(pod).or_insert_with(|| Page { image, ..Page::default() });
        }
        let ready = |endpoint: &&Value| endpoint["conditions"]["ready"] == true;
        self.serving = items(slices)
            .iter()
            .flat_map(|slice| slice["endpoints"].as_array().cloned().unwrap_or_default())
            .filter(|endpoint| ready(&endpoint))
            .filter_map(|endpoint| endpoint["targetRef"]["name"].as_str().map(str::to_owned))
            .collect();
        self.served_once |= !self.serving.is_empty();
        let asked = RATE * passed.as_secs_f64();
        if self.serving.is_empty() && self.served_once {
            self.lost += asked as u64;
        }
        let each = asked / self.serving.len().max(1) as f64;
        for pod in &self.serving {
            let Some(page) = self.pages.get_mut(pod) else { continue };
            let failing = if page.image.contains(BAD.0) { BAD.1 } else { 0.0 };
            page.bad += each * failing;
            page.good += each * (1.0 - failing);
        }
    }
}
