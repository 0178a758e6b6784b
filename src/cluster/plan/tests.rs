//! What several tests of plans need.

use std::time::Duration;

use serde_json::json;

use super::scene::Site;
use crate::cluster::act::Object;
use crate::core::plan::{Finish, Kind, Limits, OnHoldLimit, Plan, ServicePlan, Workload};
use crate::core::signal::Signals;

/// A Deployment `web` of three pods that nothing stands around.
pub fn site() -> Site {
    let whole = json!({
        "kind": "Deployment",
        "metadata": {"name": "web", "uid": "d-1", "generation": 1},
        "spec": {
            "replicas": 3,
            "selector": {"matchLabels": {"app": "web"}},
            "strategy": {"type": "RollingUpdate"},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "web:1"}]}},
        },
        "status": {"observedGeneration": 1, "replicas": 3, "updatedReplicas": 3, "readyReplicas": 3},
    });
    let set = json!({"metadata": {"name": "web-1", "uid": "rs-1"}, "spec": {"template": whole["spec"]["template"]}});
    Site {
        deployment: serde_json::from_value(whole.clone()).expect("a Deployment"),
        object: Object::new(whole),
        sets: vec![serde_json::from_value(set).expect("a ReplicaSet")],
        services: Vec::new(),
        by_hand: Vec::new(),
        autoscaler: None,
        claims: std::collections::BTreeMap::new(),
        beside: None,
        baseline: None,
    }
}

/// A release of `web` from `web:1` to `web:2`, with one Service.
pub fn flight() -> Plan {
    let template = |image: &str| json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": image}]}});
    let workload = Workload {
        name: "web".into(),
        uid: "d-1".into(),
        canary: "web-canary".into(),
        baseline: None,
        replicas: 3,
        max_unavailable: 0,
        services: vec![ServicePlan { name: "web".into(), settle: Duration::from_secs(2), settle_why: None }],
        images: Vec::new(),
        stable_template: template("web:1"),
        canary_template: template("web:2"),
        hpa: None,
        metrics: None,
        quiet_paths: Vec::new(),
    };
    Plan {
        release: "r1".into(),
        hash: String::new(),
        kind: Kind::Release,
        context: "test".into(),
        namespace: "shop".into(),
        application: "web".into(),
        production: false,
        from: "1".into(),
        to: "2".into(),
        workloads: vec![workload],
        steps: super::recover::full(),
        rules: Vec::new(),
        signals: Signals::default(),
        limits: Limits::default(),
        scrape: Duration::from_secs(5),
        finish: Finish::Roll,
        on_hold_limit: OnHoldLimit::Hold,
        cost: None,
        told: Vec::new(),
        afterwards: Vec::new(),
    }
}
