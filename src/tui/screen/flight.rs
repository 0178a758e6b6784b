//! The flight: evidence, pods, events.
//!
//! ```text
//! ── evidence of the last minute ──────────────────────── api live · metrics live ──
//!  users    24.6% of requests meet 1.8.0   asked 25%, as 3 of 13 pods    51 of 207 req/s
//!  hurt     142 of 12 900 canary requests failed since 14:29:55 UTC (1m17s)
//!  rule     canary   stable    limit  trend             verdict                 age
//!  errors    1.10%    0.20%    1.00%  ▁▁▁▂▁▁▃▅▆█        ! SUSPICION              4s
//!  ! errors: why it stands so
//! ── pods ──────────────────── canary 3 of 3 ready · stable 10 of 10 ready ──
//!  canary  checkout-canary-6456…c55-x2k9p   ✔ ready                 4m
//! ── events ──────────────────────────────────────────────────────── times in UTC ──
//!  14:31:08 ! suspicion: canary fails 5.4 times as often as stable; holding
//! ```
//!
//! With several workloads the evidence is a line a workload; opened, one of them is shown as above.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::core::snapshot::{Mode, RuleNow, WorkloadNow};
use crate::tui::ranking::rules_of;
use crate::tui::screen::paint::{Row, clip, first_fit, mark_more, put, wrap_at_most};
use crate::tui::screen::{Scene, advice, charts, cluster, events, gauges, pods, share, sources, workloads};
use crate::tui::standing::worst;
use crate::tui::theme::Role;
use crate::tui::{figure, glyph, harm};

/// From this width on pods and events stand side by side.
const WIDE: u16 = 130;

/// The most lines of advice.
const ADVICE: usize = 4;

/// Under this height of the flight there is no room for all of it.
const SMALL: usize = 12;

/// Draws the flight into its area.
pub fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let width = usize::from(area.width);
    let height = usize::from(area.height);
    let evidence = evidence(scene, width, height);
    put(buffer, area, &evidence);
    let used = u16::try_from(evidence.len()).unwrap_or(area.height).min(area.height);
    let rest = Rect { y: area.y + used, height: area.height - used, ..area };
    draw_lists(scene, rest, buffer);
}

/// Draws pods and events, side by side where there is room.
pub fn draw_lists(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    if area.width >= WIDE {
        draw_beside(scene, area, buffer);
    } else {
        draw_below(scene, area, buffer);
    }
}

/// The only workload, or the one that was opened.
fn single<'a>(scene: &Scene<'a>) -> Option<&'a WorkloadNow> {
    let workloads = &scene.snapshot.workloads;
    match &scene.model.opened {
        Some(opened) => workloads.iter().find(|workload| workload.name == *opened),
        None if workloads.len() == 1 => workloads.first(),
        None => None,
    }
}

fn evidence(scene: &Scene<'_>, width: usize, height: usize) -> Vec<Row> {
    // Which time the figures below are of is said here and nowhere else.
    let window = match scene.snapshot.decided() {
        Some(decided) => format!("1m up to the decision, {} ago", scene.age(decided)),
        None => "the last minute".to_owned(),
    };
    let (title, short) = match &scene.model.opened {
        Some(name) => (format!("{name}, {window}, esc goes back"), format!("{name}, esc goes back")),
        None => (format!("evidence of {window}"), "evidence, 1m".to_owned()),
    };
    // How fresh the figures are gives way last.
    let mut lines = vec![scene.first_rule(
        vec![(title, sources::line(scene)), (short.clone(), sources::line(scene)), (short, sources::freshness(scene))],
        width,
    )];
    let told = told(scene, width, height);
    let height = height - told.len();
    lines.extend(told);
    match single(scene) {
        Some(workload) => lines.extend(one_workload(scene, workload, width, height)),
        None if scene.snapshot.workloads.is_empty() => lines.push(scene.line(Role::Quiet, " no workload is seen yet")),
        None => lines.extend(all_workloads(scene, width, height)),
    }
    lines
}

fn one_workload(scene: &Scene<'_>, workload: &WorkloadNow, width: usize, height: usize) -> Vec<Row> {
    let mut lines = Vec::new();
    let share = scene.snapshot.shares.iter().find(|share| share.workload == workload.name);
    if let (Mode::Idle, Some(total)) = (scene.snapshot.mode, share.and_then(|share| share.total_rate)) {
        let text = format!(" users    all requests meet {}: {} req/s", scene.snapshot.plan.from, figure::rate(total));
        lines.push(clip(Line::from(text), width));
    } else if let Some(now) = share.filter(|share| share.asked > 0.0 || share.measured.is_some()) {
        // On a small screen the rules are worth more than why the share is not what was asked.
        let most = if height < SMALL { 1 } else { usize::MAX };
        lines.extend(share::lines(scene, now, width).into_iter().take(most));
    }
    let rules: Vec<&RuleNow> = rules_of(scene.snapshot, &workload.name).collect();
    lines.extend(hurt(scene, rules.iter().copied(), width));
    if rules.is_empty() {
        lines.push(scene.line(Role::Quiet, " nothing is judged yet"));
        return lines;
    }
    // At least pods and events keep two lines each; on a small screen every rule is worth more than what has happened.
    let lists = if height < SMALL { 2 } else { 5 };
    let room = height.saturating_sub(lines.len() + lists).max(2);
    lines.extend(gauges::table(scene, &rules, width).into_iter().take(room));
    if scene.snapshot.mode == Mode::Idle {
        lines.extend(rules.iter().filter_map(|rule| serves_badly(scene, rule)).take(2));
    } else if let Some(rule) = worst(rules.iter().copied()) {
        // On a small screen what still holds is worth more than why a rule cannot be judged meanwhile.
        let advised = height < SMALL && !advice::lines(scene, width, usize::MAX).is_empty();
        let most = if height >= 16 { 2 } else { usize::from(height >= 12) };
        let why = gauges::why(scene, rule, &rule.judgement.rule, width, most);
        lines.extend(why.into_iter().filter(|_| !advised));
    }
    // Pods and events keep what they have, and no rule is cut for it.
    lines.extend(advice::lines(scene, width, height.saturating_sub(lines.len() + lists).min(ADVICE)));
    if height >= 34 {
        lines.push(Row::default());
        lines.extend(charts::lines(scene, &rules, width, (height / 4).min(12)));
    }
    lines
}

/// Since when users are hurt, and how many of their requests; what the others' rate would be where there is room for it.
fn hurt<'a>(scene: &Scene<'_>, rules: impl IntoIterator<Item = &'a RuleNow>, width: usize) -> Option<Row> {
    let hurt = harm::worst(rules)?;
    let counted = hurt.words(scene.snapshot, scene.now);
    let compared = hurt.elsewhere(scene.snapshot).map(|elsewhere| format!("{counted}; {elsewhere}"));
    let line = |text: String| Line::from(vec![scene.span(Role::Quiet, " hurt     "), scene.span(Role::Strong, text)]);
    Some(first_fit(compared.into_iter().chain([counted, hurt.short(scene.snapshot)]).map(line).collect(), width))
}

/// That what serves is over a limit itself, where nothing flies that could be compared with it.
fn serves_badly(scene: &Scene<'_>, rule: &RuleNow) -> Option<Row> {
    let evidence = &rule.judgement.evidence;
    let (value, limit) = (evidence.stable?, evidence.target?);
    let shown = |number| figure::value(rule.unit, Some(number));
    let text = format!(
        "{} itself: {} {}, the limit is {}",
        scene.snapshot.plan.from,
        rule.judgement.rule,
        shown(value),
        shown(limit)
    );
    let mut line = Line::from(" ");
    line.spans.extend(scene.state(glyph::FAIL, &text, Role::Bad).spans);
    (value > limit).then_some(line)
}

fn all_workloads(scene: &Scene<'_>, width: usize, height: usize) -> Vec<Row> {
    let room = (scene.snapshot.workloads.len() + 1).min(height.saturating_sub(6).max(3));
    let mut lines = workloads::table(scene, width, room);
    lines.extend(hurt(scene, &scene.snapshot.rules, width));
    if let Some(rule) = worst(&scene.snapshot.rules) {
        let label = format!("{} of {}", rule.judgement.rule, rule.judgement.workload);
        lines.extend(gauges::why(scene, rule, &label, width, 2));
    }
    lines.extend(advice::lines(scene, width, height.saturating_sub(lines.len() + 5).min(ADVICE)));
    lines
}

/// What preflight found worth telling, while nothing is measured yet; it takes no room from the rules, the pods and what
/// has happened. The plan tells all of it.
fn told(scene: &Scene<'_>, width: usize, height: usize) -> Vec<Row> {
    if scene.snapshot.mode != Mode::Starting {
        return Vec::new();
    }
    let rows = scene.snapshot.plan.rules.len().max(scene.snapshot.workloads.len());
    // The heads of evidence, rules, pods and events with two lines below each list, and two for the users.
    let others = 10 + rows;
    let mut lines: Vec<Row> = (scene.snapshot.plan.told.iter().take(3))
        .flat_map(|text| wrap_at_most(text, width.saturating_sub(11), 2).into_iter().enumerate())
        .map(|(place, text)| {
            Line::from(vec![scene.span(Role::Quiet, if place == 0 { " told     " } else { "          " }), text.into()])
        })
        .collect();
    mark_more(&mut lines, height.saturating_sub(others), width);
    lines
}

/// Pods above, events below; neither takes room that the other needs and it does not.
fn draw_below(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let height = usize::from(area.height);
    let wanted_events = 1 + scene.snapshot.log.len().max(1) * 2;
    let half = height.div_ceil(2);
    let for_pods = pods::wanted(scene).max(2).min(half.max(height.saturating_sub(wanted_events)));
    // A head of events with nothing below it is not drawn: its line is worth a pod.
    let for_pods = if height.saturating_sub(for_pods) < 2 { height } else { for_pods };
    let above = pods::lines(scene, usize::from(area.width), for_pods);
    put(buffer, area, &above);
    let used = u16::try_from(above.len()).unwrap_or(area.height).min(area.height);
    let rest = Rect { y: area.y + used, height: area.height - used, ..area };
    put(buffer, rest, &events::lines(scene, usize::from(area.width), usize::from(rest.height)));
}

/// Pods at the left; events and the cluster's own at the right.
fn draw_beside(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let left = Rect { width: area.width / 2, ..area };
    let right = Rect { x: area.x + left.width + 1, width: area.width - left.width - 1, ..area };
    put(buffer, left, &pods::lines(scene, usize::from(left.width), usize::from(left.height)));
    // The cluster's own events follow ours, and keep a third of the height.
    let wanted = events::lines(scene, usize::from(right.width), usize::from(right.height)).len() + 1;
    let upper = u16::try_from(wanted).unwrap_or(right.height).min(right.height - right.height / 3);
    put(buffer, right, &events::lines(scene, usize::from(right.width), usize::from(upper)));
    let lower = Rect { y: right.y + upper, height: right.height - upper, ..right };
    put(buffer, lower, &cluster::lines(scene, usize::from(lower.width), usize::from(lower.height)));
}
