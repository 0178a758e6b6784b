//! ResourceQuotas: what a namespace uses, and the refusal of a pod that would use too much.

use serde_json::{Map, Value};

use super::World;
use super::facts::PodFacts;
use super::key::Key;
use crate::sim::kind::Kind;
use crate::sim::quantity::Quantity;
use crate::sim::store::fields::{self, put};

impl World {
    pub(super) fn has_quota(&self, namespace: &str) -> bool {
        self.store.list(Kind::ResourceQuota, Some(namespace)).next().is_some()
    }

    pub(super) fn sync_quota(&mut self, namespace: &str) {
        let quotas: Vec<_> = self.store.list(Kind::ResourceQuota, Some(namespace)).cloned().collect();
        for quota in quotas {
            let Some(hard) = quota.pointer("/spec/hard").and_then(Value::as_object) else { continue };
            let used: Map<String, Value> = hard
                .keys()
                .filter_map(|resource| {
                    let used = self.used(namespace, resource)?;
                    Some((resource.clone(), written(resource, used).into()))
                })
                .collect();
            let hard = Value::from(hard.clone());
            self.edit(Kind::ResourceQuota, &Key::of(&quota), |quota| {
                put(quota, &["status", "hard"], hard);
                put(quota, &["status", "used"], used.into());
            });
        }
    }

    /// The API server's words where a quota has no room for a pod; `None`: there is room.
    pub(super) fn quota_refusal(&self, namespace: &str, pod: &Value) -> Option<String> {
        let asked = PodFacts::of(pod);
        self.store.list(Kind::ResourceQuota, Some(namespace)).find_map(|quota| {
            let hard = quota.pointer("/spec/hard").and_then(Value::as_object)?;
            let over: Vec<[String; 3]> = hard
                .iter()
                .filter_map(|(resource, limit)| {
                    let (limit, used) = (Quantity::of(limit)?, self.used(namespace, resource)?);
                    let asked = amount(resource, &asked)?;
                    let said = |amount| format!("{resource}={}", written(resource, amount));
                    (used + asked > limit).then(|| [said(asked), said(used), said(limit)])
                })
                .collect();
            let list = |place: usize| over.iter().filter_map(|one| one.get(place).cloned()).collect::<Vec<_>>().join(",");
            let prefix = fields::text(pod, "/metadata/generateName");
            (!over.is_empty()).then(|| {
                format!(
                    "pods \"{prefix}\" is forbidden: exceeded quota: {}, requested: {}, used: {}, limited: {}",
                    fields::name(quota),
                    list(0),
                    list(1),
                    list(2)
                )
            })
        })
    }

    /// What the pods of a namespace use of a resource; `None`: it is not one of pods.
    fn used(&self, namespace: &str, resource: &str) -> Option<Quantity> {
        amount(resource, &PodFacts::of(&Value::Null))?;
        let pods = self.facts.pods_in(namespace).filter(|pod| !pod.finished);
        Some(pods.filter_map(|pod| amount(resource, pod)).sum())
    }
}

/// What a pod uses of a resource that a quota names; `None`: it is not one of pods.
fn amount(resource: &str, pod: &PodFacts) -> Option<Quantity> {
    match resource {
        "pods" | "count/pods" => Some(Quantity::whole(1)),
        "cpu" | "requests.cpu" => Some(pod.cpu),
        "memory" | "requests.memory" => Some(pod.memory),
        _ => None,
    }
}

fn written(resource: &str, amount: Quantity) -> String {
    if resource.ends_with("memory") { amount.binary() } else { amount.to_string() }
}
