//! Saying what an act would write, after the server's own dry run.

use super::Pilot;
use super::job::{Context, Job, jobs};
use crate::cluster::beside::Beside;
use crate::cluster::rest::{DEPLOYMENTS, Mode};
use crate::core::act::{Act, ActOutcome};
use crate::core::plan::Plan;

impl Pilot {
    /// Every write of an act in words, a line each, with what the server's dry run says of it.
    pub async fn rehearse(&self, plan: &Plan, act: &Act) -> Vec<String> {
        let Some(workload) = plan.workload(&act.workload) else { return Vec::new() };
        let context = Context { plan, workload, when: self.when(self.clock.now()) };
        if let Some(outcome) = self.launch(&act.verb, context, Mode::DryRun).await {
            let (word, which) = match Beside::created_by(&act.verb) {
                Some(which) => ("create", Some(which)),
                None => ("delete", Beside::deleted_by(&act.verb)),
            };
            let name = which.and_then(|which| which.name(workload)).unwrap_or_default();
            return vec![format!("{word} {} {name}: {}", DEPLOYMENTS.kind, said(&outcome))];
        }
        let mut lines = Vec::new();
        for job in jobs(workload, &act.verb) {
            lines.extend(self.rehearse_one(&job, context).await);
        }
        lines
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
            if let Some((_, verdict)) = self.try_one(&job, context).await? {
                verdict?;
            }
        }
        Ok(())
    }

    async fn rehearse_one(&self, job: &Job<'_>, context: Context<'_>) -> Vec<String> {
        let object = format!("{} {}", job.role.resource().kind, job.name);
        match self.try_one(job, context).await {
            Ok(None) => Vec::new(),
            Ok(Some((words, verdict))) => {
                let verdict = match verdict {
                    Ok(()) => "admitted".to_owned(),
                    Err(why) => format!("refused: {why}"),
                };
                words.into_iter().map(|word| format!("patch {object}: {word}: {verdict}")).collect()
            }
            Err(why) => vec![format!("patch {object}: {why}")],
        }
    }

    /// The change in words and what the server says of it; `None`: nothing would be written.
    async fn try_one(&self, job: &Job<'_>, context: Context<'_>) -> Result<Option<Tried>, String> {
        let object = match self.read(job).await {
            Ok(Some(object)) => object,
            Ok(None) => return absent(job),
            Err(fault) => return Err(fault.why()),
        };
        let Some(edit) = self.decide(job, &object, context).map_err(|stop| stop.why)? else { return Ok(None) };
        let words = edit.words();
        let answer = self.rest.patch(job.role.resource(), job.name, &edit.patch(), Mode::DryRun).await;
        Ok(Some((words, answer.map(drop).map_err(|fault| fault.why()))))
    }
}

/// A change in words, and what the server says of it.
type Tried = (Vec<String>, Result<(), String>);

/// An object that does not exist yet cannot be tried: the canary, mostly.
fn absent(job: &Job<'_>) -> Result<Option<Tried>, String> {
    if job.may_be_absent { Ok(None) } else { Err("cannot be tried before it exists".to_owned()) }
}

fn said(outcome: &ActOutcome) -> String {
    match outcome {
        ActOutcome::Confirmed { wrote: true } => "admitted".to_owned(),
        ActOutcome::Confirmed { wrote: false } => "nothing to do".to_owned(),
        ActOutcome::Failed { why, .. } | ActOutcome::Unknown { why } => format!("refused: {why}"),
    }
}
