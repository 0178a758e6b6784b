//! Raising an autoscaler's minimum for a flight, and back: it would count canary pods as stable's.

use serde_json::Value;

use super::edit::Edit;
use super::object::Object;
use crate::cluster::marks;

const MARKS: [&str; 3] = [marks::RELEASE, marks::MIN_REPLICAS, marks::RAISED_TO];

/// Raises the minimum to `to`; `before` is what it was when the release began. `None`: it is not lower.
pub fn raise(autoscaler: &Object, release: &str, before: u32, to: u32) -> Option<Edit> {
    if minimum(autoscaler) >= to {
        return None;
    }
    let edit = Edit::new()
        .annotate(marks::RELEASE, release)
        .annotate(marks::MIN_REPLICAS, before.to_string())
        .annotate(marks::RAISED_TO, to.to_string());
    Some(edit.set(&["spec", "minReplicas"], to))
}

/// Puts the minimum back to `to`, if it still is what we raised it to; somebody who changed it since knows better.
/// `None`: nothing of ours is there.
pub fn restore(autoscaler: &Object, to: u32) -> Option<Edit> {
    let raised: u32 = autoscaler.annotation(marks::RAISED_TO)?.parse().unwrap_or_default();
    let edit = Edit::new().forget(&MARKS, |key| autoscaler.annotation(key).is_some());
    let ours = minimum(autoscaler) == raised && raised != to;
    Some(if ours { edit.set(&["spec", "minReplicas"], to) } else { edit })
}

fn minimum(autoscaler: &Object) -> u32 {
    let given = autoscaler.at("/spec/minReplicas").and_then(Value::as_u64);
    given.map_or(1, |minimum| u32::try_from(minimum).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn after(object: &Object, edit: Edit) -> Object {
        let mut body = object.body().clone();
        json_patch::patch(&mut body, &edit.patch()).expect("it applies");
        Object::new(body)
    }

    #[test]
    fn a_raised_minimum_comes_back() {
        let before =
            Object::new(json!({"metadata": {"annotations": {}}, "spec": {"minReplicas": 2, "maxReplicas": 9}}));
        let raised = after(&before, raise(&before, "r1", 2, 5).expect("it is lower"));
        assert_eq!(raised.at("/spec/minReplicas"), Some(&json!(5)));
        assert_eq!(raise(&raised, "r1", 2, 5), None);
        assert_eq!(after(&raised, restore(&raised, 2).expect("raised")), before);
        assert_eq!(restore(&before, 2), None);
    }

    #[test]
    fn a_minimum_that_somebody_changed_stays() {
        let changed = Object::new(json!({
            "metadata": {"annotations": {marks::RAISED_TO: "5", marks::MIN_REPLICAS: "2"}}, "spec": {"minReplicas": 20},
        }));
        let restored = after(&changed, restore(&changed, 2).expect("our marks are there"));
        assert_eq!(restored.at("/spec/minReplicas"), Some(&json!(20)));
        assert_eq!(restored.annotation(marks::RAISED_TO), None);
    }
}
