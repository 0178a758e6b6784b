//! What never changes in the life of a pod, read from its object when it is given its node.

use std::time::Duration;

use serde_json::Value;

use super::TRACK;
use super::key::Key;
use crate::core::time::Time;
use crate::sim::quantity::Quantity;
use crate::sim::scenario::Version;
use crate::sim::store::fields::{self, text};

/// The readiness probe of the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probe {
    /// From the container's start to the first probe.
    pub delay: Duration,
    /// Between probes.
    pub period: Duration,
}

/// What never changes in a pod's life.
#[derive(Clone, Debug)]
pub struct Birth {
    /// Where the pod is.
    pub key: Key,
    /// Its UID.
    pub uid: String,
    /// The value of its label `app`.
    pub workload: String,
    /// How its version behaves by itself.
    pub version: Version,
    /// Whether a canary Deployment of ours made it.
    pub canary: bool,
    /// Its node.
    pub node: String,
    /// Its address.
    pub ip: String,
    /// Its containers: name and image reference.
    pub containers: Vec<(String, String)>,
    /// Its readiness probe; without one it is ready as soon as it runs.
    pub probe: Option<Probe>,
    /// The memory limit of its application.
    pub limit: Option<u64>,
    /// When it was given its node.
    pub bound: Time,
}

impl Birth {
    /// Reads a pod that has been given its node.
    pub fn of(pod: &Value, ip: String, bound: Time, version: impl FnOnce(&str, &str) -> Version) -> Self {
        let list = fields::items(pod, "/spec/containers");
        let containers: Vec<(String, String)> =
            list.iter().map(|one| (text(one, "/name").to_owned(), text(one, "/image").to_owned())).collect();
        let workload = fields::label(pod, "app").unwrap_or_default().to_owned();
        let image = containers.first().map(|(_, image)| image.as_str()).unwrap_or_default();
        let first = list.first();
        let limit = first.and_then(|one| Quantity::of(one.pointer("/resources/limits/memory")?));
        Self {
            key: Key::of(pod),
            uid: fields::uid(pod).to_owned(),
            version: version(&workload, tag(image)),
            workload,
            canary: fields::label(pod, TRACK) == Some("canary"),
            node: text(pod, "/spec/nodeName").to_owned(),
            ip,
            containers,
            probe: first.and_then(|one| probe(one.get("readinessProbe")?)),
            limit: limit.and_then(|limit| u64::try_from(limit.units()).ok()),
            bound,
        }
    }
}

fn probe(spec: &Value) -> Option<Probe> {
    let seconds = |key: &str, default| Duration::from_secs(spec.get(key).and_then(Value::as_u64).unwrap_or(default));
    spec.is_object().then(|| Probe {
        delay: seconds("initialDelaySeconds", 0),
        period: seconds("periodSeconds", 10).max(Duration::from_secs(1)),
    })
}

/// The tag of an image reference; `latest` where it has none.
pub fn tag(reference: &str) -> &str {
    let reference = reference.split_once('@').map_or(reference, |(before, _)| before);
    match reference.rsplit_once(':') {
        Some((_, tag)) if !tag.contains('/') => tag,
        _ => "latest",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_what_follows_the_last_colon() {
        assert_eq!(tag("registry.example/checkout:1.8.0"), "1.8.0");
        assert_eq!(tag("registry.example:5000/checkout"), "latest");
        assert_eq!(tag("checkout:2@sha256:abc"), "2");
    }
}
