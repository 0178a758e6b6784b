//! Sending a command through the cluster and waiting, bounded, for what the driver says.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::cluster::{self, Connection, Fate, Sent, Summary};
use crate::core::command::{Command, Seen, Verb};
use crate::core::problem::Problem;
use crate::core::time::Time;

/// How often the answer is looked for.
const LOOK: Duration = Duration::from_millis(300);

/// A command of the person at this terminal, about what the release's record says now.
pub fn command(connection: &Connection, verb: Verb, reason: Option<String>, seen: Seen, now: Time) -> Command {
    Command { id: String::new(), verb, by: connection.user.clone(), at: now, reason, seen }
}

/// What somebody saw who read the release's record.
pub async fn seen(connection: &Connection, summary: &Summary) -> Result<Seen, Problem> {
    let page = cluster::page(connection, &summary.release).await?;
    Ok(Seen {
        release: Some(summary.release.clone()),
        hash: Some(summary.hash.clone()),
        epoch: Some(page.as_ref().map_or(summary.epoch, |page| page.epoch)),
        step: page.as_ref().and_then(|page| page.state.stepping().map(|stepping| stepping.index)),
        worst: page.as_ref().map(|page| page.state.worst()),
    })
}

/// Waits for the driver's answer; `None`: there is none in time.
///
/// # Errors
/// The API server could not be asked at all.
pub async fn answer(
    connection: &Connection,
    release: &str,
    sent: &Sent,
    within: Duration,
) -> Result<Option<Result<String, String>>, Problem> {
    let until = Instant::now() + within;
    loop {
        let silence = match cluster::fate(connection, sent).await {
            Ok(Fate::Answered(answer)) => return Ok(Some(answer)),
            Ok(Fate::Gone) => return from_record(connection, release, sent).await.map(Some),
            Ok(Fate::Open) => None,
            // An API server that is away for a moment is no answer.
            Err(problem) => Some(problem),
        };
        if Instant::now() >= until {
            return silence.map_or(Ok(None), Err);
        }
        sleep(LOOK).await;
    }
}

/// A command that was cleared away: its release's record has the newest answers, and how the release ended.
async fn from_record(connection: &Connection, release: &str, sent: &Sent) -> Result<Result<String, String>, Problem> {
    let Some(page) = cluster::page(connection, release).await? else {
        return Ok(Err("somebody deleted it, and the release's record".to_owned()));
    };
    if let Some(answer) = page.answers.iter().find(|answer| answer.id == sent.id) {
        return Ok(answer.outcome.clone());
    }
    Ok(Err(match &page.state.ended {
        Some(ended) => format!("this release has ended: {}", ended.outcome.word()),
        None => "somebody deleted it before it was obeyed".to_owned(),
    }))
}
