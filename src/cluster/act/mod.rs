//! Acting: each act is one guarded write on each object that it touches.
//!
//! What is written is decided by pure functions of the object as it was just read ([`job`], [`pin`], [`set`], …);
//! [`Pilot`] reads, asks them, writes once, and says what became of it. It never retries: the engine looks again first.

mod autoscaler;
mod clear;
mod edit;
mod fence;
pub mod hand;
mod job;
mod launch;
mod object;
mod outcome;
mod pin;
mod rehearse;
mod roll;
mod set;

use serde_json::Value;

use crate::cluster::marks;
use crate::cluster::rest::{Fault, Mode, REPLICA_SETS, Rest};
use crate::cluster::seen::{Deployment, Meta};
use crate::core::act::{Act, ActFault, ActOutcome, ActVerb};
use crate::core::lease::SAFE;
use crate::core::plan::{Plan, Workload};
use crate::core::time::Time;
use crate::engine::clock::SharedClock;

pub use edit::Edit;
pub use fence::{EndedReleases, Epoch, Fence};
pub use launch::{TryFault, try_beside};
pub use object::Object;
pub use rehearse::Rehearsal;

use job::{Context, Job, Role, When};
use outcome::{Stop, is_overtaken, of_read, of_write, together};

/// Performs acts, under the fence.
#[derive(Clone)]
pub struct Pilot {
    rest: Rest,
    fence: Fence,
    clock: SharedClock,
}

impl Pilot {
    /// Acts through `rest`, under `fence`.
    pub fn new(rest: Rest, fence: Fence, clock: SharedClock) -> Self {
        Self { rest, fence, clock }
    }

    /// The fence.
    pub fn fence(&self) -> &Fence {
        &self.fence
    }

    /// Performs one act: reads, and writes only what the world lacks. Objects are taken one after the other, and one that
    /// cannot be written holds back none of the others.
    pub async fn perform(&self, plan: &Plan, act: &Act) -> ActOutcome {
        let Some(workload) = plan.workload(&act.workload) else {
            let why = format!("the release has no workload {}", act.workload);
            return Stop::new(ActFault::Gone, why).into();
        };
        let context = Context { plan, workload, when: self.when(self.clock.now()) };
        if let Some(outcome) = self.launch(&act.verb, context, Mode::Real).await {
            return outcome;
        }
        let mut outcomes = Vec::new();
        for job in job::jobs(workload, &act.verb) {
            outcomes.push(self.do_one(&job, context).await);
            if act.verb == ActVerb::ClearMarks && job.role == Role::Stable {
                outcomes.push(self.clear_copies(workload).await);
            }
        }
        together(outcomes)
    }

    /// The moment of a reading that is just over, in an act that began then.
    fn when(&self, began: Time) -> When {
        When { began, now: self.clock.now(), certainty: self.fence.certainty() }
    }

    async fn do_one(&self, job: &Job<'_>, context: Context<'_>) -> ActOutcome {
        let object = match self.read(job).await {
            Ok(Some(object)) => object,
            Ok(None) => return job.absent(),
            Err(fault) => return of_read(&fault),
        };
        let context = Context { when: self.when(context.when.began), ..context };
        let edit = match self.decide(job, &object, context) {
            Ok(Some(edit)) => edit,
            Ok(None) => return ActOutcome::Confirmed { wrote: false },
            Err(stop) => return stop.into(),
        };
        match self.rest.patch(job.role.resource(), job.name, &edit.patch(), Mode::Real).await {
            Ok(_) => ActOutcome::Confirmed { wrote: true },
            Err(fault) if is_overtaken(&fault) => self.judge(job, context).await,
            Err(fault) => of_write(&fault),
        }
    }

    async fn read(&self, job: &Job<'_>) -> Result<Option<Object>, Fault> {
        let body: Option<Value> = self.rest.get(job.role.resource(), job.name).await?;
        Ok(body.map(Object::new))
    }

    /// The whole guarded change of one object; `None`: nothing is to be written.
    fn decide(&self, job: &Job<'_>, object: &Object, context: Context<'_>) -> Result<Option<Edit>, Stop> {
        change(&self.fence, job, object, context)
    }

    /// Somebody wrote between our reading and our writing: looks once more, to tell a rival driver from a passer-by.
    async fn judge(&self, job: &Job<'_>, context: Context<'_>) -> ActOutcome {
        let read = self.read(job).await;
        let context = Context { when: self.when(context.when.began), ..context };
        match read {
            Ok(Some(object)) => match self.decide(job, &object, context) {
                // The server's own sentence says nothing but that a test failed.
                Ok(Some(_)) => {
                    let why = format!("{} was changed by somebody else just then", object.words());
                    ActOutcome::Failed { kind: ActFault::Conflict, why }
                }
                Ok(None) => ActOutcome::Confirmed { wrote: false },
                Err(stop) => stop.into(),
            },
            Ok(None) => job.absent(),
            Err(fault) => of_read(&fault),
        }
    }

    /// The Deployment controller copies a Deployment's annotations to its ReplicaSets, and takes none away again. Until it has
    /// taken note of a Deployment without marks it may still copy those that it has in its hands: then this is to be done once
    /// more. Nothing waits for it here; the engine looks again in a moment, on its own clock.
    async fn clear_copies(&self, workload: &Workload) -> ActOutcome {
        let stable: Option<Deployment> = match self.rest.get(Role::Stable.resource(), &workload.name).await {
            Ok(stable) => stable,
            Err(fault) => return of_read(&fault),
        };
        let Some(stable) = stable else { return ActOutcome::Confirmed { wrote: false } };
        let sets = match self.rest.list::<Value>(REPLICA_SETS, &stable.spec.selector.query()).await {
            Ok(sets) => sets.items.into_iter().map(Object::new).filter(|set| is_owned(set, &workload.uid)),
            Err(fault) => return of_read(&fault),
        };
        let mut outcomes = Vec::new();
        for set in sets {
            let Some(edit) = clear::clear_copy(&set) else { continue };
            let name = set.at("/metadata/name").and_then(Value::as_str).unwrap_or_default();
            outcomes.push(match self.rest.patch(REPLICA_SETS, name, &edit.patch(), Mode::Real).await {
                Ok(_) => ActOutcome::Confirmed { wrote: true },
                Err(fault) if fault.is_not_found() => ActOutcome::Confirmed { wrote: false },
                Err(fault) if is_overtaken(&fault) => ActOutcome::Failed { kind: ActFault::Conflict, why: fault.why() },
                Err(fault) => of_write(&fault),
            });
        }
        if !stable.is_observed() {
            let why = format!("its controller has not yet seen Deployment {} without our marks", workload.name);
            outcomes.push(ActOutcome::Failed { kind: ActFault::Conflict, why });
        }
        together(outcomes)
    }
}

/// The whole guarded change of one object; `None`: nothing is to be written. Pure.
fn change(fence: &Fence, job: &Job<'_>, object: &Object, context: Context<'_>) -> Result<Option<Edit>, Stop> {
    job.recognise(object, context)?;
    let Some(edit) = job.decide(object, context)? else { return Ok(None) };
    let guard = fence.guard(object, context.when.certainty)?;
    // Where no mark says who drives, the revision guards the write, and it must have been read while the lease was surely ours:
    // whoever slept since may find that another driver has ended the release, and taken the marks away.
    if object.annotation(marks::EPOCH).is_none() && context.when.now.since(context.when.began) > SAFE {
        return Err(Stop::new(ActFault::Conflict, format!("{} was read too long after the act began", object.words())));
    }
    // A mark that is to be cleared needs not be raised first.
    let mark = if *job.verb == ActVerb::ClearMarks { Edit::new() } else { guard.mark };
    let change = mark.then(edit);
    Ok((!change.is_empty()).then(|| guard.tests.then(change)))
}

fn is_owned(object: &Object, uid: &str) -> bool {
    let meta = object.at("/metadata").and_then(|meta| serde_json::from_value::<Meta>(meta.clone()).ok());
    meta.is_some_and(|meta| meta.controller().is_some_and(|owner| owner.uid == uid))
}

impl Job<'_> {
    fn absent(&self) -> ActOutcome {
        if self.may_be_absent {
            return ActOutcome::Confirmed { wrote: false };
        }
        Stop::new(ActFault::Gone, format!("{} does not exist", self.words())).into()
    }
}
