//! Several workloads: a line each, the worst first, with every rule's value and how it stands.
//!
//! ```text
//!    workload        share canary stable  errors       p95          memory
//!  ! orchestration   24.6%    3/3  10/10  ! 1.10%      ✔ 82ms       ✔ 312Mi
//! ```

use ratatui::text::{Line, Span};

use crate::core::snapshot::{Count, RuleNow, Unit, WorkloadNow};
use crate::core::text::middle;
use crate::tui::figure::{NONE, value};
use crate::tui::glyph;
use crate::tui::model::Pane;
use crate::tui::ranking::{missing, rules_of, standing_of, worst_first};
use crate::tui::screen::Scene;
use crate::tui::screen::gauges::Over;
use crate::tui::screen::paint::{Row, clip, pad, right};
use crate::tui::screen::share::measured;
use crate::tui::standing::Standing;
use crate::tui::theme::Role;

/// The width of a share and of a count of pods.
const COUNT: usize = 6;

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
    let columns = Columns::new(&names, name, width);
    let mut head = format!("   {}", pad("workload", name));
    for label in columns.counts() {
        head += &format!(" {}", right(label, COUNT));
    }
    head.push(' ');
    for rule in &names {
        head += &format!(" {}", pad(rule, columns.cell));
    }
    let mut lines = vec![clip(scene.line(Role::Quiet, head), width)];
    let room = height.saturating_sub(1);
    let cursor = scene.model.cursor.min(workloads.len().saturating_sub(1));
    let first = (cursor + 1).saturating_sub(room);
    let chosen = |place: usize| scene.model.pane == Pane::First && place == cursor;
    for (place, workload) in workloads.iter().enumerate().skip(first).take(room) {
        lines.push(clip(row(scene, workload, &columns, chosen(place)), width));
    }
    lines
}

struct Columns<'a> {
    rules: &'a [&'a str],
    name: usize,
    /// Whether share and stable have a column too.
    wide: bool,
    cell: usize,
}

impl<'a> Columns<'a> {
    fn new(rules: &'a [&'a str], name: usize, width: usize) -> Self {
        let cell = |fixed: usize| (width.saturating_sub(name + 5 + fixed) / rules.len().max(1)).saturating_sub(1);
        let wide = cell(3 * (COUNT + 1)) >= 10;
        let cell = if wide { cell(3 * (COUNT + 1)) } else { cell(COUNT + 1) };
        Self { rules, name, wide, cell: cell.clamp(6, 14) }
    }

    fn counts(&self) -> &'static [&'static str] {
        if self.wide { &["share", "canary", "stable"] } else { &["canary"] }
    }
}

fn row(scene: &Scene<'_>, workload: &WorkloadNow, columns: &Columns<'_>, chosen: bool) -> Row {
    let snapshot = scene.snapshot;
    let standing = standing_of(snapshot, workload);
    let (glyph, role) = match standing {
        Some(Standing::Pass) | None if missing(workload) > 0 => (glyph::WAIT, Role::Strong),
        Some(standing) => (standing.glyph(), standing.role()),
        None => (" ", Role::Plain),
    };
    let share = snapshot.shares.iter().find(|share| share.workload == workload.name);
    let label = pad(&middle(&workload.name, columns.name), columns.name);
    let mut spans = vec![
        Span::raw(" "),
        scene.span(role, glyph),
        Span::raw(" "),
        if chosen { scene.span(Role::Chosen, label) } else { scene.span(role.of_label(), label) },
    ];
    if columns.wide {
        spans.push(Span::raw(format!(" {}", right(&share.map_or_else(|| NONE.to_owned(), measured), COUNT))));
    }
    spans.push(count(scene, workload.canary));
    if columns.wide {
        spans.push(count(scene, workload.stable));
    }
    spans.push(Span::raw(" "));
    for wanted in columns.rules {
        spans.push(Span::raw(" "));
        match rules_of(snapshot, &workload.name).find(|rule| rule.judgement.rule == *wanted) {
            Some(rule) => spans.extend(cell(scene, rule, columns.cell)),
            None => spans.push(Span::raw(pad(NONE, columns.cell))),
        }
    }
    Line::from(spans)
}

fn count(scene: &Scene<'_>, count: Count) -> Span<'static> {
    let role = if count.ready < count.wanted { Role::Strong } else { Role::Plain };
    scene.span(role, format!(" {}", right(&format!("{}/{}", count.ready, count.wanted), COUNT)))
}

/// A rule's sign with its value, or with the word where the value says nothing.
fn cell(scene: &Scene<'_>, rule: &RuleNow, width: usize) -> Vec<Span<'static>> {
    let standing = Standing::of(&rule.judgement);
    let text = match standing {
        Standing::Stale | Standing::Nan | Standing::NoData | Standing::SourceDown | Standing::Ambiguous => {
            standing.word().to_owned()
        }
        Standing::Swapped => "SWAPPED?".to_owned(),
        Standing::Unpaired => "ALONE".to_owned(),
        _ => match Over::of(scene, rule) {
            // What decides is the share of slow requests, not the quantile.
            Some(over) => format!("{} slow", value(Unit::Share, over.canary)),
            None => value(rule.unit, rule.judgement.evidence.canary),
        },
    };
    let role = standing.role();
    vec![
        scene.span(role, standing.glyph()),
        Span::raw(" "),
        scene.span(role.of_label(), pad(&text, width.saturating_sub(2))),
    ]
}
