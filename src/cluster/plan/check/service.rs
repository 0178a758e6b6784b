//! Whether a Service can be moved to the canary and back by one key of its selector.

use crate::cluster::marks;
use crate::cluster::plan::scene::{Selected, Site};
use crate::cluster::seen::{Pod, Service};
use crate::core::problem::Problem;
use crate::core::text::neutral;

fn refused(service: &Service, why: &str, hint: &str) -> Problem {
    Problem::user(format!("Service {} cannot take part in a release: {why}", neutral(&service.metadata.name)))
        .hint(hint)
}

/// One key more in its selector moves its traffic, all of it and nothing else.
///
/// # Errors
/// It does not.
pub fn can_be_pinned(site: &Site, selected: &Selected) -> Result<(), Problem> {
    let service = &selected.service;
    let spec = &service.spec;
    if spec.kind == "ExternalName" {
        return Err(refused(service, "it is an ExternalName", "it sends nothing to pods; remove its selector"));
    }
    if spec.publish_not_ready_addresses {
        let why = "it publishes addresses of pods that are not Ready, so nothing tells when a version can serve";
        return Err(refused(service, why, "set publishNotReadyAddresses to false"));
    }
    if spec.internal_traffic_policy.as_deref() == Some("Local") {
        let why = "internalTrafficPolicy is Local, so each node needs a canary pod of its own";
        return Err(refused(service, why, "set internalTrafficPolicy to Cluster"));
    }
    if spec.selector.contains_key(marks::TRACK) {
        let why = format!("its selector already holds {} without a release of ours", marks::TRACK);
        return Err(refused(service, &why, "remove that key from its selector"));
    }
    match stranger(site, selected) {
        None => Ok(()),
        Some(stranger) => {
            let why = format!("it also selects pods of {stranger}");
            Err(refused(service, &why, "give it a selector that only this Deployment's pods match"))
        }
    }
}

/// Whoever else's pods the Service selects.
fn stranger(site: &Site, selected: &Selected) -> Option<String> {
    if let Some(other) = selected.others.first() {
        return Some(format!("Deployment {other}"));
    }
    let ours = |pod: &&Pod| {
        let set = pod.replica_set();
        let of_stable = set.is_some_and(|uid| site.sets.iter().any(|set| set.metadata.uid == uid));
        // Pods of a left-over canary of ours are on their way out, and so are those of a baseline.
        let left_over = |track: &String| [marks::CANARY, marks::BASELINE].contains(&track.as_str());
        of_stable || pod.metadata.labels.get(marks::TRACK).is_some_and(left_over)
    };
    let pod = selected.pods.iter().find(|pod| !ours(pod))?;
    let owner = pod.metadata.owner_references.iter().find(|owner| owner.controller);
    Some(match owner {
        Some(owner) => neutral(&format!("{} {}", owner.kind, owner.name)),
        None => format!("nobody (pod {})", neutral(&pod.metadata.name)),
    })
}

/// No Service sends traffic to the pods past its selector.
///
/// # Errors
/// One does.
pub fn none_by_hand(site: &Site) -> Result<(), Problem> {
    match site.by_hand.first() {
        None => Ok(()),
        Some(service) => {
            let why = "it has no selector, and somebody writes its endpoints to these pods by hand";
            Err(refused(service, why, "give it a selector"))
        }
    }
}

/// At least one of the Services has an address of its own: where all are headless, clients choose pods by themselves, and
/// keep them.
///
/// # Errors
/// All are headless.
pub fn one_has_an_address(site: &Site) -> Result<(), Problem> {
    let mut services = site.services.iter().map(|selected| &selected.service);
    match site.services.first() {
        Some(first) if services.all(Service::is_headless) => {
            let why = "it is headless, and so is every other Service of these pods: clients choose pods by themselves";
            Err(refused(&first.service, why, "add a Service with a cluster IP, and let clients use that"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::plan::tests::site;
    use serde_json::{Value, json};

    fn with(service: Value) -> Site {
        let mut site = site();
        let service = serde_json::from_value(service).expect("a Service");
        site.services = vec![Selected { service, pods: Vec::new(), others: Vec::new() }];
        site
    }

    fn web(change: Value) -> Value {
        let mut whole = json!({"metadata": {"name": "web"}, "spec": {
            "type": "ClusterIP", "clusterIP": "10.0.0.1", "selector": {"app": "web"}, "ports": [{"port": 80}]}});
        json_patch::merge(&mut whole, &json!({"spec": change}));
        whole
    }

    fn refusal(change: Value) -> String {
        let site = with(web(change));
        can_be_pinned(&site, &site.services[0]).expect_err("it is refused").what
    }

    #[test]
    fn an_ordinary_service_takes_part() {
        let site = with(web(json!({})));
        assert_eq!(can_be_pinned(&site, &site.services[0]), Ok(()));
        assert_eq!(one_has_an_address(&site), Ok(()));
        assert_eq!(none_by_hand(&site), Ok(()));
    }

    #[test]
    fn each_kind_that_one_key_cannot_move_is_refused() {
        assert!(refusal(json!({"type": "ExternalName"})).contains("ExternalName"));
        assert!(refusal(json!({"publishNotReadyAddresses": true})).contains("not Ready"));
        assert!(refusal(json!({"internalTrafficPolicy": "Local"})).contains("Local"));
        assert!(refusal(json!({"selector": {marks::TRACK: "canary"}})).contains("already holds"));
        let headless = with(web(json!({"clusterIP": "None"})));
        assert!(one_has_an_address(&headless).expect_err("headless only").what.contains("headless"));
        let mut by_hand = site();
        by_hand.by_hand = vec![Service::default()];
        assert!(none_by_hand(&by_hand).expect_err("by hand").what.contains("no selector"));
    }

    #[test]
    fn a_service_of_two_workloads_is_refused_by_name() {
        let mut site = with(web(json!({})));
        let pod = |owner: Value| {
            serde_json::from_value::<Pod>(json!({"metadata": {"name": "p", "ownerReferences": [owner]}}))
        };
        let ours =
            pod(json!({"kind": "ReplicaSet", "name": "web-1", "uid": "rs-1", "controller": true})).expect("a pod");
        let theirs = pod(json!({"kind": "StatefulSet", "name": "db", "uid": "s", "controller": true})).expect("a pod");
        site.services[0].pods = vec![ours];
        assert_eq!(can_be_pinned(&site, &site.services[0]), Ok(()));
        site.services[0].pods.push(theirs);
        assert!(can_be_pinned(&site, &site.services[0]).expect_err("another's").what.contains("StatefulSet db"));
        site.services[0].others = vec!["api".into()];
        assert!(can_be_pinned(&site, &site.services[0]).expect_err("another's").what.contains("Deployment api"));
    }
}
