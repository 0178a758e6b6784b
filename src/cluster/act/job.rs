//! Which objects an act touches, and what each of them shall become. Pure.

use super::edit::Edit;
use super::object::Object;
use super::outcome::Stop;
use super::{autoscaler, clear, pin, roll, set};
use crate::cluster::beside::Beside;
use crate::cluster::marks;
use crate::cluster::rest::{AUTOSCALERS, DEPLOYMENTS, Resource, SERVICES};
use crate::core::act::{ActFault, ActVerb};
use crate::core::lease::Certainty;
use crate::core::plan::{HpaPlan, Plan, Workload};
use crate::core::time::Time;

/// What an object is to the release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The Deployment that the plan names.
    Stable,
    /// A Deployment that we made.
    Beside(Beside),
    /// A Service of the plan.
    Service,
    /// The plan's autoscaler.
    Autoscaler,
}

impl Role {
    /// The kind of object.
    pub fn resource(self) -> Resource {
        match self {
            Self::Stable | Self::Beside(_) => DEPLOYMENTS,
            Self::Service => SERVICES,
            Self::Autoscaler => AUTOSCALERS,
        }
    }
}

/// One object that an act touches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job<'a> {
    /// What it is to the release.
    pub role: Role,
    /// Its name.
    pub name: &'a str,
    /// The act.
    pub verb: &'a ActVerb,
    /// Whether there is nothing to do where it does not exist.
    pub may_be_absent: bool,
}

/// When an object was read, and what was known of the lease then.
#[derive(Clone, Copy, Debug)]
pub struct When {
    /// When the act began, on the engine's clock: then its lease was surely ours.
    pub began: Time,
    /// The engine's clock, after the object was read.
    pub now: Time,
    /// Whether the lease was ours, after the object was read.
    pub certainty: Certainty,
}

/// What a decision rests on besides the object.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The release.
    pub plan: &'a Plan,
    /// The workload.
    pub workload: &'a Workload,
    /// When the object was read.
    pub when: When,
}

/// The objects that an act changes. Creating and deleting what stands beside change none: they have their own way.
pub fn jobs<'a>(workload: &'a Workload, verb: &'a ActVerb) -> Vec<Job<'a>> {
    let job = |role, name, may_be_absent| Job { role, name, verb, may_be_absent };
    let beside = |which: Beside, absent| which.name(workload).map(|name| job(Role::Beside(which), name, absent));
    let stable = || vec![job(Role::Stable, workload.name.as_str(), false)];
    let hpa = |absent| written(workload).map(|hpa| job(Role::Autoscaler, hpa.name.as_str(), absent));
    let services =
        |absent| workload.services.iter().map(move |service| job(Role::Service, service.name.as_str(), absent));
    match verb {
        ActVerb::CreateCanary | ActVerb::DeleteCanary | ActVerb::CreateBaseline | ActVerb::DeleteBaseline => Vec::new(),
        ActVerb::ScaleCanary { .. } | ActVerb::DropOwner | ActVerb::TakeOwner => {
            beside(Beside::Canary, false).into_iter().collect()
        }
        ActVerb::ScaleBaseline { .. } => beside(Beside::Baseline, false).into_iter().collect(),
        ActVerb::RollStable | ActVerb::RestoreStable => stable(),
        ActVerb::Pin { service } => vec![job(Role::Service, service.as_str(), false)],
        ActVerb::Unpin { service } => vec![job(Role::Service, service.as_str(), true)],
        ActVerb::RaiseHpa { .. } => hpa(false).into_iter().collect(),
        ActVerb::RestoreHpa { .. } => hpa(true).into_iter().collect(),
        ActVerb::Fence => {
            let ours = Beside::ALL.into_iter().filter_map(|which| beside(which, true));
            stable().into_iter().chain(ours).chain(services(false)).chain(hpa(false)).collect()
        }
        ActVerb::ClearMarks => {
            // What takes its time must not leave a release that has not ended without a mark that says so. Of stable and
            // Services whatever is marked is seen, of an autoscaler it is not: it is never the last.
            let stable = job(Role::Stable, workload.name.as_str(), true);
            let hpa = hpa(true).into_iter();
            if workload.services.is_empty() {
                return hpa.chain([stable]).collect();
            }
            [stable].into_iter().chain(hpa).chain(services(true)).collect()
        }
    }
}

/// The autoscaler, where we write it at all.
fn written(workload: &Workload) -> Option<&HpaPlan> {
    workload.hpa.as_ref().filter(|hpa| hpa.raise)
}

impl Job<'_> {
    /// `Service web`, for sentences.
    pub fn words(&self) -> String {
        format!("{} {}", self.role.resource().kind, self.name)
    }

    /// Whether the object is the one that the release means, and not another of the same name.
    ///
    /// # Errors
    /// It is another one.
    pub fn recognise(&self, object: &Object, context: Context<'_>) -> Result<(), Stop> {
        let known = match self.role {
            Role::Stable => object.uid() == context.workload.uid,
            Role::Beside(_) => object.annotation(marks::RELEASE) == Some(&context.plan.release),
            Role::Service | Role::Autoscaler => true,
        };
        if known {
            return Ok(());
        }
        Err(Stop::new(ActFault::Gone, format!("{} is another one than this release's", object.words())))
    }

    /// What the object shall become; `None`: it already is.
    ///
    /// # Errors
    /// It cannot be done to this object.
    pub fn decide(&self, object: &Object, context: Context<'_>) -> Result<Option<Edit>, Stop> {
        let Context { plan, workload, when } = context;
        let before = written(workload).map_or(1, |hpa| hpa.min);
        match self.verb {
            // Its mark is all that the act is about.
            ActVerb::Fence => Ok(Some(Edit::new())),
            ActVerb::ScaleCanary { replicas } if *replicas > 0 && object.annotation(marks::GOING_BACK).is_some() => {
                Err(Stop::new(ActFault::Rejected, format!("{} is going back", object.words())))
            }
            ActVerb::ScaleCanary { replicas } | ActVerb::ScaleBaseline { replicas } => {
                Ok(set::scale(object, *replicas))
            }
            ActVerb::DropOwner => Ok(set::drop_owner(object, workload)),
            ActVerb::TakeOwner => Ok(set::take_owner(object, workload)),
            ActVerb::Pin { .. } => pin::pin(object, &plan.release, when.now),
            ActVerb::Unpin { .. } => Ok(pin::unpin(object)),
            ActVerb::RaiseHpa { min } => Ok(autoscaler::raise(object, &plan.release, before, *min)),
            ActVerb::RestoreHpa { min } => Ok(autoscaler::restore(object, *min)),
            ActVerb::RollStable => roll::roll(object, workload, plan.kind),
            ActVerb::RestoreStable => roll::restore(object, workload, plan.finish),
            ActVerb::ClearMarks => Ok(clear::clear(object)),
            ActVerb::CreateCanary | ActVerb::DeleteCanary | ActVerb::CreateBaseline | ActVerb::DeleteBaseline => {
                Ok(None)
            }
        }
    }
}
