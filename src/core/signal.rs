//! By which names an application's metrics go, and what a series of such a name says.

use serde::{Deserialize, Serialize};

use crate::core::sample::Sample;

/// The names by which requests, latencies and memory are found among a pod's series: the first of each list that a pod
/// exposes is used. The defaults are those of the common client libraries and of OpenTelemetry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Signals {
    /// Counters of requests, with a label that holds the status.
    pub requests: Vec<String>,
    /// Histograms of request durations in seconds, without `_bucket`.
    pub latency: Vec<String>,
    /// Gauges of resident memory in bytes.
    pub memory: Vec<String>,
    /// Labels that hold a request's status.
    pub status_labels: Vec<String>,
    /// Labels that hold a request's path or route.
    pub path_labels: Vec<String>,
}

impl Default for Signals {
    fn default() -> Self {
        let list = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        Self {
            requests: list(&[
                "http_requests_total",
                "http_server_requests_total",
                "http_server_requests_seconds_count",
                "http_server_request_duration_seconds_count",
                "http_request_duration_seconds_count",
                "requests_total",
            ]),
            latency: list(&[
                "http_request_duration_seconds",
                "http_server_request_duration_seconds",
                "http_server_requests_seconds",
                "request_duration_seconds",
            ]),
            memory: list(&[
                "container_memory_working_set_bytes",
                "process_resident_memory_bytes",
                "process_memory_usage_bytes",
            ]),
            status_labels: list(&[
                "status",
                "code",
                "status_code",
                "http_response_status_code",
                "http_status_code",
                "response_code",
            ]),
            path_labels: list(&["path", "route", "handler", "http_route", "uri", "url_path", "endpoint"]),
        }
    }
}

impl Signals {
    /// The names of all series that rules can use, so that a source may leave the others out.
    pub fn series(&self) -> Vec<String> {
        let buckets = self.latency.iter().map(|name| format!("{name}_bucket"));
        self.requests.iter().chain(&self.memory).cloned().chain(buckets).collect()
    }

    /// Whether a request counter's sample counts failed requests (5xx); `None` where no label holds a status.
    pub fn failed(&self, sample: &Sample) -> Option<bool> {
        let status = self.status_labels.iter().find_map(|label| sample.label(label))?;
        Some(status.len() == 3 && status.starts_with('5'))
    }

    /// Whether a sample counts requests of a path that no user asks for.
    pub fn is_quiet(&self, sample: &Sample, quiet_paths: &[String]) -> bool {
        self.path_labels
            .iter()
            .find_map(|label| sample.label(label))
            .is_some_and(|path| quiet_paths.iter().any(|quiet| quiet == path))
    }

    /// Whether a sample says which path it counts.
    pub fn names_path(&self, sample: &Sample) -> bool {
        self.path_labels.iter().any(|label| sample.label(label).is_some())
    }
}
