//! Whether a Deployment is fit to be flown.

use crate::cluster::marks;
use crate::cluster::seen::Deployment;
use crate::cluster::template;
use crate::core::problem::Problem;
use crate::core::text::neutral;

fn name(deployment: &Deployment) -> String {
    format!("Deployment {}", neutral(&deployment.metadata.name))
}

/// It is neither paused, nor empty, nor in the middle of a rollout.
///
/// # Errors
/// It is.
pub fn is_settled(deployment: &Deployment) -> Result<(), Problem> {
    let (plain, name) = (neutral(&deployment.metadata.name), name(deployment));
    if deployment.metadata.deletion_timestamp.is_some() {
        return Err(Problem::user(format!("{name} is being deleted")));
    }
    if deployment.spec.paused {
        return Err(Problem::user(format!("{name} is paused"))
            .hint(format!("resume it: kubectl rollout resume deployment/{plain}")));
    }
    if deployment.replicas() == 0 {
        return Err(Problem::user(format!("{name} is scaled to 0: there is nothing to compare a canary with"))
            .hint(format!("scale it up, or change its image directly: kubectl set image deployment/{plain} …")));
    }
    if deployment.is_replaced() {
        return Ok(());
    }
    let status = &deployment.status;
    let (wanted, new, old) = (deployment.replicas(), status.updated_replicas, status.replicas);
    let progress = if deployment.is_observed() {
        format!("{new} of {wanted} pods are of its newest template, {} of an older one", old.saturating_sub(new))
    } else {
        "its controller has not yet taken note of its newest template".to_owned()
    };
    Err(Problem::user(format!("{name} is in the middle of a rollout: {progress}"))
        .hint(format!("wait for it, or bring the earlier version back: glidepath rollback deploy/{plain}")))
}

/// Its strategy lets two versions run at the same time.
///
/// # Errors
/// It is `Recreate`, and nobody said that this is all right.
pub fn may_meet_itself(deployment: &Deployment, allow_recreate: bool) -> Result<(), Problem> {
    if deployment.spec.strategy.kind != "Recreate" || allow_recreate {
        return Ok(());
    }
    let what = format!("{} has strategy Recreate: two versions of it must not run at the same time", name(deployment));
    Err(Problem::user(what).hint("if they may after all, set recreate = \"allow\" in the configuration"))
}

/// Our key is nowhere in it: it would tell canary pods from its own.
///
/// # Errors
/// It is in its labels or its selector.
pub fn is_free_of_our_key(deployment: &Deployment) -> Result<(), Problem> {
    let place = if deployment.spec.selector.mentions(marks::TRACK) {
        "selector"
    } else if template::labels(&deployment.spec.template).contains_key(marks::TRACK) {
        "pod labels"
    } else {
        return Ok(());
    };
    let what = format!("the {place} of {} already hold {} without a release of ours", name(deployment), marks::TRACK);
    Err(Problem::user(what).hint("remove the label; it is how canary pods are told from stable ones"))
}

/// Nobody else's Deployment has the canary's name.
///
/// # Errors
/// Somebody else's has.
pub fn has_room_beside(deployment: &Deployment, beside: Option<&Deployment>) -> Result<(), Problem> {
    is_free("canary", deployment, beside)
}

/// Nobody else's Deployment has the baseline's name.
///
/// # Errors
/// Somebody else's has.
pub fn has_room_for_a_baseline(deployment: &Deployment, beside: Option<&Deployment>) -> Result<(), Problem> {
    is_free("baseline", deployment, beside)
}

fn is_free(what: &str, deployment: &Deployment, beside: Option<&Deployment>) -> Result<(), Problem> {
    let Some(beside) = beside.filter(|beside| beside.metadata.annotation(marks::RELEASE).is_none()) else {
        return Ok(());
    };
    let (there, whose) = (name(beside), beside.whose());
    Err(Problem::user(format!(
        "{there} is not ours (it is {whose}'s) and has the name that the {what} of {} needs",
        name(deployment)
    ))
    .hint("rename or delete it"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn web(change: Value) -> Deployment {
        let mut whole = json!({
            "metadata": {"name": "web", "generation": 3},
            "spec": {"replicas": 3, "selector": {"matchLabels": {"app": "web"}},
                     "strategy": {"type": "RollingUpdate"},
                     "template": {"metadata": {"labels": {"app": "web"}}}},
            "status": {"observedGeneration": 3, "replicas": 3, "updatedReplicas": 3},
        });
        json_patch::merge(&mut whole, &change);
        serde_json::from_value(whole).expect("a Deployment")
    }

    fn refused(result: Result<(), Problem>) -> String {
        let problem = result.expect_err("it is refused");
        assert_eq!(problem.exit_code(), 2);
        assert!(!problem.hints.is_empty());
        problem.what
    }

    #[test]
    fn a_settled_deployment_flies() {
        assert_eq!(is_settled(&web(json!({}))), Ok(()));
    }

    #[test]
    fn what_is_paused_empty_or_moving_is_refused() {
        assert!(refused(is_settled(&web(json!({"spec": {"paused": true}})))).contains("is paused"));
        assert!(refused(is_settled(&web(json!({"spec": {"replicas": 0}})))).contains("scaled to 0"));
        let moving = web(json!({"status": {"replicas": 4, "updatedReplicas": 1}}));
        assert!(refused(is_settled(&moving)).contains("1 of 3 pods are of its newest template, 3 of an older one"));
        let unnoticed = web(json!({"metadata": {"generation": 4}}));
        assert!(refused(is_settled(&unnoticed)).contains("not yet taken note"));
    }

    #[test]
    fn recreate_is_refused_unless_allowed() {
        let recreate = web(json!({"spec": {"strategy": {"type": "Recreate"}}}));
        assert!(refused(may_meet_itself(&recreate, false)).contains("Recreate"));
        assert_eq!(may_meet_itself(&recreate, true), Ok(()));
    }

    #[test]
    fn our_key_in_somebody_elses_labels_is_refused() {
        let labels = web(json!({"spec": {"template": {"metadata": {"labels": {marks::TRACK: "stable"}}}}}));
        assert!(refused(is_free_of_our_key(&labels)).contains("pod labels"));
        let selector = web(json!({"spec": {"selector": {"matchLabels": {marks::TRACK: "stable"}}}}));
        assert!(refused(is_free_of_our_key(&selector)).contains("selector"));
        assert_eq!(is_free_of_our_key(&web(json!({}))), Ok(()));
    }

    #[test]
    fn a_foreign_canary_is_refused_by_name() {
        let foreign = web(json!({"metadata": {"name": "web-canary", "managedFields": [
            {"manager": "flagger", "fieldsV1": {"f:spec": {"f:template": {}}}}]}}));
        assert!(refused(has_room_beside(&web(json!({})), Some(&foreign))).contains("flagger's"));
        let ours = web(json!({"metadata": {"annotations": {marks::RELEASE: "r1"}}}));
        assert_eq!(has_room_beside(&web(json!({})), Some(&ours)), Ok(()));
        assert_eq!(has_room_beside(&web(json!({})), None), Ok(()));
    }
}
