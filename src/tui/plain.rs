//! The plain front, besides what happens: what flies and where, what only a picture shows, and the last words. In words alone,
//! a line each, for pipes, logs and screen readers.

use crate::core::plan::Plan;
use crate::core::proof::{LineState, stable_fails};
use crate::core::snapshot::{Ended, Outcome, Snapshot};
use crate::core::time::{Time, human};
use crate::core::view::Link;
use crate::tui::figure::plural;
use crate::tui::harm;
use crate::tui::screen::end::needed;

/// What flies and where, and what was told of it, before anything happens.
pub fn first(plan: &Plan, at: Time) -> Vec<String> {
    let told = plan.told.iter().map(|text| format!("told beforehand: {text}"));
    [heading(plan), steps(plan)].into_iter().chain(told).map(|text| stamped(at, &text)).collect()
}

/// What changed from one snapshot to the next and is no event of the release: whether metrics, API server and journal answer,
/// and what comes next.
pub fn between(before: &Snapshot, after: &Snapshot) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, link) in &after.sources {
        lines.extend(link_change(name, before.sources.get(name), link));
    }
    if before.journal.trouble != after.journal.trouble {
        lines.push(match &after.journal.trouble {
            Some(why) => format!("problem: the journal cannot be written: {why}"),
            None => "the journal can be written again".to_owned(),
        });
    }
    if before.mode != after.mode && after.ended.is_none() && !after.next.is_empty() {
        lines.push(format!("next: {}", after.next));
    }
    lines.iter().map(|text| stamped(after.at, text)).collect()
}

/// The last words, of lines and of a cockpit that has closed: how it ended, the proof, and what is left to know and to do.
pub fn farewell(snapshot: &Snapshot, ended: &Ended) -> Vec<String> {
    let plan = &snapshot.plan;
    let proof = match (ended.outcome, ended.proven) {
        (Outcome::RolledBack, true) => ", proven",
        (Outcome::RolledBack, false) => ", NOT proven",
        _ => "",
    };
    let mut lines = vec![format!(
        "{} {} → {}: {}{proof}: {}",
        plan.application,
        plan.from,
        plan.to,
        ended.outcome.word(),
        ended.why
    )];
    if let Some(rollback) = &snapshot.rollback {
        lines.extend(rollback.lines.iter().map(|line| {
            let state = match (line.state, line.done_at) {
                (LineState::Done, Some(at)) => format!("proved after {}", human(at.since(rollback.since))),
                (LineState::Done, None) => "proved".to_owned(),
                (LineState::Waiting, _) => "not proven".to_owned(),
                (LineState::Stalled, _) => "stalled".to_owned(),
            };
            format!("  {}: {}: {state}: {}", line.workload, line.line.words_for(plan), line.why)
        }));
        lines.push(match rollback.users(plan.left_behind()) {
            Some(users) => {
                let stable = stable_fails(&rollback.lines).map(|line| format!("; stable itself: {}", line.why));
                format!("  {users}{}", stable.unwrap_or_default())
            }
            None => "  users are NOT proven safe".to_owned(),
        });
    }
    lines.extend(harm::worst(&snapshot.rules).map(|hurt| format!("  hurt: {}", hurt.words(snapshot, snapshot.at))));
    lines.extend(ended.notes.iter().map(|note| format!("  {note}")));
    lines.push(format!("  {}", needed(snapshot, ended).1));
    if !snapshot.journal.path.is_empty() {
        lines.push(format!("  journal: {}", snapshot.journal.path));
    }
    lines
}

fn heading(plan: &Plan) -> String {
    let production = if plan.production { "PRODUCTION " } else { "" };
    format!(
        "release {}: {production}context {}, namespace {}, application {}, from {} to {}",
        plan.release, plan.context, plan.namespace, plan.application, plan.from, plan.to
    )
}

fn steps(plan: &Plan) -> String {
    let weights: Vec<String> = plan.steps.iter().map(|step| format!("{} %", step.weight)).collect();
    format!(
        "{}: {}; {}",
        plural(plan.steps.len(), "step"),
        weights.join(", "),
        plural(plan.workloads.len(), "workload")
    )
}

/// A line as those of events are: on this front all of a day's have the clock of the release.
fn stamped(at: Time, text: &str) -> String {
    format!("{}  {text}", at.clock())
}

/// What changed of a source, where it went or came back; not each try.
fn link_change(name: &str, before: Option<&Link>, after: &Link) -> Option<String> {
    let was_lost = matches!(before, Some(Link::Lost { .. }));
    match after {
        Link::Lost { why, .. } if !was_lost => Some(format!("warning: {name} does not answer: {why}")),
        Link::Live { .. } if was_lost => Some(format!("{name} answers again")),
        _ => None,
    }
}
