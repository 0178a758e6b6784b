//! The proof of a rollback: whether users are safe, then the checklist with its stopwatch, what stalls and why.
//!
//! ```text
//! ── proof of the rollback 1.8.0 → 1.7.4 ───── decided 14:31:40 UTC, took 3.4 s ──
//!  ✔ USERS ARE SAFE since 14:31:43 UTC, 3.1 s after the decision
//!    canary request rate 0 since 14:31:43 UTC
//!  cause    errors, 1000:1 at 25 % (canary 1.4 %, stable 0.20 %)
//!
//!  ✔ canary to 0      0.1 s    the canary was scaled to 0
//!  ◌ canary gets none waiting  2 of 3 canary pods are gone
//!  ! stable full size STALLED  9 of 10: checkout-5d9c…b8tlp not ready, probe says 503
//! ```

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::core::plan::Kind;
use crate::core::proof::{LineKind, LineState, of_users, stable_fails};
use crate::core::snapshot::{Fought, RollbackNow, Snapshot, WriteNow, WriteState};
use crate::core::text::middle;
use crate::core::time::{Time, ago, human};
use crate::tui::figure::{heard, rate, stopwatch};
use crate::tui::glyph;
use crate::tui::harm;
use crate::tui::keymap::Action;
use crate::tui::model::View;
use crate::tui::screen::paint::{Row, clip, mark_more, pad, put, wrap, wrap_at_most};
use crate::tui::screen::where_it_flies::{nobody_drives, way_of};
use crate::tui::screen::{Scene, checklist, end, events, flight, sources};
use crate::tui::stakes::Stakes;
use crate::tui::theme::Role;

/// How many lines the cause may take: it may be a sentence of the scheduler's.
const CAUSE: usize = 3;

/// Draws the proof, what is left to say at the end, and the events below.
pub fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let Some(rollback) = &scene.snapshot.rollback else { return };
    let width = usize::from(area.width);
    let height = usize::from(area.height);
    let title = format!("proof of the rollback {}", way_of(scene, 16));
    let mut lines = vec![scene.rule(&title, clock(scene, rollback), width)];
    lines.extend(safety(scene, rollback, width));
    let needed = [needed(scene, rollback, width), end::needed_lines(scene, width)].concat();
    let urgent = look_at(scene, rollback).is_some() || nobody_drives(scene) || rollback.is_fought().is_some();
    let (above, below) =
        if urgent && scene.snapshot.ended.is_none() { (needed, Vec::new()) } else { (Vec::new(), needed) };
    lines.extend(above);
    let notes = end::notes(scene, width);
    // Every line of the checklist is worth more than a long cause, and than air.
    let room = height.saturating_sub(lines.len() + below.len());
    let list = match checklist::order(rollback).len() {
        0 | 1 => checklist::lines(scene, rollback, width, usize::MAX).len(),
        // A table, its head, and what is open below it; cause and harm keep a line each.
        many => (many + 4).min(room.saturating_sub(2)),
    };
    let details = fit(details(scene, rollback), width, room.saturating_sub(list + notes.len()));
    let air = room >= list + notes.len() + rows(&details, width) + 2;
    lines.extend(details.iter().flat_map(|one| wrap_labelled(scene, one.label, &one.text, width, one.most)));
    lines.extend(air.then(Row::default));
    let room = height.saturating_sub(lines.len() + below.len() + usize::from(air));
    lines.extend(checklist::lines(scene, rollback, width, room));
    lines.extend((air && !(below.is_empty() && notes.is_empty())).then(Row::default));
    lines.extend(below);
    lines.extend(notes);
    lines.push(Row::default());
    mark_more(&mut lines, height, width);
    put(buffer, area, &lines);
    let used = u16::try_from(lines.len()).unwrap_or(area.height).min(area.height);
    let rest = Rect { y: area.y + used, height: area.height - used, ..area };
    if rest.height >= 12 {
        flight::draw_lists(scene, rest, buffer);
    } else {
        put(buffer, rest, &events::lines(scene, width, usize::from(rest.height)));
    }
}

/// Something beside the checklist, in at most so many lines.
struct Detail {
    label: &'static str,
    text: String,
    most: usize,
}

impl Detail {
    fn new(label: &'static str, text: String) -> Self {
        Self { label, text, most: if label == "cause" { CAUSE } else { 2 } }
    }

    fn rows(&self, width: usize) -> usize {
        wrap_at_most(&self.text, beside_label(width), self.most).len()
    }
}

/// What is told beside the checklist, in its order.
fn details(scene: &Scene<'_>, rollback: &RollbackNow) -> Vec<Detail> {
    let hurt = harm::worst(&scene.snapshot.rules).map(|hurt| hurt.words(scene.snapshot, scene.now));
    let lost = (!rollback.lost.is_zero() && !sources::cluster_is_stale(scene))
        .then(|| format!("the API server could not be reached for {} of this time", human(rollback.lost)));
    let writes = writes(scene, rollback).into_iter().map(|text| ("write", text));
    let all = [("cause", rollback.cause.clone())].into_iter();
    let all = all.chain(hurt.map(|text| ("hurt", text))).chain(lost.map(|text| ("lost", text))).chain(writes);
    let all = all.chain(limit(scene, rollback).map(|text| ("limit", text)));
    all.map(|(label, text)| Detail::new(label, text)).collect()
}

fn rows(details: &[Detail], width: usize) -> usize {
    details.iter().map(|detail| detail.rows(width)).sum()
}

/// Shortens them until they fit: the cause first, which the journal has in full, and what is to be done about it last.
fn fit(mut details: Vec<Detail>, width: usize, room: usize) -> Vec<Detail> {
    const GIVES_WAY: [&str; 5] = ["cause", "lost", "hurt", "limit", "write"];
    for least in [1, 0] {
        for label in GIVES_WAY {
            while rows(&details, width) > room {
                let shorter = |one: &&mut Detail| one.label == label && one.rows(width) > least;
                let Some(longest) = details.iter_mut().rev().find(shorter) else { break };
                longest.most = longest.rows(width) - 1;
            }
        }
    }
    details
}

/// The stopwatch runs until every line is done, or the release has ended.
fn clock(scene: &Scene<'_>, rollback: &RollbackNow) -> Row {
    let decided = format!("decided {} UTC, ", rollback.since.clock());
    let (role, words) = match stopped_at(scene.snapshot, rollback) {
        Some(at) => (Role::Plain, format!("took {}", stopwatch(at.since(rollback.since)))),
        None => (Role::Strong, format!("running {}", heard(scene.now.since(rollback.since)))),
    };
    Line::from(vec![scene.span(Role::Quiet, decided), scene.span(role, words)])
}

/// When the last line was done; for a release that has ended unproven, when its last picture was made.
fn stopped_at(snapshot: &Snapshot, rollback: &RollbackNow) -> Option<Time> {
    let proven = !rollback.lines.is_empty() && rollback.lines.iter().all(|line| line.state == LineState::Done);
    if proven {
        return rollback.lines.iter().filter_map(|line| line.done_at).max();
    }
    snapshot.ended.is_some().then_some(snapshot.at)
}

/// What became of the writes that do not go through: whether they were sent, how often, and when they are sent again.
fn writes(scene: &Scene<'_>, rollback: &RollbackNow) -> Vec<String> {
    let failing = rollback.writes.iter().filter(|write| write.why.is_some() && write.state != WriteState::Confirmed);
    let unreachable = sources::cluster_is_stale(scene);
    let one = |write: &WriteNow| {
        let sent = if write.tries == 1 { "sent once".to_owned() } else { format!("sent {} times", write.tries) };
        let then = match write.state {
            // When the server is asked again is said once, beside its name.
            WriteState::Again { .. } if unreachable => "again and again until it answers".to_owned(),
            WriteState::Again { at } if at.since(scene.now) >= Duration::from_secs(1) => {
                format!("again in {}", heard(at.since(scene.now)))
            }
            WriteState::Again { .. } => "again now".to_owned(),
            WriteState::Sent | WriteState::Confirmed => "waiting for the answer".to_owned(),
        };
        let why = write.why.as_deref().unwrap_or_default();
        format!("{}: {sent}, {then}; last answer: {why}", write.what)
    };
    failing.take(2).map(one).collect()
}

/// When the wait for the proof ends, once it takes longer than most do: it must not come out of the blue.
fn limit(scene: &Scene<'_>, rollback: &RollbackNow) -> Option<String> {
    const LONG: Duration = Duration::from_secs(20);
    if scene.snapshot.ended.is_some() || scene.now.since(rollback.since) < LONG {
        return None;
    }
    let whole = human(scene.snapshot.plan.limits.proof);
    let open = rollback.lines.iter().any(|line| line.state != LineState::Done);
    match rollback.limit {
        Some(at) if open && at > scene.now => {
            let (left, plan) = (heard(at.since(scene.now)), &scene.snapshot.plan);
            Some(if rollback.nobody_meets_it() {
                format!("{} UTC (in {left}) it ends not proven; traffic stays on {}", at.clock(), plan.comes_back())
            } else {
                format!("{} UTC (in {left}) it proves no more; users may still meet {}", at.clock(), plan.goes_away())
            })
        }
        Some(_) if open => Some(format!("{whole} are over: it tries until its writes are through, and ends unproven")),
        None if open => Some(format!("{whole} are over: it ends unproven; what is left of the canary is taken away")),
        _ => None,
    }
}

/// Whether users are safe, and what is measured of the canary's traffic.
pub fn safety(scene: &Scene<'_>, rollback: &RollbackNow, width: usize) -> Vec<Row> {
    // Whether users are well behind stable is another question, which its own line answers.
    let words = of_users(&rollback.lines, rollback.unmet, scene.snapshot.plan.left_behind()).to_uppercase();
    let (glyph, sign, words, role) = match rollback.safe_since {
        _ if rollback.unmet => (glyph::DONE, Role::Good, words, Role::Strong),
        Some(since) => {
            let after = format!(", {} after the decision", stopwatch(since.since(rollback.since)));
            let after = if width < 60 { "" } else { &after };
            (glyph::DONE, Role::Good, format!("{words} since {} UTC{after}", since.clock()), Role::Strong)
        }
        None => (glyph::ALERT, Role::Bad, "USERS ARE NOT PROVEN SAFE YET".to_owned(), Role::Bad),
    };
    let first = Line::from(vec![Span::raw(" "), scene.span(sign, glyph), Span::raw(" "), scene.span(role, words)]);
    let plan = &scene.snapshot.plan;
    let whose = match plan.kind {
        Kind::Release => "canary request rate".to_owned(),
        Kind::Restore | Kind::RestoreInPlace => format!("{} request rate", middle(&plan.from, 16)),
    };
    let rate = match rollback.canary_rate {
        _ if rollback.unmet => "no pod of it was ever seen Ready, so no Service sent it a request".to_owned(),
        Some((0.0, at)) if rollback.safe_since.is_some() => format!("{whose} 0 since {} UTC", at.clock()),
        Some((measured, at)) => {
            let age = scene.now.since(at);
            let old = if age > scene.snapshot.plan.scrape * 3 { glyph::STALE } else { "" };
            format!("{whose} {old}{} req/s in the last reading, {}", rate(measured), ago(age))
        }
        None => format!("{whose} was never measured"),
    };
    let old = matches!(rollback.canary_rate, Some((_, at)) if scene.now.since(at) > scene.snapshot.plan.scrape * 3);
    let role = if old && !rollback.nobody_meets_it() { Role::Quiet } else { Role::Plain };
    [first, scene.line(role, format!("   {rate}"))].into_iter().map(|line| clip(line, width)).collect()
}

/// What is needed from the person, while it goes on.
fn needed(scene: &Scene<'_>, rollback: &RollbackNow, width: usize) -> Vec<Row> {
    if scene.snapshot.ended.is_some() {
        return Vec::new();
    }
    let said = |role: Role, text: &str| -> Vec<Row> {
        let text = wrap(text, width.saturating_sub(2));
        text.into_iter().map(|text| scene.line(role, format!(" {text}"))).collect()
    };
    if nobody_drives(scene) {
        let key = scene.keymap.key(Action::Rollback);
        let role = if rollback.nobody_meets_it() { Role::Strong } else { Role::Bad };
        let text = "NOBODY DRIVES THIS ROLLBACK, and nothing goes on by itself";
        return said(role, &format!("{text}: {key}, then y takes the wheel and finishes it."));
    }
    if let Some(Fought { by, service }) = rollback.is_fought() {
        let text = format!("{by} PINS Service {service} TO THE CANARY again and again");
        return said(Role::Bad, &format!("{text}; it is unpinned each time. Stop {by}, and it is through."));
    }
    let users = of_users(&rollback.lines, rollback.unmet, scene.snapshot.plan.left_behind());
    match (rollback.nobody_meets_it(), look_at(scene, rollback)) {
        (true, None) if rollback.safe_since.is_some() => {
            let good = scene.snapshot.plan.comes_back();
            said(
                Role::Plain,
                &format!("Traffic is on {good}; the proof goes on by itself. Nothing is needed from you."),
            )
        }
        (_, None) => said(Role::Plain, "It goes on by itself; nothing is needed from you."),
        (true, Some(look)) => match stable_fails(&rollback.lines) {
            // It is no fault of the rollback, and no reason to sleep: what is measured of stable says more than where to look.
            Some(line) => {
                let good = scene.snapshot.plan.comes_back();
                said(Role::Strong, &format!("Traffic is on {good}, WHICH IS NOT PROVEN WELL ITSELF: {}.", line.why))
            }
            None => said(Role::Strong, &format!("It goes on by itself; {users}. Look at what is STALLED: {look}.")),
        },
        (false, Some(look)) => {
            let text = if sources::cluster_is_stale(scene) {
                // Nothing of the cluster can be looked at then: what is known of it is old.
                "THE API SERVER DOES NOT ANSWER: until it does, users may still meet the bad version.".to_owned()
            } else {
                format!("LOOK AT WHAT IS STALLED ({look}): users may still meet the bad version.")
            };
            let mut lines = said(Role::Bad, &text);
            if Stakes::of(scene.snapshot) == Stakes::RollingBack {
                let quit = scene.keymap.key(Action::Quit);
                let text = format!("Keep this open: it tries again by itself. {quit} would stop it, and asks first.");
                lines.extend(said(Role::Strong, &text));
            }
            lines
        }
    }
}

/// Which key shows what the stalled lines rest on; `None`: none is stalled.
pub fn look_at(scene: &Scene<'_>, rollback: &RollbackNow) -> Option<String> {
    let stalled = |line: LineKind| rollback.lines.iter().any(|one| one.line == line && one.state == LineState::Stalled);
    let evidence = stalled(LineKind::SloInside);
    let pods = LineKind::ALL.into_iter().filter(|line| *line != LineKind::SloInside).any(stalled);
    let press = |view: View, what: &str| format!("press {} for {what}", scene.keymap.key(Action::Go(view)));
    let all = [pods.then(|| press(View::Pods, "its pods")), evidence.then(|| press(View::Evidence, "the evidence"))];
    let all: Vec<String> = all.into_iter().flatten().collect();
    (!all.is_empty()).then(|| all.join(", "))
}

/// The columns that a text beside a label has.
fn beside_label(width: usize) -> usize {
    width.saturating_sub(11)
}

/// A label, then a text of at most `most` lines.
pub fn wrap_labelled(scene: &Scene<'_>, label: &str, text: &str, width: usize, most: usize) -> Vec<Row> {
    wrap_at_most(text, beside_label(width), most)
        .into_iter()
        .enumerate()
        .map(|(place, text)| {
            let label = if place == 0 { pad(label, 8) } else { " ".repeat(8) };
            Line::from(vec![scene.span(Role::Quiet, format!(" {label} ")), Span::raw(text)])
        })
        .collect()
}
