//! Which epoch the objects themselves carry: whoever takes over must write under a higher one.

use futures::{StreamExt, stream};
use serde_json::Value;

use crate::cluster::act::{Epoch, Object};
use crate::cluster::beside::Beside;
use crate::cluster::connect::Connection;
use crate::cluster::marks;
use crate::cluster::rest::{AUTOSCALERS, DEPLOYMENTS, Resource, SERVICES};
use crate::cluster::template;
use crate::core::plan::Plan;

/// Questions that are asked at the same time.
const AT_ONCE: usize = 16;

/// The highest epoch of this release on any object that it may write; 0 where none is found. An object that cannot be read
/// is passed over: the fence finds out what it says when it is written.
pub async fn epoch_on_objects(connection: &Connection, plan: &Plan) -> u64 {
    let rest = connection.rest();
    let epochs = stream::iter(objects(plan)).map(|(resource, name)| {
        let rest = rest.clone();
        async move {
            let found: Option<Value> = rest.get(resource, &name).await.ok()?;
            Epoch::parse(Object::new(found?).annotation(marks::EPOCH)?)
        }
    });
    let epochs: Vec<Option<Epoch>> = epochs.buffer_unordered(AT_ONCE).collect().await;
    let ours = epochs.into_iter().flatten().filter(|epoch| epoch.release == plan.release);
    ours.map(|epoch| epoch.number).max().unwrap_or(0)
}

fn objects(plan: &Plan) -> Vec<(Resource, String)> {
    let of = |workload: &crate::core::plan::Workload| {
        let beside = Beside::ALL.into_iter().filter_map(|which| which.name(workload));
        let sets = std::iter::once(workload.name.as_str()).chain(beside).map(|name| (DEPLOYMENTS, name.to_owned()));
        let services = workload.services.iter().map(|service| (SERVICES, service.name.clone()));
        let autoscaler = workload.hpa.iter().map(|hpa| (AUTOSCALERS, hpa.name.clone()));
        sets.chain(services).chain(autoscaler).collect::<Vec<_>>()
    };
    plan.workloads.iter().flat_map(of).collect()
}

/// Whether a Deployment has this pod template now; one that cannot be read has not.
pub async fn has_template(connection: &Connection, deployment: &str, wanted: &Value) -> bool {
    let found: Option<Value> = connection.rest().get(DEPLOYMENTS, deployment).await.ok().flatten();
    found.and_then(|found| found.pointer("/spec/template").map(|found| template::same(found, wanted))).unwrap_or(false)
}
