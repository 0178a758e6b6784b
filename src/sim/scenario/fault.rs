//! What goes wrong in a scenario, and when.

use std::time::Duration;

use serde::Deserialize;

use super::amount;
use crate::core::time::span;

/// One thing that goes wrong.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// What sets it off, once.
    pub when: Trigger,
    /// How long after that it begins.
    #[serde(default, with = "span")]
    pub delay: Duration,
    /// What goes wrong.
    pub effect: Effect,
    /// How long it lasts; `None`: for good.
    #[serde(default, rename = "for", deserialize_with = "some_span")]
    pub lasts: Option<Duration>,
    /// How long after its beginning it begins again; `None`: it happens once.
    #[serde(default, deserialize_with = "some_span")]
    pub every: Option<Duration>,
}

/// What sets off a fault, or an operator's command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// So long after the world's start.
    AfterStart(#[serde(with = "span")] Duration),
    /// So long after the release began: the first write of a client that is neither kubectl nor a controller.
    AfterRelease(#[serde(with = "span")] Duration),
    /// When the canary's Ready pods are this percentage of all Ready pods, or nearly (four fifths of it will do, because
    /// pods come in whole numbers).
    CanaryShare(u32),
    /// When some Service has sent its traffic to the canary alone for so long.
    PinnedFor(#[serde(with = "span")] Duration),
    /// When a rollback begins: the first write of a client that unpins a Service, lowers the canary's replicas, or puts an
    /// older template back.
    Rollback,
}

/// What goes wrong.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Effect {
    /// A version behaves differently.
    Behave(Change),
    /// Pods lose readiness, all at once.
    Unready(Who),
    /// The pods' `/metrics` does not answer as it should.
    Metrics(MetricsFailure),
    /// The API server refuses connections. Set off by a rollback, it swallows the very write that began it.
    ApiDown,
    /// A foreign controller puts Services back to what it wants.
    PutBack {
        /// Its field manager.
        manager: String,
        /// What it wants of our pin.
        wants: PinWish,
        /// How long it needs at most; at least half of that.
        #[serde(with = "span")]
        within: Duration,
    },
    /// The autoscaler of a workload wants this many pods.
    Autoscale {
        /// The workload.
        workload: String,
        /// How many.
        replicas: u32,
    },
}

/// How a version behaves from now on; what is absent stays as it was.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Change {
    /// The image tag; `None`: every version.
    pub version: Option<String>,
    /// The workload whose pods are meant; `None`: every workload's.
    pub workload: Option<String>,
    /// The share of requests that are answered with 5xx.
    pub errors: Option<f64>,
    /// The median latency.
    #[serde(deserialize_with = "some_span")]
    pub median: Option<Duration>,
    /// The 95th percentile of latency.
    #[serde(deserialize_with = "some_span")]
    pub p95: Option<Duration>,
    /// Growth of memory, in bytes a minute.
    #[serde(deserialize_with = "amount::some_bytes")]
    pub growth: Option<u64>,
}

/// Which pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Who {
    /// Every pod of a canary Deployment.
    Canary,
    /// One pod that is not of a canary Deployment.
    OneStable,
}

/// How `/metrics` fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MetricsFailure {
    /// Nobody listens on the port.
    Refused,
    /// The answer is 503.
    Unavailable,
    /// No answer comes.
    Timeout,
}

/// What a foreign controller wants of our pin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PinWish {
    /// That no selector has it: it removes the pin.
    Absent,
    /// That the selectors that had it when the fault began keep it: it puts the pin back.
    Present,
}

fn some_span<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    span::deserialize(deserializer).map(Some)
}
