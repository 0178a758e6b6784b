//! A rule's values over time: bars from zero, the limit as a dashed line, the beginning of each step as a mark, and both
//! axes in words.
//!
//! ```text
//!    1.33% │                                     ┊   ██
//!    1.00% │┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┊┄▇▇██ limit
//!          │   ▁▁▂▁▁▁▂▁▁▁▁▁▂▁▁▁▁▂▁▁▁▁▁▁▂▁▁▁▁▁▁▂▁▃┊▅▇▇██
//!           -9m                                 25%      now
//! ```

use std::time::Duration;

use ratatui::text::Line;

use crate::core::event::Event;
use crate::core::snapshot::{RuleNow, StepState};
use crate::core::time::human;
use crate::tui::figure::value;
use crate::tui::screen::Scene;
use crate::tui::screen::paint::{Row, clip, right};
use crate::tui::standing::Standing;
use crate::tui::theme::Role;
use crate::tui::trend::chart;

/// The width of the numbers at the left.
const SCALE: usize = 9;

/// `height` lines; none where there is no room to read a chart, or nothing to show.
pub fn lines(scene: &Scene<'_>, rule: &RuleNow, width: usize, height: usize) -> Vec<Row> {
    let columns = width.saturating_sub(SCALE + 4).min(rule.trend.len().max(40));
    if height < 4 || columns < 20 || rule.trend.is_empty() {
        return Vec::new();
    }
    let rows = (height - 1).min(14);
    let limit = rule.judgement.evidence.target.filter(|limit| *limit > 0.0 && limit.is_finite());
    let shown = rule.trend.len().min(columns);
    let marks = marks(scene, rule, shown);
    let below = rows * 3 / 4;
    let stale = Standing::of(&rule.judgement).is_blind() || scene.snapshot.decided().is_some();
    let mut lines = Vec::with_capacity(rows + 1);
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
