//! What a release is meant to do, fixed when it starts.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::core::cost::Price;
use crate::core::rule::Rule;
use crate::core::signal::Signals;
use crate::core::state::Edited;
use crate::core::time::span;

/// One attempt to bring one version of one application to one environment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The release's own name, unique in its namespace; a valid Kubernetes object name.
    pub release: String,
    /// SHA-256 in hex of what [`Plan::seal`] says, by which approvals are bound and releases are resumed.
    pub hash: String,
    /// What is being flown: a release, or the return to an earlier version when none is flying.
    pub kind: Kind,
    /// The kubeconfig context, pinned when the release starts.
    pub context: String,
    /// The namespace of every object that the release touches.
    pub namespace: String,
    /// The application: one or more workloads that move together.
    pub application: String,
    /// Whether the configuration's patterns mark this context or namespace as production.
    pub production: bool,
    /// The version that serves now, in the words of a person (an image tag, mostly).
    pub from: String,
    /// The version that is being released.
    pub to: String,
    /// The workloads; never empty.
    pub workloads: Vec<Workload>,
    /// The weights of the canary stage, rising; never empty.
    pub steps: Vec<Step>,
    /// What the canary is judged by.
    pub rules: Vec<Rule>,
    /// By which names the application's metrics go.
    pub signals: Signals,
    /// How long each kind of waiting may last.
    pub limits: Limits,
    /// How often metrics are read.
    #[serde(with = "span")]
    pub scrape: Duration,
    /// What happens after the step of 100 %.
    pub finish: Finish,
    /// What the end of a hold without a terminal does.
    pub on_hold_limit: OnHoldLimit,
    /// What a pod costs an hour, where somebody said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Price>,
    /// What preflight found worth telling before the first write: rounding, affinity, owners, room.
    pub told: Vec<String>,
    /// What to tell once stable has been rolled: who still says the old version, and may bring it back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub afterwards: Vec<String>,
}

impl Plan {
    /// What the pods beside the Deployment are called: where an earlier version is brought back they are no canary.
    pub fn beside(&self) -> &str {
        match self.kind {
            Kind::Release => "canary",
            Kind::Restore | Kind::RestoreInPlace => &self.to,
        }
    }

    /// What the Deployment's own pods are called beside them.
    pub fn staying(&self) -> &str {
        match self.kind {
            Kind::Release => "stable",
            Kind::Restore | Kind::RestoreInPlace => &self.from,
        }
    }

    /// The version that a rollback brings back.
    pub fn comes_back(&self) -> &str {
        match self.kind {
            Kind::Release => &self.from,
            Kind::Restore | Kind::RestoreInPlace => &self.to,
        }
    }

    /// The version that a rollback takes away.
    pub fn goes_away(&self) -> &str {
        match self.kind {
            Kind::Release => &self.to,
            Kind::Restore | Kind::RestoreInPlace => &self.from,
        }
    }

    /// What users are not to meet after a rollback: the canary, or the version that an earlier one is brought back for.
    pub fn left_behind(&self) -> &str {
        match self.kind {
            Kind::Release => "the canary",
            Kind::Restore | Kind::RestoreInPlace => &self.from,
        }
    }

    /// The hash that names this release: SHA-256 over the canonical JSON of cluster, namespace, application, canary pod
    /// templates, steps and rules, from the references as they were given.
    pub fn seal(&self) -> String {
        let mut canonical = serde_json::json!({
            "kind": self.kind,
            "cluster": self.context,
            "namespace": self.namespace,
            "application": self.application,
            "templates": self.workloads.iter().map(|w| (&w.name, &w.canary_template)).collect::<Vec<_>>(),
            "steps": self.steps,
            "rules": self.rules,
        });
        // A release without a baseline has the hash that it always had.
        if let Some(canonical) = canonical.as_object_mut().filter(|_| self.has_baseline()) {
            canonical.insert("baseline".to_owned(), true.into());
        }
        let digest = Sha256::digest(canonical.to_string().as_bytes());
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The same plan with its steps as somebody changed them, under the hash of what it is now.
    pub fn edited(&self, edited: &Edited) -> Self {
        let mut plan = Self { steps: edited.steps.clone(), ..self.clone() };
        plan.hash = plan.seal();
        plan
    }

    /// Whether the canary is compared with a fresh set of stable's version instead of with all of stable.
    pub fn has_baseline(&self) -> bool {
        self.workloads.iter().any(|workload| workload.baseline.is_some())
    }

    /// The workload of that name.
    pub fn workload(&self, name: &str) -> Option<&Workload> {
        self.workloads.iter().find(|workload| workload.name == name)
    }

    /// The step at `index`, counted from 0.
    pub fn step(&self, index: usize) -> Option<&Step> {
        self.steps.get(index)
    }

    /// How long the release still takes if nothing holds it: what is left of the soaks, and the last verification. `flown`:
    /// the step that is flown, and how long it has soaked; `None`: all have passed.
    pub fn remaining(&self, flown: Option<(usize, Duration)>) -> Duration {
        let soaks = flown.map_or(Duration::ZERO, |(index, soaked)| {
            let all: Duration = self.steps.iter().skip(index).map(|step| step.soak).sum();
            all.saturating_sub(soaked)
        });
        soaks + self.limits.verify
    }
}

/// What is being flown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A new version, step by step.
    Release,
    /// An earlier version, brought back beside the one that serves, at full size and without judging.
    Restore,
    /// An earlier template, put straight into the Deployment because a second set of pods cannot run.
    RestoreInPlace,
}

/// One Deployment with its Services.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Workload {
    /// The Deployment's name; it is *stable* as long as its template is the recorded one.
    pub name: String,
    /// The Deployment's UID when the release began: another one of the same name is foreign.
    pub uid: String,
    /// The name of the canary Deployment, cut to fit.
    pub canary: String,
    /// The name of the baseline Deployment: fresh pods of stable's version, as many as the canary has, to compare it with.
    /// `None`: the canary is compared with all of stable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<String>,
    /// Stable's `spec.replicas` when the release began (N₀).
    pub replicas: u32,
    /// How many pods stable's own strategy allows to be unavailable, of `replicas`.
    pub max_unavailable: u32,
    /// Every Service whose selector matches the pods. Empty: the workload shares by pods alone and has no pin.
    pub services: Vec<ServicePlan>,
    /// Which images change, for people.
    pub images: Vec<ImageChange>,
    /// Stable's pod template when the release began: what a rollback puts back.
    pub stable_template: Value,
    /// The pod template that is being released, without our track label.
    pub canary_template: Value,
    /// The HorizontalPodAutoscaler of stable, where there is one.
    pub hpa: Option<HpaPlan>,
    /// Where the pods answer with metrics; `None` where they do not, or nobody found out.
    pub metrics: Option<MetricsPort>,
    /// Request paths that no user asks for (those of the pods' probes and of the metrics themselves): they count as
    /// background, never as traffic.
    pub quiet_paths: Vec<String>,
}

impl Workload {
    /// How many of `wanted` pods must be Ready for all to count as Ready: what stable's strategy allows unavailable is
    /// taken off in proportion, and at least one remains. A step's three pods are not allowed the gap that ten are: one
    /// pod alone would be judged under the weight of three.
    pub fn enough(&self, wanted: u32) -> u32 {
        let allowed = u64::from(self.max_unavailable) * u64::from(wanted) / u64::from(self.replicas.max(1));
        let allowed = u32::try_from(allowed).unwrap_or(u32::MAX).min(wanted.saturating_sub(1));
        wanted - allowed
    }
}

/// What kube-proxy needs to notice a change of endpoints.
pub const PROXIES: Duration = Duration::from_secs(2);

/// A Service that takes part in the flight.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServicePlan {
    /// The Service's name.
    pub name: String,
    /// How long what routes to the pods needs to notice a change of endpoints: 2 s for kube-proxy, 60 s where something
    /// outside the cluster routes to pod addresses.
    #[serde(with = "span")]
    pub settle: Duration,
    /// Why `settle` is longer than kube-proxy needs, in a few words.
    pub settle_why: Option<String>,
}

impl ServicePlan {
    /// Whether something outside the cluster is waited for, which a person may cut short.
    pub fn waits_outside(&self) -> bool {
        self.settle > PROXIES
    }
}

/// One container's image, before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageChange {
    /// The container's name.
    pub container: String,
    /// The reference that serves now.
    pub from: String,
    /// The reference as it was given.
    pub to: String,
}

/// The autoscaler that would count canary pods as stable's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HpaPlan {
    /// The HorizontalPodAutoscaler's name.
    pub name: String,
    /// Its `minReplicas` when the release began.
    pub min: u32,
    /// Its `maxReplicas`.
    pub max: u32,
    /// Whether we raise `minReplicas` for the flight; false with `hpa = "leave"`, or where another controller owns it.
    pub raise: bool,
}

/// Where a workload's pods answer with metrics.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetricsPort {
    /// The container port's number.
    pub port: u16,
    /// The path, with its leading slash.
    pub path: String,
}

/// One weight of the canary stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The share of traffic that the canary is asked to take, in percent, 1–100.
    pub weight: u32,
    /// How long the step must pass.
    #[serde(with = "span")]
    pub soak: Duration,
    /// Whether a person must approve before the step after this one begins.
    pub approval: bool,
}

/// How long each kind of waiting may last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Waiting for pods without a new highest count of Ready ones.
    #[serde(with = "span")]
    pub ready: Duration,
    /// Being blind, before the release rolls back.
    #[serde(with = "span")]
    pub blind: Duration,
    /// Holding, without a terminal.
    #[serde(with = "span")]
    pub hold: Duration,
    /// Waiting for an approval.
    #[serde(with = "span")]
    pub approval: Duration,
    /// Being paused.
    #[serde(with = "span")]
    pub pause: Duration,
    /// Waiting at 100 % for the owner to bring the new image (`finish = "wait"`).
    #[serde(with = "span")]
    pub wait: Duration,
    /// Waiting for the proof of a rollback.
    #[serde(with = "span")]
    pub proof: Duration,
    /// Judging all pods of the new template after stable was rolled, before the canary is taken away.
    #[serde(with = "span")]
    pub verify: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        const MINUTE: Duration = Duration::from_secs(60);
        Self {
            ready: 5 * MINUTE,
            blind: 5 * MINUTE,
            hold: 15 * MINUTE,
            approval: 24 * 60 * MINUTE,
            pause: 24 * 60 * MINUTE,
            wait: 24 * 60 * MINUTE,
            proof: 10 * MINUTE,
            verify: 2 * MINUTE,
        }
    }
}

/// What happens after the step of 100 %.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Finish {
    /// We roll stable to the new template ourselves.
    Roll,
    /// We stay at 100 % until the owner (GitOps) brings the new image.
    Wait,
}

/// What the end of a hold without a terminal does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnHoldLimit {
    /// The release ends *held*: the weight stays.
    Hold,
    /// The release rolls back.
    Rollback,
}

/// The pipeline's nine stages, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Windows, freezes, sign-offs and approvals before anything moves.
    Governance,
    /// Whether the cluster, the application and its metrics are fit for a flight.
    Preflight,
    /// Artifacts and their checksums.
    Package,
    /// Database migration with its backup.
    Migration,
    /// The weights.
    Canary,
    /// Rolling stable to the new template.
    Deploy,
    /// Judging once more, over all pods.
    Validation,
    /// Bringing all traffic back, and proving it.
    Rollback,
    /// The record of what happened.
    Report,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Governance => "governance",
            Self::Preflight => "preflight",
            Self::Package => "package",
            Self::Migration => "migration",
            Self::Canary => "canary",
            Self::Deploy => "deploy",
            Self::Validation => "validation",
            Self::Rollback => "rollback",
            Self::Report => "report",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_missing_shrinks_with_the_step() {
        let workload = |replicas, max_unavailable| -> Workload {
            serde_json::from_value(serde_json::json!({
                "name": "web", "uid": "u", "canary": "web-canary", "replicas": replicas,
                "max_unavailable": max_unavailable, "services": [], "images": [], "stable_template": null,
                "canary_template": null, "hpa": null, "metrics": null, "quiet_paths": [],
            }))
            .expect("a workload")
        };
        let ten = workload(10, 2);
        assert_eq!([0, 1, 3, 5, 10, 20].map(|wanted| ten.enough(wanted)), [0, 1, 3, 4, 8, 16]);
        assert_eq!([1, 2].map(|wanted| workload(1, 1).enough(wanted)), [1, 1]);
        assert_eq!(workload(0, 0).enough(3), 3);
    }
}
