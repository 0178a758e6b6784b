//! By which names a workload's metrics go, asked of one of its pods.

use std::sync::Arc;
use std::time::Duration;

use crate::cluster::{Connection, PodProxy};
use crate::core::sample::Target;
use crate::core::signal::Signals;
use crate::core::survey::Found;
use crate::metrics::{Exposed, Scrape};

/// How long one pod may take.
const WITHIN: Duration = Duration::from_secs(3);

/// What a pod exposes of what rules need; each the name that a release would use.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recognised {
    /// The counter of requests.
    pub requests: Option<String>,
    /// The histogram of their durations.
    pub latency: Option<String>,
    /// The gauge of memory.
    pub memory: Option<String>,
    /// How long its requests took.
    pub times: Times,
}

/// How long the requests of a pod took since it started: an upper bound and how many took at most so many seconds, rising.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Times(Vec<(f64, f64)>);

/// With fewer requests than this nobody says how long they take.
const ENOUGH: f64 = 100.0;

impl Times {
    /// Of the buckets of a histogram.
    pub fn of(buckets: Vec<(f64, f64)>) -> Self {
        Self(buckets)
    }

    /// The least bound, in seconds, within which this share of the requests was; `None`: there were too few to say, or they
    /// took longer than its largest bucket.
    pub fn within(&self, share: f64) -> Option<f64> {
        let (_, all) = self.0.last().filter(|(_, all)| *all >= ENOUGH)?;
        let (bound, _) = self.0.iter().find(|(_, count)| *count >= share * all)?;
        bound.is_finite().then_some(*bound)
    }
}

impl Recognised {
    fn of(exposed: &[Exposed], signals: &Signals) -> Self {
        let family = |name: &str| exposed.iter().find(|family| family.name == name);
        let first = |names: &[String]| names.iter().find(|name| family(name).is_some()).cloned();
        // A counter is also exposed as its histogram's `_count`, under the histogram's name.
        let counted = |name: &&String| family(name).or_else(|| family(name.strip_suffix("_count")?)).is_some();
        let latency = first(&signals.latency);
        let times = latency.as_deref().and_then(family).map(|family| family.buckets.clone()).unwrap_or_default();
        Self {
            requests: signals.requests.iter().find(counted).cloned(),
            latency,
            memory: first(&signals.memory),
            times: Times::of(times),
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
    Ok(Recognised::of(&exposed, &Signals::default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Kind;

    fn exposed(name: &str, buckets: &[(f64, f64)]) -> Exposed {
        let kind = if buckets.is_empty() { Kind::Gauge } else { Kind::Histogram };
        Exposed { name: name.to_owned(), kind, help: String::new(), series: 1, buckets: buckets.to_vec() }
    }

    #[test]
    fn the_first_name_that_is_exposed_is_the_one() {
        let buckets = [(0.1, 90.0), (0.5, 99.0), (f64::INFINITY, 100.0)];
        let all = [
            exposed("go_goroutines", &[]),
            exposed("http_request_duration_seconds", &buckets),
            exposed("process_resident_memory_bytes", &[]),
        ];
        let recognised = Recognised::of(&all, &Signals::default());
        assert_eq!(recognised.requests.as_deref(), Some("http_request_duration_seconds_count"));
        assert_eq!(recognised.latency.as_deref(), Some("http_request_duration_seconds"));
        assert_eq!(recognised.memory.as_deref(), Some("process_resident_memory_bytes"));
        assert_eq!(recognised.times, Times(buckets.to_vec()));
        assert_eq!(Recognised::of(&[], &Signals::default()), Recognised::default());
    }

    #[test]
    fn a_share_of_the_requests_was_within_a_bound_or_nobody_can_say() {
        let times = Times(vec![(0.1, 90.0), (0.5, 99.0), (f64::INFINITY, 100.0)]);
        assert_eq!([times.within(0.9), times.within(0.95), times.within(0.995)], [Some(0.1), Some(0.5), None]);
        assert_eq!(Times(vec![(0.1, 9.0), (f64::INFINITY, 10.0)]).within(0.9), None);
        assert_eq!(Times::default().within(0.9), None);
    }
}
