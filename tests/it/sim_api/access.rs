//! Who asks, what they may do, and what they are told about themselves.

use k8s_openapi::api::authentication::v1::SelfSubjectReview;
use k8s_openapi::api::authorization::v1::SelfSubjectAccessReview;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use kube::api::{ListParams, PostParams};
use serde_json::{Value, json};

use super::fixture::{Cluster, refused};

#[tokio::test]
async fn nobody_known_is_unauthorized() {
    let cluster = Cluster::start().await;
    let path = cluster.url("/api/v1/namespaces/shop/pods");
    for request in [reqwest::Client::new().get(&path), reqwest::Client::new().get(&path).bearer_auth("stolen")] {
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), 401);
        assert_eq!(answer.json::<Value>().await.expect("json")["reason"], "Unauthorized");
    }
    let health = reqwest::get(cluster.url("/readyz")).await.expect("an answer");
    assert_eq!(health.text().await.expect("text"), "ok");
}

#[tokio::test]
async fn what_may_not_be_done_is_forbidden_and_said_so_beforehand() {
    let cluster = Cluster::start().await;
    cluster.world().allowed = vec!["list configmaps"];
    let client = cluster.client("guest@example").await;
    let api: Api<ConfigMap> = Api::namespaced(client.clone(), "shop");
    api.list(&ListParams::default()).await.expect("allowed");
    let words = r#"configmaps "c" is forbidden: User "guest@example" cannot get resource "configmaps" in API group "" in the namespace "shop""#;
    assert_eq!(refused(api.get("c").await), (403, words.to_owned()));
    let reviews: Api<SelfSubjectAccessReview> = Api::all(client);
    for (verb, allowed) in [("list", true), ("get", false)] {
        let review =
            json!({"spec": {"resourceAttributes": {"namespace": "shop", "verb": verb, "resource": "configmaps"}}});
        let review = serde_json::from_value(review).expect("a review");
        let answer = reviews.create(&PostParams::default(), &review).await.expect("an answer");
        assert_eq!(answer.status.map(|status| status.allowed), Some(allowed), "{verb}");
    }
}

/// The program itself, before its first write: what may not be done, by whom, and where the rights are described.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_names_every_verb_that_is_forbidden() {
    let cluster = Cluster::start().await;
    let home = tempfile::tempdir().expect("a directory");
    let kubeconfig = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": cluster.url("")}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "guest", "namespace": "shop"}}],
        "users": [{"name": "guest", "user": {"token": "guest@example"}}],
    });
    std::fs::write(home.path().join("kube.yaml"), kubeconfig.to_string()).expect("it is written");
    let mut release = std::process::Command::new(env!("CARGO_BIN_EXE_glidepath"));
    release.current_dir(&home).env_clear().env("HOME", home.path()).env("KUBECONFIG", "kube.yaml");
    release.args(["release", "deploy/checkout", "--image", "app=x:2", "--json"]);
    let output = tokio::task::spawn_blocking(move || release.output()).await.expect("it ends").expect("it runs");
    let said = String::from_utf8(output.stderr).expect("text");
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{said}");
    for words in ["guest@example may not ", "patch deployments.apps", "in namespace shop", "hint:"] {
        assert!(said.contains(words), "{words} is missing: {said}");
    }
    assert!(cluster.world().noticed.is_empty(), "nothing was written: {:?}", cluster.world().noticed);
}

#[tokio::test]
async fn the_server_tells_who_one_is() {
    let cluster = Cluster::start().await;
    let reviews: Api<SelfSubjectReview> = Api::all(cluster.client("dana@example").await);
    let answer = reviews.create(&PostParams::default(), &SelfSubjectReview::default()).await.expect("an answer");
    let user = answer.status.and_then(|status| status.user_info).expect("a user");
    assert_eq!(user.username.as_deref(), Some("dana@example"));
    let other =
        cluster.ask("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews").header("Impersonate-User", "li");
    let answer: Value = other.body("{}").send().await.expect("an answer").json().await.expect("json");
    assert_eq!(answer["status"]["userInfo"]["username"], "li");
}

#[tokio::test]
async fn discovery_names_what_is_served() {
    let cluster = Cluster::start().await;
    let client = cluster.client("dana@example").await;
    assert_eq!(client.apiserver_version().await.expect("a version").minor, "33");
    let groups = client.list_api_groups().await.expect("groups");
    assert!(groups.groups.iter().any(|group| group.name == "coordination.k8s.io"));
    let apps = client.list_api_group_resources("apps/v1").await.expect("resources");
    assert!(apps.resources.iter().any(|resource| resource.name == "deployments/scale" && resource.kind == "Scale"));
    let accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
    let answer = cluster.ask("GET", "/apis").header("Accept", accept).send().await.expect("an answer");
    assert_eq!(
        answer.headers()["content-type"],
        "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
    );
    let unknown = cluster.read("/apis/stable.example.com/v1/namespaces/shop/crontabs").await;
    assert_eq!(unknown["reason"], "NotFound");
}
