//! The dialog of a dangerous command: where, what would happen, what is known and how old it is; Cancel is focused.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::core::command::Verb;
use crate::core::snapshot::Snapshot;
use crate::core::text::middle;
use crate::tui::allowed::offer;
use crate::tui::model::{Confirm, Guard};
use crate::tui::screen::dialog::{Dialog, cancel_or, inner_width, labelled};
use crate::tui::screen::paint::Row;
use crate::tui::screen::{Scene, dialog, status};
use crate::tui::standing::{words, worst};
use crate::tui::theme::Role;

/// Draws it.
pub fn draw(scene: &Scene<'_>, confirm: &Confirm, area: Rect, buffer: &mut Buffer) {
    let width = inner_width(area);
    let mut lines = labelled(scene, "where", &where_to(scene.snapshot), width);
    if scene.snapshot.plan.production
        && let Some(first) = lines.first_mut()
    {
        first.spans.insert(1, scene.span(Role::Production, "PROD "));
    }
    lines.extend(labelled(scene, "now", &now(scene), width));
    lines.extend(would(scene, confirm, width));
    lines.extend(moved_on(scene, confirm, width));
    let keys = match &confirm.guard {
        Guard::Key => cancel_or(scene, "Cancel", &[("y", does(&confirm.verb))]),
        Guard::Name { typed } => {
            lines.push(Row::default());
            lines.push(name_line(scene, typed));
            if typed.is_empty() { cancel_or(scene, "Cancel", &[]) } else { typed_keys(scene, confirm, typed) }
        }
    };
    dialog::draw(scene, &Dialog { title: title(&confirm.verb, scene.snapshot), lines, keys }, area, buffer);
}

fn title(verb: &Verb, snapshot: &Snapshot) -> String {
    let plan = &snapshot.plan;
    let (application, from, to) = (middle(&plan.application, 24), middle(&plan.from, 16), middle(&plan.to, 16));
    match verb {
        Verb::Rollback => format!("Roll back {application} {to} → {from}"),
        Verb::Approve => format!("Approve {application} {from} → {to}"),
        Verb::Promote { full: true, .. } => format!("Promote {application} {to} straight to 100 %"),
        Verb::Promote { .. } => format!("Promote {application} {to} by one step"),
        other => format!("{} {application}", other.name()),
    }
}

fn does(verb: &Verb) -> &'static str {
    match verb {
        Verb::Rollback => "roll back",
        Verb::Approve => "approve",
        Verb::Promote { full: true, .. } => "promote to 100 %",
        Verb::Promote { .. } => "promote",
        other => other.name(),
    }
}

fn where_to(snapshot: &Snapshot) -> String {
    let plan = &snapshot.plan;
    format!("{} · {} / {}", middle(&plan.context, 40), plan.namespace, plan.application)
}

/// Mode, step and the worst verdict with the age of its data.
fn now(scene: &Scene<'_>) -> String {
    let (_, mode, _) = status::mode(scene);
    let step = scene.snapshot.step.as_ref().map_or_else(String::new, |step| format!(" at {} %", step.weight));
    let worst = worst(&scene.snapshot.rules).map_or_else(
        || "nothing is judged yet".to_owned(),
        |rule| {
            let age = rule
                .judgement
                .evidence
                .newest
                .map_or_else(|| "no data yet".to_owned(), |at| format!("data {} old", scene.age(at)));
            format!("{} {} ({age})", rule.judgement.rule, words(rule))
        },
    );
    format!("{mode}{step}; worst: {worst}")
}

/// What the engine says it would do, line by line, or why it would refuse.
fn would(scene: &Scene<'_>, confirm: &Confirm, width: usize) -> Vec<Row> {
    match offer(&confirm.verb, scene.snapshot).map(|offer| &offer.would) {
        Some(Ok(lines)) => lines.iter().flat_map(|(label, text)| labelled(scene, label, text, width)).collect(),
        Some(Err(why)) => {
            let mut lines = labelled(scene, "refused", why, width);
            if confirm.verb == Verb::Rollback {
                lines.extend(labelled(scene, "", "It can be sent all the same; the engine decides.", width));
            }
            lines
        }
        None => {
            labelled(scene, "path", "what it would write is not worked out yet; it can be sent all the same", width)
        }
    }
}

/// What has changed since the dialog opened, where that matters for what was decided before it.
fn moved_on(scene: &Scene<'_>, confirm: &Confirm, width: usize) -> Vec<Row> {
    let step = scene.snapshot.step.as_ref().map(|step| step.index);
    if confirm.verb == Verb::Rollback || step == confirm.seen.step {
        return Vec::new();
    }
    let mut lines = labelled(scene, "changed", "the step has changed since this opened: go back and look again", width);
    if let Some(text) = lines.first_mut().and_then(|line| line.spans.last_mut()) {
        *text = scene.span(Role::Warn, text.content.to_string());
    }
    lines
}

fn name_line(scene: &Scene<'_>, typed: &str) -> Row {
    Line::from(vec![
        Span::raw("This is production. Type "),
        scene.span(Role::Strong, scene.snapshot.plan.application.clone()),
        Span::raw(" to confirm: "),
        scene.span(Role::Strong, typed.to_owned()),
        scene.span(Role::Chosen, " "),
    ])
}

fn typed_keys(scene: &Scene<'_>, confirm: &Confirm, typed: &str) -> Row {
    if typed == scene.snapshot.plan.application {
        let mut line = Line::from(scene.span(Role::Key, "enter"));
        line.spans.push(Span::raw(format!("  {}     ", does(&confirm.verb))));
        line.spans.push(scene.span(Role::Key, "esc"));
        line.spans.push(Span::raw("  cancel"));
        return line;
    }
    Line::from(vec![scene.span(Role::Key, "esc"), Span::raw("  cancel")])
}
