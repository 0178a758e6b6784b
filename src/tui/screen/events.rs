//! What happened, in sentences, newest first.

use ratatui::text::{Line, Span};

use crate::core::snapshot::Tone;
use crate::tui::fold::{Folded, folded};
use crate::tui::glyph;
use crate::tui::screen::Scene;
use crate::tui::screen::paint::{Row, wrap_at_most};
use crate::tui::theme::Role;

/// A rule, then at most `height` − 1 lines of events; a sentence takes two lines at most.
pub fn lines(scene: &Scene<'_>, width: usize, height: usize) -> Vec<Row> {
    // A head with nothing under it says nothing.
    if height < 2 {
        return Vec::new();
    }
    let log = folded(&scene.snapshot.log);
    let above = scene.model.events.min(log.len().saturating_sub(1));
    let title = if above > 0 { format!("events, {} newer above", above) } else { "events".to_owned() };
    let mut lines = vec![scene.rule(&title, scene.line(Role::Quiet, "times in UTC"), width)];
    if log.is_empty() {
        lines.push(scene.line(Role::Quiet, " nothing has happened yet"));
    }
    for event in log.iter().skip(above) {
        if lines.len() >= height {
            break;
        }
        lines.extend(sentence(scene, event, width));
    }
    lines.truncate(height);
    lines
}

/// The sign and the look of a tone.
pub fn tone(tone: Tone) -> (&'static str, Role) {
    match tone {
        Tone::Plain => (" ", Role::Plain),
        Tone::Good => (glyph::DONE, Role::Good),
        Tone::Warn => (glyph::ALERT, Role::Warn),
        Tone::Bad => (glyph::FAIL, Role::Bad),
        Tone::Person => (glyph::PERSON, Role::Person),
    }
}

fn sentence(scene: &Scene<'_>, event: &Folded<'_>, width: usize) -> Vec<Row> {
    const INDENT: usize = 12;
    let (glyph, role) = tone(event.line.tone);
    // Only what is wrong is coloured as a whole; else the sign alone, so that the list stays calm.
    let words = if role == Role::Bad { Role::Bad } else { Role::Plain };
    wrap_at_most(&event.text(), width.saturating_sub(INDENT + 1), 2)
        .into_iter()
        .enumerate()
        .map(|(place, text)| match place {
            0 => Line::from(vec![
                scene.span(Role::Quiet, format!(" {} ", event.line.at.clock())),
                scene.span(role, glyph),
                Span::raw(" "),
                scene.span(words, text),
            ]),
            _ => Line::from(vec![Span::raw(" ".repeat(INDENT)), scene.span(words, text)]),
        })
        .collect()
}
