//! Reading and writing the fields of an object that is only JSON.

use chrono::{DateTime, SecondsFormat};
use serde_json::{Map, Value};

use crate::core::time::Time;

/// The text at a JSON pointer; empty where there is none.
pub fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The name of an object.
pub fn name(object: &Value) -> &str {
    text(object, "/metadata/name")
}

/// The namespace of an object; empty for cluster-wide kinds.
pub fn namespace(object: &Value) -> &str {
    text(object, "/metadata/namespace")
}

/// The UID of an object.
pub fn uid(object: &Value) -> &str {
    text(object, "/metadata/uid")
}

/// The items of the list at a JSON pointer; none where there is no list.
pub fn items<'a>(object: &'a Value, pointer: &str) -> &'a [Value] {
    object.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The value of a label; `None` where the object does not have it.
pub fn label<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    object.pointer("/metadata/labels")?.get(key)?.as_str()
}

/// The value of an annotation; `None` where the object does not have it.
pub fn annotation<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    object.pointer("/metadata/annotations")?.get(key)?.as_str()
}

/// Whether deletion has been asked for.
pub fn terminating(object: &Value) -> bool {
    object.pointer("/metadata/deletionTimestamp").is_some_and(|at| !at.is_null())
}

/// Puts a value at a path of keys, making objects on the way.
pub fn put(object: &mut Value, path: &[&str], value: Value) {
    let Some((first, rest)) = path.split_first() else {
        *object = value;
        return;
    };
    if !object.is_object() {
        *object = Value::Object(Map::new());
    }
    if let Value::Object(map) = object {
        put(map.entry(*first).or_insert(Value::Null), rest, value);
    }
}

/// Puts a value at a path where nothing is yet.
pub fn put_default(object: &mut Value, path: &[&str], value: impl Into<Value>) {
    if get(object, path).is_none_or(Value::is_null) {
        put(object, path, value.into());
    }
}

/// Takes away what is at a path, and returns it.
pub fn take(object: &mut Value, path: &[&str]) -> Option<Value> {
    let (last, way) = path.split_last()?;
    let mut at = object;
    for key in way {
        at = at.get_mut(*key)?;
    }
    at.as_object_mut()?.remove(*last)
}

/// What is at a path of keys.
pub fn get<'a>(object: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(object, |at, key| at.get(*key))
}

/// A time as `metadata` has it: RFC 3339, whole seconds.
pub fn stamp(at: Time) -> String {
    let at = DateTime::from_timestamp_millis(at.millis()).unwrap_or_default();
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A time as Leases and `eventTime` have it: RFC 3339, microseconds.
pub fn stamp_micro(at: Time) -> String {
    let at = DateTime::from_timestamp_millis(at.millis()).unwrap_or_default();
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_path_is_made_when_it_is_missing() {
        let mut object = json!({"metadata": {"name": "x"}});
        put(&mut object, &["metadata", "labels", "app"], "y".into());
        put_default(&mut object, &["metadata", "name"], "z");
        assert_eq!(object, json!({"metadata": {"name": "x", "labels": {"app": "y"}}}));
        assert_eq!(take(&mut object, &["metadata", "labels", "app"]), Some(json!("y")));
        assert_eq!(take(&mut object, &["spec", "replicas"]), None);
    }

    #[test]
    fn times_are_written_in_whole_seconds() {
        assert_eq!(stamp(Time::from_millis(1_763_938_800_123)), "2025-11-23T23:00:00Z");
        assert_eq!(stamp_micro(Time::from_millis(1_763_938_800_123)), "2025-11-23T23:00:00.123000Z");
    }
}
