//! How many of the users' requests meet the canary, beside what was asked, and why the two differ.
//!
//! ```text
//!  users    24.6% of requests meet 1.8.0   asked 25%, as 3 of 13 pods        51 of 207 req/s
//!  users    21% of requests meet 1.8.0 ≠   asked 50%, as 10 of 20 pods
//!           its pods would get 50%: clients keep older connections open
//! ```

use std::time::Duration;

use ratatui::text::{Line, Span};

use crate::core::snapshot::{ShareNow, WorkloadNow};
use crate::core::text::middle;
use crate::core::time::Time;
use crate::core::view::Link;
use crate::tui::figure::{NONE, count, rate, share};
use crate::tui::glyph;
use crate::tui::screen::Scene;
use crate::tui::screen::paint::{Row, clip, spread, wrap_at_most};
use crate::tui::theme::Role;

/// From this many points on, what is measured differs from what is expected.
const DIFFERENT: f64 = 5.0;

/// Fewer requests than this make no share that one could rely on.
const FEW: u64 = 100;

/// A step that has soaked no longer than this still has the traffic of the one before.
const YOUNG: Duration = Duration::from_secs(45);

/// The lines of one workload: the share, and why it differs where it does.
pub fn lines(scene: &Scene<'_>, now: &ShareNow, width: usize) -> Vec<Row> {
    let rates = [traffic(now, !is_over(scene)), traffic(now, false), String::new()];
    // Why it is asked is worth more than how much traffic that is.
    let candidates = [(true, 0), (true, 1), (true, 2), (false, 2)];
    let fits = candidates.into_iter().find_map(|(pods, rate)| {
        let (left, right) = (users(scene, now, pods), rates.get(rate).cloned().unwrap_or_default());
        (left.width() + right.len() + 2 <= width).then(|| spread(left, Line::from(Span::raw(right)), width))
    });
    let mut lines = vec![fits.unwrap_or_else(|| clip(users(scene, now, false), width))];
    if let Some(why) = why(scene, now) {
        let text = wrap_at_most(&why, width.saturating_sub(11), 2);
        lines.extend(text.into_iter().map(|text| Line::from(format!("{}{text}", " ".repeat(10)))));
    }
    lines
}

/// `users    24.6% of requests meet 1.8.0   asked 25%, as 3 of 13 pods`.
fn users(scene: &Scene<'_>, now: &ShareNow, pods: bool) -> Row {
    let quiet = |text: String| scene.span(Role::Quiet, text);
    let version = middle(&scene.snapshot.plan.to, 16);
    let mut line = Line::from(quiet(" users    ".to_owned()));
    match now.measured {
        Some(0.0) if is_over(scene) => line.spans.push(Span::raw(format!("no request meets {version} any more"))),
        Some(_) if last(scene, now).is_some() => {
            let age = last(scene, now).map(|at| scene.age(at)).unwrap_or_default();
            let text = format!("{}{} of requests met {version} {age} ago", glyph::STALE, measured(now));
            line.spans.push(quiet(text));
        }
        Some(_) => line
            .spans
            .extend([scene.span(Role::Strong, measured(now)), Span::raw(format!(" of requests meet {version}"))]),
        None => line.spans.push(Span::raw(format!("how many requests meet {version} is not measured yet"))),
    }
    if differs(now) {
        line.spans.extend([Span::raw(" "), scene.span(Role::Warn, glyph::UNEQUAL)]);
    }
    if is_over(scene) {
        return line;
    }
    line.spans.push(quiet("   asked ".to_owned()));
    line.spans.push(scene.span(Role::Strong, share(now.asked)));
    if pods && let Some(words) = pods_words(scene, now) {
        line.spans.push(quiet(format!(", {words}")));
    }
    line
}

/// When the share was last measured, where that is not now: its pods do not say, or nobody can ask them.
pub fn last(scene: &Scene<'_>, now: &ShareNow) -> Option<Time> {
    now.last.or_else(|| match scene.snapshot.sources.get("metrics") {
        Some(Link::Lost { since, .. }) => Some(*since),
        _ => None,
    })
}

/// Whether a rollback is proved to have left the canary without requests.
fn is_over(scene: &Scene<'_>) -> bool {
    scene.snapshot.decided().is_some()
        && scene.snapshot.rollback.as_ref().is_some_and(|rollback| rollback.safe_since.is_some())
}

fn workload<'a>(scene: &Scene<'a>, now: &ShareNow) -> Option<&'a WorkloadNow> {
    scene.snapshot.workloads.iter().find(|workload| workload.name == now.workload)
}

/// What makes the weight: pods, or a pin.
fn pods_words(scene: &Scene<'_>, now: &ShareNow) -> Option<String> {
    let workload = workload(scene, now)?;
    if !workload.pinned.is_empty() {
        return Some("pinned".to_owned());
    }
    let baseline = workload.baseline.map_or(0, |baseline| baseline.wanted);
    let (canary, all) = (workload.canary.wanted, workload.canary.wanted + workload.stable.wanted + baseline);
    (now.asked < 100.0 && canary > 0).then(|| format!("as {canary} of {all} pods"))
}

/// Why what is measured is far from what was asked.
fn why(scene: &Scene<'_>, now: &ShareNow) -> Option<String> {
    if last(scene, now).is_some() {
        return Some("nothing newer is measured: how many meet it now is not known".to_owned());
    }
    if !differs(now) {
        return None;
    }
    let workload = workload(scene, now)?;
    if now.asked <= 0.0 {
        let went = workload.canary.wanted == 0;
        let words = if went { "its pods are on their way out" } else { "its pods are not told to go yet" };
        return Some(words.to_owned());
    }
    if now.asked >= 100.0 && workload.pinned.is_empty() {
        return Some("its Service is not pinned to it: users meet the pods of both versions".to_owned());
    }
    if workload.canary.ready < workload.canary.wanted {
        return Some("not all of its pods are Ready yet".to_owned());
    }
    if now.requests < FEW {
        return Some("few requests so far: this share is not sure yet".to_owned());
    }
    if now.asked >= 100.0 {
        return Some("not all yet: clients keep older connections open".to_owned());
    }
    let young = scene.snapshot.step.as_ref().is_none_or(|step| step.soaked < YOUNG);
    let cause = if young { "the step has just begun" } else { "clients keep older connections open" };
    Some(format!("its pods would get {}: {cause}", share(now.expected)))
}

/// The measured share, or that it is unknown.
pub fn measured(now: &ShareNow) -> String {
    now.measured.map_or_else(|| "unknown".to_owned(), share)
}

/// Whether what is measured is far from what pods make of the weight.
pub fn differs(now: &ShareNow) -> bool {
    now.last.is_none() && now.measured.is_some_and(|measured| (measured - now.expected).abs() >= DIFFERENT)
}

/// How much traffic the canary gets.
fn traffic(now: &ShareNow, with_requests: bool) -> String {
    let of = |number: Option<f64>| number.map_or_else(|| NONE.to_owned(), rate);
    let rates = format!("{} of {} req/s", of(now.canary_rate), of(now.total_rate));
    if with_requests { format!("{rates}, {} in this step ", count(now.requests)) } else { format!("{rates} ") }
}
