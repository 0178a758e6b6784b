//! ResourceQuotas: what a namespace's pods use, and the pod that would be too much.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::sim::kind::Kind;
use crate::sim::quantity::Quantity;
use crate::sim::status::Status;
use crate::sim::store::fields::{self, get, items, put, text};
use crate::sim::store::write::Key;
use crate::sim::store::{Store, Writer};

/// The resources that a quota can bound, by their names there.
const BOUNDED: [&str; 8] =
    ["pods", "count/pods", "cpu", "requests.cpu", "limits.cpu", "memory", "requests.memory", "limits.memory"];

/// An amount of each resource that a quota names.
type Amounts = BTreeMap<String, Quantity>;

impl Store {
    /// Refuses a pod that a quota of its namespace has no room for.
    pub(super) fn admit_to_quotas(&self, namespace: &str, pod: &Value) -> Result<(), Status> {
        let asked = usage(pod);
        for quota in self.list(Kind::ResourceQuota, Some(namespace)) {
            let hard = amounts(quota.pointer("/spec/hard"));
            let used = amounts(quota.pointer("/status/used"));
            let none = Quantity::default();
            let short: Vec<&String> = hard
                .iter()
                .filter(|(resource, limit)| {
                    let want = asked.get(*resource).copied().unwrap_or(none);
                    want > none && used.get(*resource).copied().unwrap_or(none) + want > **limit
                })
                .map(|(resource, _)| resource)
                .collect();
            if !short.is_empty() {
                let say = |of: &Amounts| {
                    let one =
                        |name: &&String| format!("{name}={}", written(name, of.get(*name).copied().unwrap_or(none)));
                    short.iter().map(one).collect::<Vec<_>>().join(",")
                };
                let why = format!(
                    "exceeded quota: {}, requested: {}, used: {}, limited: {}",
                    fields::name(quota),
                    say(&asked),
                    say(&used),
                    say(&hard)
                );
                return Err(Status::forbidden(Kind::Pod, fields::name(pod), &why));
            }
            refuse_silence(quota, &hard, pod)?;
        }
        Ok(())
    }

    /// Notes in the quotas of a namespace what a change of one pod uses more or less.
    pub(super) fn charge_quotas(&mut self, namespace: &str, before: Option<&Value>, after: Option<&Value>) {
        if self.list(Kind::ResourceQuota, Some(namespace)).next().is_none() {
            return;
        }
        let (before, after) = (before.map(usage).unwrap_or_default(), after.map(usage).unwrap_or_default());
        if before == after {
            return;
        }
        let names: Vec<String> =
            self.list(Kind::ResourceQuota, Some(namespace)).map(|quota| fields::name(quota).to_owned()).collect();
        for name in names {
            self.recount(namespace, &name, |resource, used| {
                let of = |amounts: &Amounts| amounts.get(resource).copied().unwrap_or_default();
                used + of(&after) - of(&before)
            });
        }
    }

    /// Counts what the pods of a namespace use, for a quota that is new or changed.
    pub(super) fn count_quota(&mut self, namespace: &str, name: &str) {
        let mut total = Amounts::new();
        for pod in self.list(Kind::Pod, Some(namespace)) {
            for (resource, amount) in usage(pod) {
                let sum = total.entry(resource).or_default();
                *sum = *sum + amount;
            }
        }
        self.recount(namespace, name, |resource, _| total.get(resource).copied().unwrap_or_default());
    }

    fn recount(&mut self, namespace: &str, name: &str, used: impl Fn(&str, Quantity) -> Quantity) {
        let Some(quota) = self.get(Kind::ResourceQuota, namespace, name) else { return };
        let was = amounts(quota.pointer("/status/used"));
        let hard = quota.pointer("/spec/hard").cloned().unwrap_or_else(|| json!({}));
        let counted: serde_json::Map<String, Value> = amounts(Some(&hard))
            .into_keys()
            .map(|resource| {
                let amount = used(&resource, was.get(&resource).copied().unwrap_or_default());
                let text = written(&resource, amount);
                (resource, text.into())
            })
            .collect();
        let writer = Writer::new("kube-controller-manager");
        let noted = self.mutate(Key::new(Kind::ResourceQuota, namespace, name), &writer, |quota| {
            put(quota, &["status", "hard"], hard);
            put(quota, &["status", "used"], counted.into());
        });
        debug_assert!(noted.is_ok(), "the quota was there a moment ago");
    }
}

/// Where a quota bounds a resource, a pod must say how much of it it wants.
fn refuse_silence(quota: &Value, hard: &Amounts, pod: &Value) -> Result<(), Status> {
    let silent = |resource: &String| {
        let (which, amount) = resource.split_once('.').unwrap_or(("requests", resource));
        matches!(amount, "cpu" | "memory")
            && items(pod, "/spec/containers").iter().any(|one| get(one, &["resources", which, amount]).is_none())
    };
    let missing: Vec<&str> = hard.keys().filter(|resource| silent(resource)).map(String::as_str).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let first = items(pod, "/spec/containers").first().map(|one| text(one, "/name")).unwrap_or_default();
    let wants: Vec<String> = missing.iter().map(|resource| format!("{resource} for: {first}")).collect();
    let why = format!("failed quota: {}: must specify {}", fields::name(quota), wants.join("; "));
    Err(Status::forbidden(Kind::Pod, fields::name(pod), &why))
}

/// What one pod uses; nothing, once it has ended.
fn usage(pod: &Value) -> Amounts {
    if matches!(text(pod, "/status/phase"), "Succeeded" | "Failed") {
        return Amounts::new();
    }
    BOUNDED
        .into_iter()
        .map(|resource| {
            let amount = match resource {
                "pods" | "count/pods" => Quantity::whole(1),
                resource => {
                    let (which, amount) = resource.split_once('.').unwrap_or(("requests", resource));
                    let containers = items(pod, "/spec/containers").iter();
                    containers.filter_map(|one| Quantity::of(get(one, &["resources", which, amount])?)).sum()
                }
            };
            (resource.to_owned(), amount)
        })
        .collect()
}

/// Reads a map of quantities, those that pods use.
fn amounts(map: Option<&Value>) -> Amounts {
    let entries = map.and_then(Value::as_object).into_iter().flatten();
    entries
        .filter(|(resource, _)| BOUNDED.contains(&resource.as_str()))
        .filter_map(|(resource, amount)| Some((resource.clone(), Quantity::of(amount)?)))
        .collect()
}

fn written(resource: &str, amount: Quantity) -> String {
    if resource.ends_with("memory") { amount.binary() } else { amount.to_string() }
}
