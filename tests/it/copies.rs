//! The copies of our marks on ReplicaSets, before an API server that answers as a control plane whose controllers are slow.

use std::sync::{Arc, Mutex};

use glidepath::cluster::{Connection, KubeCluster};
use glidepath::core::act::{Act, ActFault, ActOutcome, ActVerb};
use glidepath::engine::clock::SystemClock;
use glidepath::engine::port::Cluster;
use serde_json::json;

use crate::cluster_real::{plan, request};
use crate::fixture::{Body, Seen, Server, json as answer};
use crate::served::Served;

/// A Deployment that bears no mark any more, and its ReplicaSet.
struct Slow {
    uid: String,
    /// The newest generation that its controller has seen, of 3.
    observed: u32,
    copied: bool,
}

impl Slow {
    fn answers(&mut self, seen: &Seen) -> http::Response<Body> {
        let path = seen.path.split('?').next().unwrap_or_default();
        let set = json!({"metadata": {
            "name": "checkout-1", "ownerReferences": [{"uid": self.uid, "kind": "Deployment", "controller": true}],
            "annotations": if self.copied { json!({"glidepath.dev/epoch": "r1/1"}) } else { json!({}) },
        }});
        let body = match path.rsplit('/').next() {
            Some("checkout") if path.contains("/deployments/") => json!({
                "metadata": {"name": "checkout", "uid": self.uid, "generation": 3},
                "spec": {"selector": {"matchLabels": {"app": "checkout"}}},
                "status": {"observedGeneration": self.observed},
            }),
            Some("replicasets") => {
                json!({"kind": "ReplicaSetList", "metadata": {"resourceVersion": "9"}, "items": [set]})
            }
            Some("checkout-1") => {
                self.copied = false;
                set
            }
            _ => return answer(404, json!({"kind": "Status", "code": 404, "reason": "NotFound"}).to_string()),
        };
        answer(200, body.to_string())
    }
}

#[tokio::test]
async fn marks_are_gone_once_the_controller_can_copy_none_any_more() {
    let served = Served::start("healthy", 20);
    let world: Connection = served.connect().await;
    let plan = Arc::new(plan(&world, request("checkout", "registry.example/checkout:1.8.0")).await.unwrap());
    let slow = Arc::new(Mutex::new(Slow { uid: plan.workloads[0].uid.clone(), observed: 2, copied: true }));
    let server = Server::start({
        let slow = Arc::clone(&slow);
        move |seen| slow.lock().unwrap().answers(&seen)
    })
    .await;
    let client = kube::Client::try_from(kube::Config::new(server.url().parse().unwrap())).unwrap();
    let connection = Connection { client, ..world };
    let cluster = KubeCluster::start(connection, Arc::clone(&plan), Arc::new(SystemClock::start()));
    let clear = async || cluster.perform(Arc::clone(&plan), Act::on("checkout", ActVerb::ClearMarks)).await;

    // The controller may still copy what it has in its hands: this is not the end of it.
    let first = clear().await;
    assert!(matches!(&first, ActOutcome::Failed { kind: ActFault::Conflict, .. }), "{first:?}");
    assert!(!slow.lock().unwrap().copied);
    // Now it copies what it had in its hands, and then sees that the marks are gone.
    let seen = |observed, copied| {
        let mut slow = slow.lock().unwrap();
        (slow.observed, slow.copied) = (observed, copied);
    };
    seen(3, true);
    assert_eq!(clear().await, ActOutcome::Confirmed { wrote: true });
    assert!(!slow.lock().unwrap().copied);
    assert_eq!(clear().await, ActOutcome::Confirmed { wrote: false });
}
