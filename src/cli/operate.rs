//! `approve`, `promote`, `pause`, `resume`: what the keys do, from a script, to a release that another process drives.

use std::time::Duration;

use crate::cli::args::{Global, OperateArgs, PromoteArgs};
use crate::cli::exit::Exit;
use crate::cli::release::Bridge;
use crate::cli::{find, say, send};
use crate::cluster;
use crate::core::command::Verb;
use crate::core::problem::Problem;

/// How long the driver may take to answer.
const PATIENCE: Duration = Duration::from_secs(15);

/// What is asked, and how.
pub struct Order<'a> {
    /// What.
    pub verb: Verb,
    /// Of which release.
    pub deployment: Option<&'a str>,
    /// Why.
    pub reason: Option<String>,
    /// Whether the answer is waited for.
    pub wait: bool,
}

impl<'a> Order<'a> {
    /// A plain one.
    pub fn of(verb: Verb, args: &'a OperateArgs) -> Self {
        Self { verb, deployment: args.target.named(), reason: args.how.reason.clone(), wait: !args.how.no_wait }
    }

    /// To promote.
    pub fn promote(args: &'a PromoteArgs) -> Self {
        let verb = Verb::Promote { full: args.full, over: args.over };
        Self { verb, deployment: args.target.named(), reason: args.how.reason.clone(), wait: !args.how.no_wait }
    }
}

/// Sends a command, waits for the answer, prints it, and exits with it.
///
/// # Errors
/// No such release (2), refused (5), no answer (6).
pub async fn run(global: &Global, order: Order<'_>) -> Result<Exit, Problem> {
    let bridge = Bridge::open(global).await?;
    let connection = &bridge.connection;
    let release = find::only(&bridge, order.deployment).await?;
    let seen = send::seen(connection, &release).await?;
    let name = order.verb.name();
    let command = send::command(connection, order.verb, order.reason, seen, bridge.clock.now());
    let sent = cluster::send(connection, &release.release, &command).await?;
    if !order.wait {
        report(global, name, &release.release, None, "sent; nobody was waited for")?;
        return Ok(Exit::DONE);
    }
    match send::answer(connection, &release.release, &sent, PATIENCE).await? {
        Some(Ok(done)) => {
            report(global, name, &release.release, Some(true), &done)?;
            cluster::withdraw(connection, &sent).await;
            Ok(Exit::DONE)
        }
        Some(Err(why)) => {
            cluster::withdraw(connection, &sent).await;
            report_json(global, name, &release.release, Some(false), &why)?;
            Err(Problem::refused(format!("{name} of release {}: refused: {why}", release.release)))
        }
        None => {
            cluster::withdraw(connection, &sent).await;
            Err(Problem::unreachable(format!(
                "{name} of release {}: {} did not answer; the command was taken back",
                release.release, release.driver
            ))
            .hint("see whether anybody drives, and take over: glidepath attach")
            .hint("or bring everything back, driver or not: glidepath rollback"))
        }
    }
}

fn report(global: &Global, name: &str, release: &str, accepted: Option<bool>, why: &str) -> Result<(), Problem> {
    if global.json {
        return report_json(global, name, release, accepted, why);
    }
    say::data(format!("{name} of release {release}: {why}\n").as_bytes())
}

fn report_json(global: &Global, name: &str, release: &str, accepted: Option<bool>, why: &str) -> Result<(), Problem> {
    if !global.json {
        return Ok(());
    }
    let line = serde_json::json!({ "command": name, "release": release, "accepted": accepted, "why": why });
    say::data(format!("{line}\n").as_bytes())
}
