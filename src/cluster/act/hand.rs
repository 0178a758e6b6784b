//! What an act reads and writes, without its IO: pure, so that a model of an API server can be driven by the very code
//! that drives a real one.

use json_patch::Patch;
use serde_json::Value;

use super::fence::Fence;
pub use super::job::When;
use super::job::{Context, Role, jobs};
use super::launch::{Place, place};
use super::object::Object;
use super::outcome::Stop;
use super::{change, set};
use crate::cluster::beside::Beside;
use crate::cluster::marks;
use crate::cluster::rest::DEPLOYMENTS;
use crate::core::act::{Act, ActFault, ActOutcome};
use crate::core::plan::{Plan, Workload};

/// An object, by its kind and name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spot {
    /// `Deployment`.
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// One write.
#[derive(Clone, Debug)]
pub enum Write {
    /// Changes an object by a JSON patch.
    Patch(Spot, Patch),
    /// Creates one.
    Create(Spot, Value),
    /// Deletes one, if it still is of this resourceVersion.
    Delete(Spot, String),
}

impl Write {
    /// The object that it is about.
    pub fn spot(&self) -> &Spot {
        match self {
            Self::Patch(spot, _) | Self::Create(spot, _) | Self::Delete(spot, _) => spot,
        }
    }
}

/// The objects that an act touches, one after the other; each is a list of what must be read for it.
pub fn reads(plan: &Plan, act: &Act) -> Vec<Vec<Spot>> {
    let Some(workload) = plan.workload(&act.workload) else { return Vec::new() };
    let at = |role: Role, name: &str| Spot { kind: role.resource().kind.to_owned(), name: name.to_owned() };
    let beside = |which: Beside| which.name(workload).map(|name| at(Role::Beside(which), name));
    if let Some(which) = Beside::created_by(&act.verb) {
        return vec![std::iter::once(at(Role::Stable, &workload.name)).chain(beside(which)).collect()];
    }
    if let Some(which) = Beside::deleted_by(&act.verb) {
        return vec![beside(which).into_iter().collect()];
    }
    jobs(workload, &act.verb).iter().map(|job| vec![at(job.role, job.name)]).collect()
}

/// What is written about the object at `place` of [`reads`], which were read as `objects` (`None`: it does not exist).
///
/// # Errors
/// How the act ends without a write.
pub fn write(
    fence: &Fence,
    plan: &Plan,
    act: &Act,
    place: usize,
    objects: &[Option<Value>],
    when: When,
) -> Result<Write, ActOutcome> {
    let Some(workload) = plan.workload(&act.workload) else {
        return Err(Stop::new(ActFault::Gone, "the release has no such workload").into());
    };
    let mut objects = objects.iter().map(|object| object.clone().map(Object::new));
    let (first, second) = (objects.next().flatten(), objects.next().flatten());
    if let Some(which) = Beside::created_by(&act.verb) {
        return create(fence, which, plan, workload, [first, second], when);
    }
    if let Some(which) = Beside::deleted_by(&act.verb) {
        return delete(fence, which, plan, workload, first, when);
    }
    let jobs = jobs(workload, &act.verb);
    let Some(job) = jobs.get(place) else { return Err(ActOutcome::Confirmed { wrote: false }) };
    let Some(object) = first else { return Err(job.absent()) };
    match change(fence, job, &object, Context { plan, workload, when })? {
        Some(edit) => {
            let at = Spot { kind: job.role.resource().kind.to_owned(), name: job.name.to_owned() };
            Ok(Write::Patch(at, edit.patch()))
        }
        None => Err(ActOutcome::Confirmed { wrote: false }),
    }
}

fn spot(which: Beside, workload: &Workload) -> Spot {
    Spot { kind: DEPLOYMENTS.kind.to_owned(), name: which.name(workload).unwrap_or_default().to_owned() }
}

fn create(
    fence: &Fence,
    which: Beside,
    plan: &Plan,
    workload: &Workload,
    [stable, there]: [Option<Object>; 2],
    when: When,
) -> Result<Write, ActOutcome> {
    let gone = || Stop::new(ActFault::Gone, format!("Deployment {} does not exist", workload.name));
    let stable = stable.filter(|stable| stable.uid() == workload.uid).ok_or_else(gone)?;
    fence.guard(&stable, when.certainty)?;
    match place(fence, there.as_ref())? {
        Place::Free => {
            let body = set::body(which, plan, workload, &stable, &fence.epoch())?;
            Ok(Write::Create(spot(which, workload), body))
        }
        Place::Ours => Err(ActOutcome::Confirmed { wrote: false }),
        Place::LeftOver => {
            let version = there.map(|there| there.version().to_owned()).unwrap_or_default();
            Ok(Write::Delete(spot(which, workload), version))
        }
    }
}

fn delete(
    fence: &Fence,
    which: Beside,
    plan: &Plan,
    workload: &Workload,
    there: Option<Object>,
    when: When,
) -> Result<Write, ActOutcome> {
    let ours = |there: &Object| !there.is_deleting() && there.annotation(marks::RELEASE) == Some(&plan.release);
    let Some(there) = there.filter(ours) else { return Err(ActOutcome::Confirmed { wrote: false }) };
    fence.guard(&there, when.certainty)?;
    Ok(Write::Delete(spot(which, workload), there.version().to_owned()))
}

/// Puts the outcomes of an act on its objects together.
pub fn together(outcomes: Vec<ActOutcome>) -> ActOutcome {
    super::outcome::together(outcomes)
}
