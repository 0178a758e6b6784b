//! `releases`: what was released in a namespace, from the records in the cluster and the journals on this machine; and
//! forgetting what is old.

mod prune;
mod row;
mod show;

use std::fs;
use std::path::Path;

use crate::cli::args::{Global, ReleasesArgs};
use crate::cli::exit::Exit;
use crate::cli::release::Bridge;
use crate::cli::say;
use crate::cli::state_dir::StateDir;
use crate::cluster::{self, Connection, Found};
use crate::core::problem::Problem;
use crate::core::text::neutral;
use crate::engine::past::{self, Past};
use prune::Keep;
use row::{Place, Row};

/// Lists recorded releases, and forgets what is asked to be.
///
/// # Errors
/// A cluster that does not answer or lets us not read its records: without them nobody knows what has ended.
pub async fn run(global: &Global, args: ReleasesArgs) -> Result<Exit, Problem> {
    let bridge = Bridge::open(global).await?;
    if args.prunes() {
        cluster::may_forget(&bridge.connection).await?;
    }
    let records = cluster::records(&bridge.connection).await?;
    let journals = journals(global, &bridge.connection)?;
    tell_unreadable(&records, &journals);
    let mut rows = row::rows(&records, &journals);
    if let Some(deployment) = &args.deployment {
        rows.retain(|row| row.workloads.iter().any(|name| name == deployment.name()));
    }
    let mut failed = None;
    if args.prunes() {
        let keep = Keep { newest: args.keep, within: args.older_than };
        for place in prune::forgettable(&rows, keep, bridge.clock.now()) {
            let Some(row) = rows.get_mut(place) else { continue };
            match forget(&bridge.connection, row).await {
                Ok(()) => row.forgotten = true,
                Err(problem) => failed = Some(problem),
            }
        }
        rows.retain(|row| row.forgotten);
    }
    let text = if global.json { show::json(&rows)? } else { show::table(&rows, args.prunes()) };
    say::data(text.as_bytes())?;
    failed.map_or(Ok(Exit::DONE), Err)
}

/// The journals on this machine that speak of this namespace.
fn journals(global: &Global, connection: &Connection) -> Result<Vec<Past>, Problem> {
    let directory = StateDir::open(global.journal.as_deref())?;
    let mut journals = past::journals(directory.path()).map_err(Problem::user)?;
    journals.retain(|past| {
        past.said
            .as_ref()
            .is_ok_and(|said| said.plan.namespace == connection.namespace && said.plan.context == connection.context)
            || past.said.is_err()
    });
    Ok(journals)
}

/// What nobody can read is said, and never forgotten: nobody knows whether it has ended.
fn tell_unreadable(records: &[Found], journals: &[Past]) {
    for found in records {
        if let Err(problem) = &found.summary {
            say::notice(&problem.what);
        }
    }
    for past in journals {
        if let Err(why) = &past.said {
            say::notice(&format!("{} is passed over: {}", neutral(&past.path.display().to_string()), neutral(why)));
        }
    }
}

/// Forgets one release: its journal last, so that what could not be forgotten in the cluster is still known here.
async fn forget(connection: &Connection, row: &Row) -> Result<(), Problem> {
    for place in &row.kept {
        if let Place::ConfigMap(name) = place {
            cluster::forget(connection, name).await?;
        }
    }
    for place in &row.kept {
        if let Place::Journal(path) = place {
            remove(path)?;
        }
    }
    Ok(())
}

fn remove(path: &Path) -> Result<(), Problem> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Problem::user(format!(
            "cannot remove the journal {}: {}",
            neutral(&path.display().to_string()),
            neutral(&error.to_string())
        ))
        .hint("remove it by hand, or run this as whoever wrote it")),
        _ => Ok(()),
    }
}
