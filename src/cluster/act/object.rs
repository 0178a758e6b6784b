//! One object as it was just read, whole.

use serde_json::Value;

use crate::cluster::labels::Labels;
use crate::core::text::neutral;

/// One object as the API server gave it.
#[derive(Clone, Debug, PartialEq)]
pub struct Object(Value);

impl Object {
    /// Wraps what the API server gave.
    pub fn new(body: Value) -> Self {
        Self(body)
    }

    /// The whole.
    pub fn body(&self) -> &Value {
        &self.0
    }

    /// What is at a JSON pointer.
    pub fn at(&self, pointer: &str) -> Option<&Value> {
        self.0.pointer(pointer)
    }

    /// The UID.
    pub fn uid(&self) -> &str {
        self.text("/metadata/uid")
    }

    /// The resourceVersion.
    pub fn version(&self) -> &str {
        self.text("/metadata/resourceVersion")
    }

    /// `Service web`, for sentences.
    pub fn words(&self) -> String {
        neutral(&format!("{} {}", self.text("/kind"), self.text("/metadata/name")))
    }

    /// Whether it is on its way out.
    pub fn is_deleting(&self) -> bool {
        self.at("/metadata/deletionTimestamp").is_some_and(|at| !at.is_null())
    }

    /// Whether it has annotations at all, so that one can be added.
    pub fn has_annotations(&self) -> bool {
        self.at("/metadata/annotations").is_some_and(Value::is_object)
    }

    /// An annotation.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.at("/metadata/annotations")?.get(key)?.as_str()
    }

    /// All annotations.
    pub fn annotations(&self) -> Labels {
        let pairs = self.at("/metadata/annotations").and_then(Value::as_object).into_iter().flatten();
        pairs.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
    }

    fn text(&self, pointer: &str) -> &str {
        self.at(pointer).and_then(Value::as_str).unwrap_or_default()
    }
}
