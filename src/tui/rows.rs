//! What the lists of the views hold: one place for whoever draws them and for whoever moves the cursor.

use crate::core::inquiry::Recorded;
use crate::core::plan::Stage;
use crate::core::snapshot::{Happening, LogLine, Progress, RuleNow, Snapshot};
use crate::core::time::Time;
use crate::core::view::ClusterEvent;
use crate::tui::list::leaves;
use crate::tui::model::Model;
use crate::tui::tree;
use crate::tui::view::View;

/// How many lines the list of a view has.
pub fn count(view: View, snapshot: &Snapshot, model: &Model) -> usize {
    match view {
        View::Evidence => rules(snapshot, model).len(),
        View::Pods => tree::nodes(snapshot, model).len(),
        View::Events => events(snapshot, model).len(),
        View::Journal => journal(snapshot, model).len(),
        View::Plan => legs(snapshot).len(),
        View::Releases => releases(model).len(),
        View::Now | View::Flight | View::Proof | View::Log => 0,
    }
}

/// The rules of the workload that is opened, or of all.
pub fn rules<'a>(snapshot: &'a Snapshot, model: &Model) -> Vec<&'a RuleNow> {
    let opened = model.opened.as_deref();
    snapshot.rules.iter().filter(|rule| opened.is_none_or(|name| name == rule.judgement.workload)).collect()
}

/// One event, the cluster's or ours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Occurrence<'a> {
    /// The cluster's.
    Theirs(&'a ClusterEvent),
    /// Ours.
    Ours(&'a LogLine),
}

impl Occurrence<'_> {
    /// When it was.
    pub fn at(&self) -> Time {
        match self {
            Self::Theirs(event) => event.at,
            Self::Ours(line) => line.at,
        }
    }
}

/// The cluster's events and ours, the newest first.
pub fn events<'a>(snapshot: &'a Snapshot, model: &Model) -> Vec<Occurrence<'a>> {
    let filter = model.filter(View::Events);
    let theirs = snapshot
        .events
        .iter()
        .filter(|event| leaves(filter, [event.about.as_str(), &event.reason, &event.text, "cluster"]))
        .map(Occurrence::Theirs);
    let ours =
        snapshot.log.iter().filter(|line| leaves(filter, [line.text.as_str(), "glidepath"])).map(Occurrence::Ours);
    let mut all: Vec<Occurrence<'a>> = theirs.chain(ours).collect();
    // Where both are of one moment, ours is the answer to theirs.
    all.sort_by_key(|one| (one.at(), matches!(one, Occurrence::Ours(_))));
    all.reverse();
    all
}

/// What the cluster said of a pod, the newest first.
pub fn events_of<'a>(snapshot: &'a Snapshot, pod: &str) -> impl Iterator<Item = &'a ClusterEvent> {
    let is_it = |event: &&ClusterEvent| event.about.strip_prefix("Pod/") == Some(pod);
    let mut all: Vec<&ClusterEvent> = snapshot.events.iter().filter(is_it).collect();
    all.sort_by_key(|event| std::cmp::Reverse(event.at));
    all.into_iter()
}

/// The journal's events, the newest first.
pub fn journal<'a>(snapshot: &'a Snapshot, model: &Model) -> Vec<&'a Happening> {
    let filter = model.filter(View::Journal);
    let kept = |happening: &&Happening| leaves(filter, [happening.line.text.as_str(), kind(happening)]);
    snapshot.history.iter().rev().map(AsRef::as_ref).filter(kept).collect()
}

/// What an event of the journal is, in a word.
pub fn kind(happening: &Happening) -> &'static str {
    use crate::core::event::Event;
    match happening.event {
        Event::Started { .. } | Event::Resumed { .. } => "flight",
        Event::Stage { .. } => "stage",
        Event::Step { .. } => "step",
        Event::Share { .. } | Event::Reading { .. } => "metrics",
        Event::Verdict { .. } => "verdict",
        Event::Hold { .. } => "hold",
        Event::Gate { .. } => "gate",
        Event::Command { .. } => "person",
        Event::Effect { .. } => "write",
        Event::Rollback { .. } => "rollback",
        Event::Page { .. } => "page",
        Event::Proof { .. } => "proof",
        Event::Power(_) => "steps",
        Event::Cost(_) => "cost",
        Event::Gap { .. } | Event::Note { .. } => "note",
        Event::Ended { .. } => "end",
    }
}

/// A part of the way from the first check to the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leg {
    /// A stage of the pipeline.
    Stage(Stage, Progress),
    /// A step of the canary stage, from 0.
    Step(usize),
}

/// The pipeline's stages; the steps below theirs.
pub fn legs(snapshot: &Snapshot) -> Vec<Leg> {
    let mut legs = Vec::new();
    for (stage, progress) in &snapshot.stages {
        legs.push(Leg::Stage(*stage, *progress));
        if *stage == Stage::Canary {
            legs.extend((0..snapshot.plan.steps.len()).map(Leg::Step));
        }
    }
    legs
}

/// The releases that are recorded, as far as they are known.
pub fn releases(model: &Model) -> Vec<&Recorded> {
    let filter = model.filter(View::Releases);
    let known = model.recorded.iter().flatten().flatten();
    known
        .filter(|one| {
            let outcome = one.outcome.as_deref().unwrap_or("flying");
            leaves(filter, [one.release.as_str(), &one.place, &one.versions, outcome])
        })
        .collect()
}
