//! One column of essentials, under 60×16: what matters most is at the top, and the keys stay at the bottom.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::core::proof::{LineState, ProofLine};
use crate::core::snapshot::{RuleNow, Unit};
use crate::core::text::middle;
use crate::tui::figure::{share, value};
use crate::tui::harm;
use crate::tui::model::View;
use crate::tui::screen::full::{Body, body_of};
use crate::tui::screen::gauges::{Over, canary_value};
use crate::tui::screen::paint::{Row, clip, first_fit, join, mark_more, put, wrap, wrap_at_most};
use crate::tui::screen::share::{last, measured};
use crate::tui::screen::{
    Scene, advice, alerts, checklist, end, events, hints, log, past, pods, proof, sources, status, steps, view,
    where_it_flies,
};
use crate::tui::standing::{Standing, words, worst};
use crate::tui::theme::Role;

/// The most lines of what it does and waits for.
const STATUS: usize = 6;

/// Draws it.
pub fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let width = usize::from(area.width);
    let body = Rect { height: area.height.saturating_sub(1), ..area };
    match body_of(scene) {
        _ if scene.model.view == View::Log => log::draw(scene, body, buffer),
        Body::View(shown) => small_view(scene, shown, body, buffer),
        _ => release(scene, body, buffer),
    }
    hints::draw(&hints::lines(scene, width), area, buffer);
}

/// What the release does, and what it rests on.
fn release(scene: &Scene<'_>, body: Rect, buffer: &mut Buffer) {
    let width = usize::from(body.width);
    let mut lines: Vec<Row> = past::line(scene, width).into_iter().collect();
    lines.push(where_it_flies::line(scene, width));
    let mut below = end::needed_lines(scene, width);
    match &scene.snapshot.rollback {
        Some(_) if body_of(scene) != Body::Flight => below.extend(rolled(scene, width)),
        _ => below.extend(flying(scene, width, body.height)),
    }
    below.extend(end::notes(scene, width));
    // Why it does not go on, and what happens next, has all the room that the figures leave.
    let left = usize::from(body.height).saturating_sub(lines.len() + below.len());
    let least = 1 + usize::from(body.height >= 9) * 2;
    let most = if scene.snapshot.rollback.is_some() { 0 } else { left.clamp(least, STATUS) };
    lines.extend(status::lines(scene, width, most));
    lines.extend(below);
    lines.extend(events::lines(scene, width, usize::from(body.height).saturating_sub(lines.len())));
    mark_more(&mut lines, usize::from(body.height), width);
    put(buffer, body, &lines);
}

/// One of the views: where it flies and what it does stay above it.
fn small_view(scene: &Scene<'_>, shown: View, area: Rect, buffer: &mut Buffer) {
    let width = usize::from(area.width);
    let mut lines: Vec<Row> = past::line(scene, width).into_iter().collect();
    lines.push(where_it_flies::line(scene, width));
    if area.height >= 8 {
        lines.extend(status::lines(scene, width, 0));
    }
    put(buffer, area, &lines);
    let used = u16::try_from(lines.len()).unwrap_or(area.height).min(area.height);
    view::draw(scene, shown, Rect { y: area.y + used, height: area.height - used, ..area }, buffer);
}

/// The worst rule, how far it is, the shares, the other rules, the pods.
fn flying(scene: &Scene<'_>, width: usize, height: u16) -> Vec<Row> {
    let snapshot = scene.snapshot;
    let worst = worst(&snapshot.rules);
    let decided = snapshot.decided().map(|decided| format!(" evidence at the decision, {} ago:", scene.age(decided)));
    let mut lines: Vec<Row> = decided.map(|text| scene.line(Role::Strong, text)).into_iter().collect();
    lines.extend::<Vec<Row>>(worst.map(|rule| gauge(scene, rule)).into_iter().collect());
    lines.extend(harm::worst(&snapshot.rules).map(|hurt| Line::from(format!(" {}", hurt.short(snapshot)))));
    if let Some(step) = &snapshot.step {
        let weight = Line::from(Span::raw(format!(" {}%", step.weight)));
        let soaks = [steps::soak(scene), steps::short(scene)];
        lines.push(first_fit(soaks.map(|soak| join(vec![weight.clone(), soak], ", ")).into(), width));
    }
    if let [now] = snapshot.shares.as_slice() {
        let version = middle(&snapshot.plan.to, 12);
        let old = last(scene, now).map(|at| format!(", {} ago", scene.age(at))).unwrap_or_default();
        lines.push(Line::from(format!(" users {} on {version}{old}, asked {}", measured(now), share(now.asked))));
    }
    lines.extend(alerts::lines(scene, width).into_iter().take(1));
    // What passes is worth one line, and so is what is not known for the reason that the worst is not known.
    let alike = worst.map(|rule| Standing::of(&rule.judgement)).filter(|worst| worst.is_blind());
    let folds = |rule: &RuleNow| {
        Some(Standing::of(&rule.judgement)).filter(|one| *one == Standing::Pass || Some(*one) == alike)
    };
    let others = || snapshot.rules.iter().filter(|rule| worst != Some(*rule));
    lines.extend(others().filter(|rule| folds(rule).is_none()).map(|rule| gauge(scene, rule)));
    for standing in alike.into_iter().chain([Standing::Pass]) {
        // Of many workloads only the rules that do not pass are worth a line here.
        if standing != Standing::Pass || snapshot.workloads.len() < 2 {
            let rules: Vec<&RuleNow> = others().filter(|rule| folds(rule) == Some(standing)).collect();
            lines.extend(folded(scene, standing, &rules, width));
        }
    }
    let mut pods = Line::from(Span::raw(" "));
    pods.spans.extend(pods::counts(scene, "/").spans);
    lines.push(pods);
    lines.extend(advice::lines(scene, width, usize::from(height).saturating_sub(lines.len() + 4)));
    lines.into_iter().map(|line| clip(line, width)).collect()
}

/// ` ! errors  1.10% of 1.00%  SUSPICION`.
fn gauge(scene: &Scene<'_>, rule: &RuleNow) -> Row {
    let evidence = &rule.judgement.evidence;
    let standing = Standing::of(&rule.judgement);
    let of_workload =
        if scene.snapshot.workloads.len() > 1 { format!("{} ", rule.judgement.workload) } else { String::new() };
    let mut line = Line::from(Span::raw(" "));
    line.spans.extend(scene.state(standing.glyph(), &words(rule), standing.role()).spans);
    let limit = value(rule.unit, evidence.target);
    let values = match Over::of(scene, rule) {
        Some(over) => {
            let share = |share| value(Unit::Share, share);
            format!("{} over {limit}, {} may be", share(over.canary), share(Some(over.allowed)))
        }
        None => format!("{} of {limit}", canary_value(rule)),
    };
    let age = evidence.newest.map_or_else(String::new, |at| format!(", {}", scene.age(at)));
    line.spans.push(Span::raw(format!("  {of_workload}{} {values}{age}", rule.judgement.rule)));
    line
}

/// ` ✔ pass  p95 76ms, memory 118Mi`: rules that stand alike, in one line.
fn folded(scene: &Scene<'_>, standing: Standing, rules: &[&RuleNow], width: usize) -> Option<Row> {
    let first = rules.first()?;
    let told = |text: fn(&RuleNow) -> String| {
        let mut line = Line::from(Span::raw(" "));
        line.spans.extend(scene.state(standing.glyph(), standing.word(), standing.role()).spans);
        let all = rules.iter().map(|rule| text(rule)).collect::<Vec<_>>().join(", ");
        line.spans.push(Span::raw(format!("  {all}")));
        line
    };
    if rules.len() == 1 {
        return Some(gauge(scene, first));
    }
    let with_values = |rule: &RuleNow| format!("{} {}", rule.judgement.rule, canary_value(rule));
    Some(first_fit(vec![told(with_values), told(|rule| rule.judgement.rule.clone())], width))
}

/// Whether users are safe, then the lines that are open, then those that are done.
fn rolled(scene: &Scene<'_>, width: usize) -> Vec<Row> {
    let Some(rollback) = &scene.snapshot.rollback else { return Vec::new() };
    let mut lines = proof::safety(scene, rollback, width);
    lines.extend(alerts::lines(scene, width).into_iter().take(1));
    for state in [LineState::Stalled, LineState::Waiting, LineState::Done] {
        // Where to look is worth more than what is on its way or done.
        if let (LineState::Waiting, None, Some(look)) = (state, &scene.snapshot.ended, proof::look_at(scene, rollback))
        {
            let role = if rollback.nobody_meets_it() { Role::Strong } else { Role::Bad };
            let text = if sources::cluster_is_stale(scene) {
                "KEEP THIS OPEN: it tries again by itself.".to_owned()
            } else {
                format!("LOOK AT IT: {look}.")
            };
            let text = wrap(&text, width.saturating_sub(2));
            lines.extend(text.into_iter().map(|text| scene.line(role, format!(" {text}"))));
        }
        let (glyph, role) = checklist::mark(state);
        let checks: Vec<&ProofLine> = rollback.lines.iter().filter(|line| line.state == state).collect();
        let line = |words: &str, why: &str| {
            let mut line = Line::from(Span::raw(" "));
            line.spans.extend(scene.state(glyph, words, role).spans);
            line.spans.push(Span::raw(format!(": {why}")));
            clip(line, width)
        };
        match checks.as_slice() {
            // What holds up several of them is told once, and leaves room for what else is to be told.
            [first, rest @ ..]
                if !rest.is_empty() && state != LineState::Done && rest.iter().all(|check| check.why == first.why) =>
            {
                let name = first.line.words_for(&scene.snapshot.plan);
                lines.push(scene.state(&format!(" {glyph}"), &format!("{name} and {} more:", rest.len()), role));
                let why = wrap_at_most(&first.why, width.saturating_sub(4), 2);
                lines.extend(why.into_iter().map(|text| Line::from(format!("   {text}"))));
            }
            several => {
                lines.extend(several.iter().map(|check| line(&check.line.words_for(&scene.snapshot.plan), &check.why)))
            }
        }
    }
    lines.extend(
        wrap_at_most(&format!("cause: {}", rollback.cause), width.saturating_sub(2), 2)
            .into_iter()
            .map(|text| scene.line(Role::Plain, format!(" {text}"))),
    );
    lines
}
