//! A release that something outside has named (`--id`, a Job's UID) is flown once: whoever starts it again learns how it
//! ended.

use crate::cli::args::Global;
use crate::cli::exit::Exit;
use crate::cli::front::Front;
use crate::cli::release::Bridge;
use crate::cli::say;
use crate::cli::state_dir::StateDir;
use crate::cluster;
use crate::core::event::Event;
use crate::core::problem::Problem;
use crate::core::snapshot::{Ended, Outcome};
use crate::engine::book::Page;
use crate::engine::journal::is_over;
use crate::engine::past;
use crate::engine::record::{Body, Record};

/// Reports how the release of this id ended; `None`: it has not, or nobody has heard of it.
///
/// # Errors
/// A record that cannot be read: then nobody knows whether it may be flown.
pub async fn recorded_end(bridge: &Bridge, global: &Global, front: Front, id: &str) -> Result<Option<Exit>, Problem> {
    if let Some(page) = cluster::page(&bridge.connection, id).await?
        && let Some(ended) = page.state.ended.as_ref().filter(|ended| is_over(ended.outcome))
    {
        report(front, id, ended.outcome, &record(&page, ended))?;
        return Ok(Some(Exit::from(ended.outcome)));
    }
    let directory = StateDir::open(global.journal.as_deref())?;
    let journals = past::journals(directory.path()).map_err(Problem::user)?;
    let said = journals.into_iter().filter_map(|past| past.said.ok());
    for said in said.filter(|said| said.plan.release == id) {
        if let Some(end) = said.end.filter(|end| is_over(end.outcome)) {
            report(front, id, end.outcome, &end.record)?;
            return Ok(Some(Exit::from(end.outcome)));
        }
    }
    Ok(None)
}

/// The line with which it ended, as its engine wrote it; made anew where the page has no room for it.
fn record(page: &Page, ended: &Ended) -> Record {
    let is_end = |record: &&std::sync::Arc<Record>| matches!(record.body, Body::Event(Event::Ended { .. }));
    page.log.iter().rev().find(is_end).map_or_else(
        || {
            let Ended { outcome, proven, exit_code, why, notes, .. } = ended.clone();
            let event = Event::Ended { outcome, proven, exit_code, why, notes };
            Record::new(page.epoch, page.seq, page.at, &page.plan.release, Body::Event(event))
        },
        |record| Record::clone(record),
    )
}

fn report(front: Front, id: &str, outcome: Outcome, record: &Record) -> Result<(), Problem> {
    say::notice(&format!("release {id} has ended already, {}: nothing is started", outcome.word()));
    let line = match (front, &record.body) {
        (Front::Json, _) => record.line(),
        (_, Body::Event(Event::Ended { why, notes, .. })) => {
            let first = format!("{}  {}: {why}", record.at.clock(), outcome.word());
            let lines: Vec<String> =
                std::iter::once(first).chain(notes.iter().map(|note| format!("  {note}"))).collect();
            lines.join("\n")
        }
        (_, _) => format!("{}  {}", record.at.clock(), outcome.word()),
    };
    say::data(format!("{line}\n").as_bytes())
}
