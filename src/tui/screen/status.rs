//! What the release does now, what it waits for, and what happens next: a word, then sentences.

use ratatui::text::{Line, Span};

use crate::core::snapshot::{Mode, Outcome, Toggle};
use crate::core::time::{Time, human};
use crate::tui::glyph;
use crate::tui::screen::Scene;
use crate::tui::screen::paint::{Row, clip, spread, wrap_at_most};
use crate::tui::theme::Role;

/// The lines, at most `most` of the release's own, after one for what was asked for and is not answered.
pub fn lines(scene: &Scene<'_>, width: usize, most: usize) -> Vec<Row> {
    let mut lines: Vec<Row> = asked(scene).into_iter().map(|line| clip(line, width)).collect();
    let head = head(scene);
    let until = countdown(scene);
    let indent = 3;
    let text = sentences(scene);
    let beside = width.saturating_sub(head.width() + until.width() + 4);
    // A sentence that fits beside the word stands there; else it gets lines of its own.
    let (first, rest) = match text.split_first() {
        Some((first, rest)) if unicode_width::UnicodeWidthStr::width(first.as_str()) <= beside => (Some(first), rest),
        _ => (None, text.as_slice()),
    };
    let mut top = head;
    if let Some(first) = first {
        top.spans.push(Span::raw(format!("  {first}")));
    }
    lines.push(spread(top, until, width));
    let room = most.saturating_sub(1);
    let below = wrap_at_most(&rest.join(" "), width.saturating_sub(indent + 1), room);
    lines.extend(below.into_iter().map(|line| Line::from(format!("{}{line}", " ".repeat(indent)))));
    lines
}

/// The mode's sign, word and look, and for how long it has been so.
pub fn head(scene: &Scene<'_>) -> Row {
    let (glyph, word, role) = mode(scene);
    let mut line = Line::from(vec![Span::raw(" "), scene.span(role, glyph), Span::raw(" ")]);
    line.spans.push(scene.span(if role == Role::Good { Role::Strong } else { role }, word));
    if let Some(since) = since(scene) {
        line.spans.push(Span::raw(format!(" {}", human(scene.now.since(since)))));
    }
    line
}

/// The mode's sign, word and look.
pub fn mode(scene: &Scene<'_>) -> (&'static str, String, Role) {
    let snapshot = scene.snapshot;
    let pausing = matches!(snapshot.pause, Toggle::Pausing { .. });
    let paused = matches!(snapshot.pause, Toggle::On { .. });
    let (glyph, word, role) = match snapshot.mode {
        _ if snapshot.ended.is_some() => return ended(scene),
        Mode::RollingBack => (glyph::BACK, "ROLLING BACK", Role::Warn),
        Mode::Paused => (glyph::PAUSED, "PAUSED", Role::Warn),
        _ if pausing => (glyph::PAUSED, "PAUSING", Role::Warn),
        Mode::Holding => (glyph::ALERT, "HOLDING", Role::Warn),
        Mode::Gated => (glyph::QUESTION, "NEEDS APPROVAL", Role::Warn),
        Mode::Idle => (glyph::OPEN, "NOTHING FLIES", Role::Strong),
        Mode::Starting => (glyph::WAIT, "STARTING", Role::Strong),
        Mode::Scaling => (glyph::WAIT, "SCALING", Role::Strong),
        Mode::Soaking => (glyph::NOW, "SOAKING", Role::Strong),
        Mode::Finishing => (glyph::NOW, "FINISHING", Role::Strong),
        Mode::Promoted => (glyph::DONE, "PROMOTED", Role::Good),
        Mode::RolledBack => (glyph::BACK, "ROLLED BACK", Role::Strong),
        Mode::Ended => (glyph::STOP, "ENDED", Role::Strong),
    };
    let also = if paused && !matches!(snapshot.mode, Mode::Paused | Mode::RollingBack) { ", PAUSED" } else { "" };
    (glyph, format!("{word}{also}"), role)
}

fn ended(scene: &Scene<'_>) -> (&'static str, String, Role) {
    match &scene.snapshot.ended {
        Some(ended) => match ended.outcome {
            Outcome::Promoted => (glyph::DONE, "PROMOTED".to_owned(), Role::Good),
            Outcome::RolledBack if ended.proven => (glyph::DONE, "ROLLED BACK, PROVEN".to_owned(), Role::Good),
            Outcome::RolledBack => (glyph::ALERT, "ROLLED BACK, NOT PROVEN".to_owned(), Role::Bad),
            Outcome::Detached => (glyph::STOP, "DETACHED".to_owned(), Role::Strong),
            Outcome::Failed | Outcome::ContactLost => {
                (glyph::FAIL, ended.outcome.word().to_uppercase().replace('-', " "), Role::Bad)
            }
            other => (glyph::STOP, other.word().to_uppercase(), Role::Warn),
        },
        None => (glyph::STOP, "ENDED".to_owned(), Role::Strong),
    }
}

/// Since when it has been so, where that is known.
fn since(scene: &Scene<'_>) -> Option<Time> {
    let snapshot = scene.snapshot;
    match snapshot.mode {
        _ if snapshot.ended.is_some() => None,
        Mode::Holding => snapshot.hold.as_ref().map(|hold| hold.since),
        Mode::Gated => snapshot.gate.as_ref().map(|gate| gate.since),
        Mode::RollingBack => snapshot.rollback.as_ref().map(|rollback| rollback.since),
        Mode::Paused => match &snapshot.pause {
            Toggle::On { since, .. } => Some(*since),
            _ => None,
        },
        _ => None,
    }
}

/// What happens by itself, and in how long.
fn countdown(scene: &Scene<'_>) -> Row {
    let until = scene.snapshot.hold.as_ref().and_then(|hold| hold.until.as_ref());
    match until {
        Some((at, what)) if scene.snapshot.ended.is_none() => {
            let left = human(at.since(scene.now));
            scene.line(Role::Warn, format!("{} in {left}", crate::core::text::cut(what, 34)))
        }
        _ => Row::default(),
    }
}

/// Why it is so, and what comes next; one sentence an entry, none said twice.
fn sentences(scene: &Scene<'_>) -> Vec<String> {
    let snapshot = scene.snapshot;
    let mut sentences = Vec::new();
    if let Some(ended) = &snapshot.ended {
        sentences.push(ended.why.clone());
        return sentences;
    }
    match (&snapshot.mode, &snapshot.hold, &snapshot.gate) {
        (Mode::Gated, _, Some(gate)) => sentences.push(gate.needs.clone()),
        (_, Some(hold), _) => sentences.push(hold.reason.clone()),
        _ => {}
    }
    match &snapshot.pause {
        Toggle::On { by, .. } => sentences.push(format!("paused by {by}")),
        Toggle::Pausing { by } => sentences.push(format!("{by} asked to pause; a write is still under way")),
        Toggle::Off => {}
    }
    sentences.retain(|sentence| !snapshot.next.contains(sentence.as_str()));
    if !snapshot.next.is_empty() {
        sentences.push(snapshot.next.clone());
    }
    let count = sentences.len();
    for sentence in sentences.iter_mut().take(count.saturating_sub(1)) {
        if !sentence.ends_with(['.', '!', '?']) {
            sentence.push('.');
        }
    }
    sentences
}

/// What was asked for and is not a fact yet.
fn asked(scene: &Scene<'_>) -> Option<Row> {
    let pending = scene.model.pending.last()?;
    let words = match pending.verb.name() {
        "pause" => "PAUSING".to_owned(),
        "resume" => "RESUMING".to_owned(),
        "rollback" => "ROLL BACK".to_owned(),
        "hold" => "HOLD HERE AND LEAVE".to_owned(),
        other => other.to_uppercase(),
    };
    let age = scene.now.since(pending.at);
    Some(Line::from(vec![
        Span::raw(" "),
        scene.span(Role::Person, format!("{} {words}", glyph::PERSON)),
        Span::raw(format!(" sent {} ago; the engine has not answered yet", human(age))),
    ]))
}
