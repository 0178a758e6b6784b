//! The trends as charts, side by side, each with its limit as a dashed line; only where the screen is tall.

use ratatui::text::{Line, Span};

use crate::core::snapshot::RuleNow;
use crate::core::time::human;
use crate::tui::figure::value;
use crate::tui::screen::Scene;
use crate::tui::screen::paint::{Row, clip, pad};
use crate::tui::standing::{Standing, words};
use crate::tui::theme::Role;
use crate::tui::trend::chart;

const GAP: usize = 3;

/// `height` lines: a caption, then the charts. Empty where there is not enough room to read one.
pub fn lines(scene: &Scene<'_>, rules: &[&RuleNow], width: usize, height: usize) -> Vec<Row> {
    let shown: Vec<&&RuleNow> = rules.iter().take(4).collect();
    let each = (width.saturating_sub(2) / shown.len().max(1)).saturating_sub(GAP);
    if shown.is_empty() || height < 4 || each < 20 {
        return Vec::new();
    }
    let mut lines = vec![Line::from(Span::raw(" ")); height];
    for rule in shown {
        for (line, part) in lines.iter_mut().zip(one(scene, rule, each, height)) {
            line.spans.extend(part.spans);
            line.spans.push(Span::raw(" ".repeat(GAP)));
        }
    }
    lines.into_iter().map(|line| clip(line, width)).collect()
}

fn one(scene: &Scene<'_>, rule: &RuleNow, width: usize, height: usize) -> Vec<Row> {
    let limit = rule.judgement.evidence.target;
    let standing = Standing::of(&rule.judgement);
    let stale = standing.is_blind() || scene.snapshot.decided().is_some();
    let label = match limit {
        Some(limit) => format!("limit {}", value(rule.unit, Some(limit))),
        None => "no limit".to_owned(),
    };
    let plan = &scene.snapshot.plan;
    let caption = format!("{} {}: {}, {label}", plan.beside(), rule.judgement.rule, words(rule));
    let every = format!("{caption}, a bar every {}", human(plan.scrape));
    let caption = if every.chars().count() <= width { every } else { caption };
    let mut lines = vec![scene.line(Role::Quiet, pad(&caption, width))];
    for row in chart(&rule.trend, limit, width, height - 1) {
        let mut spans = Vec::with_capacity(row.len());
        for bar in row {
            let role = match bar.symbol {
                '┄' => Role::Frame,
                _ if stale => Role::Quiet,
                _ => Role::Plain,
            };
            spans.push(scene.bar(bar, role));
        }
        lines.push(Line::from(spans));
    }
    lines
}
