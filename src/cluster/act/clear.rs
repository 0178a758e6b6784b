//! Taking our marks off what is not ours.

use super::edit::Edit;
use super::object::Object;
use crate::cluster::marks;

/// Removes every annotation of ours. `None`: there is none.
pub fn clear(object: &Object) -> Option<Edit> {
    let annotations = object.annotations();
    let ours: Vec<&str> = annotations.keys().map(String::as_str).filter(|key| key.starts_with(marks::PREFIX)).collect();
    (!ours.is_empty()).then(|| Edit::new().forget(&ours, |_| true))
}

/// The same for a ReplicaSet: the Deployment controller copies annotations there, and no driver writes to it, so that each
/// is tested for itself.
pub fn clear_copy(replica_set: &Object) -> Option<Edit> {
    let annotations = replica_set.annotations();
    let ours = annotations.iter().filter(|(key, _)| key.starts_with(marks::PREFIX));
    let edit = ours.fold(Edit::new(), |edit, (key, value)| {
        edit.test(&["metadata", "annotations", key], value.as_str()).remove(&["metadata", "annotations", key])
    });
    (!edit.is_empty()).then_some(edit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_ours_go() {
        let object = Object::new(json!({"metadata": {"annotations": {
            "team": "shop", "glidepath.dev/epoch": "r1/1", "glidepath.dev/release": "r1"}}}));
        for edit in [clear(&object), clear_copy(&object)] {
            let mut body = object.body().clone();
            json_patch::patch(&mut body, &edit.expect("there are some").patch()).expect("it applies");
            assert_eq!(body, json!({"metadata": {"annotations": {"team": "shop"}}}));
            assert_eq!(clear(&Object::new(body)), None);
        }
    }
}
