//! By which names a workload's metrics go, asked of one of its pods.

use std::sync::Arc;
use std::time::Duration;

use crate::cluster::{Connection, PodProxy};
use crate::core::sample::Target;
use crate::core::signal::Signals;
use crate::core::survey::Found;
use crate::metrics::Scrape;

/// How long one pod may take.
const WITHIN: Duration = Duration::from_secs(3);

/// What a pod exposes of what rules need; each the name that a release would use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recognised {
    /// The counter of requests.
    pub requests: Option<String>,
    /// The histogram of their durations.
    pub latency: Option<String>,
    /// The gauge of memory.
    pub memory: Option<String>,
}

impl Recognised {
    fn of(exposed: &[String], signals: &Signals) -> Self {
        let first = |names: &[String]| names.iter().find(|name| exposed.contains(name)).cloned();
        // A counter is also exposed as its histogram's `_count`, under the histogram's name.
        let counted = |name: &&String| {
            exposed.contains(name) || name.strip_suffix("_count").is_some_and(|name| exposed.iter().any(|e| e == name))
        };
        Self {
            requests: signals.requests.iter().find(counted).cloned(),
            latency: first(&signals.latency),
            memory: first(&signals.memory),
        }
    }
}

/// Asks one Ready pod. `Err`: why nobody can say.
///
/// # Errors
/// There is no port, no pod, or no answer.
pub async fn recognise(connection: &Connection, found: &Found) -> Result<Recognised, String> {
    let Some(port) = &found.metrics else { return Err("no annotation and no port's name says where".to_owned()) };
    let Some(pod) = &found.witness else { return Err("no pod is Ready to be asked".to_owned()) };
    let target = Target {
        uid: pod.uid.clone(),
        namespace: connection.namespace.clone(),
        name: pod.name.clone(),
        ip: pod.ip.clone(),
        metrics: Some(port.clone()),
    };
    let scrape = Scrape::new(Arc::new(PodProxy::new(connection)), Vec::new());
    let exposed = tokio::time::timeout(WITHIN, scrape.exposed(target)).await;
    let exposed =
        exposed.map_err(|_| format!("pod {} did not answer in time", pod.name))?.map_err(|fault| fault.why)?;
    let names: Vec<String> = exposed.into_iter().map(|exposed| exposed.name).collect();
    Ok(Recognised::of(&names, &Signals::default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_name_that_is_exposed_is_the_one() {
        let exposed = ["go_goroutines", "http_request_duration_seconds", "process_resident_memory_bytes"];
        let recognised = Recognised::of(&exposed.map(str::to_owned), &Signals::default());
        assert_eq!(recognised.requests.as_deref(), Some("http_request_duration_seconds_count"));
        assert_eq!(recognised.latency.as_deref(), Some("http_request_duration_seconds"));
        assert_eq!(recognised.memory.as_deref(), Some("process_resident_memory_bytes"));
        assert_eq!(Recognised::of(&[], &Signals::default()), Recognised::default());
    }
}
