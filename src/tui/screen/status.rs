//! What the release does now, what it waits for, and what happens next: a word, then sentences.

use ratatui::text::{Line, Span};

use crate::core::plan::Kind;
use crate::core::snapshot::{Mode, Outcome, RuleNow, Snapshot, Toggle, Unit};
use crate::core::text::middle;
use crate::core::time::{Time, human};
use crate::tui::figure::{heard, value};
use crate::tui::glyph;
use crate::tui::keymap::Action;
use crate::tui::screen::Scene;
use crate::tui::screen::paint::{Row, clip, wrap_at_most, wrap_beside};
use crate::tui::screen::where_it_flies::{gone_since, nobody_drives};
use crate::tui::standing::breaks_itself;
use crate::tui::theme::Role;

/// The lines, at most `most` of the release's own, after one for what was asked for and is not answered, and one for the last
/// call to whoever is on call.
///
/// What comes next is never pushed out by a long reason: it keeps its lines at the end.
pub fn lines(scene: &Scene<'_>, width: usize, most: usize) -> Vec<Row> {
    const INDENT: usize = 3;
    let mut lines: Vec<Row> = asked(scene).into_iter().chain(paged(scene)).map(|line| clip(line, width)).collect();
    let mut top = head(scene);
    // It follows the word: at the other end of the line it would stand in the middle of the sentence. On a narrow screen for
    // how long it has been so is worth more than a word.
    let until = [true, false].map(|full| countdown(scene, full));
    let fits = |until: &&Row| top.width() + until.width() + 2 < width;
    if let Some(until) = until.iter().filter(|until| until.width() > 0).find(fits) {
        top.spans.push(Span::raw(", "));
        top.spans.extend(until.spans.iter().cloned());
    }
    let room = width.saturating_sub(INDENT + 1);
    // How it ends, and how one ends it, is told whole before the last words of why.
    let ends = wrap_at_most(ends(scene), room, most.saturating_sub(1).min(2));
    let most = most - ends.len();
    let text = if most == 0 { String::new() } else { sentences(scene).join(" ") };
    // The text begins beside the word where there is room for more than a few words of it.
    let beside = width.saturating_sub(top.width() + 3);
    let beside = if beside >= 16 { beside } else { 0 };
    let mut flow = wrap_beside(&text, beside, room, most).into_iter();
    if let Some(first) = flow.next().filter(|first| !first.is_empty()) {
        top.spans.push(Span::raw(format!("  {first}")));
    }
    lines.push(clip(top, width));
    lines.extend(flow.map(|line| Line::from(format!("{}{line}", " ".repeat(INDENT)))));
    lines.extend(ends.into_iter().map(|line| scene.line(Role::Strong, format!("{}{line}", " ".repeat(INDENT)))));
    lines
}

/// How a hold ends, as long as nothing has ended, and somebody is there to end it.
fn ends<'a>(scene: &Scene<'a>) -> &'a str {
    match &scene.snapshot.hold {
        Some(hold) if scene.snapshot.ended.is_none() && !nobody_drives(scene) => &hold.ends,
        _ => "",
    }
}

/// The mode's sign, word and look, and for how long it has been so.
pub fn head(scene: &Scene<'_>) -> Row {
    let (glyph, word, role) = mode(scene);
    let mut line = Line::from(Span::raw(" "));
    if role == Role::Alarm {
        line.spans.extend(scene.state(glyph, &word, role).spans);
    } else {
        line.spans.extend([scene.span(role, glyph), Span::raw(" "), scene.span(strong(role), word)]);
    }
    if let Some(since) = since(scene) {
        line.spans.push(Span::raw(format!(" {}", heard(scene.now.since(since)))));
    }
    line
}

/// The look of the mode's word: never less than strong.
pub fn strong(role: Role) -> Role {
    match role.of_words() {
        Role::Plain => Role::Strong,
        other => other,
    }
}

/// The mode's sign, word and look. What nobody drives does not do what it did.
pub fn mode(scene: &Scene<'_>) -> (&'static str, String, Role) {
    if nobody_drives(scene) { (glyph::ALERT, "NOBODY DRIVES".to_owned(), Role::Alarm) } else { mode_of(scene.snapshot) }
}

/// The same of any snapshot.
pub fn mode_of(snapshot: &Snapshot) -> (&'static str, String, Role) {
    let pausing = matches!(snapshot.pause, Toggle::Pausing { .. });
    let paused = matches!(snapshot.pause, Toggle::On { .. });
    if let Some(rule) = breaks_itself(snapshot) {
        return (glyph::ALERT, breaks(snapshot, rule), Role::Alarm);
    }
    let (glyph, word, role) = match snapshot.mode {
        _ if snapshot.ended.is_some() => return ended(snapshot),
        Mode::RollingBack => (glyph::BACK, "ROLLING BACK", Role::Warn),
        // Whoever brings an earlier version back rolls back from the first moment on, and finishes nothing.
        Mode::Starting | Mode::Scaling | Mode::Soaking | Mode::Finishing if is_restoring(snapshot) => {
            (glyph::BACK, "ROLLING BACK", Role::Warn)
        }
        Mode::Paused => (glyph::PAUSED, "PAUSED", Role::Warn),
        _ if pausing => (glyph::PAUSED, "PAUSING", Role::Warn),
        Mode::Holding => (glyph::ALERT, "HOLDING", Role::Alarm),
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

/// Whether an earlier version is on its way back.
pub fn is_restoring(snapshot: &Snapshot) -> bool {
    snapshot.plan.kind != Kind::Release && snapshot.rollback.is_some() && snapshot.ended.is_none()
}

/// That what serves breaks a rule itself, in capitals.
fn breaks(snapshot: &Snapshot, rule: &RuleNow) -> String {
    let version = middle(&snapshot.plan.from, 16);
    let stable = value(rule.unit, rule.judgement.evidence.stable);
    match rule.unit {
        Unit::Share => format!("{version} FAILS {stable} OF REQUESTS"),
        _ => format!("{version} IS OVER ITS LIMIT: {} {stable}", rule.judgement.rule),
    }
}

fn ended(snapshot: &Snapshot) -> (&'static str, String, Role) {
    match &snapshot.ended {
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
        _ if nobody_drives(scene) => Some(gone_since(scene)),
        Mode::Holding => snapshot.hold.as_ref().map(|hold| hold.since),
        Mode::Starting | Mode::Scaling | Mode::Soaking | Mode::Finishing if is_restoring(snapshot) => {
            snapshot.rollback.as_ref().map(|rollback| rollback.since)
        }
        Mode::Scaling | Mode::Finishing => snapshot.wait.as_ref().map(|wait| wait.since),
        Mode::Gated => snapshot.gate.as_ref().map(|gate| gate.since),
        Mode::RollingBack => snapshot.rollback.as_ref().map(|rollback| rollback.since),
        Mode::Paused => match &snapshot.pause {
            Toggle::On { since, .. } => Some(*since),
            _ => None,
        },
        _ => None,
    }
}

/// What happens by itself, and in how long; with the word that it need not, where there is room (`full`).
fn countdown(scene: &Scene<'_>, full: bool) -> Row {
    let snapshot = scene.snapshot;
    let of_hold = snapshot.hold.as_ref().and_then(|hold| hold.until).map(|(at, then)| (at, then, ""));
    // A wait for pods is no hold yet: its end is what comes if they do not.
    let of_wait = snapshot.wait.as_ref().map(|wait| (wait.until, wait.then, if full { "else " } else { "" }));
    // What comes first is what counts.
    let first = of_hold.into_iter().chain(of_wait).min_by_key(|(at, ..)| *at);
    match first.and_then(|(at, then, lead)| Some((at, then.words()?, lead))) {
        // Where nobody drives nothing happens by itself.
        Some((at, what, lead)) if snapshot.ended.is_none() && !nobody_drives(scene) => {
            let left = human(at.since(scene.now));
            scene.line(Role::Strong, format!("{lead}{what} in {left}"))
        }
        _ => Row::default(),
    }
}

/// What happens by itself and when, or how the hold ends, in a few words: for where there is room for no more.
pub fn next(scene: &Scene<'_>) -> Row {
    let until = countdown(scene, false);
    if until.width() > 0 {
        return until;
    }
    let first = ends(scene).split(';').next().unwrap_or_default();
    scene.line(Role::Strong, first.trim_end_matches('.').to_owned())
}

/// Why it is so, and what comes next; one sentence an entry, none said twice.
fn sentences(scene: &Scene<'_>) -> Vec<String> {
    let snapshot = scene.snapshot;
    if let Some(ended) = &snapshot.ended {
        return vec![ended.why.clone()];
    }
    if nobody_drives(scene) {
        return abandoned(scene);
    }
    let mut sentences = Vec::new();
    match (&snapshot.mode, &snapshot.hold, &snapshot.gate) {
        (Mode::Gated, _, Some(gate)) => sentences.push(sentence(&gate.needs)),
        (_, Some(hold), _) => sentences.push(sentence(&hold.reason)),
        _ => {}
    }
    match &snapshot.pause {
        Toggle::On { by, .. } => sentences.push(format!("Paused by {by}.")),
        Toggle::Pausing { by } => sentences.push(format!("{by} asked to pause; a write is still under way.")),
        Toggle::Off => {}
    }
    // What comes next may only say again why it holds; how that ends, and when, is said beside it.
    let next = if snapshot.hold.is_some() { "" } else { snapshot.next.as_str() };
    sentences.retain(|sentence| !next.contains(sentence.trim_end_matches('.')));
    sentences.push(next.trim().to_owned());
    sentences.retain(|sentence| !sentence.is_empty());
    sentences
}

/// What it means that nobody drives, what is to be done, and what was being done before.
fn abandoned(scene: &Scene<'_>) -> Vec<String> {
    let snapshot = scene.snapshot;
    let key = |action: Action| scene.keymap.key(action);
    let (_, mode, _) = mode_of(snapshot);
    let weight = snapshot.step.as_ref().map(|step| format!(" at {} %", step.weight)).unwrap_or_default();
    let why = snapshot.hold.as_ref().map(|hold| format!(": {}", hold.reason)).unwrap_or_default();
    let (missing, keys) = if snapshot.rollback.is_some() {
        ("Nobody finishes this rollback.", format!("{} takes the wheel and finishes it.", key(Action::Rollback)))
    } else {
        let keys = format!("{} takes over, {} rolls back.", key(Action::TakeOver), key(Action::Rollback));
        ("Nobody judges it, nobody rolls it back.", keys)
    };
    vec![missing.to_owned(), keys, format!("It was {mode}{weight}{why} (last driver: {}).", snapshot.driver.who)]
}

fn sentence(text: &str) -> String {
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

/// That whoever is on call was called, and why.
fn paged(scene: &Scene<'_>) -> Option<Row> {
    let page = scene.snapshot.page.as_ref()?;
    let mut line = Line::from(vec![Span::raw(" "), scene.span(Role::Bad, glyph::ALERT), Span::raw(" ")]);
    line.spans.push(scene.span(Role::Bad, "PAGED"));
    line.spans.push(Span::raw(format!(" at {}  {}", page.at.clock(), page.why)));
    Some(line)
}

/// What was asked for and is not a fact yet.
fn asked(scene: &Scene<'_>) -> Option<Row> {
    let pending = scene.model.pending.last()?;
    let words = match pending.verb.name() {
        "rollback" => "ROLL BACK".to_owned(),
        "hold" => "HOLD HERE AND LEAVE".to_owned(),
        other => other.to_uppercase(),
    };
    let age = scene.now.since(pending.at);
    Some(Line::from(vec![
        Span::raw(" "),
        scene.span(Role::Person, glyph::PERSON),
        Span::raw(" "),
        scene.span(Role::Strong, words),
        Span::raw(format!(" sent {} ago; the engine has not answered yet", human(age))),
    ]))
}
