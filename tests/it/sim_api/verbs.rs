//! Every verb through kube's client.

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use kube::Api;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams, Preconditions, ValidationDirective};
use serde_json::json;

use super::fixture::{Cluster, deployment, pod, refused};

async fn deployments(cluster: &Cluster) -> Api<Deployment> {
    let api = Api::namespaced(cluster.client("dana@example").await, "shop");
    let web = serde_json::from_value(deployment("web")).expect("a deployment");
    api.create(&PostParams::default(), &web).await.expect("created");
    api
}

#[tokio::test]
async fn an_object_is_created_read_replaced_and_deleted() {
    let cluster = Cluster::start().await;
    let api = deployments(&cluster).await;
    let mut web = api.get("web").await.expect("there");
    assert_eq!(web.spec.as_ref().and_then(|spec| spec.progress_deadline_seconds), Some(600));
    assert_eq!(web.metadata.generation, Some(1));
    if let Some(spec) = &mut web.spec {
        spec.replicas = Some(5);
    }
    let newer = api.replace("web", &PostParams::default(), &web).await.expect("replaced");
    assert_eq!(newer.metadata.generation, Some(2));
    let (code, message) = refused(api.replace("web", &PostParams::default(), &web).await);
    assert_eq!(code, 409);
    assert!(message.contains("the object has been modified"), "{message}");
    let gone = api.delete("web", &DeleteParams::default()).await.expect("deleted");
    assert!(gone.is_right(), "a Status says that it is gone");
    assert_eq!(refused(api.get("web").await), (404, r#"deployments.apps "web" not found"#.to_owned()));
    let seen = cluster.world().noticed.clone();
    assert_eq!(
        seen,
        ["dana@example unknown create /", "dana@example unknown update web/", "dana@example unknown delete web/"]
    );
}

#[tokio::test]
async fn a_json_patch_tests_before_it_changes() {
    let cluster = Cluster::start().await;
    let api = deployments(&cluster).await;
    let patch = |epoch: &str| {
        let operations = json!([
            {"op": "test", "path": "/metadata/annotations/glidepath.dev~1epoch", "value": epoch},
            {"op": "replace", "path": "/spec/replicas", "value": 7}
        ]);
        Patch::<()>::Json(serde_json::from_value(operations).expect("a patch"))
    };
    let mark = json!({"metadata": {"annotations": {"glidepath.dev/epoch": "r/1"}}});
    let params = PatchParams { field_manager: Some("glidepath".to_owned()), ..PatchParams::default() };
    api.patch("web", &params, &Patch::Merge(mark)).await.expect("marked");
    let words = "the server rejected our request due to an error in our request".to_owned();
    assert_eq!(refused(api.patch("web", &params, &patch("r/2")).await), (422, words));
    let web = api.patch("web", &params, &patch("r/1")).await.expect("the fence holds");
    assert_eq!(web.spec.and_then(|spec| spec.replicas), Some(7));
    let writers: Vec<_> =
        web.metadata.managed_fields.unwrap_or_default().into_iter().filter_map(|one| one.manager).collect();
    assert!(writers.contains(&"glidepath".to_owned()), "{writers:?}");
}

#[tokio::test]
async fn the_other_patches_do_what_they_are_for() {
    let cluster = Cluster::start().await;
    let api = deployments(&cluster).await;
    let params = PatchParams::default();
    let image = json!({"spec": {"template": {"spec": {"containers": [{"name": "app", "image": "web:2"}]}}}});
    let web = api.patch("web", &params, &Patch::Strategic(&image)).await.expect("an image");
    let containers = web.spec.and_then(|spec| spec.template.spec).map(|spec| spec.containers).unwrap_or_default();
    assert_eq!(containers.len(), 1);
    assert_eq!(containers[0].image.as_deref(), Some("web:2"));
    let stale = json!({"metadata": {"resourceVersion": "1"}, "spec": {"replicas": 3}});
    assert_eq!(refused(api.patch("web", &params, &Patch::Merge(&stale)).await).0, 409);
    let applied = PatchParams::apply("gitops");
    let config =
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"replicas": 3}});
    let (code, message) = refused(api.patch("web", &applied, &Patch::Apply(&config)).await);
    assert_eq!(code, 409);
    assert!(message.contains(".spec.replicas"), "{message}");
    let forced = api.patch("web", &applied.force(), &Patch::Apply(&config)).await.expect("taken over");
    assert_eq!(forced.spec.and_then(|spec| spec.replicas), Some(3));
}

#[tokio::test]
async fn a_dry_run_checks_everything_and_keeps_nothing() {
    let cluster = Cluster::start().await;
    let api = deployments(&cluster).await;
    let before = cluster.world().store.revision();
    let dry = PostParams { dry_run: true, ..PostParams::default() };
    let other = serde_json::from_value(deployment("other")).expect("a deployment");
    api.create(&dry, &other).await.expect("it would be created");
    let patch = json!({"spec": {"replicas": 9}});
    let params = PatchParams { dry_run: true, ..PatchParams::default() };
    let web = api.patch("web", &params, &Patch::Merge(&patch)).await.expect("it would be patched");
    assert_eq!(web.spec.and_then(|spec| spec.replicas), Some(9));
    let wrong = json!({"spec": {"replicas": -1}});
    assert_eq!(refused(api.patch("web", &params, &Patch::Merge(&wrong)).await).0, 422);
    api.delete("web", &DeleteParams { dry_run: true, ..DeleteParams::default() }).await.expect("it would be deleted");
    assert_eq!(cluster.world().store.revision(), before);
    assert_eq!(cluster.world().noticed.len(), 1, "only the creation of web");
}

#[tokio::test]
async fn a_deletion_may_name_the_very_object_it_means() {
    let cluster = Cluster::start().await;
    let api = deployments(&cluster).await;
    let delete = |preconditions| DeleteParams { preconditions: Some(preconditions), ..DeleteParams::default() };
    let other = Preconditions { uid: Some("other".to_owned()), resource_version: None };
    assert_eq!(refused(api.delete("web", &delete(other)).await).0, 409);
    let stale = Preconditions { uid: None, resource_version: Some("1".to_owned()) };
    assert_eq!(refused(api.delete("web", &delete(stale)).await).0, 409);
    let metadata = api.get("web").await.expect("there").metadata;
    let right = Preconditions { uid: metadata.uid, resource_version: metadata.resource_version };
    api.delete("web", &delete(right)).await.expect("deleted");
}

#[tokio::test]
async fn lists_are_selected_and_paged() {
    let cluster = Cluster::start().await;
    let api: Api<Pod> = Api::namespaced(cluster.client("dana@example").await, "shop");
    for n in 0..5 {
        let pod = serde_json::from_value(pod(&format!("p{n}"), if n < 3 { "web" } else { "api" })).expect("a pod");
        api.create(&PostParams::default(), &pod).await.expect("created");
    }
    let names = |list: kube::core::ObjectList<Pod>| -> Vec<String> {
        list.items.into_iter().filter_map(|pod| pod.metadata.name).collect()
    };
    let list = async |params: ListParams| names(api.list(&params).await.expect("a list"));
    assert_eq!(list(ListParams::default().labels("app in (web),!gone")).await, ["p0", "p1", "p2"]);
    assert_eq!(
        list(ListParams::default().fields("metadata.name!=p0,status.phase=Pending").labels("app=web")).await,
        ["p1", "p2"]
    );
    let first = api.list(&ListParams::default().limit(2)).await.expect("a page");
    assert_eq!(first.metadata.remaining_item_count, Some(3));
    let token = first.metadata.continue_.clone().expect("there is more");
    assert_eq!(names(first), ["p0", "p1"]);
    let rest = api.list(&ListParams::default().limit(5).continue_token(&token)).await.expect("the rest");
    assert_eq!(rest.metadata.continue_, None);
    assert_eq!(names(rest), ["p2", "p3", "p4"]);
    let late = serde_json::from_value(pod("p5", "api")).expect("a pod");
    api.create(&PostParams::default(), &late).await.expect("created");
    cluster.world().store.compact();
    assert_eq!(refused(api.list(&ListParams::default().continue_token(&token)).await).0, 410);
    assert_eq!(refused(api.list(&ListParams::default().fields("spec.magic=1")).await).0, 400);
    api.delete_collection(&DeleteParams::default(), &ListParams::default().labels("app=api")).await.expect("deleted");
    assert_eq!(list(ListParams::default()).await, ["p0", "p1", "p2"]);
}

#[tokio::test]
async fn objects_that_are_not_valid_are_refused_in_the_servers_words() {
    let cluster = Cluster::start().await;
    let api = deployments(&cluster).await;
    let params = PatchParams::default();
    let selector = json!({"spec": {"selector": {"matchLabels": {"app": "web", "x": "y"}},
        "template": {"metadata": {"labels": {"x": "y"}}}}});
    let (code, message) = refused(api.patch("web", &params, &Patch::Merge(&selector)).await);
    assert_eq!(code, 422);
    assert!(message.ends_with("field is immutable"), "{message}");
    let strict = PatchParams { field_validation: Some(ValidationDirective::Strict), ..PatchParams::default() };
    let (code, message) = refused(api.patch("web", &strict, &Patch::Merge(&json!({"spec": {"replica": 3}}))).await);
    assert_eq!((code, message.as_str()), (400, r#"strict decoding error: unknown field "spec.replica""#));
    let elsewhere: Api<ConfigMap> = Api::namespaced(cluster.client("dana@example").await, "elsewhere");
    let (code, message) = refused(elsewhere.create(&PostParams::default(), &named("a")).await);
    assert_eq!((code, message.as_str()), (404, r#"namespaces "elsewhere" not found"#));
}

fn named(name: &str) -> ConfigMap {
    let mut map = ConfigMap::default();
    map.metadata.name = Some(name.to_owned());
    map
}

#[tokio::test]
async fn a_lease_is_replaced_only_from_its_newest_version() {
    let cluster = Cluster::start().await;
    let api: Api<Lease> = Api::namespaced(cluster.client("dana@example").await, "shop");
    let lease = |version: Option<&str>, holder: &str| -> Lease {
        let spec =
            json!({"holderIdentity": holder, "leaseDurationSeconds": 10, "renewTime": "2025-11-23T12:00:00.000000Z"});
        serde_json::from_value(json!({"metadata": {"name": "l", "resourceVersion": version}, "spec": spec}))
            .expect("a lease")
    };
    let made = api.create(&PostParams::default(), &lease(None, "a")).await.expect("created");
    assert_eq!(refused(api.replace("l", &PostParams::default(), &lease(None, "b")).await).0, 422);
    let version = made.metadata.resource_version.expect("a version");
    api.replace("l", &PostParams::default(), &lease(Some(&version), "b")).await.expect("the newest");
    assert_eq!(refused(api.replace("l", &PostParams::default(), &lease(Some(&version), "c")).await).0, 409);
}
