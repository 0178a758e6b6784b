//! What the server serves, in both forms in which clients ask for it.

use serde_json::{Value, json};

use crate::sim::api::reply::Reply;
use crate::sim::kind::{Kind, KindInfo};
use crate::sim::status::Status;

/// The version that is served, the lowest that our schemas know.
const VERSION: &str = "v1.33.0";

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

const ALL_VERBS: [&str; 8] = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
const PART_VERBS: [&str; 3] = ["get", "patch", "update"];

/// The kinds that `kubectl get all` means.
const ALL: [Kind; 8] = [
    Kind::Pod,
    Kind::Service,
    Kind::Deployment,
    Kind::ReplicaSet,
    Kind::StatefulSet,
    Kind::DaemonSet,
    Kind::Job,
    Kind::HorizontalPodAutoscaler,
];

/// Something that is served under a path of its own.
struct Resource {
    group: &'static str,
    version: &'static str,
    plural: &'static str,
    singular: &'static str,
    kind: &'static str,
    namespaced: bool,
    verbs: &'static [&'static str],
    short: &'static [&'static str],
    categories: &'static [&'static str],
    parts: Vec<Subresource>,
}

struct Subresource {
    name: &'static str,
    /// Group, version and kind of what is sent and answered.
    kind: (&'static str, &'static str, &'static str),
    verbs: &'static [&'static str],
}

/// `/version`.
pub fn version() -> Value {
    let (major, minor) =
        VERSION.trim_start_matches('v').rsplit_once('.').and_then(|(v, _)| v.split_once('.')).unwrap_or_default();
    json!({
        "major": major,
        "minor": minor,
        "gitVersion": VERSION,
        "gitCommit": "",
        "gitTreeState": "clean",
        "buildDate": "2025-04-23T13:00:00Z",
        "goVersion": "",
        "compiler": "",
        "platform": "linux/amd64",
    })
}

/// `/api`.
pub fn core_versions(aggregated: bool) -> Reply {
    if aggregated {
        return Reply::Json { code: 200, content_type: AGGREGATED, value: discovery_list(|group| group.is_empty()) };
    }
    Reply::json(json!({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}))
}

/// `/apis`.
pub fn groups(aggregated: bool) -> Reply {
    if aggregated {
        return Reply::Json { code: 200, content_type: AGGREGATED, value: discovery_list(|group| !group.is_empty()) };
    }
    let groups: Vec<Value> =
        group_versions().into_iter().filter(|(group, _)| !group.is_empty()).map(group_entry).collect();
    Reply::json(json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}))
}

/// `/apis/{group}`.
pub fn group(name: &str) -> Result<Reply, Status> {
    let found = group_versions().into_iter().find(|(group, _)| *group == name).ok_or_else(Status::no_such_path)?;
    let mut entry = group_entry(found);
    if let Value::Object(entry) = &mut entry {
        entry.insert("kind".to_owned(), "APIGroup".into());
        entry.insert("apiVersion".to_owned(), "v1".into());
    }
    Ok(Reply::json(entry))
}

/// `/api/v1` and `/apis/{group}/{version}`.
pub fn resources(group: &str, version: &str) -> Result<Reply, Status> {
    let resources: Vec<Value> = all()
        .iter()
        .filter(|resource| resource.group == group && resource.version == version)
        .flat_map(plain_entries)
        .collect();
    if resources.is_empty() {
        return Err(Status::no_such_path());
    }
    let group_version = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    let list =
        json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": resources});
    Ok(Reply::json(list))
}

fn group_entry((group, version): (&str, &str)) -> Value {
    let version = json!({"groupVersion": format!("{group}/{version}"), "version": version});
    json!({"name": group, "versions": [version], "preferredVersion": version})
}

/// Every group with its one version, in the order of their first resource.
fn group_versions() -> Vec<(&'static str, &'static str)> {
    let mut groups = Vec::new();
    for resource in all() {
        if !groups.contains(&(resource.group, resource.version)) {
            groups.push((resource.group, resource.version));
        }
    }
    groups
}

fn all() -> Vec<Resource> {
    let mut all: Vec<Resource> = Kind::ALL.into_iter().map(of_kind).collect();
    for (group, plural, kind) in [
        ("authentication.k8s.io", "selfsubjectreviews", "SelfSubjectReview"),
        ("authorization.k8s.io", "selfsubjectaccessreviews", "SelfSubjectAccessReview"),
        ("authorization.k8s.io", "selfsubjectrulesreviews", "SelfSubjectRulesReview"),
    ] {
        all.push(Resource {
            group,
            version: "v1",
            plural,
            singular: plural.trim_end_matches('s'),
            kind,
            namespaced: false,
            verbs: &["create"],
            short: &[],
            categories: &[],
            parts: Vec::new(),
        });
    }
    all.push(Resource {
        group: "metrics.k8s.io",
        version: "v1beta1",
        plural: "pods",
        singular: "",
        kind: "PodMetrics",
        namespaced: true,
        verbs: &["list"],
        short: &[],
        categories: &[],
        parts: Vec::new(),
    });
    all
}

fn of_kind(kind: Kind) -> Resource {
    let KindInfo { name, group, version, plural, singular, short, namespaced, .. } = kind.info();
    let categories: &[&str] = if ALL.contains(&kind) { &["all"] } else { &[] };
    Resource {
        group,
        version,
        plural,
        singular,
        kind: name,
        namespaced,
        verbs: &ALL_VERBS,
        short,
        categories,
        parts: parts_of(kind),
    }
}

fn parts_of(kind: Kind) -> Vec<Subresource> {
    let KindInfo { name, group, version, status, scale, .. } = kind.info();
    let mut parts = Vec::new();
    if status {
        parts.push(Subresource { name: "status", kind: (group, version, name), verbs: &PART_VERBS });
    }
    if scale {
        parts.push(Subresource { name: "scale", kind: ("autoscaling", "v1", "Scale"), verbs: &PART_VERBS });
    }
    if kind == Kind::Pod {
        parts.push(Subresource { name: "log", kind: ("", "v1", "Pod"), verbs: &["get"] });
        parts.push(Subresource { name: "eviction", kind: ("policy", "v1", "Eviction"), verbs: &["create"] });
        parts.push(Subresource { name: "binding", kind: ("", "v1", "Binding"), verbs: &["create"] });
        parts.push(Subresource { name: "proxy", kind: ("", "v1", "PodProxyOptions"), verbs: &ALL_VERBS });
    }
    if kind == Kind::Service {
        parts.push(Subresource { name: "proxy", kind: ("", "v1", "ServiceProxyOptions"), verbs: &ALL_VERBS });
    }
    parts
}

fn plain_entries(resource: &Resource) -> Vec<Value> {
    let mut entries = vec![json!({
        "name": resource.plural,
        "singularName": resource.singular,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": resource.verbs,
        "shortNames": resource.short,
        "categories": resource.categories,
    })];
    entries.extend(resource.parts.iter().map(|part| {
        let (group, version, kind) = part.kind;
        json!({
            "name": format!("{}/{}", resource.plural, part.name),
            "singularName": "",
            "namespaced": resource.namespaced,
            "group": group,
            "version": version,
            "kind": kind,
            "verbs": part.verbs,
        })
    }));
    entries
}

fn discovery_list(wanted: impl Fn(&str) -> bool) -> Value {
    let resources = all();
    let items: Vec<Value> = group_versions()
        .into_iter()
        .filter(|(group, _)| wanted(group))
        .map(|(group, version)| {
            let of_group = resources.iter().filter(|resource| resource.group == group);
            let served: Vec<Value> = of_group.map(aggregated_entry).collect();
            let version = json!({"version": version, "resources": served, "freshness": "Current"});
            json!({"metadata": {"name": group, "creationTimestamp": null}, "versions": [version]})
        })
        .collect();
    json!({"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items})
}

fn aggregated_entry(resource: &Resource) -> Value {
    let kind_of =
        |(group, version, kind): (&str, &str, &str)| json!({"group": group, "version": version, "kind": kind});
    let parts: Vec<Value> = resource
        .parts
        .iter()
        .map(|part| json!({"subresource": part.name, "responseKind": kind_of(part.kind), "verbs": part.verbs}))
        .collect();
    json!({
        "resource": resource.plural,
        "responseKind": kind_of((resource.group, resource.version, resource.kind)),
        "scope": if resource.namespaced { "Namespaced" } else { "Cluster" },
        "singularResource": resource.singular,
        "verbs": resource.verbs,
        "shortNames": resource.short,
        "categories": resource.categories,
        "subresources": parts,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_discovered_in_both_forms() {
        let aggregated = discovery_list(|_| true);
        for kind in Kind::ALL {
            let info = kind.info();
            let Ok(Reply::Json { value, .. }) = resources(info.group, info.version) else { panic!("{info:?}") };
            let found = |list: &Value, key: &str| {
                list.as_array().is_some_and(|all| all.iter().any(|one| one[key] == info.plural))
            };
            assert!(found(&value["resources"], "name"), "{info:?}");
            let groups = aggregated["items"].as_array().expect("a list");
            assert!(groups.iter().any(|group| found(&group["versions"][0]["resources"], "resource")), "{info:?}");
        }
        assert_eq!(version()["minor"], "33");
    }
}
