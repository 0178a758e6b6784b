//! `rollback`: what is flying, or else what serves. Whoever drives is asked first, and not for long.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::cli::args::{Global, RollbackArgs};
use crate::cli::drive::{Flight, Helm, launch};
use crate::cli::exit::Exit;
use crate::cli::front::Front;
use crate::cli::recall::{Need, recall};
use crate::cli::release::Bridge;
use crate::cli::watch::ROLLBACK_PATIENCE;
use crate::cli::{find, say, send};
use crate::cluster::{self, Found, Place, Summary};
use crate::core::command::{Command, Seen, Verb};
use crate::core::lease::{Claim, Standing};
use crate::core::plan::{Kind, Plan};
use crate::core::problem::Problem;
use crate::core::snapshot::{Ended, Errand, Outcome};
use crate::engine::journal::is_over;
use crate::engine::lease::neighbour;

/// How often the driver's progress is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// How much longer than the proof may take its end is waited for.
const GRACE: Duration = Duration::from_secs(60);

/// Rolls back, and ends once proven.
///
/// # Errors
/// Everything that stands in the way before the first write.
pub async fn run(global: &Global, args: RollbackArgs) -> Result<Exit, Problem> {
    let (front, notice) = Front::choose(global);
    if let Some(notice) = notice {
        say::notice(notice);
    }
    let bridge = Bridge::open_for(front, global).await?;
    let deployment = match &args.target.deployment {
        Some(deployment) => deployment.name().to_owned(),
        None => only_one(&bridge).await?,
    };
    // All of it at the same time: whoever brings a bad version back waits for this.
    let (place, known) = tokio::join!(cluster::place(&bridge.connection, &deployment), Known::of(&bridge, &deployment));
    let place = place?;
    let flies = match place.flown(&bridge.connection) {
        None if args.to.is_none() => nearly_back(&bridge, &known, &deployment).await,
        found => found,
    };
    match flies {
        Some(plan) => flying(&bridge, global, front, plan, known, &args).await,
        None => serving(&bridge, global, front, &deployment, &place, &known, &args).await,
    }
}

/// What the records say of a Deployment, and who holds the lease of what they name. Marks on the objects outrank both.
#[derive(Default)]
struct Known {
    /// The newest record.
    newest: Option<Summary>,
    /// The lease of that record's application.
    helm: Option<Helm>,
}

impl Known {
    async fn of(bridge: &Bridge, deployment: &str) -> Self {
        let newest = last(bridge, deployment).await;
        let helm = match &newest {
            Some(summary) if !has_ended(summary) => Some(Helm::look(bridge, &summary.application).await),
            _ => None,
        };
        Self { newest, helm }
    }

    /// The application by whose lease a release is driven, and that lease: its record knows, where a plan from objects alone
    /// does not.
    async fn driven(self, bridge: &Bridge, plan: &Plan) -> (String, Helm) {
        match (self.newest, self.helm) {
            (Some(summary), Some(helm)) if summary.release == plan.release => (summary.application, helm),
            _ => {
                let application = application(bridge, plan).await;
                let helm = Helm::look(bridge, &application).await;
                (application, helm)
            }
        }
    }
}

fn has_ended(summary: &Summary) -> bool {
    summary.ended.as_ref().is_some_and(|ended| is_over(ended.outcome))
}

/// The rollback whose driver went before it recorded the end, although its canary is gone and what it brought back serves:
/// marks, an autoscaler's minimum and the proof are left to do. Anything else would go further back than was asked.
async fn nearly_back(bridge: &Bridge, known: &Known, deployment: &str) -> Option<Plan> {
    let summary = known.newest.as_ref().filter(|summary| !has_ended(summary))?;
    let plan = brought_back(bridge, summary, deployment).await?;
    Some(Plan { context: bridge.connection.context.clone(), ..plan })
}

/// The Deployment that is meant where none is named: the one whose release flies, else the configuration's only one.
async fn only_one(bridge: &Bridge) -> Result<String, Problem> {
    // Records that nobody can list are no reason not to roll back what the configuration names.
    let found = find::only(bridge, None).await;
    let flying = found.ok().and_then(|summary| summary.workloads.first().cloned());
    let configured = bridge.config.workloads.first().map(|workload| workload.name.clone());
    flying
        .or(configured)
        .ok_or_else(|| Problem::user("nothing says what to roll back").hint("name it: glidepath rollback deploy/NAME"))
}

/// Rolls a release back that has not ended: by its driver, if there is one that obeys, else by this process.
async fn flying(
    bridge: &Bridge,
    global: &Global,
    front: Front,
    plan: Plan,
    known: Known,
    args: &RollbackArgs,
) -> Result<Exit, Problem> {
    if args.to.is_some() {
        return Err(Problem::refused(format!("release {} is flying: --to is for when none is", plan.release))
            .hint("leave --to out: the release is rolled back to what served before it"));
    }
    let order = order(bridge, args, Some(&plan.release));
    let (application, helm) = known.driven(bridge, &plan).await;
    if let Standing::Theirs { holder, .. } = helm.standing()
        && !neighbour::is_dead(&holder.id)
        && let Some(exit) = ask(bridge, global, &plan, &order, &holder.who, args.how.no_wait).await
    {
        return Ok(exit);
    }
    // A terminal page may say by now that it is over, driver or not.
    if let Some(ended) = ended(bridge, &plan.release).await {
        return over(global, &plan.release, &ended);
    }
    let flight = recall(bridge, global, judged(plan, bridge), Need::RollBack).await?;
    let flight = Flight { order: Some(order), claim: Claim::Seize, errand: Errand::Rollback, ..flight };
    let helm = Helm::look(bridge, &application).await;
    let ended = launch(bridge, global, front, helm, flight).await?;
    Ok(code(&ended))
}

/// Asks the driver to roll back, and gives it five seconds to say yes; `None`: it has to be done without it.
async fn ask(
    bridge: &Bridge,
    global: &Global,
    plan: &Plan,
    order: &Command,
    driver: &str,
    no_wait: bool,
) -> Option<Exit> {
    let connection = &bridge.connection;
    let sent = match cluster::send(connection, &plan.release, order).await {
        Ok(sent) => sent,
        Err(problem) => {
            say::notice(&format!("{problem}; {driver} is not asked"));
            return None;
        }
    };
    if no_wait {
        let told = report(global, &plan.release, "sent; nobody was waited for");
        return told.ok().map(|()| Exit::DONE);
    }
    let answer = send::answer(connection, &plan.release, &sent, ROLLBACK_PATIENCE).await;
    cluster::withdraw(connection, &sent).await;
    match answer {
        Ok(Some(Ok(done))) => {
            // Whoever does not read our output shall have the rollback all the same.
            let _told = report(global, &plan.release, &format!("{driver}: {done}"));
            proven(bridge, global, plan).await
        }
        Ok(Some(Err(why))) => {
            say::notice(&format!("{driver} refuses: {why}"));
            None
        }
        Ok(None) | Err(_) => {
            say::notice(&format!("{driver} does not answer; this process takes over and rolls back"));
            None
        }
    }
}

/// Waits until the driver has proved it; `None`: it fell silent before.
async fn proven(bridge: &Bridge, global: &Global, plan: &Plan) -> Option<Exit> {
    let until = Instant::now() + plan.limits.proof + GRACE;
    let application = application(bridge, plan).await;
    let mut helm = Helm::look(bridge, &application).await;
    loop {
        if let Some(ended) = ended(bridge, &plan.release).await {
            return over(global, &plan.release, &ended).ok();
        }
        if Instant::now() >= until {
            let _told = report(global, &plan.release, "the proof did not come in time; the driver goes on");
            return Some(Exit::UNPROVEN);
        }
        helm.again(bridge).await;
        if let Standing::Silent { holder, .. } = helm.standing() {
            say::notice(&format!("{} fell silent; this process takes over and rolls back", holder.who));
            return None;
        }
        sleep(LOOK).await;
    }
}

/// How a release ended for good, if its record says so.
async fn ended(bridge: &Bridge, release: &str) -> Option<Ended> {
    let page = cluster::page(&bridge.connection, release).await.ok()??;
    page.over().filter(|ended| ended.outcome != Outcome::Refused)
}

/// Answers with an end that has come already; nothing is started.
fn over(global: &Global, release: &str, ended: &Ended) -> Result<Exit, Problem> {
    let proof = if ended.proven { ", proven" } else { "" };
    report(global, release, &format!("it has ended: {}{proof}: {}", ended.outcome.word(), ended.why))?;
    Ok(code(ended))
}

fn report(global: &Global, release: &str, why: &str) -> Result<(), Problem> {
    let line = if global.json {
        serde_json::json!({ "command": "rollback", "release": release, "accepted": true, "why": why }).to_string()
    } else {
        format!("rollback of release {release}: {why}")
    };
    say::data(format!("{line}\n").as_bytes())
}

/// The application by whose lease the release is driven: its record knows, where a plan from objects alone does not.
async fn application(bridge: &Bridge, plan: &Plan) -> String {
    let page = cluster::page(&bridge.connection, &plan.release).await;
    page.ok().flatten().map_or_else(|| plan.application.clone(), |page| page.plan.application.clone())
}

/// Nothing flies: what was rolled back last is answered with that end; else the version that served before comes back.
async fn serving(
    bridge: &Bridge,
    global: &Global,
    front: Front,
    deployment: &str,
    place: &Place,
    known: &Known,
    args: &RollbackArgs,
) -> Result<Exit, Problem> {
    if args.to.is_none()
        && let Some(summary) = &known.newest
        && let Some(ended) = &summary.ended
        && ended.outcome == Outcome::RolledBack
        && brought_back(bridge, summary, deployment).await.is_some()
    {
        say::notice("what served before serves again; to go further back name a revision with --to");
        return over(global, &summary.release, ended);
    }
    let plan = cluster::earlier_at(&bridge.connection, place, args.to, bridge.clock.now()).await?;
    bring_back(bridge, global, front, judged(plan, bridge), order(bridge, args, None)).await
}

/// Flies the way back that a plan describes where nothing flies, whoever has the lease.
///
/// # Errors
/// When the front cannot begin.
pub async fn bring_back(
    bridge: &Bridge,
    global: &Global,
    front: Front,
    plan: Plan,
    order: Command,
) -> Result<Exit, Problem> {
    let helm = Helm::of(bridge, &plan.application);
    let flight = Flight { order: Some(order), claim: Claim::Seize, errand: Errand::Rollback, ..Flight::new(plan) };
    let ended = launch(bridge, global, front, helm, flight).await?;
    Ok(code(&ended))
}

/// The newest record of a Deployment.
async fn last(bridge: &Bridge, deployment: &str) -> Option<Summary> {
    let records: Vec<Found> = cluster::records(&bridge.connection).await.ok()?;
    let mut summaries = records.into_iter().filter_map(|found| found.summary.ok());
    summaries.find(|summary| summary.is_of(deployment))
}

/// The plan of a recorded rollback, where the Deployment has the template that it brings back.
async fn brought_back(bridge: &Bridge, summary: &Summary, deployment: &str) -> Option<Plan> {
    let page = cluster::page(&bridge.connection, &summary.release).await.ok()??;
    let workload = page.plan.workload(deployment)?;
    let wanted = match page.plan.kind {
        Kind::Release => &workload.stable_template,
        Kind::Restore | Kind::RestoreInPlace => &workload.canary_template,
    };
    let serves = cluster::has_template(&bridge.connection, deployment, wanted).await;
    serves.then(|| Plan::clone(&page.plan))
}

/// A plan that was made from objects alone knows no rules: the configuration's say when the SLOs are inside again, how long
/// that is waited for, by which names the metrics go, and what is marked as production.
pub fn judged(plan: Plan, bridge: &Bridge) -> Plan {
    if !plan.rules.is_empty() {
        return plan;
    }
    let config = &bridge.config;
    Plan {
        rules: config.rules.clone(),
        limits: config.limits.clone(),
        scrape: config.canary.scrape,
        signals: config.metrics.signals.clone(),
        production: config.production.marks(&plan.context, &plan.namespace),
        ..plan
    }
}

fn order(bridge: &Bridge, args: &RollbackArgs, release: Option<&str>) -> Command {
    let at = bridge.clock.now();
    let seen = Seen { release: release.map(str::to_owned), ..Seen::default() };
    Command {
        id: format!("rollback-{}-{}", at.millis(), std::process::id()),
        ..send::command(&bridge.connection, Verb::Rollback, args.how.reason.clone(), seen, at)
    }
}

fn code(ended: &Ended) -> Exit {
    Exit::of(ended, Errand::Rollback)
}
