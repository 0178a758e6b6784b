//! The plan: the pipeline's stages, the steps of the canary with their soaks and gates, and what each waits for.

use std::cmp::Ordering;
use std::time::Duration;

use ratatui::text::{Line, Span};

use crate::core::event::Event;
use crate::core::plan::{Finish, OnHoldLimit, Plan, Stage};
use crate::core::snapshot::{Progress, StepState};
use crate::core::time::human;
use crate::tui::figure::clock;
use crate::tui::glyph;
use crate::tui::list::window;
use crate::tui::rows::{Leg, legs};
use crate::tui::screen::Scene;
use crate::tui::screen::paint::{Row, clip, pad, right, spread, wrap};
use crate::tui::screen::view::{cursor, fact};
use crate::tui::theme::Role;
use crate::tui::view::View;

/// The caption, the way, and what holds for all of it.
pub fn lines(scene: &Scene<'_>, width: usize, height: usize) -> Vec<Row> {
    let plan = &scene.snapshot.plan;
    let hash: String = plan.hash.chars().take(12).collect();
    let says = Line::from(vec![Span::raw(" "), scene.span(Role::Quiet, format!("release {}", plan.release))]);
    let mut lines = vec![spread(says, scene.line(Role::Quiet, format!("hash {hash}")), width.saturating_sub(1))];
    let legs = legs(scene.snapshot);
    let chosen = scene.model.cursor(View::Plan).min(legs.len().saturating_sub(1));
    // The way itself is worth more than what holds for all of it, and that in short more than a part of it in full.
    let below = height.saturating_sub(1 + legs.len());
    let (full, told) = (in_full(scene, plan, width), told(scene, plan, width));
    let ways = [[full.clone(), told].concat(), full, in_short(scene, plan, width)];
    let about = ways.into_iter().find(|about| about.len() <= below).unwrap_or_default();
    let panel = about.len();
    let room = height.saturating_sub(1 + panel);
    for place in window(legs.len(), chosen, room) {
        lines.extend(legs.get(place).map(|leg| line(scene, *leg, place == chosen, width)));
    }
    if panel > 0 {
        lines.resize(height.saturating_sub(panel), Row::default());
        lines.extend(about);
    }
    lines
}

fn line(scene: &Scene<'_>, leg: Leg, chosen: bool, width: usize) -> Row {
    let mut line = Line::from(cursor(scene, chosen));
    match leg {
        Leg::Stage(stage, progress) => {
            let (sign, role, words) = match progress {
                Progress::Failed if scene.snapshot.gave_up(stage) => (glyph::STOP, Role::Warn, "given up"),
                // It was brought back; what failed is to prove it.
                Progress::Failed if stage == Stage::Rollback => (glyph::ALERT, Role::Warn, "UNPROVEN"),
                Progress::Waiting if is_over(scene) => (glyph::MISSING, Role::Quiet, "not run"),
                progress => standing(progress),
            };
            line.spans.extend([Span::raw(" "), scene.span(role, sign), Span::raw(" ")]);
            let name = pad(&stage.to_string(), 11);
            line.spans.push(if chosen { scene.span(Role::Chosen, name) } else { scene.span(emphasis(progress), name) });
            line.spans.push(scene.span(Role::Quiet, format!(" {} ", pad(words, 8))));
            line.spans.push(Span::raw(waits(scene, stage, progress)));
        }
        Leg::Step(index) => {
            let Some(step) = scene.snapshot.plan.step(index) else { return line };
            let (sign, role, words) = step_standing(scene, index);
            line.spans.extend([Span::raw("     "), scene.span(role, sign), Span::raw(" ")]);
            let name = format!("{}%", right(&step.weight.to_string(), 3));
            line.spans.push(if chosen { scene.span(Role::Chosen, name) } else { scene.span(Role::Strong, name) });
            let gate = if step.approval { ", then one person's approval" } else { "" };
            line.spans.push(Span::raw(format!("  soak {}{gate}", human(step.soak))));
            if words.is_empty() {
                line.spans.extend(notices(scene, index));
            } else {
                line.spans.push(scene.span(Role::Strong, format!("  {words}")));
            }
        }
    }
    clip(line, width)
}

fn emphasis(progress: Progress) -> Role {
    match progress {
        Progress::Started | Progress::Failed => Role::Strong,
        Progress::Skipped => Role::Quiet,
        Progress::Waiting | Progress::Passed => Role::Plain,
    }
}

fn standing(progress: Progress) -> (&'static str, Role, &'static str) {
    match progress {
        Progress::Waiting => (glyph::OPEN, Role::Quiet, "waits"),
        Progress::Started => (glyph::NOW, Role::Strong, "runs"),
        Progress::Passed => (glyph::DONE, Role::Good, "passed"),
        Progress::Failed => (glyph::FAIL, Role::Bad, "FAILED"),
        Progress::Skipped => (glyph::MISSING, Role::Quiet, "skipped"),
    }
}

/// How far a step is, and what it waits for now.
fn step_standing(scene: &Scene<'_>, index: usize) -> (&'static str, Role, String) {
    let canary = scene.snapshot.stages.iter().find(|(stage, _)| *stage == Stage::Canary).map(|(_, progress)| *progress);
    match (&scene.snapshot.step, canary) {
        (Some(now), _) if index < now.index => (glyph::DONE, Role::Good, "passed".to_owned()),
        (Some(now), _) if index == now.index => {
            let soaked = format!("{} of {} soaked", clock(now.soaked), clock(now.soak));
            let words = match (now.state, now.frozen) {
                (StepState::Scaling, _) => "waits for canary pods".to_owned(),
                (StepState::Soaking, true) => format!("{soaked}, STANDS STILL"),
                (StepState::Soaking, false) => soaked,
                (StepState::Passed, _) => "passed".to_owned(),
                (StepState::Abandoned, _) => "given up".to_owned(),
            };
            (glyph::NOW, Role::Strong, words)
        }
        (None, Some(Progress::Passed)) => (glyph::DONE, Role::Good, "passed".to_owned()),
        (None, _) if is_over(scene) => match reached(scene, index) {
            Some(StepState::Passed) => (glyph::DONE, Role::Good, "passed".to_owned()),
            Some(_) => (glyph::STOP, Role::Warn, "given up".to_owned()),
            None => (glyph::MISSING, Role::Quiet, "not flown".to_owned()),
        },
        _ => (glyph::OPEN, Role::Quiet, String::new()),
    }
}

/// Whether no step follows any more.
fn is_over(scene: &Scene<'_>) -> bool {
    scene.snapshot.rollback.is_some() || scene.snapshot.ended.is_some()
}

/// How far a step came, as far back as what happened is kept; `None`: it never began.
fn reached(scene: &Scene<'_>, index: usize) -> Option<StepState> {
    let told = scene.snapshot.history.iter().rev().filter_map(|happening| match happening.event {
        Event::Step { index, state, .. } => Some((index, state)),
        _ => None,
    });
    let mut last = None;
    for (of, state) in told {
        // Steps are told from 1; one that was left for a later one has passed, whatever is still known of it.
        match of.checked_sub(1)?.cmp(&index) {
            Ordering::Greater => last = Some(StepState::Passed),
            Ordering::Equal => return if last.is_some() { last } else { Some(state) },
            Ordering::Less => {}
        }
    }
    last
}

/// What a step that is still to come can prove in its soak: `would notice 5× errors, 3× slow`. Of several
/// rules and workloads the one that notices least speaks.
fn notices(scene: &Scene<'_>, index: usize) -> Option<Span<'static>> {
    let of_step = || scene.snapshot.power.iter().filter(|power| power.step == index);
    let worst = |slow: bool| {
        let times = of_step().filter(|power| power.slow == slow).map(|power| power.notices.unwrap_or(f64::INFINITY));
        times.reduce(f64::max)
    };
    let kinds = [(false, "errors"), (true, "slow")].into_iter().filter_map(|(slow, what)| Some((worst(slow)?, what)));
    let told: Vec<String> = kinds
        .map(|(times, what)| match times.is_finite() {
            true => format!("{times:.0}× {what}"),
            false => format!("not even 100× {what}"),
        })
        .collect();
    let role = if of_step().any(|power| !power.proves()) { Role::Strong } else { Role::Quiet };
    (!told.is_empty()).then(|| scene.span(role, format!("  would notice {}", told.join(", "))))
}

/// What a stage is for, or waits for.
fn waits(scene: &Scene<'_>, stage: Stage, progress: Progress) -> String {
    let plan = &scene.snapshot.plan;
    if progress == Progress::Skipped {
        return String::new();
    }
    match stage {
        Stage::Governance => "windows, freezes and sign-offs".to_owned(),
        Stage::Preflight => "whether cluster, application and metrics are fit".to_owned(),
        Stage::Package => "artifacts and their checksums".to_owned(),
        Stage::Migration => "the database, with its backup".to_owned(),
        Stage::Canary => {
            let acting = plan.rules.iter().filter(|rule| rule.action != crate::core::rule::Action::Note).count();
            format!("each step: pods Ready, soak, {acting} rules pass")
        }
        Stage::Deploy if plan.finish == Finish::Wait => "the owner brings the new image".to_owned(),
        Stage::Deploy => "stable is rolled while the canary serves".to_owned(),
        Stage::Validation => format!("all new pods are judged for {}", human(plan.limits.verify)),
        Stage::Rollback => "only when something goes wrong, or a person says so".to_owned(),
        Stage::Report => "the record of what happened".to_owned(),
    }
}

const ROAD: &str = "how long each kind of waiting may last";

/// A kind of waiting: its name, how long it may last, what comes then, and what else is to be known of it.
type Limit = (&'static str, Duration, &'static str, &'static str);

fn limits(plan: &Plan) -> [Limit; 5] {
    let limits = &plan.limits;
    let hold_end = match plan.on_hold_limit {
        OnHoldLimit::Hold => "ends held",
        OnHoldLimit::Rollback => "rolls back",
    };
    [
        ("pods", limits.ready, "rolls back", " (without one more Ready pod)"),
        ("blind", limits.blind, "rolls back", " (no data, stale, NaN, source down)"),
        ("hold", limits.hold, hold_end, " (never while a cockpit drives)"),
        ("approval", limits.approval, "ends held", ""),
        ("proof", limits.proof, "says what is not proven", ""),
    ]
}

/// The limits in two or three lines.
fn in_short(scene: &Scene<'_>, plan: &Plan, width: usize) -> Vec<Row> {
    let each = limits(plan).map(|(name, span, then, _)| format!("{name} {}, then it {then}", human(span)));
    let text = wrap(&each.join("; "), width.saturating_sub(2));
    let mut lines = vec![scene.rule(ROAD, Row::default(), width)];
    lines.extend(text.into_iter().map(|text| Line::from(format!(" {text}"))));
    lines
}

/// The limits, a line each.
fn in_full(scene: &Scene<'_>, plan: &Plan, width: usize) -> Vec<Row> {
    let mut lines = vec![scene.rule(ROAD, Row::default(), width)];
    for (name, span, then, more) in limits(plan) {
        lines.extend(fact(scene, name, &format!("{}, then it {then}{more}", human(span)), Role::Plain, width, 1));
    }
    lines
}

/// What was told beforehand.
fn told(scene: &Scene<'_>, plan: &Plan, width: usize) -> Vec<Row> {
    plan.told.iter().flat_map(|told| fact(scene, "told", told, Role::Plain, width, 2)).collect()
}
