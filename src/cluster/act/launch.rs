//! Creating what stands beside stable, and deleting it.

use serde_json::Value;

use super::job::{Context, Role};
use super::object::Object;
use super::outcome::{Stop, is_overtaken, of_read, of_write};
use super::{Epoch, Fence, Pilot, set};
use crate::cluster::beside::Beside;
use crate::cluster::marks;
use crate::cluster::rest::{DEPLOYMENTS, Fault, Mode, Rest};
use crate::cluster::seen::Deployment;
use crate::core::act::{ActFault, ActOutcome, ActVerb};
use crate::core::lease::Certainty;
use crate::core::plan::{Plan, Workload};

/// What stands where a canary or a baseline goes.
#[derive(Debug, PartialEq)]
pub(super) enum Place {
    /// Nothing.
    Free,
    /// That of this release.
    Ours,
    /// The left-over of a release of ours that has ended: it is deleted and made anew, never patched.
    LeftOver,
}

impl Pilot {
    /// Creates or deletes what the act is about; `None`: it is about something else.
    pub(super) async fn launch(&self, verb: &ActVerb, context: Context<'_>, mode: Mode) -> Option<ActOutcome> {
        if let Some(which) = Beside::created_by(verb) {
            return Some(self.create(which, context, mode).await);
        }
        let which = Beside::deleted_by(verb)?;
        Some(self.delete(which, context, mode).await)
    }

    /// Creates it with 0 replicas.
    async fn create(&self, which: Beside, context: Context<'_>, mode: Mode) -> ActOutcome {
        let Some(name) = which.name(context.workload) else { return ActOutcome::Confirmed { wrote: false } };
        let (stable, there) = match self.read_both(name, context).await {
            Ok(both) => both,
            Err(stop) => return stop,
        };
        match place(&self.fence, there.as_ref()) {
            Ok(Place::Free) => {}
            Ok(Place::Ours) => return ActOutcome::Confirmed { wrote: false },
            Ok(Place::LeftOver) => {
                if let Err(outcome) = self.remove(there.as_ref(), name, mode).await {
                    return outcome;
                }
            }
            Err(stop) => return stop.into(),
        }
        let body = match set::body(which, context.plan, context.workload, &stable, &self.fence.epoch()) {
            Ok(body) => body,
            Err(stop) => return stop.into(),
        };
        match self.rest.create(DEPLOYMENTS, &body, mode).await {
            Ok(_) => ActOutcome::Confirmed { wrote: true },
            Err(fault) if is_overtaken(&fault) => ActOutcome::Failed { kind: ActFault::Conflict, why: fault.why() },
            Err(fault) => of_write(&fault),
        }
    }

    /// Deletes it, if it is this release's; its pods follow.
    async fn delete(&self, which: Beside, context: Context<'_>, mode: Mode) -> ActOutcome {
        let Some(name) = which.name(context.workload) else { return ActOutcome::Confirmed { wrote: false } };
        let there = match self.fetch(name).await {
            Ok(Some(there)) if !there.is_deleting() => there,
            Ok(_) => return ActOutcome::Confirmed { wrote: false },
            Err(fault) => return of_read(&fault),
        };
        if there.annotation(marks::RELEASE) != Some(&context.plan.release) {
            // Ours is gone; what has its name now is somebody else's.
            return ActOutcome::Confirmed { wrote: false };
        }
        if let Err(stop) = self.fence.guard(&there, self.fence.certainty()) {
            return stop.into();
        }
        match self.remove(Some(&there), name, mode).await {
            Ok(()) => ActOutcome::Confirmed { wrote: true },
            Err(outcome) => outcome,
        }
    }

    async fn read_both(&self, beside: &str, context: Context<'_>) -> Result<(Object, Option<Object>), ActOutcome> {
        let name = &context.workload.name;
        let stable = self.fetch(name).await.map_err(|fault| of_read(&fault))?;
        let gone = || Stop::new(ActFault::Gone, format!("{} {name} does not exist", Role::Stable.resource().kind));
        let stable = stable.filter(|stable| stable.uid() == context.workload.uid).ok_or_else(gone)?;
        // A driver that slept must not even leave an empty canary behind, where it can see that it slept.
        self.fence.guard(&stable, self.fence.certainty())?;
        let there = self.fetch(beside).await.map_err(|fault| of_read(&fault))?;
        Ok((stable, there))
    }

    pub(super) async fn fetch(&self, name: &str) -> Result<Option<Object>, Fault> {
        Ok(self.rest.get::<Value>(DEPLOYMENTS, name).await?.map(Object::new))
    }

    async fn remove(&self, there: Option<&Object>, name: &str, mode: Mode) -> Result<(), ActOutcome> {
        let Some(there) = there else { return Ok(()) };
        match self.rest.delete(DEPLOYMENTS, name, there.uid(), there.version(), mode).await {
            Ok(()) => Ok(()),
            Err(fault) if fault.is_not_found() => Ok(()),
            Err(fault) if is_overtaken(&fault) => {
                Err(ActOutcome::Failed { kind: ActFault::Conflict, why: fault.why() })
            }
            Err(fault) => Err(of_write(&fault)),
        }
    }
}

/// What stands where a canary or a baseline goes, and whether it may be ours.
pub(super) fn place(fence: &Fence, there: Option<&Object>) -> Result<Place, Stop> {
    let Some(there) = there else { return Ok(Place::Free) };
    if there.is_deleting() {
        return Err(Stop::new(ActFault::Conflict, format!("{} is still being deleted", there.words())));
    }
    match there.annotation(marks::RELEASE) {
        Some(release) if release == fence.epoch().release => Ok(Place::Ours),
        Some(release) if fence.has_ended(release) => Ok(Place::LeftOver),
        Some(_) => match fence.guard(there, Certainty::Ours) {
            Err(stop) => Err(stop),
            Ok(_) => Err(foreign(there)),
        },
        None => Err(foreign(there)),
    }
}

/// Why a canary or a baseline cannot be.
#[derive(Debug)]
pub enum TryFault {
    /// By our own judgement.
    Ours(Stop),
    /// By the server's.
    Theirs(Fault),
}

/// Asks the server whether it would admit a workload's canary, or baseline. One whose name is still taken has passed admission.
///
/// # Errors
/// It would not.
pub async fn try_beside(
    rest: &Rest,
    which: Beside,
    plan: &Plan,
    workload: &Workload,
    stable: &Object,
) -> Result<(), TryFault> {
    let epoch = Epoch { release: plan.release.clone(), number: 1 };
    let body = set::body(which, plan, workload, stable, &epoch).map_err(TryFault::Ours)?;
    match rest.create(DEPLOYMENTS, &body, Mode::DryRun).await {
        Ok(_) => Ok(()),
        Err(fault) if is_overtaken(&fault) => Ok(()),
        Err(fault) => Err(TryFault::Theirs(fault)),
    }
}

fn foreign(there: &Object) -> Stop {
    let slim: Deployment = serde_json::from_value(there.body().clone()).unwrap_or_default();
    Stop::new(ActFault::Rejected, format!("{} is not ours but {}'s", there.words(), slim.whose()))
}
