//! The picture: what the store holds, in the words that core knows. Pure.

mod endpoints;
mod events;
mod lineage;
mod pod;
mod set;

use crate::cluster::beside::Beside;
use crate::cluster::marks;
use crate::cluster::seen::{Deployment, Service};
use crate::cluster::watch::{Shelf, Store};
use crate::core::plan::{Plan, Workload};
use crate::core::text::neutral;
use crate::core::view::{ClusterView, HpaView, ServiceView, WorkloadView};

use lineage::Lineage;
pub use pod::KnownPod;

/// Makes the picture of a plan's objects. The store's pods take note of how they are shown, so that a pod which has not
/// changed is the same memory in every picture.
pub fn assemble(store: &mut Store, plan: &Plan) -> ClusterView {
    let mut pods = std::mem::take(&mut store.pods);
    let warnings = events::Warnings::of(store);
    let each = plan.workloads.iter();
    let workloads = each.map(|workload| (workload.name.clone(), see(store, &mut pods, plan, workload, &warnings)));
    let workloads = workloads.collect();
    store.pods = pods;
    ClusterView { links: store.links.clone(), workloads, events: events::about(store, plan) }
}

fn see(
    store: &Store,
    pods: &mut Shelf<KnownPod>,
    plan: &Plan,
    workload: &Workload,
    warnings: &events::Warnings<'_>,
) -> WorkloadView {
    // Another Deployment of the same name, with another UID, is somebody else's.
    let stable = named(store, &workload.name).filter(|deployment| deployment.metadata.uid == workload.uid);
    let beside = named(store, &workload.canary);
    let canary = beside.filter(|deployment| deployment.metadata.annotation(marks::RELEASE) == Some(&plan.release));
    let foreign_canary = match canary {
        Some(_) => None,
        None => beside.map(Deployment::whose),
    };
    let baseline = workload.baseline.as_deref().and_then(|name| named(store, name));
    let baseline = baseline.filter(|deployment| deployment.metadata.annotation(marks::RELEASE) == Some(&plan.release));
    let lineage = Lineage::of(store, plan, workload, stable, [(Beside::Canary, canary), (Beside::Baseline, baseline)]);
    let services = workload.services.iter().filter_map(|service| {
        let found = store.services.iter().find(|found| found.metadata.name == service.name)?;
        Some((service.name.clone(), service_view(store, found)))
    });
    WorkloadView {
        stable: stable.map(|deployment| set::stable(store, plan, workload, deployment)),
        canary: canary.map(|deployment| set::canary(store, workload, deployment)),
        foreign_canary,
        baseline: baseline.map(|deployment| set::baseline(store, workload, deployment)),
        pods: pods.iter_mut().filter_map(|pod| Some(pod.show(lineage.side(pod)?, warnings))).collect(),
        services: services.collect(),
        hpa: autoscaler(store, workload),
    }
}

fn named<'a>(store: &'a Store, name: &str) -> Option<&'a Deployment> {
    store.deployments.iter().find(|deployment| deployment.metadata.name == name)
}

fn service_view(store: &Store, service: &Service) -> ServiceView {
    let slices = store.slices.iter().filter(|slice| slice.service() == Some(&service.metadata.name));
    let endpoints = endpoints::count(service, slices);
    ServiceView {
        pinned: service.spec.selector.contains_key(marks::TRACK),
        selector_writer: service.metadata.foreign_writer(|writer| writer.selector),
        ready: endpoints.ready,
        named: endpoints.named,
        empty_port: endpoints.empty_port,
        epoch: service.metadata.annotation(marks::EPOCH).map(neutral),
    }
}

fn autoscaler(store: &Store, workload: &Workload) -> Option<HpaView> {
    let plan = workload.hpa.as_ref()?;
    let found = store.autoscalers.iter().find(|found| found.metadata.name == plan.name)?;
    let raised = found.metadata.annotation(marks::RAISED_TO).is_some();
    Some(HpaView { min: found.spec.min_replicas.unwrap_or(1), max: found.spec.max_replicas, raised })
}

#[cfg(test)]
mod tests;
