//! A change of one object, as a JSON patch that is built step by step.

use json_patch::jsonptr::PointerBuf;
use json_patch::{AddOperation, Patch, PatchOperation, RemoveOperation, ReplaceOperation, TestOperation};
use serde_json::{Map, Value};

/// A change of one object. Nothing of it happens unless all of its tests hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Edit(Vec<PatchOperation>);

impl Edit {
    /// No change.
    pub fn new() -> Self {
        Self::default()
    }

    /// What is at `path` must be `value`.
    #[must_use]
    pub fn test(mut self, path: &[&str], value: impl Into<Value>) -> Self {
        self.0.push(PatchOperation::Test(TestOperation { path: pointer(path), value: value.into() }));
        self
    }

    /// Puts `value` at `path`, whether something is there or not.
    #[must_use]
    pub fn set(mut self, path: &[&str], value: impl Into<Value>) -> Self {
        self.0.push(PatchOperation::Add(AddOperation { path: pointer(path), value: value.into() }));
        self
    }

    /// Replaces what is at `path`, which must be there.
    #[must_use]
    pub fn replace(mut self, path: &[&str], value: impl Into<Value>) -> Self {
        self.0.push(PatchOperation::Replace(ReplaceOperation { path: pointer(path), value: value.into() }));
        self
    }

    /// Removes what is at `path`, which must be there.
    #[must_use]
    pub fn remove(mut self, path: &[&str]) -> Self {
        self.0.push(PatchOperation::Remove(RemoveOperation { path: pointer(path) }));
        self
    }

    /// Puts an annotation.
    #[must_use]
    pub fn annotate(self, key: &str, value: impl Into<String>) -> Self {
        self.set(&["metadata", "annotations", key], value.into())
    }

    /// Removes those of `keys` that `present` says are there.
    #[must_use]
    pub fn forget(self, keys: &[&str], present: impl Fn(&str) -> bool) -> Self {
        let there = keys.iter().filter(|key| present(key));
        there.fold(self, |edit, key| edit.remove(&["metadata", "annotations", key]))
    }

    /// Makes room for annotations where an object has none.
    #[must_use]
    pub fn with_annotations(self, there: bool) -> Self {
        if there { self } else { self.set(&["metadata", "annotations"], Value::Object(Map::new())) }
    }

    /// Then `next`.
    #[must_use]
    pub fn then(mut self, next: Self) -> Self {
        self.0.extend(next.0);
        self
    }

    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As the API server takes it.
    pub fn patch(self) -> Patch {
        Patch(self.0)
    }

    /// What it writes, for people: tests are left out, long values cut.
    pub fn words(&self) -> Vec<String> {
        self.0.iter().filter_map(sentence).collect()
    }
}

fn pointer(path: &[&str]) -> PointerBuf {
    PointerBuf::from_tokens(path.iter().copied())
}

/// The longest value that is printed whole, in characters.
const LONG: usize = 100;

fn sentence(operation: &PatchOperation) -> Option<String> {
    let short = |value: &Value| crate::core::text::cut(&crate::core::text::neutral(&value.to_string()), LONG);
    match operation {
        PatchOperation::Add(add) => Some(format!("set {} to {}", add.path, short(&add.value))),
        PatchOperation::Replace(replace) => Some(format!("replace {} by {}", replace.path, short(&replace.value))),
        PatchOperation::Remove(remove) => Some(format!("remove {}", remove.path)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_edit_applies_as_a_patch() {
        let mut object = json!({"metadata": {"name": "web"}, "spec": {"selector": {"app": "web"}}});
        let edit = Edit::new()
            .test(&["metadata", "name"], "web")
            .with_annotations(false)
            .annotate("glidepath.dev/release", "r1")
            .set(&["spec", "selector", "glidepath.dev/track"], "canary");
        assert_eq!(
            edit.words(),
            [
                "set /metadata/annotations to {}",
                "set /metadata/annotations/glidepath.dev~1release to \"r1\"",
                "set /spec/selector/glidepath.dev~1track to \"canary\"",
            ]
        );
        json_patch::patch(&mut object, &edit.patch()).expect("it applies");
        assert_eq!(object["spec"]["selector"], json!({"app": "web", "glidepath.dev/track": "canary"}));
        assert_eq!(object["metadata"]["annotations"], json!({"glidepath.dev/release": "r1"}));
    }

    #[test]
    fn a_failed_test_changes_nothing() {
        let mut object = json!({"metadata": {"name": "web"}});
        let edit = Edit::new().test(&["metadata", "name"], "api").remove(&["metadata", "name"]);
        assert!(json_patch::patch(&mut object, &edit.patch()).is_err());
        assert_eq!(object, json!({"metadata": {"name": "web"}}));
    }
}
