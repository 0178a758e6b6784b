//! What stands around a write: who else owns the objects, which disruption budgets and quotas count their pods.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::cluster::labels::LabelSelector;
use crate::cluster::plan::{owners, quotas_short};
use crate::cluster::rest::{BUDGETS, DEPLOYMENTS, QUOTAS, Rest, SERVICES};
use crate::cluster::seen::{Deployment, Meta, Quota, Service};
use crate::cluster::template;
use crate::core::inquiry::Fact;
use crate::core::plan::{Plan, Workload};
use crate::core::text::{neutral, plural};

/// Of more objects than these only their number is told, where nothing is odd about them.
const FEW: usize = 2;

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
    let (owned, budgets, quotas) =
        tokio::join!(owned(rest, plan), rest.list::<Budget>(BUDGETS, ""), rest.list::<Quota>(QUOTAS, ""),);
    let mut facts = vec![gitops(&owned)];
    match budgets {
        Ok(listed) => facts.extend(budget(&listed.items, plan)),
        Err(fault) => {
            facts.push(Fact::odd_if("evict", format!("disruption budgets are not known: {}", fault.why()), true))
        }
    }
    match quotas {
        Ok(listed) => facts.extend(quota(&listed.items, plan)),
        Err(fault) => facts.push(Fact::odd_if("quota", format!("not known: {}", fault.why()), true)),
    }
    facts
}

/// An object that a rollback may write: what it is, and its metadata; or why that is not known.
type Owned = (String, Result<Option<Meta>, String>);

async fn owned(rest: &Rest, plan: &Plan) -> Vec<Owned> {
    let mut found = Vec::new();
    for workload in &plan.workloads {
        let deployment = rest.get::<Deployment>(DEPLOYMENTS, &workload.name).await;
        let meta = deployment.map(|found| found.map(|deployment| deployment.metadata));
        found.push((format!("Deployment {}", neutral(&workload.name)), meta.map_err(|fault| fault.why())));
        for service in &workload.services {
            let meta = rest.get::<Service>(SERVICES, &service.name).await.map(|found| found.map(|one| one.metadata));
            found.push((format!("Service {}", neutral(&service.name)), meta.map_err(|fault| fault.why())));
        }
    }
    found
}

/// Whether somebody would undo what is written: to the Deployments, or to the Services, whose pins are writes too.
fn gitops(found: &[Owned]) -> Fact {
    let mut owned: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let mut odd = Vec::new();
    for (what, meta) in found {
        match meta {
            Ok(Some(meta)) => match owners(meta) {
                owners if owners.is_empty() => (),
                owners => owned.entry(owners.join(", ")).or_default().push(what),
            },
            Ok(None) => odd.push(format!("{what} does not exist")),
            Err(why) => odd.push(format!("the owner of {what} is not known: {why}")),
        }
    }
    if owned.is_empty() && odd.is_empty() {
        return Fact::new("git", "no GitOps tool, Helm release or operator is known to own these objects");
    }
    let one = |(owners, whats): (&String, &Vec<&str>)| match whats.len() {
        ..=FEW => format!("{owners} owns {}", whats.join(", ")),
        many => format!("{owners} owns {many} of the objects"),
    };
    let said: Vec<String> = owned.iter().map(one).chain(odd).collect();
    let undo = " and may put our writes back; a rollback writes again until it holds; the canary is ours alone";
    Fact::odd_if("git", said.join("; ") + undo, true)
}

/// How many pods each budget lets go now; of many, those that let none go.
fn budget(budgets: &[Budget], plan: &Plan) -> Vec<Fact> {
    let counts = |budget: &Budget, workload: &Workload| {
        let labels = template::labels(&workload.stable_template);
        budget.spec.selector.as_ref().is_some_and(|selector| selector.matches(&labels))
    };
    let ours = budgets.iter().filter(|budget| plan.workloads.iter().any(|workload| counts(budget, workload)));
    let (stuck, free): (Vec<&Budget>, Vec<&Budget>) = ours.partition(|budget| budget.status.disruptions_allowed == 0);
    let one = |budget: &&Budget| {
        let BudgetStatus { disruptions_allowed, current_healthy, desired_healthy } = &budget.status;
        let text = format!(
            "{} may be evicted now: {current_healthy} are healthy, {desired_healthy} needed \
             (disruption budget {})",
            plural(disruptions_allowed.unsigned_abs(), "pod"),
            neutral(&budget.metadata.name)
        );
        Fact::odd_if("evict", text, *disruptions_allowed == 0)
    };
    let mut facts: Vec<Fact> = stuck.iter().map(one).collect();
    match free.len() {
        ..=FEW => facts.extend(free.iter().map(one)),
        many => facts.push(Fact::new("evict", format!("{many} disruption budgets let pods be evicted now"))),
    }
    facts
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

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(what: &str, by: &str) -> Owned {
        let meta = serde_json::json!({"labels": {"app.kubernetes.io/managed-by": by}});
        (what.to_owned(), Ok(Some(serde_json::from_value(meta).expect("metadata"))))
    }

    #[test]
    fn of_many_objects_with_one_owner_their_number_is_told() {
        let few = [owned("Deployment a", "Helm"), owned("Service a", "Helm")];
        let said = gitops(&few).text;
        assert!(said.contains("owns Deployment a, Service a and may put our writes back"), "{said}");
        let many: Vec<Owned> = (0..18).map(|place| owned(&format!("Deployment {place}"), "Helm")).collect();
        let said = gitops(&[&many[..], &[("Service z".to_owned(), Ok(None))]].concat()).text;
        assert!(said.contains("owns 18 of the objects; Service z does not exist and may"), "{said}");
    }
}
