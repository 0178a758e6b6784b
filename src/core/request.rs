//! What a person asks to be released, before anybody looked at the cluster.

use std::time::Duration;

use serde_json::Value;

use crate::core::cost::Price;
use crate::core::plan::{Finish, Limits, MetricsPort, OnHoldLimit, Step};
use crate::core::rule::Rule;
use crate::core::signal::Signals;

/// A release as it is asked for: command line over configuration over defaults. The cluster adapter makes a
/// [`crate::core::plan::Plan`] of it, or refuses it by name.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The release's id where something outside gives one (a Job's UID); otherwise it is made from application, version and time.
    pub id: Option<String>,
    /// The application's name; for a release of one Deployment without a configuration, its name.
    pub application: String,
    /// Whether the configuration marks the context or namespace as production.
    pub production: bool,
    /// The new version, in the words of a person; `None`: the new image's tag.
    pub version: Option<String>,
    /// The workloads, in the order in which they are shown; never empty.
    pub workloads: Vec<WorkloadRequest>,
    /// The weights of the canary stage.
    pub steps: Vec<Step>,
    /// The rules.
    pub rules: Vec<Rule>,
    /// By which names the application's metrics go; the default knows the common ones.
    pub signals: Signals,
    /// The limits.
    pub limits: Limits,
    /// How often metrics are read.
    pub scrape: Duration,
    /// The Prometheus that is asked for them, in a few words; `None`: the pods themselves are.
    pub prometheus: Option<String>,
    /// What happens after 100 %.
    pub finish: Finish,
    /// What the end of a hold does.
    pub on_hold_limit: OnHoldLimit,
    /// What a pod costs an hour, where somebody said so.
    pub cost: Option<Price>,
    /// Whether an autoscaler's minimum is raised for the flight (`hpa = "raise"`, the default) or left.
    pub raise_hpa: bool,
    /// Whether a Deployment of strategy `Recreate` may fly all the same (`recreate = "allow"`).
    pub allow_recreate: bool,
    /// How long what routes to pod addresses from outside the cluster needs; 60 s.
    pub settle: Duration,
    /// Whether the canary is compared with fresh pods of stable's version, as many as it has itself.
    pub baseline: bool,
}

/// One workload of a request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WorkloadRequest {
    /// The Deployment's name.
    pub name: String,
    /// Images to set: the container (`None`: the only one, or every one whose repository is the same) and the reference.
    pub images: Vec<(Option<String>, String)>,
    /// `release --version V`: the tag that replaces the tag of every configured image.
    pub tag: Option<String>,
    /// The containers whose tag `tag` replaces; empty: all.
    pub tagged: Vec<String>,
    /// A whole pod template (`-f deployment.yaml`).
    pub template: Option<Value>,
    /// Where its pods answer with metrics; `None`: found out from annotations and named ports.
    pub metrics: Option<MetricsPort>,
}
