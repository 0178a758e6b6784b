use proptest::prelude::*;
use serde_json::json;

use super::delete::{Deleted, Deletion, Propagation};
use super::patch::Patch;
use super::write::{Key, Part};
use super::*;

const NOON: i64 = 1_763_899_200_000;

fn store() -> Store {
    let mut store = Store::new(7, Time::from_millis(NOON));
    store
        .create(Kind::Namespace, "", json!({"metadata": {"name": "shop"}}), &Writer::new("test"))
        .expect("a namespace");
    store
}

fn deployment(name: &str) -> Value {
    json!({"metadata": {"name": name, "labels": {"app": name}}, "spec": {
        "selector": {"matchLabels": {"app": name}},
        "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "app", "image": "web:1"}]}}
    }})
}

fn pod(name: &str) -> Value {
    json!({"metadata": {"name": name}, "spec": {"containers": [
        {"name": "app", "image": "web:1", "resources": {"requests": {"cpu": "500m", "memory": "64Mi"}}}
    ]}})
}

fn deploy() -> Key<'static> {
    Key::new(Kind::Deployment, "shop", "web")
}

fn with_deployment() -> Store {
    let mut store = store();
    store.create(Kind::Deployment, "shop", deployment("web"), &Writer::new("kubectl")).expect("a deployment");
    store
}

fn merge(store: &mut Store, key: Key<'_>, patch: Value, manager: &str) -> Result<Arc<Value>, Status> {
    store.patch(key, &Patch::Merge(patch), Part::Main, &Writer::new(manager))
}

/// The manager that last wrote a field, by the pointer into its set of fields.
fn owner(object: &Value, pointer: &str) -> Vec<String> {
    fields::items(object, "/metadata/managedFields")
        .iter()
        .filter(|entry| entry.pointer(&format!("/fieldsV1{pointer}")).is_some())
        .map(|entry| fields::text(entry, "/manager").to_owned())
        .collect()
}

#[test]
fn a_new_object_has_its_identity_and_its_defaults() {
    let mut store = with_deployment();
    let web = store.get(Kind::Deployment, "shop", "web").expect("it was created");
    assert_eq!(web.pointer("/metadata/generation"), Some(&json!(1)));
    assert_eq!(fields::text(web, "/metadata/creationTimestamp"), "2025-11-23T12:00:00Z");
    assert_eq!(fields::text(web, "/metadata/resourceVersion"), store.revision().to_string());
    assert_eq!(web.pointer("/spec/progressDeadlineSeconds"), Some(&json!(600)));
    assert_eq!(fields::text(web, "/spec/strategy/rollingUpdate/maxSurge"), "25%");
    let again = store.create(Kind::Deployment, "shop", deployment("web"), &Writer::new("kubectl"));
    assert_eq!(again.expect_err("it exists").message, r#"deployments.apps "web" already exists"#);
    let nowhere = store.create(Kind::Pod, "nowhere", pod("a"), &Writer::new("kubectl"));
    assert_eq!(nowhere.expect_err("no such namespace").message, r#"namespaces "nowhere" not found"#);
}

#[test]
fn names_and_uids_follow_from_the_seed() {
    let make = || {
        let mut store = store();
        let template = json!({"metadata": {"generateName": "web-"}, "spec": pod("")["spec"]});
        let dry = Writer { dry_run: true, ..Writer::new("test") };
        store.create(Kind::Pod, "shop", template.clone(), &dry).expect("a dry run leaves no trace");
        let one = store.create(Kind::Pod, "shop", template, &Writer::new("test")).expect("a pod");
        serde_json::to_string(&*one).expect("json")
    };
    assert_eq!(make(), make());
}

#[test]
fn a_stale_or_mistaken_write_is_a_conflict() {
    let mut store = with_deployment();
    let old = Value::clone(store.get(Kind::Deployment, "shop", "web").expect("there"));
    merge(&mut store, deploy(), json!({"spec": {"replicas": 3}}), "a").expect("no precondition");
    let stale = store.update(deploy(), old.clone(), Part::Main, &Writer::new("b")).expect_err("stale");
    assert_eq!((stale.code, stale.reason), (409, "Conflict"));
    let version = fields::text(&old, "/metadata/resourceVersion");
    let patch = json!({"metadata": {"resourceVersion": version}, "spec": {"replicas": 4}});
    assert_eq!(merge(&mut store, deploy(), patch, "b").expect_err("stale").code, 409);
    let patch = json!({"metadata": {"uid": "other"}, "spec": {"replicas": 4}});
    assert_eq!(merge(&mut store, deploy(), patch, "b").expect_err("another object").code, 409);
}

#[test]
fn a_failed_test_of_a_json_patch_is_unprocessable() {
    let mut store = with_deployment();
    let patch = json!([
        {"op": "test", "path": "/metadata/annotations/glidepath.dev~1epoch", "value": "r/1"},
        {"op": "replace", "path": "/spec/replicas", "value": 9}
    ]);
    let patch = Patch::json(patch).expect("a patch");
    let refused = store.patch(deploy(), &patch, Part::Main, &Writer::new("x")).expect_err("no such annotation");
    assert_eq!((refused.code, refused.reason), (422, "Invalid"));
}

#[test]
fn generation_counts_changes_of_the_spec_and_of_a_deployments_annotations() {
    let mut store = with_deployment();
    let generation = |store: &Store| {
        let web = store.get(Kind::Deployment, "shop", "web").expect("there");
        web.pointer("/metadata/generation").and_then(Value::as_i64)
    };
    merge(&mut store, deploy(), json!({"metadata": {"labels": {"x": "y"}}}), "a").expect("a label");
    assert_eq!(generation(&store), Some(1));
    merge(&mut store, deploy(), json!({"spec": {"replicas": 2}}), "a").expect("a number");
    assert_eq!(generation(&store), Some(2));
    merge(&mut store, deploy(), json!({"metadata": {"annotations": {"x": "y"}}}), "a").expect("an annotation");
    assert_eq!(generation(&store), Some(3));
    let status = Patch::Merge(json!({"status": {"replicas": 2}, "spec": {"replicas": 7}}));
    let web = store.patch(deploy(), &status, Part::Status, &Writer::new("a")).expect("a status");
    assert_eq!(web.pointer("/spec/replicas"), Some(&json!(2)));
    assert_eq!(web.pointer("/status/replicas"), Some(&json!(2)));
    let web = merge(&mut store, deploy(), json!({"status": {"replicas": 7}}), "a").expect("ignored");
    assert_eq!(web.pointer("/status/replicas"), Some(&json!(2)));
    assert_eq!(generation(&store), Some(3));
}

#[test]
fn managed_fields_tell_who_wrote_a_field_last() {
    let mut store = store();
    let service = json!({"metadata": {"name": "web"}, "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}});
    store.create(Kind::Service, "shop", service, &Writer::new("helm")).expect("a service");
    let key = Key::new(Kind::Service, "shop", "web");
    let web = merge(&mut store, key, json!({"spec": {"selector": {"track": "canary"}}}), "glidepath").expect("a pin");
    assert_eq!(owner(&web, "/f:spec/f:selector"), ["glidepath"]);
    assert_eq!(owner(&web, "/f:spec/f:type"), ["helm"]);
    let web =
        merge(&mut store, key, json!({"spec": {"selector": {"track": null}}}), "argocd-controller").expect("unpinned");
    assert_eq!(owner(&web, "/f:spec/f:selector"), ["argocd-controller"]);
    store = with_deployment();
    let image = json!({"spec": {"template": {"spec": {"containers": [{"name": "app", "image": "web:2"}]}}}});
    let web = store.patch(deploy(), &Patch::Strategic(image), Part::Main, &Writer::new("set-image")).expect("image");
    let container = "/f:spec/f:template/f:spec/f:containers/k:{\"name\":\"app\"}";
    assert_eq!(owner(&web, &format!("{container}/f:image")), ["set-image"]);
    assert_eq!(owner(&web, &format!("{container}/f:imagePullPolicy")), ["kubectl"]);
}

#[test]
fn an_apply_owns_what_it_names_and_takes_nothing_from_others() {
    let mut store = store();
    let apply = |store: &mut Store, config: Value, force: bool, manager: &str| {
        let patch = Patch::Apply { config, force };
        store.patch(Key::new(Kind::ConfigMap, "shop", "c"), &patch, Part::Main, &Writer::new(manager))
    };
    apply(&mut store, json!({"data": {"a": "1", "b": "2"}}), false, "one").expect("created");
    apply(&mut store, json!({"data": {"c": "3"}}), false, "two").expect("another key");
    let conflict = apply(&mut store, json!({"data": {"a": "9"}}), false, "two").expect_err("one owns it");
    assert_eq!(conflict.message, r#"Apply failed with 1 conflict: conflict with "one" using v1: .data.a"#);
    let forced = apply(&mut store, json!({"data": {"a": "9"}}), true, "two").expect("forced");
    assert_eq!(forced.get("data"), Some(&json!({"a": "9", "b": "2"})));
    let before = store.revision();
    apply(&mut store, json!({"data": {"a": "9"}}), false, "two").expect("the same again");
    assert_eq!(store.revision(), before);
}

#[test]
fn a_bound_pod_stops_before_it_goes() {
    let mut store = store();
    store.create(Kind::Pod, "shop", pod("a"), &Writer::new("test")).expect("a pod");
    let key = Key::new(Kind::Pod, "shop", "a");
    store
        .mutate(key, &Writer::new("scheduler"), |pod| fields::put(pod, &["spec", "nodeName"], "n1".into()))
        .expect("bound");
    let wrong = Deletion { uid: Some("other".to_owned()), ..Deletion::default() };
    assert_eq!(store.delete(key, &wrong, &Writer::new("t")).expect_err("a precondition").code, 409);
    let Ok(Deleted::Going(going)) = store.delete(key, &Deletion::default(), &Writer::new("t")) else {
        panic!("it has 30 seconds")
    };
    assert_eq!(fields::text(&going, "/metadata/deletionTimestamp"), "2025-11-23T12:00:30Z");
    let now = Deletion { grace: Some(0), ..Deletion::default() };
    assert!(matches!(store.delete(key, &now, &Writer::new("kubelet")), Ok(Deleted::Gone(_))));
    assert!(store.get(Kind::Pod, "shop", "a").is_none());
}

#[test]
fn finalizers_hold_an_object_until_the_last_is_gone() {
    let mut store = with_deployment();
    let how = Deletion { propagation: Propagation::Foreground, ..Deletion::default() };
    assert!(matches!(store.delete(deploy(), &how, &Writer::new("t")), Ok(Deleted::Going(_))));
    merge(&mut store, deploy(), json!({"metadata": {"finalizers": null}}), "gc").expect("the last finalizer");
    assert!(store.get(Kind::Deployment, "shop", "web").is_none());
}

#[test]
fn a_quota_refuses_the_pod_that_is_too_much() {
    let mut store = store();
    let quota = json!({"metadata": {"name": "small"}, "spec": {"hard": {"pods": "5", "requests.cpu": "1"}}});
    store.create(Kind::ResourceQuota, "shop", quota, &Writer::new("t")).expect("a quota");
    for name in ["a", "b"] {
        store.create(Kind::Pod, "shop", pod(name), &Writer::new("t")).expect("there is room");
    }
    let refused = store.create(Kind::Pod, "shop", pod("c"), &Writer::new("t")).expect_err("no room");
    assert_eq!(
        refused.message,
        r#"pods "c" is forbidden: exceeded quota: small, requested: requests.cpu=500m, used: requests.cpu=1, limited: requests.cpu=1"#
    );
    store.delete(Key::new(Kind::Pod, "shop", "a"), &Deletion::default(), &Writer::new("t")).expect("deleted");
    let quota = store.get(Kind::ResourceQuota, "shop", "small").expect("there");
    assert_eq!(quota.pointer("/status/used"), Some(&json!({"pods": "1", "requests.cpu": "500m"})));
    store.create(Kind::Pod, "shop", pod("c"), &Writer::new("t")).expect("room again");
}

#[test]
fn a_compacted_history_is_expired() {
    let mut store = with_deployment();
    let seen = store.revision();
    merge(&mut store, deploy(), json!({"spec": {"replicas": 2}}), "a").expect("a write");
    assert_eq!(store.events_since(seen).expect("kept").count(), 1);
    store.compact();
    assert_eq!(store.events_since(seen).map(Iterator::count).expect_err("forgotten").code, 410);
    let now = store.revision();
    assert_eq!(store.events_since(now).expect("nothing is missing").count(), 0);
}

#[derive(Clone, Debug)]
enum Step {
    Create(u8),
    Merge(u8, u8),
    Status(u8, u8),
    Mutate(u8, u8),
    Delete(u8),
    DryRun(u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (0..4_u8).prop_map(Step::Create),
        (0..4_u8, 0..3_u8).prop_map(|(name, n)| Step::Merge(name, n)),
        (0..4_u8, 0..3_u8).prop_map(|(name, n)| Step::Status(name, n)),
        (0..4_u8, 0..3_u8).prop_map(|(name, n)| Step::Mutate(name, n)),
        (0..4_u8).prop_map(Step::Delete),
        (0..4_u8).prop_map(Step::DryRun),
    ];
    proptest::collection::vec(step, 0..40)
}

fn take(store: &mut Store, step: &Step) -> bool {
    let writer = Writer::new("test");
    let name = |n: &u8| format!("d{n}");
    match step {
        Step::Create(n) => store.create(Kind::Deployment, "shop", deployment(&name(n)), &writer).is_ok(),
        Step::Merge(n, replicas) => {
            let patch = Patch::Merge(json!({"spec": {"replicas": replicas}}));
            store.patch(Key::new(Kind::Deployment, "shop", &name(n)), &patch, Part::Main, &writer).is_ok()
        }
        Step::Status(n, replicas) => {
            let patch = Patch::Merge(json!({"status": {"replicas": replicas}}));
            store.patch(Key::new(Kind::Deployment, "shop", &name(n)), &patch, Part::Status, &writer).is_ok()
        }
        Step::Mutate(n, replicas) => store
            .mutate(Key::new(Kind::Deployment, "shop", &name(n)), &writer, |object| {
                fields::put(object, &["status", "readyReplicas"], (*replicas).into());
            })
            .is_ok(),
        Step::Delete(n) => {
            store.delete(Key::new(Kind::Deployment, "shop", &name(n)), &Deletion::default(), &writer).is_ok()
        }
        Step::DryRun(n) => {
            let dry = Writer { dry_run: true, ..writer };
            let before = store.revision();
            let patch = Patch::Merge(json!({"spec": {"replicas": 99}}));
            let done = store.patch(Key::new(Kind::Deployment, "shop", &name(n)), &patch, Part::Main, &dry).is_ok();
            assert_eq!(store.revision(), before);
            done
        }
    }
}

proptest! {
    #[test]
    fn events_tell_exactly_what_happened(steps in steps()) {
        let mut store = store();
        let start = store.revision();
        for step in &steps {
            let before = store.revision();
            let done = take(&mut store, step);
            let events: Vec<u64> = store.events_since(before).expect("kept").map(|change| change.revision).collect();
            prop_assert!(done || events.is_empty(), "a refused write leaves no trace");
            prop_assert!(events.len() <= 1);
            // The same again changes nothing: nothing is written.
            if matches!(step, Step::Merge(..) | Step::Status(..) | Step::Mutate(..)) {
                let before = store.revision();
                take(&mut store, step);
                prop_assert_eq!(store.revision(), before);
            }
        }
        let mut replayed: BTreeMap<String, Arc<Value>> = BTreeMap::new();
        let mut last = start;
        for change in store.events_since(start).expect("kept") {
            prop_assert!(change.revision > last);
            last = change.revision;
            let held = match change.what {
                ChangeKind::Deleted => replayed.remove(&change.name),
                _ => replayed.insert(change.name.clone(), Arc::clone(&change.object)),
            };
            prop_assert_eq!(&held, &change.before);
        }
        let kept: BTreeMap<String, Arc<Value>> = store
            .list(Kind::Deployment, None)
            .map(|object| (fields::name(object).to_owned(), Arc::clone(object)))
            .collect();
        prop_assert_eq!(replayed, kept);
        prop_assert_eq!(last, store.revision());
    }
}
