//! What core asks to be done to the cluster: verbs of the route, never objects or patches.
//!
//! An act names what shall be, not how it changes: it can be sent again, and whoever performs it first looks whether
//! the world already is so.

use serde::{Deserialize, Serialize};

use crate::core::plan::{Kind, Plan};

/// One write, on one object of one workload.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Act {
    /// The workload's name.
    pub workload: String,
    /// What is to be done.
    pub verb: ActVerb,
}

/// The writes that the plain route knows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "act")]
pub enum ActVerb {
    /// Put the fence annotation on stable, its Services and its autoscaler.
    Fence,
    /// Create the canary Deployment with 0 replicas; the left-over of an ended release of ours is deleted first.
    CreateCanary,
    /// Give the canary this many pods.
    ScaleCanary {
        /// `spec.replicas`.
        replicas: u32,
    },
    /// Drop the canary's owner reference, so that deleting stable cannot collect what serves.
    DropOwner,
    /// Give the canary its owner reference back.
    TakeOwner,
    /// Add our key to the Service's selector, so that only canary pods serve.
    Pin {
        /// The Service.
        service: String,
    },
    /// Remove our key from the Service's selector.
    Unpin {
        /// The Service.
        service: String,
    },
    /// Raise the autoscaler's `minReplicas` for the flight.
    RaiseHpa {
        /// To this.
        min: u32,
    },
    /// Put the autoscaler's `minReplicas` back.
    RestoreHpa {
        /// To this.
        min: u32,
    },
    /// Put the release's template into stable.
    RollStable,
    /// Put the recorded template back into stable.
    RestoreStable,
    /// Delete the canary Deployment (with its UID and resourceVersion as preconditions).
    DeleteCanary,
    /// Create the baseline Deployment with 0 replicas, as the canary is.
    CreateBaseline,
    /// Give the baseline this many pods.
    ScaleBaseline {
        /// `spec.replicas`.
        replicas: u32,
    },
    /// Delete the baseline Deployment, as the canary is.
    DeleteBaseline,
    /// Remove every annotation of ours from stable, its Services, its autoscaler and its ReplicaSets.
    ClearMarks,
}

impl Act {
    /// An act on a workload.
    pub fn on(workload: &str, verb: ActVerb) -> Self {
        Self { workload: workload.to_owned(), verb }
    }

    /// Whether it takes the new version further: a rollback wants no such write.
    pub fn is_forward(&self) -> bool {
        match self.verb {
            ActVerb::CreateCanary
            | ActVerb::CreateBaseline
            | ActVerb::DropOwner
            | ActVerb::Pin { .. }
            | ActVerb::RaiseHpa { .. }
            | ActVerb::RollStable => true,
            ActVerb::ScaleCanary { replicas } | ActVerb::ScaleBaseline { replicas } => replicas > 0,
            ActVerb::Fence
            | ActVerb::TakeOwner
            | ActVerb::Unpin { .. }
            | ActVerb::RestoreHpa { .. }
            | ActVerb::RestoreStable
            | ActVerb::DeleteCanary
            | ActVerb::DeleteBaseline
            | ActVerb::ClearMarks => false,
        }
    }

    /// What it does, in a few words, with the objects named as a person would. An earlier version that is brought back is no
    /// canary.
    pub fn words(&self, plan: &Plan) -> String {
        let name = &self.workload;
        let (beside, template) = match plan.kind {
            Kind::Release => (format!("the canary of {name}"), "to the new template".to_owned()),
            Kind::Restore | Kind::RestoreInPlace => {
                (format!("the Deployment of {} beside {name}", plan.to), format!("back to the template of {}", plan.to))
            }
        };
        match &self.verb {
            ActVerb::Fence => format!("mark {name} as flying"),
            ActVerb::CreateCanary => format!("create {beside} with 0 pods"),
            ActVerb::ScaleCanary { replicas } => format!("scale {beside} to {replicas}"),
            ActVerb::DropOwner => format!("let {beside} stand on its own"),
            ActVerb::TakeOwner => format!("tie {beside} to it again"),
            ActVerb::Pin { service } => format!("pin Service {service} to {beside}"),
            ActVerb::Unpin { service } => format!("unpin Service {service}"),
            ActVerb::RaiseHpa { min } => format!("raise the autoscaler minimum of {name} to {min}"),
            ActVerb::RestoreHpa { min } => format!("put the autoscaler minimum of {name} back to {min}"),
            ActVerb::RollStable => format!("roll {name} {template}"),
            ActVerb::RestoreStable => format!("put the recorded template of {name} back"),
            ActVerb::DeleteCanary => format!("delete {beside}"),
            ActVerb::CreateBaseline => format!("create the baseline of {name} with 0 pods"),
            ActVerb::ScaleBaseline { replicas } => format!("scale the baseline of {name} to {replicas}"),
            ActVerb::DeleteBaseline => format!("delete the baseline of {name}"),
            ActVerb::ClearMarks => format!("remove Glidepath's annotations from {name}"),
        }
    }
}

/// How an act ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "outcome")]
pub enum ActOutcome {
    /// The API server confirmed it, or the world was already so.
    Confirmed {
        /// Whether a write was needed.
        wrote: bool,
    },
    /// It was refused or could not be sent: the world is unchanged.
    Failed {
        /// What kind of failure, which decides what to do.
        kind: ActFault,
        /// The cluster's words, neutralised.
        why: String,
    },
    /// It was sent and the answer was lost: the world must be read before it is sent again.
    Unknown {
        /// What happened to the answer.
        why: String,
    },
}

/// Why an act failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ActFault {
    /// Nobody answered, or the server said to come back later (429, 5xx).
    Unreachable,
    /// Somebody else wrote in between, or the fence was gone: read again.
    Conflict,
    /// We may not (401, 403).
    Forbidden,
    /// The server will not have it (422, admission, quota).
    Rejected,
    /// What it writes to does not exist, or is another object of the same name.
    Gone,
    /// Another release or a newer epoch owns the object: this engine must stop driving.
    Fenced,
}
