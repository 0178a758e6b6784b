//! The way back when nothing flies: what was promoted an hour ago is bad.

use serde_json::Value;

use super::recover::{Place, SCRAPE, SETTLE, full, place};
use super::scene::{Scene, Site};
use super::{check, images, names, room, tell, trial, workload};
use crate::cluster::access;
use crate::cluster::connect::Connection;
use crate::cluster::rest::{DEPLOYMENTS, Rest};
use crate::cluster::seen::{Deployment, ReplicaSet};
use crate::cluster::template;
use crate::core::plan::{Finish, Kind, Limits, OnHoldLimit, Plan};
use crate::core::problem::Problem;
use crate::core::signal::Signals;
use crate::core::text::neutral;
use crate::core::time::Time;

/// The plan that brings an earlier version back: the revision `to`, or the newest older ReplicaSet whose images differ.
///
/// It starts beside what serves, as a canary does. Where a second set of pods cannot run, or a stalled rollout still has
/// old pods serving, it goes straight into the Deployment, and the plan says why.
///
/// # Errors
/// No such Deployment or revision, no permission (2); nothing earlier, or a release of ours that flies (5); a server that
/// does not answer (6).
pub async fn earlier(connection: &Connection, deployment: &str, to: Option<u64>, now: Time) -> Result<Plan, Problem> {
    earlier_at(connection, &place(connection, deployment).await?, to, now).await
}

/// The same from what was seen of the Deployment a moment ago.
///
/// # Errors
/// As [`earlier`].
pub async fn earlier_at(connection: &Connection, place: &Place, to: Option<u64>, now: Time) -> Result<Plan, Problem> {
    let rest = connection.rest();
    let Place { scene, site } = place;
    let deployment = site.deployment.metadata.name.as_str();
    if let Some(release) = super::note_ended(connection, site) {
        return Err(Problem::refused(format!("release {} is flying and comes first", neutral(&release)))
            .hint(format!("bring it back: glidepath rollback deploy/{}", neutral(deployment))));
    }
    let target = choose(&site.deployment, &site.sets, to)?;
    let template = trial::written(&rest, site, &target.spec.template).await?;
    let steps = full();
    let wishes =
        workload::Wishes { template, metrics: None, steps: &steps, raise_hpa: true, settle: SETTLE, baseline: false };
    let (made, mut told) = workload::make(scene, site, wishes);
    told.extend(made.metrics.is_none().then(|| tell::metrics(&made)));
    let afterwards = tell::behind::all(&site.deployment.metadata, &made);
    let version = |template: &Value| images::versions(template::running(template).filter_map(images::image));
    let (from, to) = (version(&made.stable_template), version(&made.canary_template));
    let mut plan = Plan {
        release: names::release(deployment, &format!("back-to-{to}"), now),
        hash: String::new(),
        kind: Kind::Restore,
        context: connection.context.clone(),
        namespace: connection.namespace.clone(),
        application: made.name.clone(),
        production: false,
        from,
        to,
        workloads: vec![made],
        steps,
        rules: Vec::new(),
        signals: Signals::default(),
        limits: Limits::default(),
        scrape: SCRAPE,
        finish: Finish::Roll,
        on_hold_limit: OnHoldLimit::Hold,
        cost: None,
        told,
        afterwards,
    };
    if let Some(why) = in_place(connection, &rest, scene, site, &plan).await? {
        plan.kind = Kind::RestoreInPlace;
        plan.told.insert(0, format!("the earlier version goes straight into the Deployment: {why}"));
    }
    if site.deployment.spec.paused {
        plan.told.insert(0, format!("Deployment {} is paused and will be resumed", neutral(deployment)));
    }
    plan.hash = plan.seal();
    Ok(plan)
}

/// Why the earlier version cannot start beside what serves; `None`: it can.
async fn in_place(
    connection: &Connection,
    rest: &Rest,
    scene: &Scene,
    site: &Site,
    plan: &Plan,
) -> Result<Option<String>, Problem> {
    let missing = access::missing(connection, access::needed(false)).await?;
    if let Some(needed) = missing.iter().find(|missing| missing.verb == "patch" && missing.resource == DEPLOYMENTS) {
        return Err(Problem::user(format!(
            "{} may not {} in namespace {}",
            connection.user,
            needed.words(),
            connection.namespace
        )));
    }
    if let Some(missing) = missing.first() {
        return Ok(Some(format!("{} may not {}", connection.user, missing.words())));
    }
    if let Some(why) = stalled(site) {
        return Ok(Some(why));
    }
    let Some(workload) = plan.workloads.first() else { return Ok(None) };
    if let Err(problem) = check::beside(site, &workload.canary_template, false) {
        return Ok(Some(problem.what));
    }
    if let Some(short) = room(rest, scene, site, &plan.steps, workload).await.into_iter().find(|told| is_short(told)) {
        return Ok(Some(short));
    }
    match trial::admitted(rest, plan, workload, site).await {
        Ok(()) => Ok(None),
        Err(problem) => Ok(Some(problem.what)),
    }
}

/// Nodes that could not be looked at are no reason against a second set.
fn is_short(told: &str) -> bool {
    !told.contains(tell::room::NOT_LOOKED_AT)
}

/// A rollout that has not come to its end still has old pods, which are what we want back; and an empty Deployment has
/// nothing to stand beside.
fn stalled(site: &Site) -> Option<String> {
    let deployment = &site.deployment;
    if deployment.replicas() == 0 {
        return Some("it is scaled to 0".to_owned());
    }
    let newest = serving(deployment, &site.sets).map(|set| set.metadata.uid.as_str());
    let old: u32 = site
        .sets
        .iter()
        .filter(|set| Some(set.metadata.uid.as_str()) != newest)
        .map(|set| set.status.ready_replicas)
        .sum();
    (!deployment.is_replaced() && old > 0)
        .then(|| format!("a rollout is under way, and {old} pods of older templates still serve"))
}

/// The ReplicaSet of the Deployment's newest template.
fn serving<'a>(deployment: &Deployment, sets: &'a [ReplicaSet]) -> Option<&'a ReplicaSet> {
    sets.iter().find(|set| template::same(&set.spec.template, &deployment.spec.template))
}

/// The ReplicaSet to go back to. "Older" is by the time of creation: revision numbers rise when an old one is brought back.
fn choose<'a>(deployment: &Deployment, sets: &'a [ReplicaSet], to: Option<u64>) -> Result<&'a ReplicaSet, Problem> {
    let name = neutral(&deployment.metadata.name);
    if let Some(revision) = to {
        return by_revision(deployment, sets, revision);
    }
    let since = serving(deployment, sets).and_then(|set| set.metadata.creation_timestamp);
    let images = |template: &Value| -> Vec<String> {
        template::containers(template).filter_map(images::image).map(str::to_owned).collect()
    };
    let now = images(&deployment.spec.template);
    let older =
        |set: &&ReplicaSet| since.is_none_or(|since| set.metadata.creation_timestamp.is_some_and(|at| at < since));
    let earlier = sets.iter().filter(older).filter(|set| images(&set.spec.template) != now);
    earlier.max_by_key(|set| (set.metadata.creation_timestamp, set.revision())).ok_or_else(|| {
        Problem::refused(format!("Deployment {name} has no earlier version to go back to"))
            .hint(format!("name one: glidepath release deploy/{name} --image CONTAINER=REFERENCE"))
    })
}

fn by_revision<'a>(deployment: &Deployment, sets: &'a [ReplicaSet], revision: u64) -> Result<&'a ReplicaSet, Problem> {
    let name = neutral(&deployment.metadata.name);
    let Some(set) = sets.iter().find(|set| set.revision() == Some(revision)) else {
        let mut there: Vec<(u64, String)> = sets.iter().filter_map(|set| Some((set.revision()?, said(set)))).collect();
        there.sort_unstable();
        let there: Vec<String> = there.into_iter().map(|(revision, images)| format!("{revision} ({images})")).collect();
        return Err(Problem::user(format!("Deployment {name} has no revision {revision}"))
            .hint(format!("there are: {}", there.join(", "))));
    };
    if template::same(&set.spec.template, &deployment.spec.template) {
        return Err(Problem::user(format!("Deployment {name} already runs revision {revision}")));
    }
    Ok(set)
}

fn said(set: &ReplicaSet) -> String {
    images::versions(template::running(&set.spec.template).filter_map(images::image))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn template(image: &str) -> Value {
        json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": image}]}})
    }

    fn set(revision: u64, created: &str, image: &str) -> ReplicaSet {
        serde_json::from_value(json!({
            "metadata": {"name": format!("web-{revision}"), "uid": format!("rs-{revision}"),
                         "creationTimestamp": format!("2025-11-23T{created}:00Z"),
                         "annotations": {"deployment.kubernetes.io/revision": revision.to_string()}},
            "spec": {"template": template(image)},
        }))
        .expect("a ReplicaSet")
    }

    fn running(image: &str) -> Deployment {
        serde_json::from_value(json!({"metadata": {"name": "web"}, "spec": {"template": template(image)}}))
            .expect("a Deployment")
    }

    fn chosen(deployment: &Deployment, sets: &[ReplicaSet], to: Option<u64>) -> Option<u64> {
        choose(deployment, sets, to).ok().and_then(ReplicaSet::revision)
    }

    #[test]
    fn the_newest_older_one_with_other_images_is_chosen() {
        let sets = [set(1, "10:00", "web:1"), set(2, "11:00", "web:2"), set(3, "12:00", "web:3")];
        assert_eq!(chosen(&running("web:3"), &sets, None), Some(2));
        assert_eq!(chosen(&running("web:2"), &sets, None), Some(1));
    }

    #[test]
    fn older_is_by_creation_not_by_revision() {
        // Version 1 was brought back: its revision is the highest, its ReplicaSet the oldest.
        let sets = [set(4, "10:00", "web:1"), set(2, "11:00", "web:2"), set(3, "12:00", "web:3")];
        let refused = choose(&running("web:1"), &sets, None).expect_err("nothing is older");
        assert_eq!(refused.exit_code(), 5);
        assert!(refused.to_string().contains("--image"));
    }

    #[test]
    fn a_restart_is_no_earlier_version() {
        let mut restarted = set(2, "11:00", "web:1");
        restarted.spec.template["metadata"]["annotations"] = json!({"kubectl.kubernetes.io/restartedAt": "x"});
        let sets = [set(1, "10:00", "web:1"), restarted.clone()];
        let mut deployment = running("web:1");
        deployment.spec.template = restarted.spec.template;
        assert!(choose(&deployment, &sets, None).is_err());
    }

    #[test]
    fn a_revision_can_be_named() {
        let sets = [set(1, "10:00", "web:1"), set(2, "11:00", "web:2")];
        assert_eq!(chosen(&running("web:2"), &sets, Some(1)), Some(1));
        let unknown = choose(&running("web:2"), &sets, Some(7)).expect_err("no such revision").to_string();
        assert!(unknown.contains("no revision 7") && unknown.contains("1 (1), 2 (2)"), "{unknown}");
        assert!(choose(&running("web:2"), &sets, Some(2)).expect_err("the same").what.contains("already runs"));
    }
}
