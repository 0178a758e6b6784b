//! A pod on one page: what it is, what its containers do and did, its conditions, and how old all of this is.

use ratatui::text::{Line, Span};

use crate::core::inquiry::Sheet;
use crate::core::text::middle;
use crate::tui::detail::PodPage;
use crate::tui::glyph;
use crate::tui::screen::Scene;
use crate::tui::screen::paint::{Row, clip, pad, spread, wrap};
use crate::tui::theme::Role;

/// The page from its scrolled line on.
pub fn lines(scene: &Scene<'_>, page: &PodPage, width: usize, height: usize) -> Vec<Row> {
    let name = Line::from(vec![Span::raw(" "), scene.span(Role::Strong, middle(&page.pod, width.saturating_sub(24)))]);
    let Some((answer, at)) = &page.sheet else {
        return vec![spread(name, scene.line(Role::Quiet, "asking the API server …"), width.saturating_sub(1))];
    };
    let asked = scene.line(Role::Quiet, format!("as of {} ago", scene.age(*at)));
    let mut lines = vec![spread(name, asked, width.saturating_sub(1))];
    match answer {
        Err(why) => lines.extend(
            wrap(&format!("it cannot be described: {why}"), width.saturating_sub(4)).into_iter().map(|text| {
                let mut line = Line::from(Span::raw(" "));
                line.spans.extend(scene.state(glyph::FAIL, &text, Role::Bad).spans);
                line
            }),
        ),
        Ok(sheet) => {
            let all = sheet_lines(scene, sheet, width);
            let room = height.saturating_sub(1);
            let top = page.top.min(all.len().saturating_sub(room));
            lines.extend(all.into_iter().skip(top).take(room));
        }
    }
    lines
}

fn sheet_lines(scene: &Scene<'_>, sheet: &Sheet, width: usize) -> Vec<Row> {
    let facts = sheet.parts.iter().flat_map(|part| &part.lines);
    let widest = facts.map(|fact| fact.label.chars().count()).max().unwrap_or(0);
    let label_width = widest.clamp(8, (width / 3).max(8));
    let mut lines = Vec::new();
    for part in sheet.parts.iter().filter(|part| !part.lines.is_empty()) {
        lines.push(scene.rule(&part.title, Row::default(), width));
        for fact in &part.lines {
            let room = width.saturating_sub(label_width + 5);
            let texts = wrap(&fact.text, room);
            let texts = if texts.is_empty() { vec![String::new()] } else { texts };
            for (place, text) in texts.into_iter().enumerate() {
                let label = if place == 0 { middle(&fact.label, label_width) } else { String::new() };
                let sign = if fact.odd && place == 0 { glyph::ALERT } else { " " };
                let line = Line::from(vec![
                    Span::raw(" "),
                    scene.span(Role::Warn, sign),
                    scene.span(Role::Quiet, format!(" {} ", pad(&label, label_width))),
                    scene.span(if fact.odd { Role::Strong } else { Role::Plain }, text),
                ]);
                lines.push(clip(line, width));
            }
        }
    }
    lines
}
