//! The end: how it ended, what a person should still know, and what `q` will hand to the shell.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::core::plan::{Kind, Plan};
use crate::core::proof::{LineKind, LineState, ProofLine};
use crate::core::snapshot::{Ended, Outcome, RollbackNow, Snapshot};
use crate::core::time::human;
use crate::tui::figure::plural;
use crate::tui::screen::paint::{Row, put, wrap};
use crate::tui::screen::proof::wrap_labelled;
use crate::tui::screen::{Scene, events, pods};
use crate::tui::theme::Role;

/// Draws the end of a release that was not rolled back.
pub fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let width = usize::from(area.width);
    let height = usize::from(area.height);
    let Some(ended) = &scene.snapshot.ended else { return };
    let mut lines = vec![scene.rule("the end", Row::default(), width)];
    lines.extend(wrap_labelled(scene, "serves", &serves(scene, ended), width, 2));
    lines.extend(wrap_labelled(scene, "took", &took(scene), width, 2));
    lines.push(Row::default());
    lines.extend(needed_lines(scene, width));
    lines.extend(notes(scene, width));
    lines.push(Row::default());
    let rest = height.saturating_sub(lines.len());
    let for_pods = (rest / 2).min(pods::wanted(scene));
    lines.extend(pods::lines(scene, width, for_pods));
    lines.extend(events::lines(scene, width, height.saturating_sub(lines.len())));
    put(buffer, area, &lines);
}

/// Which version serves now.
fn serves(scene: &Scene<'_>, ended: &Ended) -> String {
    let plan = &scene.snapshot.plan;
    match ended.outcome {
        Outcome::Promoted => format!("{} {} alone", plan.application, plan.to),
        Outcome::RolledBack => format!("{} {} alone", plan.application, plan.from),
        Outcome::Superseded => "the template that somebody else brought".to_owned(),
        Outcome::Refused => format!("{} {}; nothing was changed by this release", plan.application, plan.from),
        Outcome::Held | Outcome::Detached | Outcome::Failed | Outcome::ContactLost => {
            format!("{} {} and {}, as the pods below show", plan.application, plan.from, plan.to)
        }
    }
}

fn took(scene: &Scene<'_>) -> String {
    let snapshot = scene.snapshot;
    format!("{}, {}", human(snapshot.at.since(snapshot.started)), plural(snapshot.plan.steps.len(), "step"))
}

/// What is needed from a person now; where nothing is, that is said as well.
pub fn needed(snapshot: &Snapshot, ended: &Ended) -> (Role, String) {
    let plan = &snapshot.plan;
    let nothing = |because: String| (Role::Strong, format!("Nothing is needed from you: {because}."));
    let safe = snapshot.rollback.as_ref().is_some_and(RollbackNow::nobody_meets_it);
    let unmet = snapshot.rollback.as_ref().is_some_and(|rollback| rollback.unmet);
    match ended.outcome {
        Outcome::Promoted => serves_alone(plan),
        Outcome::RolledBack if ended.proven => match plan.kind {
            Kind::Release if unmet => nothing(format!("no user ever met {}", plan.to)),
            Kind::Release => nothing(format!("no user meets {}", plan.to)),
            Kind::Restore | Kind::RestoreInPlace => serves_alone(plan),
        },
        Outcome::RolledBack if safe => {
            (Role::Strong, format!("No user meets {}. Needs you: {}.", plan.goes_away(), to_look_at(snapshot)))
        }
        Outcome::RolledBack => {
            (Role::Bad, format!("NEEDS YOU NOW: it is not proven that no user meets {}; see above.", plan.goes_away()))
        }
        Outcome::Superseded => nothing("it gave way to the change".to_owned()),
        Outcome::Refused => nothing("nothing was changed by this release".to_owned()),
        Outcome::Detached => nothing("another driver goes on with it".to_owned()),
        Outcome::Held | Outcome::ContactLost | Outcome::Failed => left_to_do(snapshot),
    }
}

/// What is to be looked at where a rollback ended unproven, although nobody meets what it took away.
fn to_look_at(snapshot: &Snapshot) -> String {
    let lines = snapshot.rollback.iter().flat_map(|rollback| &rollback.lines);
    let open = |line: &&ProofLine| line.state != LineState::Done;
    let mut open: Vec<LineKind> = lines.filter(open).map(|line| line.line).collect();
    open.dedup();
    let good = snapshot.plan.comes_back();
    match open.as_slice() {
        [LineKind::SloInside] => format!("see whether {good} serves well, which is not proven"),
        [LineKind::StableCapacity] => format!("see why {good} is not at full size"),
        _ => "look at what is not proven".to_owned(),
    }
}

/// What is left where a Deployment runs another version than before: its owners, where it has any.
fn serves_alone(plan: &Plan) -> (Role, String) {
    let text = if plan.afterwards.is_empty() {
        format!("Nothing is needed from you: {} serves alone.", plan.to)
    } else {
        format!("{} serves alone; what the notes name is left to you, and nothing else.", plan.to)
    };
    (Role::Strong, text)
}

/// What somebody has to go on with, where the release is left standing half way.
fn left_to_do(snapshot: &Snapshot) -> (Role, String) {
    let name = snapshot.plan.workloads.first().map(|workload| workload.name.as_str()).unwrap_or_default();
    let back = format!("glidepath rollback deploy/{name}");
    match &snapshot.rollback {
        Some(rollback) if !rollback.nobody_meets_it() => (Role::Bad, format!("THE ROLLBACK IS NOT FINISHED: {back}")),
        Some(_) => (Role::Strong, format!("Traffic is back; clear what is left: {back}")),
        None => (Role::Strong, format!("Go on: glidepath attach. Bring it back: {back}")),
    }
}

/// What is needed from a person now, in lines; empty while it flies.
pub fn needed_lines(scene: &Scene<'_>, width: usize) -> Vec<Row> {
    let Some(ended) = &scene.snapshot.ended else { return Vec::new() };
    let (role, text) = needed(scene.snapshot, ended);
    let text = wrap(&text, width.saturating_sub(2));
    text.into_iter().map(|text| scene.line(role, format!(" {text}"))).collect()
}

/// What a person should still know, the exit code, and where the journal is. Empty while it flies.
pub fn notes(scene: &Scene<'_>, width: usize) -> Vec<Row> {
    let Some(ended) = &scene.snapshot.ended else { return Vec::new() };
    let mut lines = Vec::new();
    for note in &ended.notes {
        for (place, text) in wrap(note, width.saturating_sub(4)).into_iter().enumerate() {
            let lead = if place == 0 { " · " } else { "   " };
            lines.push(Line::from(vec![Span::raw(lead), Span::raw(text)]));
        }
    }
    // Not 0 is no failure of the program: it is how a script is told of the outcome.
    let code = Line::from(vec![
        scene.span(Role::Quiet, " exit code "),
        scene.span(Role::Strong, format!("{}: {}", ended.exit_code_for(scene.model.errand), ended.words())),
    ]);
    lines.push(crate::tui::screen::paint::clip(code, width));
    // Half a path leads nowhere: where there is no room it is printed whole when the screen is left.
    let journal = scene.line(Role::Quiet, format!(" journal {}", scene.snapshot.journal.path));
    if !scene.snapshot.journal.path.is_empty() && journal.width() < width {
        lines.push(journal);
    }
    lines
}
