//! Releases with a baseline, by the program itself through its real adapters, on a served world.

use serde_json::{Value, json};

use crate::control_plane::Api;
use crate::served::{Driver, RELEASE, Served, left_over, quick};

const STEPS: &str = "steps = [25, 50, 100]\nsoak = \"2s\"\nbaseline = true";

const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/shop/deployments";

fn until_said(driver: &mut Driver, wanted: &[(&str, &str)]) -> Value {
    loop {
        let Some(event) = driver.next() else { panic!("it ends before {wanted:?}: {:#?}", driver.tail()) };
        if wanted.iter().all(|(field, value)| event[*field] == *value) {
            return event;
        }
    }
}

/// What was confirmed, in its order.
fn confirmed(driver: &Driver) -> Vec<String> {
    let effects = driver.events.iter().filter(|event| event["event"] == "effect" && event["state"] == "confirmed");
    effects.filter_map(|event| event["what"].as_str().map(str::to_owned)).collect()
}

fn place(all: &[String], what: &str) -> usize {
    all.iter().position(|known| known == what).unwrap_or_else(|| panic!("{what} was never done: {all:#?}"))
}

#[tokio::test]
async fn a_healthy_release_is_promoted_beside_its_baseline_and_nothing_is_left() {
    let served = Served::start("healthy", 20);
    served.configure(&quick(STEPS));
    let api = Api::of(&served.connect().await);
    let mut driver = served.drive(&RELEASE);
    until_said(&mut driver, &[("event", "step"), ("state", "soaking")]);
    let stable = api.get(&format!("{DEPLOYMENTS}/checkout")).await.unwrap();
    let baseline = api.get(&format!("{DEPLOYMENTS}/checkout-baseline")).await.unwrap();
    assert_eq!(baseline["spec"]["replicas"], 3);
    assert_eq!(baseline["spec"]["selector"]["matchLabels"]["glidepath.dev/track"], "baseline");
    assert_eq!(baseline["metadata"]["labels"]["app.kubernetes.io/managed-by"], "glidepath");
    let owner = &baseline["metadata"]["ownerReferences"][0];
    assert_eq!((&owner["uid"], &owner["controller"]), (&stable["metadata"]["uid"], &json!(false)));
    let mut template = baseline["spec"]["template"].clone();
    let labels = template["metadata"]["labels"].as_object_mut().unwrap();
    assert_eq!(labels.remove("glidepath.dev/track"), Some(json!("baseline")));
    assert_eq!(template, stable["spec"]["template"], "it runs what stable runs");

    let ended = driver.ends();
    assert_eq!(ended["outcome"], "promoted", "{ended} {:#?}", driver.tail());
    let done = confirmed(&driver);
    for (one, next) in [
        ("create the baseline of checkout with 0 pods", "scale the baseline of checkout to 3"),
        ("scale the baseline of checkout to 3", "scale the baseline of checkout to 10"),
        ("pin Service checkout to the canary of checkout", "delete the baseline of checkout"),
        ("delete the baseline of checkout", "unpin Service checkout"),
    ] {
        assert!(place(&done, one) < place(&done, next), "{one} comes before {next}: {done:#?}");
    }
    let verdict =
        driver.events.iter().filter(|event| event["event"] == "verdict" && event["evidence"]["baseline"] == true);
    assert!(verdict.count() > 0, "no rule compared with it");
    assert_eq!(left_over(&api, &served.namespace).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_bad_one_is_rolled_back_and_nothing_is_left() {
    let served = Served::start("error-spike", 20);
    served.configure(&quick(STEPS));
    let api = Api::of(&served.connect().await);
    let mut driver = served.drive(&RELEASE);
    let ended = driver.ends();
    assert_eq!((&ended["outcome"], &ended["proven"]), (&"rolled-back".into(), &true.into()), "{ended}");
    let done = confirmed(&driver);
    assert!(place(&done, "scale the canary of checkout to 0") < place(&done, "delete the baseline of checkout"));
    let capacity = driver.events.iter().rfind(|event| event["line"] == "stable-capacity").unwrap();
    assert!(capacity["why"].as_str().is_some_and(|why| why.starts_with("10 of 10 stable pods")), "{capacity}");
    assert_eq!(left_over(&api, &served.namespace).await, Vec::<String>::new());
}

/// Whoever has nothing but the cluster: first in the middle of a step, then with only a baseline left of a release.
#[tokio::test]
async fn a_rollback_from_the_marks_alone_takes_it_away() {
    let served = Served::start("healthy", 20);
    served.configure(&quick(&STEPS.replace("2s", "10m")));
    let api = Api::of(&served.connect().await);
    let mut driver = served.drive(&RELEASE);
    until_said(&mut driver, &[("event", "step"), ("state", "soaking")]);
    driver.kill();
    let maps = "/api/v1/namespaces/shop/configmaps";
    for map in api.get(maps).await.unwrap()["items"].as_array().unwrap() {
        let path = format!("{maps}/{}", map["metadata"]["name"].as_str().unwrap());
        api.send("DELETE", &path, "application/json", &Value::Null).await.unwrap();
    }
    std::fs::remove_dir_all(served.path().join("state")).unwrap();
    served.drive(&["rollback", "deploy/checkout"]).proves();
    assert_eq!(left_over(&api, &served.namespace).await, Vec::<String>::new());

    let stable = api.get(&format!("{DEPLOYMENTS}/checkout")).await.unwrap();
    let mut labels = stable["spec"]["template"]["metadata"]["labels"].clone();
    labels["glidepath.dev/track"] = json!("baseline");
    let mut template = stable["spec"]["template"].clone();
    template["metadata"]["labels"] = labels.clone();
    let left = |annotations: Value| {
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "checkout-baseline", "namespace": "shop", "annotations": annotations},
            "spec": {"replicas": 2, "selector": {"matchLabels": labels}, "template": template},
        })
    };
    api.create(DEPLOYMENTS, &left(json!({"glidepath.dev/release": "gone-1", "glidepath.dev/epoch": "gone-1/1"}))).await;
    let refused = served.command(&RELEASE).arg("--plain").output().unwrap();
    assert_eq!(refused.status.code(), Some(5), "{}", String::from_utf8_lossy(&refused.stderr));
    served.drive(&["rollback", "deploy/checkout"]).proves();
    assert_eq!(left_over(&api, &served.namespace).await, Vec::<String>::new());

    // One that somebody else made is refused by name.
    api.create(DEPLOYMENTS, &left(json!({}))).await;
    let refused = served.command(&RELEASE).arg("--plain").output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(said.contains("Deployment checkout-baseline is not ours") && said.contains("the baseline of"), "{said}");
}

#[test]
fn a_look_before_the_flight_counts_its_pods() {
    let served = Served::start("healthy", 20);
    served.configure(&quick(STEPS));
    let dry = served.command(&RELEASE).arg("--dry-run").output().unwrap();
    let said = String::from_utf8(dry.stdout).unwrap();
    assert_eq!(dry.status.code(), Some(0), "{said}");
    for wanted in [
        "the canary is compared with checkout-baseline, as many fresh pods of the old version (at most 10,",
        "pods make of the weights: 25 % is 18.8 % (3 beside 10), 50 % is 33.3 % (10 beside 10)",
        "create Deployment checkout-baseline: admitted",
        "scale the baseline of checkout to 10",
        "delete the baseline of checkout",
    ] {
        assert!(said.contains(wanted), "{wanted:?} is not in:\n{said}");
    }
    let tight = Served::start("healthy", 20);
    tight.configure(&quick(STEPS));
    let quota = json!({
        "apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "small", "namespace": "shop"},
        "spec": {"hard": {"pods": "25"}}, "status": {"hard": {"pods": "25"}, "used": {"pods": "10"}},
    });
    let made = tokio::runtime::Runtime::new().unwrap().block_on(async {
        Api::of(&tight.connect().await).create("/api/v1/namespaces/shop/resourcequotas", &quota).await
    });
    assert_eq!(made["metadata"]["name"], "small");
    let said = String::from_utf8(tight.command(&RELEASE).arg("--dry-run").output().unwrap().stdout).unwrap();
    assert!(said.contains("quota small has too little room for 20 more pods"), "{said}");
}
