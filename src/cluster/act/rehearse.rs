//! Saying what a release would write, act by act, after the server's own dry run.

use std::collections::BTreeMap;

use super::job::{Context, Job, Role, jobs};
use super::object::Object;
use super::{Pilot, set};
use crate::cluster::beside::Beside;
use crate::cluster::rest::{DEPLOYMENTS, Mode};
use crate::core::act::{Act, ActOutcome, ActVerb};
use crate::core::plan::Plan;

/// What is said of a write that the server cannot be asked about before those above it have happened.
const LATER: &str = "not tried, as it rests on the writes above";

/// The writes of a release one after the other, with nothing written. Each is decided on its objects as the writes before it
/// would have left them; the server, which knows nothing of those, is asked where it can be.
pub struct Rehearsal<'a> {
    pilot: &'a Pilot,
    plan: &'a Plan,
    /// The objects that would have been written, by kind and name, as they would be.
    written: BTreeMap<(&'static str, String), Object>,
}

impl Rehearsal<'_> {
    /// Every write of an act in words, a line each, with what the server's dry run says of it.
    pub async fn act(&mut self, act: &Act) -> Vec<String> {
        let Some(workload) = self.plan.workload(&act.workload) else { return Vec::new() };
        let when = self.pilot.when(self.pilot.clock.now());
        let context = Context { plan: self.plan, workload, when };
        if let Some(which) = Beside::created_by(&act.verb) {
            return Vec::from_iter(self.create(which, &act.verb, context).await);
        }
        if let Some(which) = Beside::deleted_by(&act.verb) {
            return Vec::from_iter(self.delete(which, &act.verb, context).await);
        }
        let mut lines = Vec::new();
        for job in jobs(workload, &act.verb) {
            lines.extend(self.change(&job, context).await);
            if act.verb == ActVerb::ClearMarks && job.role == Role::Stable {
                lines.push(format!("patch ReplicaSets of {}: remove the copies of our marks: {LATER}", job.words()));
            }
        }
        if lines.is_empty() {
            lines.push("nothing to write".to_owned());
        }
        lines
    }

    async fn create(&mut self, which: Beside, verb: &ActVerb, context: Context<'_>) -> Option<String> {
        let name = which.name(context.workload)?;
        let outcome = self.pilot.launch(verb, context, Mode::DryRun).await?;
        if let ActOutcome::Confirmed { wrote: true } = outcome {
            self.written.extend(self.created(which, context).await.map(|made| (key(Role::Beside(which), name), made)));
        }
        Some(format!("create {} {name}: {}", DEPLOYMENTS.kind, said(&outcome)))
    }

    /// What would have been created.
    async fn created(&self, which: Beside, context: Context<'_>) -> Option<Object> {
        let stable = self.pilot.fetch(&context.workload.name).await.ok()??;
        let epoch = self.pilot.fence.epoch();
        set::body(which, context.plan, context.workload, &stable, &epoch).ok().map(Object::new)
    }

    async fn delete(&mut self, which: Beside, verb: &ActVerb, context: Context<'_>) -> Option<String> {
        let name = which.name(context.workload)?;
        let outcome = self.pilot.launch(verb, context, Mode::DryRun).await?;
        let would_be_there = self.written.remove(&key(Role::Beside(which), name)).is_some();
        let verdict = match outcome {
            ActOutcome::Confirmed { wrote: false } if would_be_there => LATER.to_owned(),
            outcome => said(&outcome),
        };
        Some(format!("delete {} {name}: {verdict}", DEPLOYMENTS.kind))
    }

    async fn change(&mut self, job: &Job<'_>, context: Context<'_>) -> Vec<String> {
        let object = job.words();
        match self.try_change(job, context).await {
            Ok(None) => Vec::new(),
            Ok(Some((words, verdict))) => {
                words.into_iter().map(|word| format!("patch {object}: {word}: {verdict}")).collect()
            }
            Err(why) => vec![format!("patch {object}: {why}")],
        }
    }

    /// The change in words and what the server says of it; `None`: nothing would be written.
    async fn try_change(
        &mut self,
        job: &Job<'_>,
        context: Context<'_>,
    ) -> Result<Option<(Vec<String>, String)>, String> {
        let key = key(job.role, job.name);
        let now = self.pilot.read(job).await.map_err(|fault| fault.why())?;
        let Some(before) = self.written.get(&key).or(now.as_ref()) else {
            return absent(job).map(|()| None);
        };
        let Some(edit) = self.pilot.decide(job, before, context).map_err(|stop| stop.why)? else { return Ok(None) };
        let words = edit.words();
        let mut after = before.body().clone();
        json_patch::patch(&mut after, &edit.patch()).map_err(|error| error.to_string())?;
        self.written.insert(key, Object::new(after));
        let verdict = match now {
            Some(now) => self.pilot.ask(job, &now, context).await?,
            None => None,
        };
        let verdict = verdict.map_or(LATER.to_owned(), |verdict| match verdict {
            Ok(()) => "admitted".to_owned(),
            Err(why) => format!("refused: {why}"),
        });
        Ok(Some((words, verdict)))
    }
}

impl Pilot {
    /// Begins to say what a release would write.
    pub fn rehearsal<'a>(&'a self, plan: &'a Plan) -> Rehearsal<'a> {
        Rehearsal { pilot: self, plan, written: BTreeMap::new() }
    }

    /// Whether the server would admit every write of an act as things are; else its words. An act that has nothing to
    /// write is admitted.
    pub async fn admitted(&self, plan: &Plan, act: &Act) -> Result<(), String> {
        let Some(workload) = plan.workload(&act.workload) else {
            return Err(format!("the release has no workload {}", act.workload));
        };
        let context = Context { plan, workload, when: self.when(self.clock.now()) };
        match self.launch(&act.verb, context, Mode::DryRun).await {
            Some(ActOutcome::Confirmed { .. }) => return Ok(()),
            Some(ActOutcome::Failed { why, .. } | ActOutcome::Unknown { why }) => return Err(why),
            None => {}
        }
        for job in jobs(workload, &act.verb) {
            let Some(object) = self.read(&job).await.map_err(|fault| fault.why())? else {
                absent(&job)?;
                continue;
            };
            self.ask(&job, &object, context).await?.transpose()?;
        }
        Ok(())
    }

    /// What the server says to a change of an object as it is; `None`: nothing would be written to it.
    async fn ask(&self, job: &Job<'_>, object: &Object, context: Context<'_>) -> Result<Option<Verdict>, String> {
        let Some(edit) = self.decide(job, object, context).map_err(|stop| stop.why)? else { return Ok(None) };
        let answer = self.rest.patch(job.role.resource(), job.name, &edit.patch(), Mode::DryRun).await;
        Ok(Some(answer.map(drop).map_err(|fault| fault.why())))
    }
}

/// Admitted, or the server's words.
type Verdict = Result<(), String>;

fn key(role: Role, name: &str) -> (&'static str, String) {
    (role.resource().kind, name.to_owned())
}

/// An object that does not exist cannot be tried.
fn absent(job: &Job<'_>) -> Result<(), String> {
    if job.may_be_absent { Ok(()) } else { Err("cannot be tried before it exists".to_owned()) }
}

fn said(outcome: &ActOutcome) -> String {
    match outcome {
        ActOutcome::Confirmed { wrote: true } => "admitted".to_owned(),
        ActOutcome::Confirmed { wrote: false } => "nothing to do".to_owned(),
        ActOutcome::Failed { why, .. } | ActOutcome::Unknown { why } => format!("refused: {why}"),
    }
}
