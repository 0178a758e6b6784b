//! What stands around a write: who else owns the objects, which disruption budgets and quotas count their pods.

use serde::Deserialize;

use crate::cluster::labels::LabelSelector;
use crate::cluster::plan::{owners, quotas_short};
use crate::cluster::rest::{BUDGETS, DEPLOYMENTS, QUOTAS, Rest};
use crate::cluster::seen::{Deployment, Meta, Quota};
use crate::cluster::template;
use crate::core::inquiry::Fact;
use crate::core::plan::{Plan, Workload};
use crate::core::text::neutral;

/// A PodDisruptionBudget with what it allows now.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Budget {
    metadata: Meta,
    spec: BudgetSpec,
    status: BudgetStatus,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct BudgetSpec {
    selector: Option<LabelSelector>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct BudgetStatus {
    disruptions_allowed: i64,
    current_healthy: i64,
    desired_healthy: i64,
}

/// The facts, a line each; what cannot be read says so.
pub async fn facts(rest: &Rest, plan: &Plan) -> Vec<Fact> {
    let (deployments, budgets, quotas) =
        tokio::join!(deployments(rest, plan), rest.list::<Budget>(BUDGETS, ""), rest.list::<Quota>(QUOTAS, ""),);
    let mut facts = vec![gitops(&deployments)];
    match budgets {
        Ok(listed) => facts.extend(budget(&listed.items, plan)),
        Err(fault) => facts.push(Fact::odd_if("budget", format!("not known: {}", fault.why()), true)),
    }
    match quotas {
        Ok(listed) => facts.extend(quota(&listed.items, plan)),
        Err(fault) => facts.push(Fact::odd_if("quota", format!("not known: {}", fault.why()), true)),
    }
    facts
}

async fn deployments(rest: &Rest, plan: &Plan) -> Vec<(String, Result<Option<Deployment>, String>)> {
    let mut found = Vec::with_capacity(plan.workloads.len());
    for workload in &plan.workloads {
        let deployment = rest.get::<Deployment>(DEPLOYMENTS, &workload.name).await.map_err(|fault| fault.why());
        found.push((workload.name.clone(), deployment));
    }
    found
}

/// Whether somebody would undo what is written to the Deployment.
fn gitops(deployments: &[(String, Result<Option<Deployment>, String>)]) -> Fact {
    let mut owned = Vec::new();
    for (name, deployment) in deployments {
        match deployment {
            Ok(Some(deployment)) => {
                let owners = owners(&deployment.metadata);
                if !owners.is_empty() {
                    owned.push(format!("{} owns {}", owners.join(", "), neutral(name)));
                }
            }
            Ok(None) => owned.push(format!("{} does not exist", neutral(name))),
            Err(why) => owned.push(format!("the owner of {} is not known: {why}", neutral(name))),
        }
    }
    if owned.is_empty() {
        return Fact::new("git", "nobody else owns the Deployments; nothing would undo it");
    }
    let undo = "; a change of the Deployment's own template would be undone, the canary beside it is not theirs";
    Fact::odd_if("git", owned.join("; ") + undo, true)
}

fn budget(budgets: &[Budget], plan: &Plan) -> Vec<Fact> {
    let counts = |budget: &Budget, workload: &Workload| {
        let labels = template::labels(&workload.stable_template);
        budget.spec.selector.as_ref().is_some_and(|selector| selector.matches(&labels))
    };
    let ours = budgets.iter().filter(|budget| plan.workloads.iter().any(|workload| counts(budget, workload)));
    ours.map(|budget| {
        let BudgetStatus { disruptions_allowed, current_healthy, desired_healthy } = &budget.status;
        let text = format!(
            "{}: {current_healthy} healthy of {desired_healthy} needed, {disruptions_allowed} may go",
            neutral(&budget.metadata.name)
        );
        Fact::odd_if("budget", text, *disruptions_allowed == 0)
    })
    .collect()
}

/// Which quota has no room for one more pod of each workload: a stable pod that dies meanwhile could not come back.
fn quota(quotas: &[Quota], plan: &Plan) -> Vec<Fact> {
    let short: Vec<String> =
        plan.workloads.iter().flat_map(|workload| quotas_short(quotas, &workload.stable_template, 1)).collect();
    match (quotas.is_empty(), short.is_empty()) {
        (true, _) => Vec::new(),
        (false, true) => vec![Fact::new("quota", "has room for more stable pods")],
        (false, false) => vec![Fact::odd_if("quota", short.join("; "), true)],
    }
}
