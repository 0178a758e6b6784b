//! HorizontalPodAutoscalers: they keep a workload within their bounds, and say what they see. What they would make of its
//! load is the scenario's to say.

use serde_json::{Value, json};

use super::World;
use super::key::Key;
use super::record::{Happening, Source};
use crate::sim::kind::Kind;
use crate::sim::store::fields::{self, put, stamp, text};

/// The share of their processor time that its pods are said to use, in percent.
const UTILISATION: u32 = 47;

impl World {
    pub(super) fn sync_autoscaler(&mut self, key: &Key) {
        let Some(scaler) = self.object(Kind::HorizontalPodAutoscaler, key) else { return };
        let target = key.sibling(text(&scaler, "/spec/scaleTargetRef/name"));
        let Some(deployment) = self.object(Kind::Deployment, &target) else { return };
        let count = |object: &Value, pointer: &str| object.pointer(pointer).and_then(Value::as_u64);
        let least = count(&scaler, "/spec/minReplicas").unwrap_or(1);
        let most = count(&scaler, "/spec/maxReplicas").unwrap_or(least).max(least);
        let replicas = count(&deployment, "/spec/replicas").unwrap_or(1);
        let current = count(&deployment, "/status/replicas").unwrap_or(0);
        let load = self.faults.autoscaled(&self.scenario, &target.name).map_or(replicas, u64::from);
        // A workload that was scaled to nothing is left alone.
        let wanted = if replicas == 0 { 0 } else { load.clamp(least, most) };
        if wanted != replicas {
            self.edit(Kind::Deployment, &target, |object| put(object, &["spec", "replicas"], wanted.into()));
            let reason = if load == replicas { "Current number of replicas outside of spec" } else { "cpu resource utilization (percentage of request) above target" };
            let what = Happening::normal("SuccessfulRescale", format!("New size: {wanted}; reason: {reason}"));
            self.record(Kind::HorizontalPodAutoscaler, &scaler, Source::Controller("horizontal-pod-autoscaler"), &what);
        }
        let status = status(&scaler, (current, wanted), wanted != replicas, &stamp(self.now));
        self.edit(Kind::HorizontalPodAutoscaler, key, |scaler| put(scaler, &["status"], status));
    }
}

fn status(scaler: &Value, (current, wanted): (u64, u64), scaled: bool, now: &str) -> Value {
    let since = |kind: &str| {
        let old = fields::items(scaler, "/status/conditions").iter().find(|old| text(old, "/type") == kind);
        old.map_or(now.to_owned(), |old| text(old, "/lastTransitionTime").to_owned())
    };
    let condition = |kind: &str, status: &str, reason: &str, message: &str| {
        json!({"type": kind, "status": status, "reason": reason, "message": message, "lastTransitionTime": since(kind)})
    };
    let mut status = json!({
        "currentReplicas": current,
        "desiredReplicas": wanted,
        "currentMetrics": [{
            "type": "Resource",
            "resource": {"name": "cpu", "current": {"averageUtilization": UTILISATION}},
        }],
        "conditions": [
            condition("AbleToScale", "True", "ReadyForNewScale", "recommended size matches current size"),
            condition("ScalingActive", "True", "ValidMetricFound",
                "the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)"),
            condition("ScalingLimited", "False", "DesiredWithinRange", "the desired count is within the acceptable range"),
        ],
    });
    let last = if scaled { now.into() } else { scaler.pointer("/status/lastScaleTime").cloned().unwrap_or_default() };
    if !last.is_null() {
        put(&mut status, &["lastScaleTime"], last);
    }
    status
}
