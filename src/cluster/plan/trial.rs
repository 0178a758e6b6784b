//! What the server itself says to a plan, by its own dry runs.

use serde_json::Value;

use super::scene::Site;
use crate::cluster::act::{Edit, TryFault, try_beside};
use crate::cluster::beside::Beside;
use crate::cluster::rest::{DEPLOYMENTS, Fault, Mode, Rest};
use crate::cluster::template;
use crate::core::plan::{Plan, Workload};
use crate::core::problem::Problem;
use crate::core::text::neutral;

/// The template as the server would write it into stable: with its defaults, and with what admission changes. Whatever it is
/// compared with later has passed the same way.
///
/// # Errors
/// The server would not take it.
pub async fn written(rest: &Rest, site: &Site, template: &Value) -> Result<Value, Problem> {
    let name = &site.deployment.metadata.name;
    let edit = Edit::new().replace(&["spec", "template"], template::plain(template));
    let answer = rest.patch(DEPLOYMENTS, name, &edit.patch(), Mode::DryRun).await;
    let written =
        answer.map_err(|fault| refused(&fault, &format!("the new template of Deployment {}", neutral(name))))?;
    Ok(template::plain(written.pointer("/spec/template").unwrap_or(template)))
}

/// Whether the server would admit the canary, and the baseline where there shall be one.
///
/// # Errors
/// It would not.
pub async fn admitted(rest: &Rest, plan: &Plan, workload: &Workload, site: &Site) -> Result<(), Problem> {
    for which in Beside::ALL {
        let Some(name) = which.name(workload) else { continue };
        match try_beside(rest, which, plan, workload, &site.object).await {
            Ok(()) => {}
            Err(TryFault::Ours(stop)) => return Err(Problem::user(stop.why)),
            Err(TryFault::Theirs(fault)) => return Err(refused(&fault, &format!("Deployment {}", neutral(name)))),
        }
    }
    Ok(())
}

fn refused(fault: &Fault, what: &str) -> Problem {
    match fault {
        Fault::Refused(refusal) if (400..500).contains(&refusal.code) && !matches!(refusal.code, 401 | 429) => {
            Problem::user(format!("the cluster would not admit {what}: {}", refusal.message))
                .hint("this is the answer of the server's own dry run; nothing was written")
        }
        fault => fault.problem(&format!("try {what}")),
    }
}
