//! `attach`: the cockpit on a release that another process drives, and at the wheel when nobody does.

use std::io::{BufRead, IsTerminal, Write};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::cli::args::{AttachArgs, Global};
use crate::cli::drive::{Flight, Helm, launch};
use crate::cli::exit::Exit;
use crate::cli::front::Front;
use crate::cli::recall::{Need, recall};
use crate::cli::release::Bridge;
use crate::cli::watch::{Parted, watch};
use crate::cli::{find, heir, say};
use crate::cluster::{self, Summary};
use crate::core::command::{Command, Verb};
use crate::core::lease::{Claim, Following, Standing};
use crate::core::plan::Plan;
use crate::core::problem::{Problem, ProblemKind};
use crate::core::snapshot::{Ended, Outcome};
use crate::engine::book::Page;

/// How long the driver before may take to let go.
const INHERITS: Duration = Duration::from_secs(60);

/// How often it is looked whether it has.
const LETS_GO: Duration = Duration::from_millis(200);

/// Attaches to a release.
///
/// # Errors
/// No such release (2), its record cannot be used (2), nobody answers (6).
pub async fn run(global: &Global, args: AttachArgs) -> Result<Exit, Problem> {
    let (front, notice) = Front::choose(global);
    if let Some(notice) = notice {
        say::notice(notice);
    }
    let bridge = Bridge::open_for(front, global).await?;
    let release = choose(&bridge, &args).await?.release;
    match &args.heir_of {
        Some(before) => inherit(&bridge, global, &release, before).await,
        None => follow(&bridge, global, front, &release, args.standby).await,
    }
}

/// Looks at a release that has begun, and drives it where this process has to.
///
/// # Errors
/// Its record is gone or cannot be used (2), nobody answers (6).
pub async fn follow(
    bridge: &Bridge,
    global: &Global,
    front: Front,
    release: &str,
    standby: bool,
) -> Result<Exit, Problem> {
    // Without keys nobody could say that a release that was left shall go on; attaching says it.
    let mut resume = front != Front::Cockpit && !standby && !global.read_only;
    loop {
        let Some(page) = cluster::page(&bridge.connection, release).await? else {
            return Err(Problem::user(format!("the record of release {release} is gone"))
                .hint("roll it back from the marks on the objects: glidepath rollback deploy/NAME"));
        };
        if let Some(ended) = page.over() {
            return Ok(over(&page, &ended));
        }
        let left = std::mem::take(&mut resume) && page.state.ended.is_some();
        let parted = if left {
            Parted::TakeOver { page: page.into(), following: Following::default(), order: None }
        } else {
            watch(bridge, global, front, page, standby).await?
        };
        let (page, following, order) = match parted {
            Parted::Ended(ended) => return Ok(Exit::from(ended.outcome)),
            Parted::Left => return Ok(Exit::from(Outcome::Detached)),
            // Whatever asked for it: a driver writes before it decides anything.
            Parted::TakeOver { .. } if global.read_only => {
                say::notice("--read-only takes over nothing; looking on");
                continue;
            }
            Parted::TakeOver { page, following, order } => (page, following, order),
        };
        match drive(bridge, global, front, &page, Wheel { following, order, hold: !left }).await {
            Ok(ended) if ended.outcome == Outcome::Refused && front == Front::Cockpit => {}
            Ok(ended) => return Ok(Exit::from(ended.outcome)),
            // Somebody else was quicker: we look on.
            Err(problem) if problem.kind == ProblemKind::Refused && (!left || is_driven(bridge, &page).await) => {
                say::notice(&format!("{}; looking on", problem.what));
            }
            Err(problem) => return Err(problem),
        }
    }
}

/// Whether somebody drives it now: then a wheel that was refused was taken by them.
async fn is_driven(bridge: &Bridge, page: &Page) -> bool {
    let helm = Helm::look(bridge, &page.plan.application).await;
    matches!(helm.standing(), Standing::Theirs { .. })
}

/// Goes on as the driver that another process of this machine leaves behind, once that one lets go.
async fn inherit(bridge: &Bridge, global: &Global, release: &str, before: &str) -> Result<Exit, Problem> {
    let gone = || Problem::user(format!("the record of release {release} is gone"));
    let page = cluster::page(&bridge.connection, release).await?.ok_or_else(gone)?;
    say::notice(heir::READY);
    let mut helm = Helm::look(bridge, &page.plan.application).await;
    let until = Instant::now() + INHERITS;
    while helm.may_be_held_by(before) {
        if Instant::now() >= until {
            return Err(Problem::refused("the driver before did not let go; it drives on"));
        }
        sleep(LETS_GO).await;
        helm.again(bridge).await;
    }
    let page = cluster::page(&bridge.connection, release).await?.ok_or_else(gone)?;
    let wheel = Wheel { following: Following::default(), order: None, hold: false };
    let ended = drive(bridge, global, Front::Plain, &page, wheel).await?;
    Ok(Exit::from(ended.outcome))
}

/// How this process takes the wheel.
struct Wheel {
    following: Following,
    order: Option<Box<Command>>,
    hold: bool,
}

async fn drive(bridge: &Bridge, global: &Global, front: Front, page: &Page, wheel: Wheel) -> Result<Ended, Problem> {
    let rollback = wheel.order.as_ref().is_some_and(|order| order.verb == Verb::Rollback);
    let need = if rollback { Need::RollBack } else { Need::GoOn };
    let plan = Plan { context: bridge.connection.context.clone(), ..Plan::clone(&page.plan) };
    let helm = Helm::followed(bridge, &plan.application, wheel.following);
    let flight = recall(bridge, global, whole(bridge, plan).await?, need).await?;
    let claim = if rollback { Claim::Seize } else { Claim::Vacant };
    let flight =
        Flight { claim, taken_over: wheel.hold && !rollback, order: wheel.order.map(|order| *order), ..flight };
    launch(bridge, global, front, helm, flight).await
}

/// A plan whose templates were too large for its page gets them back from the objects.
async fn whole(bridge: &Bridge, plan: Plan) -> Result<Plan, Problem> {
    let slim = plan.workloads.iter().any(|workload| workload.canary_template.is_null());
    let Some(first) = plan.workloads.first().filter(|_| slim) else { return Ok(plan) };
    match cluster::recover(&bridge.connection, &first.name).await? {
        Some(found) if found.release == plan.release => Ok(found),
        _ => Err(Problem::user(format!(
            "the templates of release {} are neither in its record nor on its objects",
            plan.release
        ))
        .hint("it cannot go on; start the release again")),
    }
}

fn over(page: &Page, ended: &Ended) -> Exit {
    let plan = &page.plan;
    say::notice(&format!(
        "release {} of {} {} → {} has ended: {}: {}",
        plan.release,
        plan.application,
        plan.from,
        plan.to,
        ended.outcome.word(),
        ended.why
    ));
    Exit::from(ended.outcome)
}

/// The release that is meant; at a terminal a person chooses of several.
async fn choose(bridge: &Bridge, args: &AttachArgs) -> Result<Summary, Problem> {
    let named = args.target.named();
    let mut found = find::flying(bridge, named).await?;
    if found.len() == 1 {
        return Ok(found.remove(0));
    }
    let terminal = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    if found.is_empty() || !terminal {
        return find::only(bridge, named).await;
    }
    let chosen = tokio::task::spawn_blocking(move || ask(&found)).await;
    chosen.map_err(|error| Problem::internal(format!("the question failed: {error}")))?
}

fn ask(found: &[Summary]) -> Result<Summary, Problem> {
    let mut err = std::io::stderr();
    for (place, summary) in found.iter().enumerate() {
        let line = format!(
            "{:3}  {} {} → {}  ({}, driven by {})",
            place + 1,
            summary.application,
            summary.from,
            summary.to,
            summary.release,
            summary.driver
        );
        let _shown = writeln!(err, "{line}");
    }
    let _shown = write!(err, "which one? [1-{}] ", found.len());
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line);
    let number = read.ok().and_then(|_| line.trim().parse::<usize>().ok());
    number
        .and_then(|number| found.get(number.checked_sub(1)?).cloned())
        .ok_or_else(|| Problem::user("no release was chosen").hint("name one: glidepath attach deploy/NAME"))
}
