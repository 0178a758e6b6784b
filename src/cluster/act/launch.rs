//! Creating the canary, and deleting it.

use serde_json::Value;

use super::job::{Context, Role};
use super::object::Object;
use super::outcome::{Stop, is_overtaken, of_read, of_write};
use super::{Epoch, Fence, Pilot, canary};
use crate::cluster::marks;
use crate::cluster::rest::{DEPLOYMENTS, Fault, Mode, Rest};
use crate::cluster::seen::Deployment;
use crate::core::act::{ActFault, ActOutcome};
use crate::core::plan::{Plan, Workload};

/// What stands where the canary goes.
#[derive(Debug, PartialEq)]
pub(super) enum Place {
    /// Nothing.
    Free,
    /// The canary of this release.
    Ours,
    /// The left-over of a release of ours that has ended: it is deleted and made anew, never patched.
    LeftOver,
}

impl Pilot {
    /// Creates the canary with 0 replicas.
    pub(super) async fn create_canary(&self, context: Context<'_>, mode: Mode) -> ActOutcome {
        let (stable, there) = match self.read_both(context).await {
            Ok(both) => both,
            Err(stop) => return stop,
        };
        match place(&self.fence, there.as_ref()) {
            Ok(Place::Free) => {}
            Ok(Place::Ours) => return ActOutcome::Confirmed { wrote: false },
            Ok(Place::LeftOver) => {
                if let Err(outcome) = self.remove(there.as_ref(), context, mode).await {
                    return outcome;
                }
            }
            Err(stop) => return stop.into(),
        }
        let body = match canary::body(context.plan, context.workload, &stable, &self.fence.epoch()) {
            Ok(body) => body,
            Err(stop) => return stop.into(),
        };
        match self.rest.create(DEPLOYMENTS, &body, mode).await {
            Ok(_) => ActOutcome::Confirmed { wrote: true },
            Err(fault) if is_overtaken(&fault) => ActOutcome::Failed { kind: ActFault::Conflict, why: fault.why() },
            Err(fault) => of_write(&fault),
        }
    }

    /// Deletes the canary, if it is this release's; its pods follow.
    pub(super) async fn delete_canary(&self, context: Context<'_>, mode: Mode) -> ActOutcome {
        let canary = match self.fetch(&context.workload.canary).await {
            Ok(Some(canary)) if !canary.is_deleting() => canary,
            Ok(_) => return ActOutcome::Confirmed { wrote: false },
            Err(fault) => return of_read(&fault),
        };
        if canary.annotation(marks::RELEASE) != Some(&context.plan.release) {
            // Ours is gone; what has its name now is somebody else's.
            return ActOutcome::Confirmed { wrote: false };
        }
        if let Err(stop) = self.fence.guard(&canary) {
            return stop.into();
        }
        match self.remove(Some(&canary), context, mode).await {
            Ok(()) => ActOutcome::Confirmed { wrote: true },
            Err(outcome) => outcome,
        }
    }

    async fn read_both(&self, context: Context<'_>) -> Result<(Object, Option<Object>), ActOutcome> {
        let name = &context.workload.name;
        let stable = self.fetch(name).await.map_err(|fault| of_read(&fault))?;
        let gone = || Stop::new(ActFault::Gone, format!("{} {name} does not exist", Role::Stable.resource().kind));
        let stable = stable.filter(|stable| stable.uid() == context.workload.uid).ok_or_else(gone)?;
        // A driver that slept must not even leave an empty canary behind, where it can see that it slept.
        self.fence.guard(&stable)?;
        let there = self.fetch(&context.workload.canary).await.map_err(|fault| of_read(&fault))?;
        Ok((stable, there))
    }

    async fn fetch(&self, name: &str) -> Result<Option<Object>, Fault> {
        Ok(self.rest.get::<Value>(DEPLOYMENTS, name).await?.map(Object::new))
    }

    async fn remove(&self, there: Option<&Object>, context: Context<'_>, mode: Mode) -> Result<(), ActOutcome> {
        let Some(there) = there else { return Ok(()) };
        let name = &context.workload.canary;
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

/// What stands where the canary goes, and whether it may be ours.
pub(super) fn place(fence: &Fence, there: Option<&Object>) -> Result<Place, Stop> {
    let Some(there) = there else { return Ok(Place::Free) };
    if there.is_deleting() {
        return Err(Stop::new(ActFault::Conflict, format!("{} is still being deleted", there.words())));
    }
    match there.annotation(marks::RELEASE) {
        Some(release) if release == fence.epoch().release => Ok(Place::Ours),
        Some(release) if fence.has_ended(release) => Ok(Place::LeftOver),
        Some(_) => match fence.guard(there) {
            Err(stop) => Err(stop),
            Ok(_) => Err(foreign(there)),
        },
        None => Err(foreign(there)),
    }
}

/// Why a canary cannot be.
#[derive(Debug)]
pub enum TryFault {
    /// By our own judgement.
    Ours(Stop),
    /// By the server's.
    Theirs(Fault),
}

/// Asks the server whether it would admit a workload's canary. One whose name is still taken has passed admission.
///
/// # Errors
/// It would not.
pub async fn try_canary(rest: &Rest, plan: &Plan, workload: &Workload, stable: &Object) -> Result<(), TryFault> {
    let epoch = Epoch { release: plan.release.clone(), number: 1 };
    let body = canary::body(plan, workload, stable, &epoch).map_err(TryFault::Ours)?;
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
