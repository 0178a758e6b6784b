//! Bulletins as Events on the Deployments of a release, where `kubectl describe` and `kubectl get events` show them.
//!
//! They are Events of the core group, counted in the old way: `kubectl get events --sort-by=.lastTimestamp` knows no other,
//! and `describe` shows both alike.

mod series;

use std::sync::{Arc, Mutex, PoisonError};

use futures::future::{BoxFuture, join_all};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::cluster::act::Edit;
use crate::cluster::connect::Connection;
use crate::cluster::marks;
use crate::cluster::rest::{DEPLOYMENTS, EVENTS, Fault, Mode, Rest};
use crate::core::bulletin::Bulletin;
use crate::core::plan::{Plan, Workload};
use crate::core::time::Time;
use crate::engine::port::{Board, Posted};
use series::{Known, Series};

/// The longest name of a Deployment that is kept whole in the name of an Event.
const NAME: usize = 200;

/// Puts Events beside the workloads of one release.
pub struct KubeBoard {
    rest: Rest,
    plan: Arc<Plan>,
    series: Arc<Mutex<Series>>,
}

impl KubeBoard {
    /// Events about the Deployments of `plan`.
    pub fn new(connection: &Connection, plan: Arc<Plan>) -> Arc<Self> {
        Arc::new(Self { rest: connection.rest(), plan, series: Arc::default() })
    }
}

impl Board for KubeBoard {
    fn post(&self, bulletin: Bulletin) -> BoxFuture<'static, Posted> {
        let (rest, plan, series) = (self.rest.clone(), Arc::clone(&self.plan), Arc::clone(&self.series));
        Box::pin(async move {
            let meant =
                plan.workloads.iter().filter(|found| bulletin.workload.as_ref().is_none_or(|name| *name == found.name));
            let posts = meant.map(|workload| post(&rest, &plan, workload, &bulletin, &series));
            join_all(posts).await.into_iter().fold(Posted::Done, worse)
        })
    }
}

/// What becomes of the whole: whatever can be tried again is, and asking again puts nothing up twice.
fn worse(one: Posted, other: Posted) -> Posted {
    match (&one, &other) {
        (Posted::Later(_), _) => one,
        (_, Posted::Later(_)) | (Posted::Done, _) => other,
        (Posted::Never(_), _) => one,
    }
}

async fn post(rest: &Rest, plan: &Plan, workload: &Workload, bulletin: &Bulletin, series: &Mutex<Series>) -> Posted {
    let known = series.lock().unwrap_or_else(PoisonError::into_inner).find(&workload.uid, bulletin);
    if let Some(known) = &known {
        if known.last == bulletin.id {
            return Posted::Done;
        }
        match rest.patch(EVENTS, &known.name, &again(known, bulletin).patch(), Mode::Real).await {
            Ok(_) => {
                series.lock().unwrap_or_else(PoisonError::into_inner).count(&workload.uid, bulletin);
                return Posted::Done;
            }
            // The server forgets Events after a while: then it is told anew.
            Err(fault) if fault.is_not_found() => {}
            Err(fault) => return posted(&fault),
        }
    }
    let name = name(&workload.name, &bulletin.id);
    match rest.create(EVENTS, &event(plan, workload, bulletin, &name), Mode::Real).await {
        // A name is made from what it tells: one that is taken was put up by an attempt whose answer was lost.
        Ok(_) => {}
        Err(Fault::Refused(refusal)) if refusal.code == 409 => {}
        Err(fault) => return posted(&fault),
    }
    series.lock().unwrap_or_else(PoisonError::into_inner).begin(&workload.uid, bulletin, name);
    Posted::Done
}

fn posted(fault: &Fault) -> Posted {
    match fault {
        Fault::Refused(refusal) if refusal.code < 500 && refusal.code != 429 => Posted::Never(fault.why()),
        Fault::Untrusted(_) | Fault::Credentials(_) => Posted::Never(fault.why()),
        fault => Posted::Later(fault.why()),
    }
}

/// `checkout.` and a number that only this bulletin has, as other controllers name theirs.
fn name(deployment: &str, id: &str) -> String {
    let hash: String = Sha256::digest(id.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("{}.{hash}", deployment.get(..NAME).unwrap_or(deployment).trim_end_matches(['-', '.']))
}

fn again(known: &Known, bulletin: &Bulletin) -> Edit {
    let edit = Edit::new().set(&["count"], known.count + 1).set(&["lastTimestamp"], seconds(bulletin.at));
    if known.text == bulletin.text { edit } else { edit.set(&["message"], bulletin.text.as_str()) }
}

fn event(plan: &Plan, workload: &Workload, bulletin: &Bulletin, name: &str) -> Value {
    let at = seconds(bulletin.at);
    json!({
        "apiVersion": EVENTS.api_version(), "kind": EVENTS.kind,
        "metadata": {
            "name": name, "namespace": plan.namespace,
            "labels": { marks::MANAGED_BY: marks::FIELD_MANAGER },
            "annotations": { marks::RELEASE: plan.release },
        },
        "involvedObject": {
            "apiVersion": DEPLOYMENTS.api_version(), "kind": DEPLOYMENTS.kind,
            "namespace": plan.namespace, "name": workload.name, "uid": workload.uid,
        },
        "type": if bulletin.warning { "Warning" } else { "Normal" },
        "reason": bulletin.reason,
        "message": bulletin.text,
        "count": 1, "firstTimestamp": at, "lastTimestamp": at,
        "source": { "component": marks::FIELD_MANAGER },
        "reportingComponent": marks::FIELD_MANAGER,
    })
}

/// RFC 3339 without a fraction, as the API writes times of this kind.
fn seconds(at: Time) -> String {
    let text = at.to_string();
    text.split_once('.').map_or_else(|| text.clone(), |(whole, _)| format!("{whole}Z"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::rest::Refusal;

    fn refusal(code: u16) -> Fault {
        Fault::Refused(Refusal { code, reason: String::new(), message: "no".into(), about_object: true })
    }

    #[test]
    fn only_what_may_succeed_later_is_tried_again() {
        for fault in [refusal(429), refusal(500), refusal(503), Fault::Lost("x".into()), Fault::Unsent("x".into())] {
            assert!(matches!(posted(&fault), Posted::Later(_)), "{fault:?}");
        }
        for fault in [refusal(401), refusal(403), refusal(422), Fault::Credentials("x".into())] {
            assert!(matches!(posted(&fault), Posted::Never(_)), "{fault:?}");
        }
        let (later, never) = (Posted::Later("l".into()), Posted::Never("n".into()));
        assert_eq!(worse(never.clone(), later.clone()), later);
        assert_eq!(worse(Posted::Done, never.clone()), never);
        assert_eq!(worse(never.clone(), Posted::Done), never);
    }

    #[test]
    fn names_are_names_and_the_same_for_the_same_bulletin() {
        let long = format!("{}.{}", "a".repeat(199), "b".repeat(53));
        let of_long = name(&long, "r/1/1");
        assert!(of_long.len() <= 253 && !of_long.contains(".."), "{of_long}");
        assert_eq!(name("web", "r/1/1"), name("web", "r/1/1"));
        assert_ne!(name("web", "r/1/1"), name("web", "r/2/1"));
    }

    #[test]
    fn times_have_no_fraction() {
        assert_eq!(seconds(Time::from_millis(1_763_938_800_123)), "2025-11-23T23:00:00Z");
    }
}
