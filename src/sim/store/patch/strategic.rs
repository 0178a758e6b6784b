//! Strategic merge: a merge patch that knows which lists are maps in truth.

use serde_json::{Map, Value};

use crate::sim::status::Status;

/// Lists of plain values that are sets: a patch adds to them.
const SETS: [&str; 1] = ["finalizers"];

/// Says what becomes of the object or item it stands in: `replace`, `delete` or `merge`.
const DIRECTIVE: &str = "$patch";

/// Says which keys stay where a union changes its member.
const RETAIN: &str = "$retainKeys";

/// Names the order of a list; what it says follows from our merge well enough.
const ORDER: &str = "$setElementOrder/";

/// Names values to take out of a list of plain values.
const DELETE_FROM: &str = "$deleteFromPrimitiveList/";

/// Merges a strategic merge patch into an object.
///
/// # Errors
/// 400 for a directive that does not exist, or an item of a keyed list without its key.
pub fn merge(object: &mut Value, patch: &Value) -> Result<(), Status> {
    let Value::Object(patch) = patch else {
        *object = patch.clone();
        return Ok(());
    };
    match patch.get(DIRECTIVE).and_then(Value::as_str) {
        Some("replace") => {
            *object = Value::Object(without_directives(patch));
            return Ok(());
        }
        Some("delete") => {
            *object = Value::Object(Map::new());
            return Ok(());
        }
        None | Some("merge") => (),
        Some(other) => return Err(Status::bad_request(format!("unknown patch type found: {other}"))),
    }
    if !object.is_object() {
        *object = Value::Object(Map::new());
    }
    if let Value::Object(map) = object {
        merge_fields(map, patch)?;
    }
    Ok(())
}

fn merge_fields(map: &mut Map<String, Value>, patch: &Map<String, Value>) -> Result<(), Status> {
    if let Some(Value::Array(kept)) = patch.get(RETAIN) {
        map.retain(|key, _| kept.iter().any(|name| name == key));
    }
    for (key, change) in patch {
        if let Some(field) = key.strip_prefix(DELETE_FROM) {
            if let (Some(Value::Array(list)), Value::Array(gone)) = (map.get_mut(field), change) {
                list.retain(|item| !gone.contains(item));
            }
            continue;
        }
        if key.starts_with(ORDER) || key == RETAIN || key == DIRECTIVE {
            continue;
        }
        match (map.get_mut(key), change) {
            (_, Value::Null) => {
                map.remove(key);
            }
            (Some(Value::Array(list)), Value::Array(changes)) => merge_list(key, list, changes)?,
            (Some(old), change @ Value::Object(_)) => merge(old, change)?,
            (None, change @ Value::Object(_)) => {
                let mut fresh = Value::Object(Map::new());
                merge(&mut fresh, change)?;
                map.insert(key.clone(), fresh);
            }
            (None, Value::Array(changes)) => {
                let mut fresh = Vec::new();
                merge_list(key, &mut fresh, changes)?;
                map.insert(key.clone(), fresh.into());
            }
            (_, change) => {
                map.insert(key.clone(), change.clone());
            }
        }
    }
    Ok(())
}

fn merge_list(field: &str, list: &mut Vec<Value>, changes: &[Value]) -> Result<(), Status> {
    if changes.iter().any(|change| directive(change) == Some("replace")) {
        *list = changes.iter().filter(|change| directive(change).is_none()).cloned().collect();
        return Ok(());
    }
    if SETS.contains(&field) {
        list.extend(changes.iter().filter(|change| !list.contains(change)).cloned().collect::<Vec<_>>());
        return Ok(());
    }
    let Some(key) = merge_key(field, list.iter().chain(changes)) else {
        *list = changes.to_vec();
        return Ok(());
    };
    for change in changes {
        let Some(id) = change.get(key) else {
            let message = format!("map: {change} does not contain declared merge key: {key}");
            return Err(Status::bad_request(message));
        };
        let place = list.iter().position(|item| item.get(key) == Some(id));
        match (place, directive(change)) {
            (Some(place), Some("delete")) => {
                list.remove(place);
            }
            (None, Some("delete")) => (),
            (Some(place), _) => {
                if let Some(item) = list.get_mut(place) {
                    merge(item, change)?;
                }
            }
            (None, _) => {
                let mut fresh = Value::Object(Map::new());
                merge(&mut fresh, change)?;
                list.push(fresh);
            }
        }
    }
    Ok(())
}

fn directive(change: &Value) -> Option<&str> {
    change.get(DIRECTIVE)?.as_str()
}

/// The one key by which a strategic merge tells the items of a list apart.
fn merge_key<'a>(field: &str, mut items: impl Iterator<Item = &'a Value>) -> Option<&'static str> {
    Some(match field {
        "containers"
        | "initContainers"
        | "ephemeralContainers"
        | "env"
        | "volumes"
        | "imagePullSecrets"
        | "secrets" => "name",
        "volumeMounts" => "mountPath",
        "volumeDevices" => "devicePath",
        "hostAliases" | "podIPs" | "hostIPs" => "ip",
        "conditions" | "addresses" => "type",
        "ownerReferences" => "uid",
        "topologySpreadConstraints" => "topologyKey",
        "ports" if items.any(|item| item.get("containerPort").is_some()) => "containerPort",
        "ports" => "port",
        _ => return None,
    })
}

fn without_directives(patch: &Map<String, Value>) -> Map<String, Value> {
    patch.iter().filter(|(key, _)| !key.starts_with('$')).map(|(key, value)| (key.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn merged(mut object: Value, patch: &Value) -> Value {
        merge(&mut object, patch).expect("a patch that can be merged");
        object
    }

    #[test]
    fn containers_are_merged_by_name() {
        let pod = json!({"containers": [{"name": "a", "image": "a:1", "env": [{"name": "X", "value": "1"}]}, {"name": "b", "image": "b:1"}]});
        let patch = json!({
            "$setElementOrder/containers": [{"name": "a"}],
            "containers": [{"name": "a", "image": "a:2", "env": [{"name": "Y", "value": "2"}]}]
        });
        assert_eq!(
            merged(pod, &patch),
            json!({"containers": [
                {"name": "a", "image": "a:2", "env": [{"name": "X", "value": "1"}, {"name": "Y", "value": "2"}]},
                {"name": "b", "image": "b:1"}
            ]})
        );
    }

    #[test]
    fn directives_delete_replace_and_retain() {
        let pod = json!({"containers": [{"name": "a"}, {"name": "b"}], "args": ["x"], "labels": {"a": "1", "b": "2"}});
        let patch = json!({"containers": [{"name": "a", "$patch": "delete"}], "args": ["y"], "labels": {"b": null}});
        assert_eq!(
            merged(pod.clone(), &patch),
            json!({"containers": [{"name": "b"}], "args": ["y"], "labels": {"a": "1"}})
        );
        let patch =
            json!({"containers": [{"$patch": "replace"}, {"name": "c"}], "labels": {"$patch": "replace", "z": "9"}});
        assert_eq!(merged(pod, &patch), json!({"containers": [{"name": "c"}], "args": ["x"], "labels": {"z": "9"}}));
        let strategy = json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}});
        let patch = json!({"$retainKeys": ["type"], "type": "Recreate"});
        assert_eq!(merged(strategy, &patch), json!({"type": "Recreate"}));
    }

    #[test]
    fn ports_of_a_service_are_merged_by_port() {
        let service = json!({"ports": [{"port": 80, "targetPort": 8080}]});
        let patch = json!({"ports": [{"port": 80, "targetPort": "http"}, {"port": 9090}]});
        assert_eq!(merged(service, &patch), json!({"ports": [{"port": 80, "targetPort": "http"}, {"port": 9090}]}));
        assert!(merge(&mut json!({"env": []}), &json!({"env": [{"value": "x"}]})).is_err());
    }
}
