//! What is asked for in words, and that the role which we ship grants exactly that.

use std::collections::BTreeSet;

use super::*;
use crate::cluster::rest::{BUDGETS, CLAIMS, INGRESSES, NODES, POD_METRICS, QUOTAS, TARGET_GROUP_BINDINGS};

#[test]
fn permissions_read_as_roles_write_them() {
    let proxy = Permission { verb: "get", resource: PODS, subresource: Some("proxy") };
    assert_eq!(proxy.words(), "get pods/proxy");
    assert_eq!(
        Permission { verb: "patch", resource: DEPLOYMENTS, subresource: None }.words(),
        "patch deployments.apps"
    );
}

#[test]
fn a_flight_without_an_autoscaler_asks_for_none() {
    assert!(needed(false).iter().all(|permission| permission.resource != AUTOSCALERS));
    assert!(needed(true).iter().any(|permission| permission.resource == AUTOSCALERS && permission.verb == "patch"));
}

#[test]
fn what_is_lost_is_said_once_with_all_that_is_missing() {
    let welcome = welcome();
    let events = |verb| Permission { verb, resource: EVENTS, subresource: None };
    assert_eq!(sentences("ann", &welcome, &[]), [""; 0]);
    assert_eq!(
        sentences("ann", &welcome, &[events("list"), events("watch"), events("create")]),
        [
            "ann may not list events, watch events: the cluster's events will not be shown",
            "ann may not create events: the events of the Deployment will not tell of the release",
        ]
    );
}

const ROLES: &str = include_str!("../../../assets/kubernetes/roles.yaml");
const CLUSTER_ROLES: &str = include_str!("../../../assets/kubernetes/cluster-roles.yaml");

/// What a role grants, one permission a line, as `group/resource verb`.
fn granted(file: &str, name: &str) -> BTreeSet<String> {
    let roles: Vec<Value> = serde_saphyr::from_multiple(file).expect("YAML");
    let role = roles.into_iter().find(|role| role["metadata"]["name"] == name).expect("it is there");
    let texts = |rule: &Value, key: &str| -> Vec<String> {
        rule[key].as_array().expect("a list").iter().map(|text| text.as_str().expect("text").to_owned()).collect()
    };
    let mut granted = BTreeSet::new();
    for rule in role["rules"].as_array().expect("rules") {
        for group in texts(rule, "apiGroups") {
            for resource in texts(rule, "resources") {
                for verb in texts(rule, "verbs") {
                    assert_ne!("*", verb);
                    granted.insert(format!("{group}/{resource} {verb}"));
                }
            }
        }
    }
    granted
}

fn line(permission: &Permission) -> String {
    let below = permission.subresource.map(|name| format!("/{name}")).unwrap_or_default();
    format!("{}/{}{below} {}", permission.resource.group, permission.resource.plural, permission.verb)
}

/// What a plan and a view look at where they may, and tell of where they may not.
fn looked_at() -> [Permission; 6] {
    let of = |verb, resource| Permission { verb, resource, subresource: None };
    [
        of("list", QUOTAS),
        of("get", CLAIMS),
        of("list", BUDGETS),
        of("list", INGRESSES),
        of("list", TARGET_GROUP_BINDINGS),
        of("list", POD_METRICS),
    ]
}

#[test]
fn the_drivers_role_grants_what_is_used_and_nothing_more() {
    let mut used: BTreeSet<String> = needed(true).iter().chain(&shared()).chain(&looked_at()).map(line).collect();
    used.extend(welcome().iter().map(|(permission, _)| line(permission)));
    // No object of this kind exists: the admission policy asks about it.
    used.insert("glidepath.dev/releases drive".to_owned());
    let role = granted(ROLES, "glidepath-driver");
    let missing: Vec<&String> = used.difference(&role).collect();
    let idle: Vec<&String> = role.difference(&used).collect();
    assert!(missing.is_empty() && idle.is_empty(), "missing: {missing:?}, never used: {idle:?}");
}

#[test]
fn who_only_looks_writes_nothing_and_who_asks_writes_commands_alone() {
    let reads = |line: &String| line.ends_with(" get") || line.ends_with(" list") || line.ends_with(" watch");
    let viewer = granted(ROLES, "glidepath-viewer");
    assert!(viewer.iter().all(reads), "{viewer:?}");
    for name in ["glidepath-approver", "glidepath-operator"] {
        let writes: Vec<String> =
            granted(ROLES, name).into_iter().filter(|line| !line.starts_with("glidepath.dev/releases ")).collect();
        assert_eq!(writes, ["/configmaps create"], "{name}");
    }
}

#[test]
fn the_room_on_the_nodes_is_seen_with_its_own_role() {
    let used = [NODES, PODS].map(|resource| line(&Permission { verb: "list", resource, subresource: None }));
    assert_eq!(granted(CLUSTER_ROLES, "glidepath-room"), BTreeSet::from(used));
}
