//! The pipeline's stages, those that this release uses, in one line.

use ratatui::text::{Line, Span};

use crate::core::snapshot::Progress;
use crate::tui::glyph;
use crate::tui::screen::Scene;
use crate::tui::screen::paint::{Row, clip, join};
use crate::tui::theme::Role;

/// The line; `None` where the release knows of no stages.
pub fn line(scene: &Scene<'_>, width: usize) -> Option<Row> {
    let marks: Vec<Row> = scene
        .snapshot
        .stages
        .iter()
        .filter_map(|(stage, progress)| {
            let (glyph, role) = match progress {
                Progress::Skipped => return None,
                Progress::Waiting => (glyph::OPEN, Role::Quiet),
                Progress::Started => (glyph::NOW, Role::Strong),
                Progress::Passed => (glyph::DONE, Role::Good),
                Progress::Failed if scene.snapshot.gave_up(*stage) => {
                    return Some(scene.state(glyph::STOP, &format!("{stage} given up"), Role::Warn));
                }
                Progress::Failed => (glyph::FAIL, Role::Bad),
            };
            Some(scene.state(glyph, &stage.to_string(), role))
        })
        .collect();
    if marks.is_empty() {
        return None;
    }
    let mut line = Line::from(vec![Span::raw(" "), scene.span(Role::Quiet, "stages  ")]);
    line.spans.extend(join(marks, "  ").spans);
    Some(clip(line, width))
}
