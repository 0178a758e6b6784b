//! Each rule with all that it rests on: the list above, and below it the one under the cursor, with its line, the counts
//! behind it, where they come from, and its chart over time.

use ratatui::text::{Line, Span};

use crate::core::compare::other_side;
use crate::core::judge::{odds_line, odds_words};
use crate::core::rule::{Action, Rule, Sli};
use crate::core::snapshot::{RuleNow, Unit};
use crate::core::time::human;
use crate::core::view::Link;
use crate::tui::figure::{NONE, count, value};
use crate::tui::list::window;
use crate::tui::rows::rules;
use crate::tui::screen::gauges::{canary_value, stands};
use crate::tui::screen::paint::{Row, clip, pad, right};
use crate::tui::screen::view::{cursor, fact};
use crate::tui::screen::{Scene, gauges, history};
use crate::tui::standing::Standing;
use crate::tui::theme::Role;
use crate::tui::view::View;

/// The list, then the rule under the cursor.
pub fn lines(scene: &Scene<'_>, width: usize, height: usize) -> Vec<Row> {
    let rules = rules(scene.snapshot, scene.model);
    if rules.is_empty() {
        return vec![scene.line(Role::Quiet, " nothing is judged yet; rules are judged from the first soak on")];
    }
    let chosen = scene.model.cursor(View::Evidence).min(rules.len() - 1);
    let for_list = rules.len().min((height / 3).max(1)).max(1);
    let mut lines: Vec<Row> = Vec::new();
    if height >= 9 {
        lines.push(clip(head(scene, &rules, width), width));
    }
    lines.extend(
        window(rules.len(), chosen, for_list)
            .filter_map(|place| Some(line(scene, rules.get(place)?, place == chosen, width))),
    );
    let Some(rule) = rules.get(chosen) else { return lines };
    lines.push(title(scene, rule, chosen, rules.len(), width));
    let room = height.saturating_sub(lines.len());
    lines.extend(beside_a_chart(facts(scene, rule, width), room));
    let room = height.saturating_sub(lines.len());
    lines.extend(history::lines(scene, rule, width, room));
    lines
}

/// What gives way to a chart where there is not room for both, the first of it first: opened, the rule says it all.
const SPARED: [Label; 3] = [Label::Measured, Label::InWords, Label::Line];

/// The facts beside a chart, if without those that can be spared there is room for one; else all of them.
fn beside_a_chart(facts: Vec<Fact>, room: usize) -> impl Iterator<Item = Row> {
    let rows = |spared: &[Label]| -> usize {
        facts.iter().filter(|fact| !spared.contains(&fact.label)).map(|fact| fact.rows.len()).sum()
    };
    let spared =
        (0..=SPARED.len()).filter_map(|few| SPARED.get(..few)).find(|spared| rows(spared) + history::LEAST <= room);
    let spared = spared.unwrap_or_default();
    facts.into_iter().filter(|fact| !spared.contains(&fact.label)).flat_map(|fact| fact.rows)
}

/// The lines of a chart where the page is scrolled.
const CHART: usize = 8;

/// All about the rule under the cursor, from a scrolled line on, where it has the whole view.
pub fn opened(scene: &Scene<'_>, top: usize, width: usize, height: usize) -> Vec<Row> {
    let rules = rules(scene.snapshot, scene.model);
    let chosen = scene.model.cursor(View::Evidence).min(rules.len().saturating_sub(1));
    let Some(rule) = rules.get(chosen) else { return Vec::new() };
    let mut all = vec![line(scene, rule, false, width)];
    all.extend(facts(scene, rule, width).into_iter().flat_map(|fact| fact.rows));
    all.extend(history::lines(scene, rule, width, height.saturating_sub(all.len() + 1).max(CHART)));
    let room = height.saturating_sub(1);
    let top = top.min(all.len().saturating_sub(room));
    let title = title(scene, rule, chosen, rules.len(), width);
    std::iter::once(title).chain(all.into_iter().skip(top).take(room)).collect()
}

fn title(scene: &Scene<'_>, rule: &RuleNow, chosen: usize, of: usize, width: usize) -> Row {
    let title = format!("{} of {}, {} of {}", rule.judgement.rule, rule.judgement.workload, chosen + 1, of);
    let title = match scene.snapshot.decided() {
        Some(decided) => format!("{title}, at the decision, {} ago", scene.age(decided)),
        None => title,
    };
    scene.rule(&title, scene.line(Role::Quiet, on_breach(rule.action)), width)
}

fn verdict_width(width: usize) -> usize {
    if width < 60 { 12 } else { 20 }
}

fn label_width(width: usize) -> usize {
    (width / 4).clamp(8, 30)
}

fn head(scene: &Scene<'_>, rules: &[&RuleNow], width: usize) -> Row {
    let [canary, other] = gauges::sides(scene, rules);
    let values = format!("{} {} {}", right(&canary, 9), right(&other, 9), right("limit", 9));
    scene.line(
        Role::Quiet,
        format!(" {} {} {values}", pad("last 1m", label_width(width)), pad("verdict", verdict_width(width))),
    )
}

fn line(scene: &Scene<'_>, rule: &RuleNow, chosen: bool, width: usize) -> Row {
    let judgement = &rule.judgement;
    let standing = Standing::of(judgement);
    let label = if scene.snapshot.workloads.len() > 1 {
        format!("{} {}", judgement.workload, judgement.rule)
    } else {
        judgement.rule.clone()
    };
    let label = crate::core::text::middle(&label, label_width(width));
    let gap = label_width(width).saturating_sub(unicode_width::UnicodeWidthStr::width(label.as_str()));
    let past = scene.snapshot.decided().is_some();
    let numbers = if past || standing.is_blind() { Role::Quiet } else { Role::Plain };
    let mut spans = vec![
        cursor(scene, chosen),
        scene.span(if chosen { Role::Chosen } else { Role::Strong }, label),
        Span::raw(" ".repeat(gap + 1)),
    ];
    spans.extend(stands(scene, rule, verdict_width(width)));
    let values = format!(
        " {} {} {}",
        right(&canary_value(rule), 9),
        right(&value(rule.unit, judgement.evidence.stable), 9),
        right(&value(rule.unit, judgement.evidence.target), 9)
    );
    spans.push(scene.span(numbers, values));
    clip(Line::from(spans), width)
}

fn on_breach(action: Action) -> &'static str {
    match action {
        Action::Note => "a breach is noted",
        Action::Hold => "a breach holds",
        Action::Rollback => "a breach rolls back",
    }
}

/// What a fact tells of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Label {
    Because,
    Line,
    ThisStep,
    InWords,
    Counts,
    Needs,
    Data,
    Measured,
}

impl Label {
    fn word(self) -> &'static str {
        match self {
            Self::Because => "because",
            Self::Line => "line",
            Self::ThisStep => "this step",
            Self::InWords => "in words",
            Self::Counts => "counts",
            Self::Needs => "needs",
            Self::Data => "data",
            Self::Measured => "measured",
        }
    }
}

struct Fact {
    label: Label,
    rows: Vec<Row>,
}

/// What it rests on, from the most to the least telling; what is not known is left out.
fn facts(scene: &Scene<'_>, now: &RuleNow, width: usize) -> Vec<Fact> {
    let evidence = &now.judgement.evidence;
    let standing = Standing::of(&now.judgement);
    let known = scene.snapshot.plan.rules.iter().find(|rule| rule.name == now.judgement.rule);
    let mut facts = Vec::new();
    let mut say = |label: Label, text: &str, role: Role, most: usize| {
        if !text.is_empty() {
            facts.push(Fact { label, rows: fact(scene, label.word(), text, role, width, most) });
        }
    };
    say(Label::Because, &evidence.why, standing.role().of_label(), 2);
    if let Some(rule) = known {
        say(Label::Line, &drawn(now, rule), Role::Plain, 2);
    }
    if let Some(rule) = known.filter(|_| evidence.odds.is_some()) {
        say(Label::ThisStep, &odds_line(rule, evidence).unwrap_or_default(), Role::Strong, 2);
        say(Label::InWords, &odds_words(&scene.snapshot.plan, rule, evidence).unwrap_or_default(), Role::Plain, 4);
    } else if !matches!(now.unit, Unit::Bytes | Unit::Number) {
        let counts = format!(
            "{} of {} canary requests in this step were {}; {} {} of {}",
            count(evidence.bad),
            count(evidence.requests),
            if now.unit == Unit::Seconds { "too slow" } else { "bad" },
            other_side(evidence.baseline),
            count(evidence.stable_bad),
            count(evidence.stable_requests)
        );
        say(Label::Counts, &counts, Role::Plain, 2);
    }
    // Why it does not pass is mostly that, and says it.
    if let Some(needs) = evidence.needs.filter(|_| !evidence.why.starts_with("needs ")) {
        say(Label::Needs, &format!("{} more canary requests before it can pass", count(needs)), Role::Strong, 1);
    }
    say(Label::Data, &data(scene, now, known), if standing.is_blind() { Role::Strong } else { Role::Plain }, 2);
    if let Some(rule) = known {
        say(Label::Measured, &measured(scene, rule), Role::Quiet, 1);
    }
    facts
}

/// The line between good and bad, in words.
fn drawn(now: &RuleNow, rule: &Rule) -> String {
    let judge = &rule.judge;
    let target = value(now.unit, now.judgement.evidence.target);
    let what = match &rule.sli {
        Sli::Errors { target } => format!("at most {} of requests fail", value(Unit::Share, Some(*target))),
        Sli::Latency { quantile, bound } => {
            format!("{} % of requests within {}", quantile * 100.0, value(Unit::Seconds, Some(*bound)))
        }
        Sli::Memory { .. } => format!("the largest pod stays below {target}"),
        Sli::Query { goal, unit, .. } => format!("its expression is {goal} {unit}").trim_end().to_owned(),
    };
    if rule.odds.is_some() {
        return what;
    }
    let row = match judge.consecutive {
        0 | 1 => "one bad sample is a breach".to_owned(),
        several => format!("{} bad samples of {several} in a row", now.judgement.evidence.in_a_row),
    };
    format!("{what}; samples of {}, {row}", human(judge.interval))
}

/// How fresh the data is, and how its source does.
fn data(scene: &Scene<'_>, now: &RuleNow, rule: Option<&Rule>) -> String {
    if scene.snapshot.decided().is_some() {
        return "of the decision: the rules rest since then; the proof says how stable does now".to_owned();
    }
    let age = match now.judgement.evidence.newest {
        Some(newest) => format!("newest sample {} old", scene.age(newest)),
        None => "no sample yet".to_owned(),
    };
    let stale = rule.map(|rule| format!(", stale after {}", human(rule.judge.freshness))).unwrap_or_default();
    let source = match scene.snapshot.sources.get("metrics") {
        Some(Link::Live { .. }) => "; the source answers".to_owned(),
        Some(Link::Connecting { .. }) => "; the source was asked for the first time".to_owned(),
        Some(Link::Lost { why, retry, .. }) => {
            format!("; THE SOURCE DOES NOT ANSWER: {why}; asked again in {}", human(retry.since(scene.now)))
        }
        None => String::new(),
    };
    format!("{}, {age}{stale}{source}", now.judgement.data.words())
}

/// From which series, and how often.
fn measured(scene: &Scene<'_>, rule: &Rule) -> String {
    let plan = &scene.snapshot.plan;
    let names = match &rule.sli {
        Sli::Errors { .. } => &plan.signals.requests,
        Sli::Latency { .. } => &plan.signals.latency,
        Sli::Memory { .. } => &plan.signals.memory,
        Sli::Query { promql, .. } => return format!("{promql}, every {}", human(rule.judge.interval)),
    };
    let first = names.first().map_or(NONE, String::as_str);
    let more = if names.len() > 1 { format!(" or {} other names", names.len() - 1) } else { String::new() };
    format!("{first}{more}, every {}", human(plan.scrape))
}
