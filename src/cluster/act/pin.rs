//! Pinning a Service: one key more in its selector, and back.

use serde_json::Value;

use super::edit::Edit;
use super::object::Object;
use super::outcome::Stop;
use crate::cluster::marks;
use crate::core::act::ActFault;
use crate::core::time::Time;

const MARKS: [&str; 3] = [marks::RELEASE, marks::PINNED_SINCE, marks::SELECTOR];

/// Adds our key to the selector, so that only canary pods serve. Every key that is there stays: ours alone would select the
/// canaries of all workloads. `None`: it is pinned.
///
/// # Errors
/// The Service has no selector.
pub fn pin(service: &Object, release: &str, now: Time) -> Result<Option<Edit>, Stop> {
    let Some(selector) = service.at("/spec/selector").filter(|selector| selector.is_object()) else {
        return Err(Stop::new(ActFault::Rejected, format!("{} has no selector any more", service.words())));
    };
    if is_pinned(selector) {
        return Ok(None);
    }
    // One that was long on its way, or arrives twice, must not land on what was decided meanwhile.
    Ok(Some(
        Edit::new()
            .test(&["metadata", "resourceVersion"], service.version())
            .annotate(marks::RELEASE, release)
            .annotate(marks::PINNED_SINCE, now.to_string())
            .annotate(marks::SELECTOR, selector.to_string())
            .set(&["spec", "selector", marks::TRACK], marks::CANARY),
    ))
}

/// Removes our key, and nothing else, from the selector. `None`: it is not there.
pub fn unpin(service: &Object) -> Option<Edit> {
    service.at("/spec/selector")?.get(marks::TRACK)?;
    let edit = Edit::new().remove(&["spec", "selector", marks::TRACK]);
    Some(edit.forget(&MARKS, |key| service.annotation(key).is_some()))
}

fn is_pinned(selector: &Value) -> bool {
    selector.get(marks::TRACK).and_then(Value::as_str) == Some(marks::CANARY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn service() -> Object {
        Object::new(json!({
            "kind": "Service", "metadata": {"name": "web", "resourceVersion": "7", "annotations": {"team": "shop"}},
            "spec": {"selector": {"app": "web"}},
        }))
    }

    fn after(object: &Object, edit: Edit) -> Object {
        let mut body = object.body().clone();
        json_patch::patch(&mut body, &edit.patch()).expect("it applies");
        Object::new(body)
    }

    #[test]
    fn a_pin_adds_one_key_and_unpin_removes_that_one() {
        let before = service();
        let edit = pin(&before, "r1", Time::from_millis(0)).expect("a selector").expect("not pinned");
        let pinned = after(&before, edit);
        assert_eq!(pinned.at("/spec/selector"), Some(&json!({"app": "web", "glidepath.dev/track": "canary"})));
        assert_eq!(pinned.annotation(marks::SELECTOR), Some(r#"{"app":"web"}"#));
        assert_eq!(pin(&pinned, "r1", Time::from_millis(1)), Ok(None));
        assert_eq!(after(&pinned, unpin(&pinned).expect("pinned")), before);
        assert_eq!(unpin(&before), None);
    }

    #[test]
    fn unpin_keeps_what_somebody_else_changed_meanwhile() {
        let changed = Object::new(json!({"spec": {"selector": {"app": "shop", "glidepath.dev/track": "canary"}}}));
        let unpinned = after(&changed, unpin(&changed).expect("pinned"));
        assert_eq!(unpinned.at("/spec/selector"), Some(&json!({"app": "shop"})));
    }

    #[test]
    fn a_service_without_a_selector_is_not_given_one() {
        let bare = Object::new(json!({"kind": "Service", "metadata": {"name": "web"}, "spec": {}}));
        assert!(pin(&bare, "r1", Time::from_millis(0)).is_err());
        assert_eq!(unpin(&bare), None);
    }
}
