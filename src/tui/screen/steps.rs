//! The step strip: which steps are behind, which one flies, which are to come, and how long it has soaked.

use std::time::Duration;

use ratatui::text::{Line, Span};

use crate::core::snapshot::{Mode, StepNow, StepState};
use crate::core::state::HoldKind;
use crate::tui::figure::{clock, plural};
use crate::tui::glyph;
use crate::tui::screen::Scene;
use crate::tui::screen::paint::{Row, first_fit, spread};
use crate::tui::screen::where_it_flies::nobody_drives;
use crate::tui::theme::Role;

/// Whether steps say anything: a rollback has none, and of an end only the promotion passed them all.
pub fn matter(scene: &Scene<'_>) -> bool {
    let snapshot = scene.snapshot;
    let over = snapshot.ended.is_some() && snapshot.mode != Mode::Promoted;
    snapshot.rollback.is_none() && !over && snapshot.mode != Mode::Idle
}

/// The line.
pub fn line(scene: &Scene<'_>, width: usize) -> Row {
    // How far it is, and at which weight, is worth more than words.
    let shortest = strip_of(scene, " ", 0, false).width() + 4;
    let soaks = [soak(scene), short(scene)];
    let soak = soaks.iter().find(|soak| soak.width() + shortest <= width).or(soaks.last()).cloned().unwrap_or_default();
    let mut strip = Line::from(Span::raw(" "));
    let room = width.saturating_sub(soak.width() + 4);
    let all = usize::MAX;
    let strips = vec![
        strip_of(scene, " ── ", all, true),
        strip_of(scene, " ── ", all, false),
        strip_of(scene, " ─ ", all, false),
        strip_of(scene, " ", all, false),
        strip_of(scene, " ", 2, false),
        strip_of(scene, " ", 0, false),
    ];
    strip.spans.extend(first_fit(strips, room).spans);
    spread(strip, soak, width.saturating_sub(1))
}

/// `step 3 of 5, soak 04:12 of 10:00`.
pub fn soak(scene: &Scene<'_>) -> Row {
    let Some(step) = &scene.snapshot.step else { return Row::default() };
    let number = format!("step {} of {}", step.index + 1, scene.snapshot.plan.steps.len());
    let soaks = |stands| {
        let soak = if stands { "soak stands at" } else { "soak" };
        format!("{soak} {} of {}", clock(soaked(scene, step)), clock(step.soak))
    };
    Line::from(vec![scene.span(Role::Strong, number), Span::raw(format!(", {}", state(scene, step, soaks)))])
}

/// `5/5, soak 04:12/10:00`.
pub fn short(scene: &Scene<'_>) -> Row {
    let Some(step) = &scene.snapshot.step else { return Row::default() };
    let number = format!("{}/{}", step.index + 1, scene.snapshot.plan.steps.len());
    let soaks = |stands| {
        let soak = if stands { "stands" } else { "soak" };
        format!("{soak} {}/{}", clock(soaked(scene, step)), clock(step.soak))
    };
    Line::from(vec![scene.span(Role::Strong, number), Span::raw(format!(", {}", state(scene, step, soaks)))])
}

/// How far a step is, in words; `soaks` has those of a soak, by whether it stands still.
fn state(scene: &Scene<'_>, step: &StepNow, soaks: impl Fn(bool) -> String) -> String {
    let suspected = scene.snapshot.hold.as_ref().is_some_and(|hold| hold.kind == Some(HoldKind::Against));
    match step.state {
        StepState::Scaling => "waiting for pods".to_owned(),
        StepState::Passed => "passed".to_owned(),
        StepState::Abandoned => "given up".to_owned(),
        StepState::Soaking if suspected && step.soaked.is_zero() => "soak begins anew".to_owned(),
        StepState::Soaking => soaks(stands(scene, step)),
    }
}

/// Whether the soak stands still: it does where nobody drives, too.
fn stands(scene: &Scene<'_>, step: &StepNow) -> bool {
    step.frozen || nobody_drives(scene)
}

/// How much of the soak has passed by now: it goes on between two snapshots, unless it stands still.
fn soaked(scene: &Scene<'_>, step: &StepNow) -> Duration {
    if stands(scene, step) || step.state != StepState::Soaking {
        return step.soaked.min(step.soak);
    }
    step.soaked.saturating_add(scene.now.since(scene.snapshot.at)).min(step.soak)
}

/// What a step is to the flight now.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Behind,
    Here,
    Ahead,
}

impl Place {
    fn glyph(self) -> &'static str {
        match self {
            Self::Behind => glyph::DONE,
            Self::Here => glyph::NOW,
            Self::Ahead => glyph::OPEN,
        }
    }
}

/// The steps as marks joined by `gap`; of those behind and ahead, `around` are shown and the rest counted.
fn strip_of(scene: &Scene<'_>, gap: &str, around: usize, gates: bool) -> Row {
    let snapshot = scene.snapshot;
    let finished = matches!(snapshot.mode, Mode::Finishing | Mode::Promoted);
    let here = snapshot.step.as_ref().map(|step| step.index);
    let place = |index: usize| match here {
        Some(here) if index < here => Place::Behind,
        Some(here) if index == here => Place::Here,
        None if finished => Place::Behind,
        _ => Place::Ahead,
    };
    let behind = snapshot.plan.steps.iter().enumerate().filter(|(index, _)| place(*index) == Place::Behind).count();
    let last_shown = here.unwrap_or(behind).saturating_add(around);
    let mut marks: Vec<Row> = Vec::new();
    let hidden = behind.saturating_sub(around);
    if hidden > 0 {
        marks.push(scene.state(glyph::DONE, &plural(hidden, "step"), Role::Good));
    }
    for (index, step) in snapshot.plan.steps.iter().enumerate().skip(hidden) {
        if index > last_shown {
            break;
        }
        let gate = if gates && step.approval && place(index) != Place::Behind { ", approval" } else { "" };
        marks.push(mark(scene, place(index), &format!("{}%{gate}", step.weight)));
    }
    let left = snapshot.plan.steps.len().saturating_sub(last_shown.saturating_add(1));
    if left > 0 {
        marks.push(mark(scene, Place::Ahead, &format!("{left} more")));
    }
    let finish = match snapshot.mode {
        Mode::Finishing => Place::Here,
        Mode::Promoted => Place::Behind,
        _ => Place::Ahead,
    };
    if around > 0 || finish != Place::Ahead {
        marks.push(mark(scene, finish, "finish"));
    }
    joined(scene, marks, gap)
}

fn mark(scene: &Scene<'_>, place: Place, label: &str) -> Row {
    match place {
        Place::Behind => scene.state(place.glyph(), label, Role::Good),
        Place::Here => scene.state(place.glyph(), label, Role::Strong),
        Place::Ahead => scene.state(place.glyph(), label, Role::Quiet),
    }
}

fn joined(scene: &Scene<'_>, marks: Vec<Row>, gap: &str) -> Row {
    let mut line = Row::default();
    for mark in marks {
        if !line.spans.is_empty() {
            line.spans.push(scene.span(Role::Frame, gap.to_owned()));
        }
        line.spans.extend(mark.spans);
    }
    line
}
