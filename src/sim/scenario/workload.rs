//! What runs in a scenario's cluster, and how its versions behave.

use std::time::Duration;

use serde::Deserialize;

use super::amount;
use crate::core::time::span;
use crate::sim::quantity::Quantity;

/// What is released.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// The new version: the tag of every new image.
    pub version: String,
    /// The workloads that move; empty: all.
    #[serde(default)]
    pub workloads: Vec<String>,
}

/// One image that a release changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageChange {
    /// The Deployment.
    pub workload: String,
    /// The container.
    pub container: String,
    /// The new reference.
    pub reference: String,
}

/// The cluster around the workloads.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Cluster {
    /// The kubeconfig context.
    pub context: String,
    /// The namespace of every workload.
    pub namespace: String,
    /// How many nodes there are.
    pub nodes: u32,
    /// The processor time that each node offers to pods.
    #[serde(deserialize_with = "amount::cpu")]
    pub cpu: Quantity,
    /// The memory that each node offers to pods, in bytes.
    #[serde(deserialize_with = "amount::bytes")]
    pub memory: u64,
    /// How many pods each node takes.
    pub pods: u32,
    /// The namespace's ResourceQuota for pods; `None`: it has no quota.
    pub quota_pods: Option<u32>,
}

impl Default for Cluster {
    fn default() -> Self {
        Self {
            context: "demo".to_owned(),
            namespace: "shop".to_owned(),
            nodes: 3,
            cpu: Quantity::whole(8),
            memory: 32 << 30,
            pods: 110,
            quota_pods: None,
        }
    }
}

/// One Deployment with its Services, autoscaler and disruption budget, and the traffic that it gets.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Workload {
    /// The Deployment's name, and the value of its pods' label `app`.
    pub name: String,
    /// The version that serves when the world starts.
    pub version: String,
    /// The versions that served before, oldest first: each left a ReplicaSet.
    pub history: Vec<String>,
    /// The container that a release changes.
    pub container: String,
    /// Its image, without the tag; empty: `registry.example/` and the workload's name.
    pub repository: String,
    /// The port that it listens on, for users, probes and metrics.
    pub port: u16,
    /// `spec.replicas`.
    pub replicas: u32,
    /// Requests a second over all its Services; 0: none.
    pub rate: f64,
    /// Its Services; empty: one of the workload's name. Each gets an equal part of the rate.
    pub services: Vec<String>,
    /// The share of requests that come on kept connections, 0–1.
    pub kept: f64,
    /// How long a kept connection is used before its client opens another, on average.
    #[serde(with = "span")]
    pub kept_for: Duration,
    /// The processor time that a pod asks of its node.
    #[serde(deserialize_with = "amount::cpu")]
    pub cpu: Quantity,
    /// The memory limit of a pod (and its request), in bytes.
    #[serde(deserialize_with = "amount::bytes")]
    pub memory: u64,
    /// Whether it has a HorizontalPodAutoscaler, of 4 to 20 pods.
    pub autoscaler: bool,
    /// Whether it has a PodDisruptionBudget, of at most a quarter unavailable.
    pub budget: bool,
}

impl Default for Workload {
    fn default() -> Self {
        Self {
            name: "checkout".to_owned(),
            version: "1.7.4".to_owned(),
            history: vec!["1.7.2".to_owned(), "1.7.3".to_owned()],
            container: "app".to_owned(),
            repository: String::new(),
            port: 8_080,
            replicas: 10,
            rate: 207.0,
            services: Vec::new(),
            kept: 0.2,
            kept_for: Duration::from_secs(45),
            cpu: Quantity::milli(250),
            memory: 512 << 20,
            autoscaler: true,
            budget: true,
        }
    }
}

impl Workload {
    /// What runs where a scenario names nothing: `checkout` alone.
    pub fn alone() -> Vec<Self> {
        vec![Self::default()]
    }

    /// The image reference of a version.
    pub fn image(&self, version: &str) -> String {
        match self.repository.as_str() {
            "" => format!("registry.example/{}:{version}", self.name),
            repository => format!("{repository}:{version}"),
        }
    }

    /// The change that brings `version`.
    pub fn image_change(&self, version: &str) -> ImageChange {
        ImageChange { workload: self.name.clone(), container: self.container.clone(), reference: self.image(version) }
    }

    /// The names of its Services; never empty.
    pub fn service_names(&self) -> Vec<String> {
        if self.services.is_empty() { vec![self.name.clone()] } else { self.services.clone() }
    }
}

/// How the pods of one image tag behave, until a fault changes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Version {
    /// The image tag.
    pub tag: String,
    /// The workload whose images are meant; `None`: every workload's.
    pub workload: Option<String>,
    /// The share of requests that are answered with 5xx, 0–1.
    pub errors: f64,
    /// The median latency. Latencies are log-normal.
    #[serde(with = "span")]
    pub median: Duration,
    /// The 95th percentile of latency; above the median.
    #[serde(with = "span")]
    pub p95: Duration,
    /// Resident memory after start-up, in bytes.
    #[serde(deserialize_with = "amount::bytes")]
    pub memory: u64,
    /// By how many bytes the memory grows a minute.
    #[serde(deserialize_with = "amount::bytes")]
    pub growth: u64,
    /// From the container's start until its readiness probe would pass.
    #[serde(with = "span")]
    pub startup: Duration,
    /// How long it goes on serving after SIGTERM.
    #[serde(with = "span")]
    pub drain: Duration,
    /// How long after its start the container exits by itself; `None`: it does not.
    #[serde(deserialize_with = "optional_span")]
    pub crash_after: Option<Duration>,
    /// The exit code of such an end.
    pub exit_code: i32,
    /// Whether the registry lacks the image.
    pub missing: bool,
}

impl Version {
    /// How a version behaves that no scenario names: it pulls and runs healthy.
    pub fn healthy(tag: &str) -> Self {
        Self { tag: tag.to_owned(), ..Self::default() }
    }
}

impl Default for Version {
    fn default() -> Self {
        Self {
            tag: String::new(),
            workload: None,
            errors: 0.001,
            median: Duration::from_millis(25),
            p95: Duration::from_millis(60),
            memory: 118 << 20,
            growth: 0,
            startup: Duration::from_secs(3),
            drain: Duration::from_secs(4),
            crash_after: None,
            exit_code: 1,
            missing: false,
        }
    }
}

fn optional_span<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    span::deserialize(deserializer).map(Some)
}
