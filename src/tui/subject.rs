//! What is under the cursor, as text that somebody would paste elsewhere.

use crate::core::snapshot::Snapshot;
use crate::tui::detail::Detail;
use crate::tui::model::Model;
use crate::tui::rows::{self, Occurrence};
use crate::tui::tree::{self, Node};
use crate::tui::view::View;

/// The text; `None`: there is nothing to copy.
pub fn subject(model: &Model, snapshot: &Snapshot) -> Option<String> {
    match &model.detail {
        Some(Detail::Pod(page)) => return Some(page.pod.clone()),
        Some(Detail::Logs(pane)) => return pane.lines.newest().nth(pane.back).map(|line| line.text.clone()),
        // A rule's page is about the same rule as the list.
        Some(Detail::Rule(_)) | None => {}
    }
    let cursor = model.cursor(model.view);
    match model.view {
        View::Pods => {
            let nodes = tree::nodes(snapshot, model);
            nodes.get(cursor.min(nodes.len().saturating_sub(1))).map(|node| match node {
                Node::Set { name: "", workload, .. } => workload.name.clone(),
                Node::Set { name, .. } => (*name).to_owned(),
                Node::Pod(pod) => pod.name.clone(),
                Node::Container(pod, container) => format!("{} {}", pod.name, container.name),
            })
        }
        View::Evidence => {
            let rules = rules_line(model, snapshot, cursor);
            rules.filter(|text| !text.is_empty())
        }
        View::Events => {
            let events = rows::events(snapshot, model);
            events.get(cursor.min(events.len().saturating_sub(1))).map(|event| match event {
                Occurrence::Ours(line) => format!("{} {}", line.at, line.text),
                Occurrence::Theirs(event) => format!("{} {} {}: {}", event.at, event.about, event.reason, event.text),
            })
        }
        View::Journal => {
            let entries = rows::journal(snapshot, model);
            let entry = entries.get(cursor.min(entries.len().saturating_sub(1)))?;
            Some(format!("{} {}", entry.at, entry.line.text))
        }
        View::Releases => {
            let found = rows::releases(model);
            found.get(cursor.min(found.len().saturating_sub(1))).map(|one| one.path.clone())
        }
        View::Plan => Some(snapshot.plan.hash.clone()),
        View::Now | View::Flight | View::Proof => Some(snapshot.plan.release.clone()),
        View::Log => None,
    }
}

fn rules_line(model: &Model, snapshot: &Snapshot, cursor: usize) -> Option<String> {
    let rules = rows::rules(snapshot, model);
    let rule = rules.get(cursor.min(rules.len().saturating_sub(1)))?;
    let judgement = &rule.judgement;
    Some(format!("{} of {}: {}: {}", judgement.rule, judgement.workload, judgement.verdict, judgement.evidence.why))
}
