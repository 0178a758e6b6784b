//! Which lists of Kubernetes objects are maps in truth, and by which keys.

use serde_json::Value;

/// The keys that tell the items of a list apart, by the list's field and the shape of its items; `None`: the list is
/// one value.
pub fn list_keys(field: &str, item: &Value) -> Option<&'static [&'static str]> {
    let has = |key: &str| item.get(key).is_some();
    match field {
        "containers"
        | "initContainers"
        | "ephemeralContainers"
        | "env"
        | "volumes"
        | "imagePullSecrets"
        | "secrets" => has("name").then_some(&["name"]),
        "volumeMounts" => has("mountPath").then_some(&["mountPath"]),
        "volumeDevices" => has("devicePath").then_some(&["devicePath"]),
        "hostAliases" | "podIPs" | "hostIPs" => has("ip").then_some(&["ip"]),
        "conditions" | "addresses" => has("type").then_some(&["type"]),
        "ownerReferences" => has("uid").then_some(&["uid"]),
        "topologySpreadConstraints" => has("topologyKey").then_some(&["topologyKey", "whenUnsatisfiable"]),
        "ports" if has("containerPort") => Some(&["containerPort", "protocol"]),
        // The ports of an EndpointSlice have a `port` too, but its list is one value: they have no `targetPort`.
        "ports" if has("port") && has("targetPort") => Some(&["port", "protocol"]),
        _ => None,
    }
}
