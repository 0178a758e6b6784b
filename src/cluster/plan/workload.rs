//! One workload of a plan, from what was found of it.

use std::time::Duration;

use serde_json::Value;

use super::scene::{Scene, Site};
use super::tell::{owners, surroundings, weights};
use super::{images, names, quiet, settle};
use crate::cluster::template;
use crate::core::plan::{MetricsPort, Step, Workload};
use crate::core::text::neutral;

/// What a person may decide about a workload.
pub struct Wishes<'a> {
    /// The pod template that is to be released, as the server writes it.
    pub template: Value,
    /// Where the pods answer with metrics, if somebody said so.
    pub metrics: Option<MetricsPort>,
    /// The weights.
    pub steps: &'a [Step],
    /// Whether an autoscaler's minimum is raised.
    pub raise_hpa: bool,
    /// How long what routes to pod addresses from outside needs.
    pub settle: Duration,
    /// Whether the canary is compared with a baseline.
    pub baseline: bool,
}

/// The workload of a plan, and what should be told of it.
pub fn make(scene: &Scene, site: &Site, wishes: Wishes<'_>) -> (Workload, Vec<String>) {
    let deployment = &site.deployment;
    let (name, replicas) = (deployment.metadata.name.clone(), deployment.replicas());
    let stable_template = template::plain(&deployment.spec.template);
    let annotations = site.services.iter().map(|selected| &selected.service.metadata.annotations);
    let found = || super::metrics::find(&stable_template, annotations);
    let autoscaler = site.autoscaler.as_ref().map(|found| surroundings::autoscaler(found, replicas, wishes.raise_hpa));
    let (hpa, told_hpa) = autoscaler.unzip();
    let services =
        site.services.iter().map(|selected| settle::plan(scene, &selected.service, &stable_template, wishes.settle));
    let metrics = wishes.metrics.clone().or_else(found);
    let workload = Workload {
        uid: deployment.metadata.uid.clone(),
        canary: names::canary(&name),
        baseline: wishes.baseline.then(|| names::baseline(&name)),
        replicas,
        max_unavailable: deployment.spec.strategy.unavailable(replicas),
        services: services.collect(),
        images: images::changes(&stable_template, &wishes.template),
        quiet_paths: quiet::paths([&stable_template, &wishes.template], metrics.as_ref()),
        metrics,
        hpa,
        canary_template: wishes.template,
        stable_template,
        name,
    };
    let mut told = Vec::from_iter(weights::rounding(&workload, wishes.steps));
    told.extend(weights::baseline(&workload, wishes.steps));
    told.extend(told_hpa);
    told.extend(tell(scene, site, &workload));
    (workload, told)
}

fn tell(scene: &Scene, site: &Site, workload: &Workload) -> Vec<String> {
    let name = neutral(&workload.name);
    let mut told = Vec::new();
    if workload.services.is_empty() {
        told.push(format!("no Service selects the pods of {name}: it shares traffic by the number of pods alone"));
    }
    told.extend(owners::told("Deployment", &site.deployment.metadata));
    for selected in &site.services {
        told.extend(owners::told("Service", &selected.service.metadata));
        told.extend(surroundings::service(&selected.service));
    }
    told.extend(workload.services.iter().filter_map(surroundings::settle));
    told.extend(surroundings::scheduling(&name, &workload.canary_template));
    told.extend(surroundings::budgets(scene, site));
    told
}
