//! Under 40×6: as many essential words as there is room for, the most important first. On one cell it is the mode's sign.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::core::proof::{LineState, stable_fails};
use crate::core::snapshot::RuleNow;
use crate::tui::allowed::allowed;
use crate::tui::figure::heard;
use crate::tui::harm;
use crate::tui::keymap::Action;
use crate::tui::screen::paint::{Row, clip, put};
use crate::tui::screen::{Scene, status};
use crate::tui::standing::{Standing, words, worst};
use crate::tui::theme::Role;

/// Draws them, row by row; a row takes what fits, and the next word goes below.
pub fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let width = usize::from(area.width);
    // How many were hurt is told where nothing else goes for it.
    let mut lines = flow(essential(scene, true, width), width);
    if lines.len() > usize::from(area.height) {
        lines = flow(essential(scene, false, width), width);
    }
    if let Some(refusal) = &scene.model.refusal {
        // The answer to a key is worth more than the last words.
        let last = usize::from(area.height).saturating_sub(1);
        if last > 0 {
            lines.truncate(last);
            lines.push(clip(scene.line(Role::Strong, refusal.clone()), width));
        }
    }
    put(buffer, area, &lines);
}

fn flow(words: Vec<Row>, width: usize) -> Vec<Row> {
    let mut lines: Vec<Row> = Vec::new();
    for word in words {
        match lines.last_mut() {
            Some(line) if line.width() + 2 + word.width() <= width => {
                line.spans.push(Span::raw("  "));
                line.spans.extend(word.spans);
            }
            _ => lines.push(clip(word, width)),
        }
    }
    lines
}

fn essential(scene: &Scene<'_>, with_hurt: bool, width: usize) -> Vec<Row> {
    let snapshot = scene.snapshot;
    let (glyph, mode, role) = status::mode(scene);
    let head = status::strong(role);
    let past = scene.model.travel.as_ref().map(|_| scene.line(Role::Chosen, "PAST"));
    let mut all: Vec<Row> = past.into_iter().collect();
    all.push(Line::from(vec![scene.span(role, glyph), Span::raw(" "), scene.span(head, mode)]));
    if let Some(rollback) = &snapshot.rollback {
        all.push(match rollback.safe_since {
            _ if rollback.unmet => scene.line(Role::Strong, "no user ever met it".to_owned()),
            Some(since) if stable_fails(&rollback.lines).is_some() => {
                scene.line(Role::Bad, format!("canary gone {}, stable fails", since.clock()))
            }
            Some(since) => scene.line(Role::Strong, format!("users safe {}", since.clock())),
            None => scene.line(Role::Bad, "users NOT safe yet"),
        });
    }
    if let Some(step) = &snapshot.step {
        all.push(scene.line(Role::Strong, format!("{}%", step.weight)));
    }
    // A rule that passes is no comfort where it holds all the same, or waits for pods: why is worth more.
    let passes = |rule: &RuleNow| Standing::of(&rule.judgement) == Standing::Pass;
    let why = snapshot.hold.as_ref().map(|hold| &hold.reason).or(snapshot.wait.as_ref().map(|wait| &wait.lacks));
    let rule = worst(&snapshot.rules).filter(|_| snapshot.rollback.is_none());
    if let (Some(why), true) = (why, rule.is_none_or(passes) && snapshot.rollback.is_none()) {
        all.push(Line::from(why.clone()));
    } else if let Some(rule) = rule {
        let role = Standing::of(&rule.judgement).role().of_words();
        let mut line = scene.line(role, format!("{} {}", rule.judgement.rule, words(rule)));
        let age = rule.judgement.evidence.newest.map(|newest| format!("  {}", heard(scene.now.since(newest))));
        // How it stands is worth more than since when.
        let age = age.filter(|age| line.width() + age.len() <= width);
        line.spans.extend(age.map(|age| scene.span(Role::Quiet, age)));
        all.push(line);
    }
    if let Some(hurt) = harm::worst(&snapshot.rules).filter(|_| with_hurt && snapshot.decided().is_none()) {
        all.push(scene.line(Role::Strong, hurt.short(snapshot)));
    }
    let next = status::next(scene);
    if next.width() > 0 {
        all.push(next);
    }
    if let Some(line) = open_line(scene) {
        all.push(line);
    }
    if allowed(Action::Rollback, snapshot, scene.model).is_ok() {
        all.push(scene.line(Role::Quiet, format!("{} rolls back", scene.keymap.key(Action::Rollback))));
    }
    let plan = &snapshot.plan;
    if plan.production {
        all.push(scene.line(Role::Production, "PROD"));
    }
    all.push(Line::from(format!("{}/{}", plan.namespace, plan.application)));
    all
}

/// The line of the proof that stands still, else the one that is waited for.
fn open_line(scene: &Scene<'_>) -> Option<Row> {
    let rollback = scene.snapshot.rollback.as_ref().filter(|_| scene.snapshot.ended.is_none())?;
    let first = |state: LineState| rollback.lines.iter().find(|line| line.state == state);
    let (line, word, role) = match (first(LineState::Stalled), first(LineState::Waiting)) {
        (Some(line), _) => (line, "STALLED", Role::Strong),
        (None, Some(line)) => (line, "waits", Role::Plain),
        (None, None) => return None,
    };
    Some(scene.line(role, format!("{word}: {}", line.line.words_for(&scene.snapshot.plan))))
}
