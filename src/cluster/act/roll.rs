//! Putting a template into stable: the release's when it finishes, the recorded one when it comes back.

use serde_json::Value;

use super::edit::Edit;
use super::object::Object;
use super::outcome::Stop;
use crate::cluster::seen::Meta;
use crate::cluster::template;
use crate::core::act::ActFault;
use crate::core::plan::{Finish, Kind, Workload};

/// Puts the release's template into stable. A rollback to an earlier version resumes a paused Deployment for it.
/// `None`: it is there.
///
/// # Errors
/// Somebody else's template is there: it is never overwritten.
pub fn roll(stable: &Object, workload: &Workload, kind: Kind) -> Result<Option<Edit>, Stop> {
    let found = stable.at("/spec/template").unwrap_or(&Value::Null);
    let edit = put(stable, &workload.canary_template, template::same(found, &workload.stable_template))?;
    let paused = stable.at("/spec/paused").and_then(Value::as_bool).unwrap_or(false);
    if kind == Kind::Release || !paused {
        return Ok(edit);
    }
    Ok(Some(edit.unwrap_or_default().set(&["spec", "paused"], false)))
}

/// Puts the recorded template back into stable. `None`: it is there.
///
/// # Errors
/// Somebody else's template is there: it is never overwritten.
pub fn restore(stable: &Object, workload: &Workload, finish: Finish) -> Result<Option<Edit>, Stop> {
    let found = stable.at("/spec/template").unwrap_or(&Value::Null);
    put(stable, &workload.stable_template, template::is_released(found, workload, finish))
}

/// `known`: what is there is what the release has put there, or found.
fn put(stable: &Object, wanted: &Value, known: bool) -> Result<Option<Edit>, Stop> {
    let found = stable.at("/spec/template").unwrap_or(&Value::Null);
    if template::same(found, wanted) {
        return Ok(None);
    }
    if !known {
        let by = author(stable).map(|manager| format!(" by {manager}")).unwrap_or_default();
        let why = format!("the template of {} was changed{by} and is left alone", stable.words());
        return Err(Stop::new(ActFault::Rejected, why));
    }
    // The fence does not see a change between our reading and our writing; this test does.
    let edit = Edit::new().test(&["spec", "template"], found.clone());
    Ok(Some(edit.replace(&["spec", "template"], template::plain(wanted))))
}

fn author(stable: &Object) -> Option<String> {
    let meta: Meta = serde_json::from_value(stable.at("/metadata")?.clone()).ok()?;
    meta.foreign_writer(|writer| writer.template)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::plan::tests::flight;
    use serde_json::json;

    fn workload() -> Workload {
        flight().workloads.remove(0)
    }

    fn template(image: &str) -> Value {
        json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": image}]}})
    }

    fn stable(image: &str, paused: bool) -> Object {
        Object::new(json!({
            "kind": "Deployment",
            "metadata": {"name": "web", "managedFields": [
                {"manager": "kubectl-edit", "time": "2025-11-23T23:00:00Z", "fieldsV1": {"f:spec": {"f:template": {}}}}]},
            "spec": {"paused": paused, "template": template(image)},
        }))
    }

    #[test]
    fn stable_rolls_and_comes_back() {
        let workload = workload();
        let mut body = stable("web:1", false).body().clone();
        let edit = roll(&Object::new(body.clone()), &workload, Kind::Release).expect("ours").expect("not yet");
        json_patch::patch(&mut body, &edit.patch()).expect("it applies");
        assert_eq!(body["spec"]["template"], template("web:2"));
        let rolled = Object::new(body.clone());
        assert_eq!(roll(&rolled, &workload, Kind::Release), Ok(None));
        let edit = restore(&rolled, &workload, Finish::Roll).expect("ours").expect("not yet");
        json_patch::patch(&mut body, &edit.patch()).expect("it applies");
        assert_eq!(body, *stable("web:1", false).body());
    }

    #[test]
    fn a_foreign_template_is_never_overwritten() {
        let stop = roll(&stable("web:3", false), &workload(), Kind::Release).expect_err("foreign");
        assert_eq!(stop.kind, ActFault::Rejected);
        assert!(stop.why.contains("by kubectl-edit"), "{}", stop.why);
        assert!(restore(&stable("web:3", false), &workload(), Finish::Wait).is_err());
    }

    #[test]
    fn a_change_after_we_read_fails_the_test() {
        let edit = roll(&stable("web:1", false), &workload(), Kind::Release).expect("ours").expect("not yet");
        let mut changed = stable("web:3", false).body().clone();
        assert!(json_patch::patch(&mut changed, &edit.patch()).is_err());
    }

    #[test]
    fn a_paused_deployment_is_resumed_to_go_back_only() {
        let paused = stable("web:1", true);
        let words = |kind| roll(&paused, &workload(), kind).expect("ours").expect("not yet").words().len();
        assert_eq!((words(Kind::Release), words(Kind::RestoreInPlace)), (1, 2));
    }
}
