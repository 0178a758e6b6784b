//! Deployments as core sees them.

use crate::cluster::marks;
use crate::cluster::refusal::reason_first;
use crate::cluster::seen::{Condition, Deployment};
use crate::cluster::template;
use crate::cluster::watch::Store;
use crate::core::plan::{Finish, Plan, Workload};
use crate::core::text::neutral;
use crate::core::view::{SetView, TemplateOwner};

/// The stable Deployment.
pub fn stable(store: &Store, plan: &Plan, workload: &Workload, deployment: &Deployment) -> SetView {
    let template = if template::same(&deployment.spec.template, &workload.stable_template) {
        TemplateOwner::Recorded
    } else {
        released(workload, deployment, plan.finish)
    };
    SetView { template, ..view(store, deployment) }
}

/// The canary Deployment of this release.
pub fn canary(store: &Store, workload: &Workload, deployment: &Deployment) -> SetView {
    let owned = deployment.metadata.owner_references.iter().any(|owner| owner.uid == workload.uid);
    SetView { template: released(workload, deployment, Finish::Roll), owned, ..view(store, deployment) }
}

/// The baseline Deployment of this release: nobody writes its template but we, who gave it stable's.
pub fn baseline(store: &Store, workload: &Workload, deployment: &Deployment) -> SetView {
    let owned = deployment.metadata.owner_references.iter().any(|owner| owner.uid == workload.uid);
    SetView { owned, ..view(store, deployment) }
}

fn released(workload: &Workload, deployment: &Deployment, finish: Finish) -> TemplateOwner {
    if template::is_released(&deployment.spec.template, workload, finish) {
        return TemplateOwner::Release;
    }
    let writer = deployment.metadata.foreign_writer(|writer| writer.template);
    TemplateOwner::Foreign(writer.unwrap_or_else(|| "unknown".to_owned()))
}

fn view(store: &Store, deployment: &Deployment) -> SetView {
    let status = &deployment.status;
    SetView {
        uid: deployment.metadata.uid.clone(),
        replicas: deployment.replicas(),
        observed: deployment.is_observed(),
        rolled: deployment.is_replaced() && status.ready_replicas >= deployment.replicas(),
        existing: status.replicas,
        paused: deployment.spec.paused,
        template_writer: deployment.metadata.foreign_writer(|writer| writer.template),
        trouble: trouble(store, deployment),
        epoch: deployment.metadata.annotation(marks::EPOCH).map(neutral),
        going_back: deployment.metadata.annotation(marks::GOING_BACK).is_some(),
        deleting: deployment.metadata.deletion_timestamp.is_some(),
        ..SetView::default()
    }
}

/// Why pods cannot be made, in the words of the ReplicaSet controller (quota, admission), then of the Deployment's.
fn trouble(store: &Store, deployment: &Deployment) -> Option<String> {
    let uid = &deployment.metadata.uid;
    let sets = store.replica_sets.iter().filter(|set| set.metadata.controller().is_some_and(|owner| &owner.uid == uid));
    let conditions: Vec<&Condition> =
        sets.flat_map(|set| &set.status.conditions).chain(&deployment.status.conditions).collect();
    let failed = |condition: &&&Condition| condition.kind == "ReplicaFailure" && condition.is_true();
    let stuck = |condition: &&&Condition| condition.kind == "Progressing" && condition.status == "False";
    let condition = conditions.iter().find(failed).or_else(|| conditions.iter().find(stuck))?;
    condition.message.as_deref().map(|message| neutral(&reason_first(message)))
}
