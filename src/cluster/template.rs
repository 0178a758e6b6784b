//! Pod templates: when two are the same, and what of them we look at.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::cluster::labels::Labels;
use crate::cluster::marks;
use crate::core::plan::{Finish, Workload};

/// Whether two templates, both as an API server writes them, make the same pods. What the Deployment controller and we add
/// to the labels does not count; a restart's annotation does.
pub fn same(one: &Value, other: &Value) -> bool {
    plain(one) == plain(other)
}

/// Whether a template is the one that a workload is released with. Whoever else brings it (`finish = "wait"`) may bring more
/// than its images: those are what was judged.
pub fn is_released(found: &Value, workload: &Workload, finish: Finish) -> bool {
    let brought = finish == Finish::Wait && !workload.images.is_empty();
    same(found, &workload.canary_template) || (brought && images(found) == images(&workload.canary_template))
}

fn images(template: &Value) -> BTreeMap<Option<&str>, Option<&str>> {
    containers(template).map(|container| (text(container, "name"), text(container, "image"))).collect()
}

/// A template without what the Deployment controller and we add to it, and without empty metadata.
pub fn plain(template: &Value) -> Value {
    let mut template = template.clone();
    if let Some(metadata) = template.get_mut("metadata").and_then(Value::as_object_mut) {
        if let Some(labels) = metadata.get_mut("labels").and_then(Value::as_object_mut) {
            labels.remove(marks::TEMPLATE_HASH);
            labels.remove(marks::TRACK);
        }
        // Servers write `creationTimestamp: null` or leave it out, and drop maps that became empty.
        metadata.retain(|_, value| !value.is_null() && value.as_object().is_none_or(|map| !map.is_empty()));
    }
    template
}

/// The template with our label, as the canary (or the baseline) has it.
pub fn tracked(template: &Value, track: &str) -> Value {
    let mut template = plain(template);
    if let Some(labels) = object(&mut template, "metadata").and_then(|metadata| entry(metadata, "labels")) {
        labels.insert(marks::TRACK.to_owned(), track.into());
    }
    template
}

/// The template's pod labels.
pub fn labels(template: &Value) -> Labels {
    strings(template.pointer("/metadata/labels"))
}

/// The template's pod annotations.
pub fn annotations(template: &Value) -> Labels {
    strings(template.pointer("/metadata/annotations"))
}

/// The containers of the template: those that run, then those that run first.
pub fn containers(template: &Value) -> impl Iterator<Item = &Value> {
    running(template).chain(list(template, "/spec/initContainers"))
}

/// The containers that run for the pod's whole life.
pub fn running(template: &Value) -> impl Iterator<Item = &Value> {
    list(template, "/spec/containers")
}

/// The items of the list at `pointer`.
pub fn list<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    value.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}

/// The text at `key`.
pub fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

fn strings(map: Option<&Value>) -> Labels {
    let pairs = map.and_then(Value::as_object).into_iter().flatten();
    pairs.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

fn object<'a>(value: &'a mut Value, key: &str) -> Option<&'a mut Map<String, Value>> {
    entry(value.as_object_mut()?, key)
}

fn entry<'a>(map: &'a mut Map<String, Value>, key: &str) -> Option<&'a mut Map<String, Value>> {
    map.entry(key).or_insert_with(|| Value::Object(Map::new())).as_object_mut()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_controllers_and_we_add_does_not_count() {
        let given = json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "web:1"}]}});
        let seen = json!({
            "metadata": {"creationTimestamp": null, "labels": {"app": "web", "pod-template-hash": "64", "glidepath.dev/track": "canary"}},
            "spec": {"containers": [{"name": "web", "image": "web:1"}]},
        });
        assert!(same(&given, &seen));
        assert!(same(&given, &tracked(&given, marks::CANARY)));
        assert_eq!(
            tracked(&json!({}), marks::CANARY).pointer("/metadata/labels/glidepath.dev~1track"),
            Some(&json!("canary"))
        );
    }

    #[test]
    fn whoever_brings_the_image_may_bring_more_where_it_is_waited_for() {
        let mut workload = crate::cluster::plan::tests::flight().workloads.remove(0);
        let change = json!({"container": "web", "from": "web:1", "to": "web:2"});
        workload.images = vec![serde_json::from_value(change).expect("a change")];
        let mut brought = workload.canary_template.clone();
        assert!(is_released(&brought, &workload, Finish::Roll));
        brought["metadata"]["annotations"] = json!({"git": "f00"});
        assert!(is_released(&brought, &workload, Finish::Wait));
        assert!(!is_released(&brought, &workload, Finish::Roll));
        brought["spec"]["containers"][0]["image"] = json!("web:3");
        assert!(!is_released(&brought, &workload, Finish::Wait));
    }

    #[test]
    fn a_restart_and_any_other_change_count() {
        let before = json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "web:1"}]}});
        let mut restarted = before.clone();
        restarted["metadata"]["annotations"] = json!({"kubectl.kubernetes.io/restartedAt": "2025-11-23T23:00:00Z"});
        assert!(!same(&before, &restarted));
        let mut more = before.clone();
        more["spec"]["containers"][0]["env"] = json!([{"name": "A", "value": "1"}]);
        assert!(!same(&before, &more));
    }
}
