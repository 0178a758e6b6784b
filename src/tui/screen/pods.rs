//! The pods of canary and stable: those in trouble first, then the canary's, then stable's, and a count of what is not shown.

use ratatui::text::{Line, Span};

use crate::core::plan::Kind;
use crate::core::snapshot::{Count, Mode, WorkloadNow};
use crate::core::text::middle;
use crate::core::time::Time;
use crate::core::view::{PodView, Track};
use crate::tui::figure::{age, plural};
use crate::tui::glyph;
use crate::tui::model::Pane;
use crate::tui::screen::Scene;
use crate::tui::screen::paint::{Row, clip, join, pad, right, wrap_at_most};
use crate::tui::screen::sources::cluster_is_stale;
use crate::tui::theme::Role;
use crate::tui::tree::Health;

/// A rule with the counts, then at most `height` − 1 lines of pods.
pub fn lines(scene: &Scene<'_>, width: usize, height: usize) -> Vec<Row> {
    // The head alone says how many are ready.
    if height == 0 {
        return Vec::new();
    }
    let mut lines = vec![scene.rule(&title(scene), counts(scene, " of "), width)];
    lines.extend(list(scene, width, height - 1));
    lines
}

/// How many lines all pods would take.
pub fn wanted(scene: &Scene<'_>) -> usize {
    let pods = shown(scene).map(|workload| workload.pods.len()).sum::<usize>();
    let messages = shown(scene).flat_map(|workload| &workload.pods).filter(|pod| pod.message.is_some()).count();
    1 + pods + messages.min(1) * MESSAGE_LINES
}

fn title(scene: &Scene<'_>) -> String {
    let marked = scene.model.pane == Pane::Pods || (scene.model.pane == Pane::First && scene.model.pods > 0);
    let scrolled = if marked && scene.model.pods > 0 { format!(", {} above", scene.model.pods) } else { String::new() };
    format!("pods{scrolled}")
}

/// The workloads that are shown: the one that is opened, or all.
fn shown<'a>(scene: &Scene<'a>) -> impl Iterator<Item = &'a WorkloadNow> + Clone {
    let opened = scene.model.opened.clone();
    scene.snapshot.workloads.iter().filter(move |workload| opened.as_ref().is_none_or(|name| *name == workload.name))
}

/// `canary 3 of 3 ready · stable 10 of 10 ready`, with `of` between the numbers.
pub fn counts(scene: &Scene<'_>, of: &str) -> Row {
    let sum = |count: fn(&WorkloadNow) -> Count| {
        shown(scene).map(count).fold(Count::default(), |all, one| Count {
            ready: all.ready.saturating_add(one.ready),
            wanted: all.wanted.saturating_add(one.wanted),
        })
    };
    let side = |name: &str, count: Count| {
        let role = if count.ready < count.wanted { Role::Strong } else { Role::Plain };
        Line::from(vec![
            scene.span(Role::Quiet, format!("{name} ")),
            scene.span(role, format!("{}{of}{}", count.ready, count.wanted)),
            scene.span(Role::Quiet, " ready"),
        ])
    };
    let stale = if cluster_is_stale(scene) { scene.line(Role::Blind, "as last seen") } else { Row::default() };
    let baseline = shown(scene).any(|workload| workload.baseline.is_some());
    let baseline =
        if baseline { side("baseline", sum(|one| one.baseline.unwrap_or_default())) } else { Row::default() };
    let plan = &scene.snapshot.plan;
    // The Deployment of an earlier version that is brought back has pods of both, one after the other.
    let (beside, staying) = match (plan.kind, scene.snapshot.mode) {
        (Kind::Release, _) => ("canary", "stable"),
        (_, Mode::Idle) => ("", plan.from.as_str()),
        _ => ("beside", "deployment"),
    };
    // Nothing stands beside what serves: a count of none would be taken for a fault.
    let canary = if beside.is_empty() { Row::default() } else { side(beside, sum(|one| one.canary)) };
    let stable = side(&middle(staying, 12), sum(|one| one.stable));
    join(vec![canary, baseline, stable, stale], " · ")
}

/// How urgent a pod is to be seen, 0 first.
fn rank(pod: &PodView, now: Time) -> usize {
    match (Health::of(pod, now), pod.track) {
        (Health::Trouble, track) if track.is_new() => 0,
        (Health::Trouble, _) => 1,
        (Health::Marked, track) if track.is_new() => 2,
        (Health::Marked, _) => 3,
        (_, Track::Canary) => 4,
        (_, Track::Rolled) => 5,
        (_, Track::Baseline) => 6,
        (_, Track::Stable) => 7,
        (_, Track::Other) => 8,
    }
}

const RANKS: usize = 9;

/// Where the cluster's sentence about a pod begins, below the pod.
const MESSAGE: usize = 9;

/// How many lines it takes at most.
const MESSAGE_LINES: usize = 4;

fn list(scene: &Scene<'_>, width: usize, height: usize) -> Vec<Row> {
    let total: usize = shown(scene).map(|workload| workload.pods.len()).sum();
    if total == 0 {
        return vec![scene.line(Role::Quiet, " no pods are seen yet")].into_iter().take(height).collect();
    }
    // One pass a rank, each only as long as there is room: ten thousand healthy pods cost no sort.
    let sorted = (0..RANKS).flat_map(|wanted| {
        shown(scene).flat_map(|workload| &workload.pods).filter(move |pod| rank(pod, scene.now) == wanted)
    });
    let skipped = scene.model.pods.min(total.saturating_sub(1));
    let mut lines: Vec<Row> = Vec::new();
    let mut told: Option<&str> = None;
    let mut count = 0;
    for pod in sorted.skip(skipped) {
        let message = pod.message.as_deref().filter(|message| told != Some(message));
        let left = total - skipped - count;
        // The last line is kept for the count of what does not fit.
        let count_line = usize::from(left > 1 && height > 1);
        let room = height.saturating_sub(lines.len() + count_line);
        if room == 0 {
            break;
        }
        let (line, message_shown) = pod_line(scene, pod, message, width);
        lines.push(line);
        count += 1;
        if let Some(message) = message {
            if !message_shown && room > 1 {
                // Why a pod does not come up is worth more lines than pods that have nothing to say.
                let text = wrap_at_most(message, width.saturating_sub(MESSAGE + 1), (room - 1).min(MESSAGE_LINES));
                lines.extend(text.into_iter().map(|text| Line::from(" ".repeat(MESSAGE) + &text)));
            }
            told = Some(message);
        }
    }
    let more = total - skipped - count;
    if more > 0 && lines.len() < height {
        lines.push(scene.line(Role::Quiet, format!(" + {} not shown", plural(more, "pod"))));
    }
    lines
}

/// The line of one pod, and whether the message found room on it.
fn pod_line(scene: &Scene<'_>, pod: &PodView, message: Option<&str>, width: usize) -> (Row, bool) {
    let name_width = (width * 3 / 8).clamp(12, 48);
    // Where there is a baseline, its word is the longest.
    let side = if scene.snapshot.plan.has_baseline() { 8 } else { 7 };
    let mut line = Line::from(vec![
        Span::raw(format!(" {} ", pad(&middle(track_word(scene, pod.track), side), side))),
        Span::raw(pad(&middle(&pod.name, name_width), name_width)),
        Span::raw("  "),
    ]);
    line.spans.extend(state(scene, pod, 18));
    line.spans.push(scene.span(Role::Quiet, format!(" {}", right(&age(scene.now.since(pod.created)), 4))));
    let mut notes = Vec::new();
    if pod.restarts > 0 {
        notes.push(plural(pod.restarts as usize, "restart"));
    }
    if pod.oom_kills > 0 {
        notes.push("OOMKilled".to_owned());
    }
    if width >= 100
        && let Some(node) = &pod.node
    {
        notes.push(format!("on {}", middle(node, 24)));
    }
    if !notes.is_empty() {
        line.spans.push(Span::raw(format!("  {}", notes.join(", "))));
    }
    let room = width.saturating_sub(line.width() + 2);
    let fits = message.is_some_and(|message| unicode_width::UnicodeWidthStr::width(message) <= room);
    if let Some(message) = message.filter(|_| fits) {
        line.spans.push(Span::raw(format!("  {message}")));
    }
    (clip(line, width), fits)
}

/// The word for a pod's side; where an earlier version is brought back, its version.
pub fn track_word<'a>(scene: &Scene<'a>, track: Track) -> &'a str {
    let plan = &scene.snapshot.plan;
    match track {
        Track::Canary => plan.beside(),
        Track::Stable => plan.staying(),
        Track::Rolled if plan.kind != Kind::Release => &plan.to,
        other => other.word(),
    }
}

/// The pod's state in exactly `width` columns.
pub fn state(scene: &Scene<'_>, pod: &PodView, width: usize) -> Vec<Span<'static>> {
    let stale = cluster_is_stale(scene);
    let (glyph, role, words) = match Health::of(pod, scene.now) {
        Health::Ready => (glyph::DONE, Role::Good, "ready".to_owned()),
        Health::Marked => (glyph::DONE, Role::Warn, "ready".to_owned()),
        Health::Starting => (glyph::WAIT, Role::Plain, "starting".to_owned()),
        Health::Leaving => (glyph::WAIT, Role::Quiet, "going".to_owned()),
        Health::Trouble if pod.reason == "Running" => (glyph::FAIL, Role::Bad, "NOT READY".to_owned()),
        Health::Trouble => (glyph::FAIL, Role::Bad, pod.reason.clone()),
    };
    let (glyph, role) = if stale { (glyph::STALE, Role::Quiet) } else { (glyph, role) };
    let line = clip(scene.state(glyph, &words, role), width);
    let gap = width.saturating_sub(line.width());
    let mut spans = line.spans;
    spans.push(Span::raw(" ".repeat(gap)));
    spans
}
