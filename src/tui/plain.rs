//! The plain front: what happened between two snapshots, a line each, in words alone. For pipes, logs and screen readers.

use crate::core::fresh::fresh;
use crate::core::plan::Plan;
use crate::core::proof::LineState;
use crate::core::snapshot::{LogLine, Snapshot, Tone};
use crate::core::time::{Time, human};
use crate::core::view::Link;
use crate::tui::figure::plural;

/// What flies and where, before anything happened; then what is known already.
pub fn first(snapshot: &Snapshot) -> Vec<String> {
    let plan = &snapshot.plan;
    let mut lines = vec![stamped(snapshot.at, &heading(plan)), stamped(snapshot.at, &steps(plan))];
    lines.extend(plan.told.iter().map(|text| stamped(snapshot.at, &format!("told beforehand: {text}"))));
    lines.extend(snapshot.log.iter().map(sentence));
    lines
}

/// What happened from one snapshot to the next.
pub fn between(before: &Snapshot, after: &Snapshot) -> Vec<String> {
    let news = fresh(&before.log, &after.log);
    let mut lines = Vec::new();
    if news.gap {
        lines.push(stamped(after.at, "some lines may be missing here; the journal has them all"));
    }
    lines.extend(news.lines.iter().map(sentence));
    for (name, link) in &after.sources {
        lines.extend(link_change(name, before.sources.get(name), link).map(|text| stamped(after.at, &text)));
    }
    if before.journal.trouble != after.journal.trouble {
        let text = match &after.journal.trouble {
            Some(why) => format!("problem: the journal cannot be written: {why}"),
            None => "the journal can be written again".to_owned(),
        };
        lines.push(stamped(after.at, &text));
    }
    if before.mode != after.mode && after.ended.is_none() && !after.next.is_empty() {
        lines.push(stamped(after.at, &format!("next: {}", after.next)));
    }
    lines
}

/// The last words: how it ended, the proof, and what is left to know. Empty while it flies.
pub fn farewell(snapshot: &Snapshot) -> Vec<String> {
    let Some(ended) = &snapshot.ended else { return Vec::new() };
    let plan = &snapshot.plan;
    let mut lines = vec![format!("{} {}: {}: {}", plan.application, plan.to, ended.outcome.word(), ended.why)];
    if let Some(rollback) = &snapshot.rollback {
        lines.extend(rollback.lines.iter().map(|line| {
            let state = match (line.state, line.done_at) {
                (LineState::Done, Some(at)) => format!("done after {}", human(at.since(rollback.since))),
                (LineState::Done, None) => "done".to_owned(),
                (LineState::Waiting, _) => "not proven".to_owned(),
                (LineState::Stalled, _) => "stalled".to_owned(),
            };
            format!("  {}: {}: {state}: {}", line.workload, line.line.words(), line.why)
        }));
        lines.push(match rollback.safe_since {
            Some(since) => format!("  users are safe since {since}"),
            None => "  users are not proven safe".to_owned(),
        });
    }
    lines.extend(ended.notes.iter().map(|note| format!("  {note}")));
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

fn sentence(line: &LogLine) -> String {
    let marked = match line.tone {
        Tone::Plain | Tone::Good | Tone::Person => line.text.clone(),
        Tone::Warn => format!("warning: {}", line.text),
        Tone::Bad => format!("problem: {}", line.text),
    };
    stamped(line.at, &marked)
}

fn stamped(at: Time, text: &str) -> String {
    format!("{at} {text}")
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
