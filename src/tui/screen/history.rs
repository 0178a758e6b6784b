//! A rule's values over time: bars from zero, the limit as a dashed line, the beginning of each step as a mark, both axes in
//! words, and above them what is shown and by which signs.
//!
//! ```text
//!  failed share of the canary's requests, a bar every 15s   ┄ limit   ┊ new step
//!    1.33% │                                     ┊   ██
//!    1.00% │┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┊┄▇▇██ limit
//!          │   ▁▁▂▁▁▁▂▁▁▁▁▁▂▁▁▁▁▂▁▁▁▁▁▁▂▁▁▁▁▁▁▂▁▃┊▅▇▇██
//!           -9m                                 25%      now
//! ```

use std::time::Duration;

use ratatui::text::Line;

use crate::core::event::Event;
use crate::core::plan::Kind;
use crate::core::rule::Sli;
use crate::core::snapshot::{RuleNow, StepState};
use crate::core::time::human;
use crate::tui::figure::value;
use crate::tui::screen::Scene;
use crate::tui::screen::paint::{Row, clip, first_fit, right};
use crate::tui::standing::Standing;
use crate::tui::theme::Role;
use crate::tui::trend::chart;

/// The width of the numbers at the left.
const SCALE: usize = 9;

/// With fewer lines there is no chart to be read.
pub const LEAST: usize = 5;

/// `height` lines; none where there is no room to read a chart, or nothing to show.
pub fn lines(scene: &Scene<'_>, rule: &RuleNow, width: usize, height: usize) -> Vec<Row> {
    let columns = width.saturating_sub(SCALE + 4).min(rule.trend.len().max(40));
    if height < LEAST || columns < 20 || rule.trend.is_empty() {
        return Vec::new();
    }
    let rows = (height - 2).min(14);
    let limit = rule.judgement.evidence.target.filter(|limit| *limit > 0.0 && limit.is_finite());
    let shown = rule.trend.len().min(columns);
    let marks = marks(scene, rule, shown);
    let below = rows * 3 / 4;
    let stale = Standing::of(&rule.judgement).is_blind() || scene.snapshot.decided().is_some();
    let mut lines = Vec::with_capacity(rows + 2);
    lines.push(caption(scene, rule, shown, limit.is_some(), !marks.is_empty(), width));
    for (row, bars) in chart(&rule.trend, limit, columns, rows).into_iter().enumerate() {
        let label = match limit {
            Some(limit) if rows - row - 1 == below => value(rule.unit, Some(limit)),
            Some(limit) if row == 0 && below > 0 => value(rule.unit, Some(limit * rows as f64 / below as f64)),
            _ if row == rows - 1 => "0".to_owned(),
            _ => String::new(),
        };
        let mut spans =
            vec![scene.span(Role::Quiet, format!(" {} ", right(&label, SCALE))), scene.span(Role::Frame, "│")];
        for (column, bar) in bars.into_iter().enumerate() {
            let marked = marks.iter().any(|mark| mark.column == column);
            spans.push(match bar.symbol {
                ' ' | '┄' if marked => scene.span(Role::Frame, "┊"),
                '┄' => scene.span(Role::Frame, "┄"),
                _ => scene.bar(bar, if stale { Role::Quiet } else { Role::Plain }),
            });
        }
        lines.push(clip(Line::from(spans), width));
    }
    lines.push(clip(axis(scene, rule, columns, shown, &marks), width));
    lines
}

/// What the bars show, how many there are of them, and what the signs mean that are there.
fn caption(scene: &Scene<'_>, rule: &RuleNow, shown: usize, limit: bool, steps: bool, width: usize) -> Row {
    let values = rule.trend.iter().rev().take(shown);
    let missing = values.clone().any(Option::is_none).then_some("· no value");
    let above = values.flatten().any(|value| value.is_nan()).then_some("? no number");
    let signs = [limit.then_some("┄ limit"), steps.then_some("┊ new step"), missing, above];
    let signs: String = signs.into_iter().flatten().map(|sign| format!("   {sign}")).collect();
    let what = what(scene, rule);
    let every = format!("{what}, a bar every {}", human(scene.snapshot.plan.scrape));
    let candidates = [format!(" {every}{signs}"), format!(" {what}{signs}"), format!(" {what}")];
    first_fit(candidates.into_iter().map(|text| scene.line(Role::Quiet, text)).collect(), width)
}

/// What a bar is the value of.
fn what(scene: &Scene<'_>, rule: &RuleNow) -> String {
    let plan = &scene.snapshot.plan;
    let (requests, pod) = match plan.kind {
        Kind::Release => ("the canary's requests".to_owned(), "canary pod".to_owned()),
        Kind::Restore | Kind::RestoreInPlace => (format!("requests to {}", plan.to), format!("pod of {}", plan.to)),
    };
    let known = plan.rules.iter().find(|known| known.name == rule.judgement.rule);
    match known.map(|known| &known.sli) {
        Some(Sli::Errors { .. }) => format!("failed share of {requests}"),
        Some(Sli::Latency { quantile, .. }) => format!("{} % of {requests} are faster", quantile * 100.0),
        Some(Sli::Memory { .. }) => format!("memory of the largest {pod}"),
        Some(Sli::Query { unit, .. }) if !unit.is_empty() => format!("its expression, {unit}"),
        Some(Sli::Query { .. }) | None => "its values".to_owned(),
    }
}

/// Where a step began.
struct Mark {
    column: usize,
    weight: u32,
}

/// The steps that began while the shown values were read: a value a reading, the newest at the right end.
fn marks(scene: &Scene<'_>, rule: &RuleNow, shown: usize) -> Vec<Mark> {
    let every = scene.snapshot.plan.scrape.as_millis().max(1);
    let Some(newest) = rule.judgement.evidence.newest else { return Vec::new() };
    let began = scene.snapshot.history.iter().filter_map(|happening| match happening.event {
        Event::Step { weight, state: StepState::Scaling, .. } => Some((happening.at, weight)),
        _ => None,
    });
    began
        .filter_map(|(at, weight)| {
            let readings = usize::try_from(newest.since(at).as_millis() / every).ok()?;
            let column = shown.checked_sub(readings + 1)?;
            (at <= newest).then_some(Mark { column, weight })
        })
        .collect()
}

/// How long ago the left end was, the weights of the steps, and now.
fn axis(scene: &Scene<'_>, rule: &RuleNow, columns: usize, shown: usize, marks: &[Mark]) -> Row {
    let mut cells: Vec<char> = vec![' '; columns];
    let mut write = |at: usize, text: &str| {
        let free = cells.iter().skip(at.saturating_sub(1)).take(text.chars().count() + 2).all(|cell| *cell == ' ');
        if free && at + text.chars().count() <= columns {
            cells.iter_mut().skip(at).zip(text.chars()).for_each(|(cell, letter)| *cell = letter);
        }
    };
    let span = scene.snapshot.plan.scrape.saturating_mul(u32::try_from(shown.saturating_sub(1)).unwrap_or(0));
    if shown > 1 && span > Duration::ZERO {
        write(0, &format!("-{}", human(span)));
    }
    let newest = match scene.snapshot.decided() {
        Some(_) => "then",
        None if Standing::of(&rule.judgement).is_blind() => "last",
        None => "now",
    };
    write(shown.saturating_sub(newest.len()), newest);
    for mark in marks {
        write(mark.column, &format!("{}%", mark.weight));
    }
    let text: String = cells.into_iter().collect();
    scene.line(Role::Quiet, format!("{}{text}", " ".repeat(SCALE + 3)))
}
