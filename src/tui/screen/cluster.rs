//! The cluster's own events about our objects, newest first; only where there is room for them.

use ratatui::text::{Line, Span};

use crate::core::text::middle;
use crate::core::view::ClusterEvent;
use crate::tui::glyph;
use crate::tui::screen::Scene;
use crate::tui::screen::paint::{Row, clip, wrap_at_most};
use crate::tui::theme::Role;

/// A rule, then at most `height` − 1 lines.
pub fn lines(scene: &Scene<'_>, width: usize, height: usize) -> Vec<Row> {
    if height == 0 {
        return Vec::new();
    }
    let mut lines = vec![scene.rule("the cluster's own events", Row::default(), width)];
    if scene.snapshot.events.is_empty() {
        lines.push(scene.line(Role::Quiet, " none about our objects"));
    }
    for event in scene.snapshot.events.iter().rev() {
        if lines.len() >= height {
            break;
        }
        lines.extend(event_lines(scene, event, width));
    }
    lines.truncate(height);
    lines
}

fn event_lines(scene: &Scene<'_>, event: &ClusterEvent, width: usize) -> Vec<Row> {
    let (glyph, role) = if event.warning { (glyph::ALERT, Role::Warn) } else { (" ", Role::Plain) };
    let head = clip(
        Line::from(vec![
            scene.span(Role::Quiet, format!(" {} ", event.at.clock())),
            scene.span(role, glyph),
            Span::raw(format!(" {} ", middle(&event.about, 40))),
            scene.span(role.of_words(), event.reason.clone()),
        ]),
        width,
    );
    let text = wrap_at_most(&event.text, width.saturating_sub(13), 2);
    std::iter::once(head).chain(text.into_iter().map(|line| Line::from(format!("            {line}")))).collect()
}
