//! A pod on one page: what it is, what its containers do and did, its conditions, what the cluster said of it, and how old all
//! of this is. What a person should look at comes first.

use ratatui::text::{Line, Span};

use crate::core::inquiry::{Fact, Part, Sheet};
use crate::core::text::middle;
use crate::tui::detail::PodPage;
use crate::tui::figure::plural;
use crate::tui::glyph;
use crate::tui::rows::events_of;
use crate::tui::screen::Scene;
use crate::tui::screen::paint::{Row, clip, pad, spread, wrap};
use crate::tui::theme::Role;

/// The most events of a pod.
pub const EVENTS: usize = 8;

/// The page from its scrolled line on.
pub fn lines(scene: &Scene<'_>, page: &PodPage, width: usize, height: usize) -> Vec<Row> {
    let name = Line::from(vec![Span::raw(" "), scene.span(Role::Strong, middle(&page.pod, width.saturating_sub(24)))]);
    let Some((answer, at)) = &page.sheet else {
        return vec![spread(name, scene.line(Role::Quiet, "asking the API server …"), width.saturating_sub(1))];
    };
    let asked = format!("as of {} ago", scene.age(*at));
    let head =
        |more: &str| spread(name.clone(), scene.line(Role::Quiet, format!("{asked}{more}")), width.saturating_sub(1));
    let mut lines = vec![head("")];
    match answer {
        Err(why) => lines.extend(
            wrap(&format!("it cannot be described: {why}"), width.saturating_sub(4)).into_iter().map(|text| {
                let mut line = Line::from(Span::raw(" "));
                line.spans.extend(scene.state(glyph::FAIL, &text, Role::Bad).spans);
                line
            }),
        ),
        Ok(sheet) => {
            let all = sheet_lines(scene, &looked_at_first(scene, page, sheet), width);
            let room = height.saturating_sub(1);
            let top = page.top.min(all.len().saturating_sub(room));
            let below = all.len().saturating_sub(top + room);
            if below > 0 {
                let words = if width < 60 { below.to_string() } else { plural(below, "more line") };
                lines = vec![head(&format!(", ↓ {words}"))];
            }
            lines.extend(all.into_iter().skip(top).take(room));
        }
    }
    lines
}

/// The parts of the page, with the events of the pod: those with something odd before the others.
fn looked_at_first(scene: &Scene<'_>, page: &PodPage, sheet: &Sheet) -> Vec<Part> {
    let mut parts = sheet.parts.clone();
    let told = events_of(scene.snapshot, &page.pod).take(EVENTS).map(|event| {
        let ago = format!("{} ago", scene.age(event.at));
        Fact { label: event.reason.clone(), text: format!("{}, {ago}", event.text), odd: event.warning }
    });
    // They follow what the pod is and does; labels and annotations are read last.
    let place = parts.iter().position(|part| part.title == "labels").unwrap_or(parts.len());
    parts.insert(place, Part { title: "events, newest first".to_owned(), lines: told.collect() });
    parts.sort_by_key(|part| !part.lines.iter().any(|fact| fact.odd));
    parts
}

fn sheet_lines(scene: &Scene<'_>, parts: &[Part], width: usize) -> Vec<Row> {
    let facts = parts.iter().flat_map(|part| &part.lines);
    let widest = facts.map(|fact| fact.label.chars().count()).max().unwrap_or(0);
    let label_width = widest.clamp(8, (width / 3).max(8));
    let mut lines = Vec::new();
    for part in parts.iter().filter(|part| !part.lines.is_empty()) {
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
