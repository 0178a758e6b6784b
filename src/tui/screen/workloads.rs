//! Several workloads: a line each, the worst first, with every rule's value and how it stands.
//!
//! ```text
//!    workload            share  canary  stable  errors      p95         memory
//!  ! orchestration       24.6%     3/3   10/10  1.10% !     82ms ✔      312Mi ✔
//! ```

use std::cmp::Reverse;

use ratatui::text::{Line, Span};

use crate::core::snapshot::{Count, RuleNow, Snapshot, WorkloadNow};
use crate::core::text::middle;
use crate::tui::figure::{NONE, value};
use crate::tui::model::Pane;
use crate::tui::screen::Scene;
use crate::tui::screen::paint::{Row, clip, pad, right};
use crate::tui::screen::share::measured;
use crate::tui::standing::{Standing, worst};
use crate::tui::theme::Role;

const RULE: usize = 12;

/// The workloads, the worst first; those that are alike stay in the plan's order.
pub fn worst_first(snapshot: &Snapshot) -> Vec<&WorkloadNow> {
    let mut workloads: Vec<&WorkloadNow> = snapshot.workloads.iter().collect();
    workloads.sort_by_key(|workload| Reverse((standing(snapshot, workload), missing(workload))));
    workloads
}

/// The rules of one workload.
pub fn rules_of<'a>(snapshot: &'a Snapshot, name: &'a str) -> impl Iterator<Item = &'a RuleNow> {
    snapshot.rules.iter().filter(move |rule| rule.judgement.workload == name)
}

fn standing(snapshot: &Snapshot, workload: &WorkloadNow) -> Option<Standing> {
    worst(rules_of(snapshot, &workload.name)).map(|rule| Standing::of(&rule.judgement))
}

/// Pods that should be Ready and are not.
fn missing(workload: &WorkloadNow) -> u32 {
    let short = |count: Count| count.wanted.saturating_sub(count.ready);
    short(workload.canary).saturating_add(short(workload.stable))
}

/// The table, at most `height` lines with its head; the line under the cursor is always among them.
pub fn table(scene: &Scene<'_>, width: usize, height: usize) -> Vec<Row> {
    let workloads = worst_first(scene.snapshot);
    let longest = workloads.iter().map(|workload| workload.name.chars().count()).max().unwrap_or(0);
    let name = longest.clamp(8, (width / 4).max(8));
    let mut names: Vec<&str> = Vec::new();
    for rule in &scene.snapshot.rules {
        if !names.contains(&rule.judgement.rule.as_str()) {
            names.push(&rule.judgement.rule);
        }
    }
    let mut head =
        format!("   {} {} {} {} ", pad("workload", name), right("share", 7), right("canary", 7), right("stable", 7));
    for rule in &names {
        head += &format!(" {}", pad(rule, RULE));
    }
    let mut lines = vec![clip(scene.line(Role::Quiet, head), width)];
    let room = height.saturating_sub(1);
    let cursor = scene.model.cursor.min(workloads.len().saturating_sub(1));
    let first = (cursor + 1).saturating_sub(room);
    let chosen = |place: usize| scene.model.pane == Pane::First && place == cursor;
    for (place, workload) in workloads.iter().enumerate().skip(first).take(room) {
        lines.push(clip(row(scene, workload, &names, name, chosen(place)), width));
    }
    lines
}

fn row(scene: &Scene<'_>, workload: &WorkloadNow, rules: &[&str], name: usize, chosen: bool) -> Row {
    let snapshot = scene.snapshot;
    let standing = standing(snapshot, workload);
    let (glyph, role) = standing.map_or((" ", Role::Plain), |standing| (standing.glyph(), standing.role()));
    let share = snapshot.shares.iter().find(|share| share.workload == workload.name);
    let label = pad(&middle(&workload.name, name), name);
    let mut spans = vec![
        Span::raw(" "),
        scene.span(role, glyph),
        Span::raw(" "),
        if chosen { scene.span(Role::Chosen, label) } else { scene.span(role.of_words(), label) },
        Span::raw(format!(" {}", right(&share.map_or_else(|| NONE.to_owned(), measured), 7))),
        count(scene, workload.canary),
        count(scene, workload.stable),
        Span::raw(" "),
    ];
    for wanted in rules {
        spans.push(Span::raw(" "));
        match rules_of(snapshot, &workload.name).find(|rule| rule.judgement.rule == *wanted) {
            Some(rule) => spans.extend(cell(scene, rule)),
            None => spans.push(Span::raw(pad(NONE, RULE))),
        }
    }
    Line::from(spans)
}

fn count(scene: &Scene<'_>, count: Count) -> Span<'static> {
    let role = if count.ready < count.wanted { Role::Warn } else { Role::Plain };
    scene.span(role, format!(" {}", right(&format!("{}/{}", count.ready, count.wanted), 7)))
}

/// A rule's sign with its value, or with the word where the value says nothing.
fn cell(scene: &Scene<'_>, rule: &RuleNow) -> Vec<Span<'static>> {
    let standing = Standing::of(&rule.judgement);
    let text = match standing {
        Standing::Stale | Standing::Nan | Standing::NoData | Standing::SourceDown | Standing::Ambiguous => {
            standing.word().to_owned()
        }
        Standing::Swapped => "SWAPPED?".to_owned(),
        _ => value(rule.unit, rule.judgement.evidence.canary),
    };
    let role = standing.role();
    vec![scene.span(role, standing.glyph()), Span::raw(" "), scene.span(role.of_words(), pad(&text, RULE - 2))]
}
