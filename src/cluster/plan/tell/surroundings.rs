//! What around a workload bends traffic, pods or their number.

use serde_json::Value;

use crate::cluster::marks;
use crate::cluster::plan::scene::{Scene, Site};
use crate::cluster::seen::{Autoscaler, Service};
use crate::cluster::template::{self, list, text};
use crate::core::plan::{HpaPlan, ServicePlan};
use crate::core::text::neutral;
use crate::core::time::human;

/// What of a Service bends the share of traffic.
pub fn service(service: &Service) -> Vec<String> {
    let name = neutral(&service.metadata.name);
    let mut told = Vec::new();
    if service.spec.session_affinity.as_deref() == Some("ClientIP") {
        told.push(format!(
            "Service {name} has session affinity: clients stay with their pod, so the share follows the weight slowly"
        ));
    }
    if service.spec.external_traffic_policy.as_deref() == Some("Local") {
        told.push(format!(
            "Service {name} has externalTrafficPolicy Local: the share from outside depends on which nodes have canary pods"
        ));
    }
    told
}

/// That moving a Service back takes longer, and why.
pub fn settle(plan: &ServicePlan) -> Option<String> {
    let why = plan.settle_why.as_ref()?;
    let settle = human(plan.settle);
    Some(format!(
        "Service {}: {why}; a rollback from 100 % waits {settle} for it before it takes the canary away",
        neutral(&plan.name)
    ))
}

/// What of the pods may keep a second set from being scheduled.
pub fn scheduling(workload: &str, template: &Value) -> Vec<String> {
    let mut told = Vec::new();
    let anti = "/spec/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution";
    if list(template, anti).next().is_some() {
        told.push(format!("pods of {workload} require anti-affinity: canary pods need nodes of their own"));
    }
    let spread = list(template, "/spec/topologySpreadConstraints");
    if spread.into_iter().any(|constraint| text(constraint, "whenUnsatisfiable") == Some("DoNotSchedule")) {
        told.push(format!(
            "pods of {workload} must be spread: canary pods count with stable's and may not be scheduled"
        ));
    }
    told
}

/// The budgets that count canary pods as stable's.
pub fn budgets(scene: &Scene, site: &Site) -> Vec<String> {
    let labels = template::labels(&site.deployment.spec.template);
    let counts =
        scene.budgets.iter().filter(|budget| budget.spec.selector.as_ref().is_some_and(|s| s.matches(&labels)));
    let workload = neutral(&site.deployment.metadata.name);
    counts
        .map(|budget| {
            let name = neutral(&budget.metadata.name);
            format!("PodDisruptionBudget {name} counts canary pods of {workload} too: drains may take more stable pods meanwhile")
        })
        .collect()
}

/// What becomes of the autoscaler. Another controller's is left alone: it would put our write back.
pub fn autoscaler(found: &Autoscaler, replicas: u32, raise: bool) -> (HpaPlan, String) {
    let name = neutral(&found.metadata.name);
    let (min, max) = (minimum(found), found.spec.max_replicas);
    let owner = super::owners::of(&found.metadata).into_iter().next();
    let owner = owner.or_else(|| keda(found).then(|| "KEDA".to_owned()));
    let plan = |raise| HpaPlan { name: found.metadata.name.clone(), min, max, raise };
    let counts = format!("autoscaler {name} counts canary pods as stable's");
    match owner {
        Some(owner) if raise => {
            (plan(false), format!("{counts}; its minimum is left alone, because {owner} writes it"))
        }
        _ if !raise => (plan(false), format!("{counts}; its minimum is left alone, as configured")),
        _ => {
            let to = replicas.min(max).max(min);
            (
                plan(true),
                format!("{counts}; its minimum is raised from {min} to {to} for the flight and put back after"),
            )
        }
    }
}

/// Its minimum, or what it was before an earlier release raised it and died before it could put it back.
fn minimum(found: &Autoscaler) -> u32 {
    let now = found.spec.min_replicas.unwrap_or(1);
    let noted = |key| found.metadata.annotation(key).and_then(|text| text.parse::<u32>().ok());
    let before = noted(marks::MIN_REPLICAS).filter(|_| noted(marks::RAISED_TO) == Some(now));
    before.unwrap_or(now)
}

fn keda(found: &Autoscaler) -> bool {
    found.metadata.owner_references.iter().any(|owner| owner.kind == "ScaledObject")
        || found.metadata.labels.contains_key("scaledobject.keda.sh/name")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_service_that_bends_shares_is_told() {
        let affine = serde_json::from_value(json!({"metadata": {"name": "web"}, "spec": {
            "sessionAffinity": "ClientIP", "externalTrafficPolicy": "Local"}}))
        .expect("a Service");
        assert_eq!(service(&affine).len(), 2);
        assert!(service(&Service::default()).is_empty());
    }

    #[test]
    fn pods_that_keep_apart_are_told() {
        let apart = json!({"spec": {
            "affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{}]}},
            "topologySpreadConstraints": [{"whenUnsatisfiable": "DoNotSchedule"}, {"whenUnsatisfiable": "ScheduleAnyway"}],
        }});
        assert_eq!(scheduling("web", &apart).len(), 2);
        assert!(
            scheduling(
                "web",
                &json!({"spec": {"topologySpreadConstraints": [{"whenUnsatisfiable": "ScheduleAnyway"}]}})
            )
            .is_empty()
        );
    }

    #[test]
    fn a_minimum_that_a_dead_release_raised_is_known_as_it_was() {
        let raised = json!({"metadata": {"name": "web", "annotations": {marks::MIN_REPLICAS: "2", marks::RAISED_TO: "5"}},
                            "spec": {"minReplicas": 5, "maxReplicas": 9}});
        let mut found: Autoscaler = serde_json::from_value(raised).expect("one");
        assert_eq!(autoscaler(&found, 5, true).0.min, 2);
        found.spec.min_replicas = Some(6);
        assert_eq!(autoscaler(&found, 5, true).0.min, 6, "somebody has changed it since");
    }

    #[test]
    fn an_autoscaler_is_raised_unless_it_is_left() {
        let mut found: Autoscaler =
            serde_json::from_value(json!({"metadata": {"name": "web"}, "spec": {"minReplicas": 2, "maxReplicas": 5}}))
                .expect("one");
        let (plan, words) = autoscaler(&found, 7, true);
        assert!(plan.raise && words.contains("from 2 to 5"), "{words}");
        assert!(!autoscaler(&found, 7, false).0.raise);
        found.metadata.labels.insert("scaledobject.keda.sh/name".into(), "web".into());
        let (plan, words) = autoscaler(&found, 7, true);
        assert!(!plan.raise && words.contains("KEDA"), "{words}");
    }
}
