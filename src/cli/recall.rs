//! From where a release is gone on with: its journal on this machine, or its page in the cluster, whichever knows more.

use crate::cli::args::Global;
use crate::cli::drive::Flight;
use crate::cli::release::Bridge;
use crate::cli::say;
use crate::cli::state_dir::StateDir;
use crate::cluster;
use crate::core::event::Event;
use crate::core::plan::{Plan, Workload};
use crate::core::problem::Problem;
use crate::engine::book::Page;
use crate::engine::journal::{self, Unfinished};
use crate::engine::run::History;

/// How much a record must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// To go on: what cannot be read stops it, unless this machine's journal knows enough.
    GoOn,
    /// To roll back: what cannot be read is said, and the marks on the objects do.
    RollBack,
}

/// The release of this hash that was begun and has not ended, whatever its objects show: one whose driver died after its
/// last write finds nothing to change, and still has its end to record.
///
/// # Errors
/// A journal that is damaged before its end.
pub async fn begun(bridge: &Bridge, global: &Global, hash: &str) -> Result<Option<Flight>, Problem> {
    let directory = StateDir::open(global.journal.as_deref())?;
    let local = journal::unfinished(directory.path(), hash)?;
    // Records that cannot be listed now cannot be written either: the lease says so with its reason.
    let records = cluster::records(&bridge.connection).await.unwrap_or_default();
    let shared = records.iter().filter_map(cluster::Found::flying).find(|summary| summary.hash == hash);
    let page = match shared {
        Some(summary) => cluster::page(&bridge.connection, &summary.release).await?,
        None => None,
    };
    Ok(newest(local, page).map(|from| from.flight(bridge)))
}

/// Finds where the release of `plan` stands. The plan is what the objects themselves say of it; where nothing else is known
/// it is flown from its beginning, which observes what there is.
///
/// # Errors
/// A record that cannot be used, where it is needed.
pub async fn recall(bridge: &Bridge, global: &Global, plan: Plan, need: Need) -> Result<Flight, Problem> {
    let local = local(global, &plan, need)?;
    let page = match cluster::page(&bridge.connection, &plan.release).await {
        Ok(page) => page.filter(|page| page.over().is_none()),
        Err(problem) if local.is_some() || need == Need::RollBack => {
            say::notice(&problem.to_string());
            None
        }
        Err(problem) => return Err(problem),
    };
    Ok(match newest(local, page) {
        Some(From::Journal(local)) => from_journal(*local),
        Some(From::Page(page)) => from_page(*page, &plan),
        // Somebody drove what is to be rolled back, even where no object can be asked by whom.
        None => Flight { known: u64::from(need == Need::RollBack), ..Flight::new(plan) },
    })
}

/// Who knows most.
enum From {
    Journal(Box<Unfinished>),
    Page(Box<Page>),
}

impl From {
    fn flight(self, bridge: &Bridge) -> Flight {
        match self {
            Self::Journal(local) => from_journal(*local),
            Self::Page(page) => {
                let seen = Plan { context: bridge.connection.context.clone(), ..Plan::clone(&page.plan) };
                from_page(*page, &seen)
            }
        }
    }
}

fn newest(local: Option<Unfinished>, page: Option<Page>) -> Option<From> {
    match (local, page) {
        (Some(local), Some(page)) if (local.epoch, local.seq) >= (page.epoch, page.seq) => {
            Some(From::Journal(Box::new(local)))
        }
        (_, Some(page)) => Some(From::Page(Box::new(page))),
        (Some(local), None) => Some(From::Journal(Box::new(local))),
        (None, None) => None,
    }
}

/// What this machine's journal knows. A rollback needs none.
fn local(global: &Global, plan: &Plan, need: Need) -> Result<Option<Unfinished>, Problem> {
    let found = StateDir::open(global.journal.as_deref())
        .and_then(|directory| journal::unfinished(directory.path(), &plan.hash))
        .map(|found| found.filter(|found| found.plan.release == plan.release));
    match found {
        Err(problem) if need == Need::RollBack => {
            say::notice(&problem.to_string());
            Ok(None)
        }
        found => found,
    }
}

fn from_journal(found: Unfinished) -> Flight {
    Flight { known: found.epoch, resume: Some(found.state), ..Flight::new(found.plan) }
}

fn from_page(page: Page, seen: &Plan) -> Flight {
    let mut plan = Plan::clone(&page.plan);
    plan.workloads.iter_mut().for_each(|workload| fill(workload, seen));
    // The context is this terminal's, whatever it was called where the release began.
    plan.context.clone_from(&seen.context);
    let history = History { records: page.log.clone(), gaps: gaps(&page) };
    Flight {
        known: page.epoch,
        resume: Some((*page.state).clone()),
        history,
        written: Some(page.at),
        answers: page.answers,
        ..Flight::new(plan)
    }
}

/// Templates that were too large for the page are on the objects.
fn fill(workload: &mut Workload, seen: &Plan) {
    let Some(seen) = seen.workload(&workload.name) else { return };
    if workload.stable_template.is_null() {
        workload.stable_template.clone_from(&seen.stable_template);
    }
    if workload.canary_template.is_null() {
        workload.canary_template.clone_from(&seen.canary_template);
    }
}

/// What is not in a page: the records before those that fit, and whatever its engine wrote after it.
fn gaps(page: &Page) -> Vec<Event> {
    let mut gaps = Vec::new();
    // A release begins with its plan and a checkpoint, which are not in the log but beside it.
    if let Some(first) = page.log.first().filter(|first| first.epoch > 1 || first.seq > 3) {
        gaps.push(Event::Gap {
            of_epoch: first.epoch,
            after: 0,
            before: Some(first.seq),
            why: "only the newest records are kept in the cluster".to_owned(),
        });
    }
    // Whoever left in order wrote its page last of all.
    if page.state.ended.is_none() {
        gaps.push(Event::Gap {
            of_epoch: page.epoch,
            after: page.seq,
            before: None,
            why: format!("it did not reach the cluster before {} ended", page.who),
        });
    }
    gaps
}
