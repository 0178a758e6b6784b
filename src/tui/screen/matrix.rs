//! The proof of several workloads: a line each, a column a line of the checklist.
//!
//! ```text
//!    workload         accepted    routes      canary none stable full targets
//!  ◌ checkout         ✔ 0.1 s     ✔ 0.2 s     ◌ waiting   ! STALLED   ◌ waiting
//! ```

use ratatui::text::{Line, Span};

use crate::core::proof::{LineKind, ProofLine};
use crate::core::snapshot::RollbackNow;
use crate::core::text::middle;
use crate::tui::screen::Scene;
use crate::tui::screen::checklist::{order, state_of};
use crate::tui::screen::paint::{Row, clip, pad};

/// The table, those that are furthest from proven first, at most `height` lines.
pub fn lines(scene: &Scene<'_>, rollback: &RollbackNow, width: usize, height: usize) -> Vec<Row> {
    let names = order(rollback);
    let longest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0).clamp(8, 24);
    let cell = (width.saturating_sub(longest + 4) / LineKind::ALL.len()).saturating_sub(1).clamp(5, 16);
    let mut head = format!("   {} ", pad("workload", longest));
    for kind in LineKind::ALL {
        head += &format!("{} ", pad(kind.word(), cell));
    }
    let mut lines = vec![clip(scene.line(crate::tui::theme::Role::Quiet, head), width)];
    for name in names.iter().take(height.saturating_sub(1)) {
        let mut line =
            Line::from(vec![Span::raw("   "), Span::raw(pad(&middle(name, longest), longest)), Span::raw(" ")]);
        for kind in LineKind::ALL {
            let known = rollback.lines.iter().find(|line| line.line == kind && line.workload == *name);
            line.spans.extend(one(scene, rollback, known, cell));
            line.spans.push(Span::raw(" "));
        }
        lines.push(clip(line, width));
    }
    lines
}

fn one(scene: &Scene<'_>, rollback: &RollbackNow, line: Option<&ProofLine>, width: usize) -> Vec<Span<'static>> {
    let Some(line) = line else { return vec![Span::raw(pad("–", width))] };
    let (glyph, words, role) = state_of(scene, rollback, line);
    let text = clip(scene.state(glyph, &words, role), width);
    let gap = width.saturating_sub(text.width());
    let mut spans = text.spans;
    spans.push(Span::raw(" ".repeat(gap)));
    spans
}
