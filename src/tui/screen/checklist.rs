//! The checklist of a rollback's proof: each line with how far it is, and what it rests on.
//!
//! ```text
//!  ✔ canary to 0      0.1 s    the canary was scaled to 0
//!  ◌ canary gets none waiting  2 of 3 canary pods are gone
//!  ! stable full size STALLED  9 of 10: checkout-5d9c…b8tlp not ready, probe says 503
//! ```

use std::cmp::Reverse;

use ratatui::text::{Line, Span};

use crate::core::proof::{LineKind, LineState, ProofLine};
use crate::core::snapshot::RollbackNow;
use crate::tui::figure::stopwatch;
use crate::tui::glyph;
use crate::tui::screen::paint::{Row, clip, pad, wrap_at_most};
use crate::tui::screen::{Scene, matrix};
use crate::tui::theme::Role;

/// Each line with its reason where there is room for it, else a table.
pub fn lines(scene: &Scene<'_>, rollback: &RollbackNow, width: usize, room: usize) -> Vec<Row> {
    let names = order(rollback);
    let is_open = |line: &ProofLine| line.state != LineState::Done;
    let of_all = |shown: &dyn Fn(&ProofLine) -> bool| -> Vec<Row> {
        names.iter().flat_map(|name| of_workload(scene, rollback, name, shown, names.len() > 1, width)).collect()
    };
    if names.len() <= 1 || rollback.lines.len() + names.len() <= room {
        let all = of_all(&|_| true);
        let done = rollback.lines.iter().filter(|line| !is_open(line)).count();
        if all.len() <= room || done == 0 || done == rollback.lines.len() {
            return all;
        }
        // What is open must not be pushed out by what is done.
        let mut open = of_all(&is_open);
        let (glyph, role) = mark(LineState::Done);
        let mut row = Line::from(Span::raw(" "));
        row.spans.extend(scene.state(glyph, &format!("{done} of {} lines are done", rollback.lines.len()), role).spans);
        open.push(clip(row, width));
        return open;
    }
    let mut lines = matrix::lines(scene, rollback, width, room.saturating_sub(3).max(3));
    lines.push(Row::default());
    let open = rollback.lines.iter().filter(|line| line.state == LineState::Stalled);
    let open = open.chain(rollback.lines.iter().filter(|line| line.state == LineState::Waiting));
    for line in open.take(room.saturating_sub(lines.len() + 1).min(6)) {
        let (glyph, role) = mark(line.state);
        let label = format!("{} of {}:", line.line.words_for(&scene.snapshot.plan), line.workload);
        let mut row = Line::from(Span::raw(" "));
        row.spans.extend(scene.state(glyph, &label, role).spans);
        row.spans.push(Span::raw(format!(" {}", line.why)));
        lines.push(clip(row, width));
    }
    lines
}

fn of_workload(
    scene: &Scene<'_>,
    rollback: &RollbackNow,
    name: &str,
    shown: &dyn Fn(&ProofLine) -> bool,
    named: bool,
    width: usize,
) -> Vec<Row> {
    let mut lines = Vec::new();
    if named {
        lines.push(scene.line(Role::Strong, format!(" {name}")));
    }
    let mut said = "";
    for kind in LineKind::ALL {
        if let Some(line) = rollback.lines.iter().find(|line| line.line == kind && line.workload == name && shown(line))
        {
            // One cause that stalls every line is said once.
            let again = line.state == LineState::Stalled && line.why == said;
            let why = if again { "for the same reason" } else { &line.why };
            lines.extend(checked(scene, rollback, line, why, width));
            said = &line.why;
        }
    }
    lines
}

/// One line of the checklist, with what it rests on, in at most two rows.
fn checked(scene: &Scene<'_>, rollback: &RollbackNow, line: &ProofLine, why: &str, width: usize) -> Vec<Row> {
    let (glyph, state, role) = state_of(scene, rollback, line);
    let head = format!("{} {}", pad(&line.line.words_for(&scene.snapshot.plan), 16), pad(&state, 8));
    let mut first = Line::from(Span::raw(" "));
    first.spans.extend(scene.state(glyph, &head, role).spans);
    let indent = first.width() + 1;
    let mut why = wrap_at_most(why, width.saturating_sub(indent + 1), 2).into_iter();
    first.spans.push(Span::raw(format!(" {}", why.next().unwrap_or_default())));
    std::iter::once(clip(first, width)).chain(why.map(|text| Line::from(" ".repeat(indent) + &text))).collect()
}

/// How far a line is: its sign, its word and their look. What the end has left open waits for nothing any more.
pub fn state_of(scene: &Scene<'_>, rollback: &RollbackNow, line: &ProofLine) -> (&'static str, String, Role) {
    let (glyph, role) = mark(line.state);
    match (line.state, line.done_at) {
        (LineState::Done, Some(at)) => (glyph, stopwatch(at.since(rollback.since)), role),
        (LineState::Done, None) => (glyph, "done".to_owned(), role),
        _ if scene.snapshot.ended.is_some() => (glyph::ALERT, "unproven".to_owned(), Role::Bad),
        (LineState::Waiting, _) => (glyph, "waiting".to_owned(), role),
        (LineState::Stalled, _) => (glyph, "STALLED".to_owned(), role),
    }
}

/// The sign and look of a line's state.
pub fn mark(state: LineState) -> (&'static str, Role) {
    match state {
        LineState::Done => (glyph::DONE, Role::Good),
        LineState::Waiting => (glyph::WAIT, Role::Plain),
        LineState::Stalled => (glyph::ALERT, Role::Bad),
    }
}

/// The workloads of the checklist, those furthest from proven first.
pub fn order(rollback: &RollbackNow) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for line in &rollback.lines {
        if !names.contains(&line.workload.as_str()) {
            names.push(&line.workload);
        }
    }
    let count = |name: &str, state: LineState| {
        rollback.lines.iter().filter(|line| line.workload == name && line.state == state).count()
    };
    names.sort_by_key(|name| Reverse((count(name, LineState::Stalled), count(name, LineState::Waiting))));
    names
}
