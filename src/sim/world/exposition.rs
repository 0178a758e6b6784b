//! A pod's `/metrics`, in the text format of Prometheus.

use std::fmt::{self, Write};

use super::tally::{BOUNDS, Tally};
use crate::core::time::Time;

/// What a process says of itself.
#[derive(Clone, Debug)]
pub struct Process<'a> {
    /// Its version: the image tag.
    pub version: &'a str,
    /// When the container started.
    pub started: Time,
    /// Its age in seconds.
    pub age: f64,
    /// Resident memory in bytes.
    pub memory: u64,
    /// What it counted.
    pub tally: &'a Tally,
}

/// Writes the exposition.
pub fn exposition(process: &Process<'_>) -> String {
    let mut text = String::with_capacity(12 * 1024);
    // Writing to a String cannot fail.
    let _never_fails = requests(&mut text, process.tally)
        .and_then(|()| durations(&mut text, process.tally))
        .and_then(|()| own(&mut text, process));
    text
}

fn head(text: &mut String, name: &str, kind: &str, help: &str) -> fmt::Result {
    writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}")
}

fn requests(text: &mut String, tally: &Tally) -> fmt::Result {
    head(text, "http_requests_total", "counter", "Requests that were answered, by method, path and status.")?;
    for (route, counts) in tally.routes() {
        for (status, count) in &counts.statuses {
            let (method, path) = (route.method, route.path);
            writeln!(text, "http_requests_total{{method=\"{method}\",path=\"{path}\",status=\"{status}\"}} {count}")?;
        }
    }
    Ok(())
}

fn durations(text: &mut String, tally: &Tally) -> fmt::Result {
    const NAME: &str = "http_request_duration_seconds";
    head(text, NAME, "histogram", "How long requests took, by method and path.")?;
    for (route, counts) in tally.routes().filter(|(_, counts)| counts.requests() > 0) {
        let labels = format!("method=\"{}\",path=\"{}\"", route.method, route.path);
        let mut below = 0;
        for (bound, count) in BOUNDS.iter().zip(counts.buckets) {
            below += count;
            writeln!(text, "{NAME}_bucket{{{labels},le=\"{bound}\"}} {below}")?;
        }
        let all = counts.requests();
        writeln!(text, "{NAME}_bucket{{{labels},le=\"+Inf\"}} {all}")?;
        writeln!(text, "{NAME}_sum{{{labels}}} {}\n{NAME}_count{{{labels}}} {all}", counts.seconds)?;
    }
    Ok(())
}

/// The CPU time that a process has spent: a little for being there, more for each request.
pub fn cpu_seconds(process: &Process<'_>) -> f64 {
    process.age * 0.004 + process.tally.user_requests() as f64 * 0.0016
}

fn own(text: &mut String, process: &Process<'_>) -> fmt::Result {
    let requests = process.tally.user_requests();
    head(text, "process_resident_memory_bytes", "gauge", "Resident memory size in bytes.")?;
    writeln!(text, "process_resident_memory_bytes {}", process.memory)?;
    head(text, "process_start_time_seconds", "gauge", "Start time of the process since unix epoch in seconds.")?;
    writeln!(text, "process_start_time_seconds {:.3}", process.started.millis() as f64 / 1_000.0)?;
    head(text, "process_cpu_seconds_total", "counter", "Total user and system CPU time spent in seconds.")?;
    writeln!(text, "process_cpu_seconds_total {:.2}", cpu_seconds(process))?;
    head(text, "go_goroutines", "gauge", "Number of goroutines that currently exist.")?;
    writeln!(text, "go_goroutines {}", 14 + requests % 7)?;
    head(text, "app_build_info", "gauge", "Which build this is; always 1.")?;
    writeln!(text, "app_build_info{{version=\"{}\",goversion=\"go1.24.5\"}} 1", process.version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exposition_has_types_and_cumulative_buckets() {
        let mut tally = Tally::default();
        tally.count(0, 200, 0.02);
        tally.count(0, 200, 0.2);
        let process =
            Process { version: "1.8.0", started: Time::from_millis(1_500), age: 60.0, memory: 1_024, tally: &tally };
        let text = exposition(&process);
        for line in [
            "# TYPE http_requests_total counter",
            "http_requests_total{method=\"GET\",path=\"/users/{id}\",status=\"200\"} 2",
            "http_request_duration_seconds_bucket{method=\"GET\",path=\"/users/{id}\",le=\"0.025\"} 1",
            "http_request_duration_seconds_bucket{method=\"GET\",path=\"/users/{id}\",le=\"+Inf\"} 2",
            "http_request_duration_seconds_count{method=\"GET\",path=\"/users/{id}\"} 2",
            "process_resident_memory_bytes 1024",
            "process_start_time_seconds 1.500",
            "app_build_info{version=\"1.8.0\",goversion=\"go1.24.5\"} 1",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is missing in\n{text}");
        }
        assert!(!text.contains("/orders"), "a route without requests has no series");
    }
}
