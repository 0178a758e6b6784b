//! The gauges: a line a rule, its numbers in columns, its trend against its limit, and how it stands in a word.
//!
//! ```text
//!  rule     canary   stable    limit  trend             verdict                 age
//!  errors    1.10%    0.20%    1.00%  ▁▁▁▂▁▁▃▅▆█        ! SUSPICION              4s
//!  p95        93ms     79ms    100ms  ▃▃▃▂▃▃▄▄▅▅        ! SUSPICION              4s
//!  >100ms    2.40%    0.32%    5.00%  of requests: judged against stable's share
//! ```
//!
//! A latency that does not pass has a second line: what decides is the share of requests over the bound, which the
//! quantile beside it may hide.

use std::time::Duration;

use ratatui::text::{Line, Span};

use crate::core::compare::other_side;
use crate::core::rule::{Action, Sli};
use crate::core::snapshot::{Mode, RuleNow, Unit};
use crate::core::text::middle;
use crate::core::time::Time;
use crate::core::view::Link;
use crate::tui::figure::{NONE, count, heard, value};
use crate::tui::glyph;
use crate::tui::screen::Scene;
use crate::tui::screen::paint::{Row, clip, pad, right, wrap_beside};
use crate::tui::standing::{Standing, words};
use crate::tui::theme::Role;
use crate::tui::trend::{Bar, bars};

const VALUE: usize = 8;
const STANDS: usize = 20;
const AGE: usize = 5;

/// Which columns there is room for.
struct Columns {
    name: usize,
    stable: bool,
    trend: usize,
    stands: usize,
    counts: bool,
}

impl Columns {
    fn new(rules: &[&RuleNow], width: usize) -> Self {
        let longest = rules.iter().map(|rule| rule.judgement.rule.chars().count()).max().unwrap_or(0);
        let name = longest.clamp(7, 14);
        // What the canary is compared with is worth more than a trend, and than the end of a verdict's words.
        let least = 1 + name + 2 * (VALUE + 1) + 2 + AGE;
        let stable = width >= least + VALUE + 1 + 14;
        let fixed = least + if stable { VALUE + 1 } else { 0 };
        let stands = width.saturating_sub(fixed).min(STANDS);
        let room = width.saturating_sub(fixed + stands + 2);
        let room = if room < 6 { 0 } else { room };
        let counts = room >= 60;
        let room = room.saturating_sub(if counts { 28 } else { 0 });
        Self { name, stable, trend: room.saturating_sub(2).min(60), stands, counts }
    }
}

/// The table of one workload's rules, with its head.
pub fn table(scene: &Scene<'_>, rules: &[&RuleNow], width: usize) -> Vec<Row> {
    let columns = Columns::new(rules, width);
    let mut lines = vec![clip(head(scene, &columns, rules), width)];
    for rule in rules {
        lines.push(clip(gauge(scene, rule, &columns), width));
        lines.extend(share_over(scene, rule, &columns).map(|line| clip(line, width)));
    }
    lines
}

/// The share of requests over a latency's bound, where that rule does not pass and the share is known.
fn share_over(scene: &Scene<'_>, rule: &RuleNow, columns: &Columns) -> Option<Row> {
    let evidence = &rule.judgement.evidence;
    let shares = Over::of(scene, rule)?;
    let share = |share: Option<f64>| right(&value(Unit::Share, share), VALUE);
    let name = format!(">{}", value(rule.unit, evidence.target));
    let mut text = format!(" {} {}", pad(&name, columns.name), share(shares.canary));
    if columns.stable {
        text += &format!(" {}", share(shares.stable));
    }
    text += &format!(" {}  this step: {}", share(Some(shares.allowed)), shares.words(rule));
    Some(scene.line(Role::Strong, text))
}

/// The shares of requests over a latency's bound since the step began.
pub struct Over {
    /// The canary's.
    pub canary: Option<f64>,
    /// Stable's.
    pub stable: Option<f64>,
    /// How large it may be.
    pub allowed: f64,
}

impl Over {
    /// Why the rule stands as it does: a suspicion under the limit is one against stable.
    fn words(&self, rule: &RuleNow) -> String {
        let inside = self.canary.is_some_and(|canary| canary <= self.allowed);
        match Standing::of(&rule.judgement) {
            Standing::Inconclusive => "this share decides".to_owned(),
            _ if inside => {
                let other = other_side(rule.judgement.evidence.baseline);
                match self.canary.zip(self.stable.filter(|stable| *stable > 0.0)) {
                    Some((canary, stable)) if canary > stable => {
                        format!("{:.1}× {other}'s, which decides", canary / stable)
                    }
                    _ => format!("judged against {other}'s share"),
                }
            }
            _ => "more than the limit".to_owned(),
        }
    }

    /// Of a latency that was judged and does not pass; `None` where there is nothing more to say than its value.
    pub fn of(scene: &Scene<'_>, rule: &RuleNow) -> Option<Self> {
        let evidence = &rule.judgement.evidence;
        let decided = matches!(
            Standing::of(&rule.judgement),
            Standing::BothBad | Standing::Suspect | Standing::Fail | Standing::Inconclusive
        );
        let known = scene.snapshot.plan.rules.iter().find(|known| known.name == rule.judgement.rule)?;
        let Sli::Latency { .. } = known.sli else { return None };
        let share = |bad: u64, n: u64| (n > 0).then(|| bad as f64 / n as f64);
        let canary = share(evidence.bad, evidence.requests);
        (decided && canary.is_some()).then_some(Self {
            canary,
            stable: share(evidence.stable_bad, evidence.stable_requests),
            allowed: known.sli.budget()?,
        })
    }
}

/// What both sides are called: all of these rules are of one moment. Where an earlier version is brought back, by version.
pub fn sides(scene: &Scene<'_>, rules: &[&RuleNow]) -> [String; 2] {
    let plan = &scene.snapshot.plan;
    let baseline = rules.iter().any(|rule| rule.judgement.evidence.baseline);
    [plan.beside(), if baseline { other_side(true) } else { plan.staying() }].map(|side| middle(side, VALUE))
}

fn head(scene: &Scene<'_>, columns: &Columns, rules: &[&RuleNow]) -> Row {
    let [canary, other] = sides(scene, rules);
    let mut text = format!(" {} {}", pad("rule", columns.name), right(&canary, VALUE));
    if columns.stable {
        text += &format!(" {}", right(&other, VALUE));
    }
    text += &format!(" {}  {}  ", right("limit", VALUE), pad("trend", columns.trend));
    if columns.trend == 0 {
        text = text.trim_end().to_owned() + "  ";
    }
    text += &format!("{}{}", pad("verdict", columns.stands), right("age", AGE));
    if columns.counts {
        text += &format!("  {}", pad("failed/slow of requests", 26));
    }
    scene.line(Role::Quiet, text)
}

fn gauge(scene: &Scene<'_>, rule: &RuleNow, columns: &Columns) -> Row {
    let evidence = &rule.judgement.evidence;
    let standing = Standing::of(&rule.judgement);
    // Old values stay readable, and never look like fresh ones.
    let past = scene.snapshot.decided().is_some();
    let numbers = if past || standing.is_blind() { Role::Quiet } else { Role::Plain };
    let canary = if !past && (standing == Standing::Fail || is_over(rule)) { Role::Bad } else { numbers };
    let mut spans = vec![
        scene.span(Role::Strong, format!(" {} ", pad(&rule.judgement.rule, columns.name))),
        scene.span(canary, right(&canary_value(rule), VALUE)),
    ];
    if columns.stable {
        spans.push(scene.span(numbers, format!(" {}", right(&value(rule.unit, evidence.stable), VALUE))));
    }
    spans.push(scene.span(Role::Quiet, format!(" {}  ", right(&value(rule.unit, evidence.target), VALUE))));
    if columns.trend > 0 {
        spans.extend(trend(scene, rule, columns.trend, numbers));
        spans.push(Span::raw("  "));
    }
    spans.extend(stands(scene, rule, columns.stands));
    spans.push(age(scene, rule));
    if columns.counts {
        spans.push(Span::raw(format!("  {}", pad(&counts(rule), 26))));
    }
    Line::from(spans)
}

/// The canary's value; one that is old is marked, for terminals that cannot dim.
pub fn canary_value(rule: &RuleNow) -> String {
    let canary = rule.judgement.evidence.canary;
    let shown = value(rule.unit, canary);
    let old = Standing::of(&rule.judgement).is_blind() && canary.is_some_and(|value| !value.is_nan());
    if old { format!("{}{shown}", glyph::STALE) } else { shown }
}

/// Whether what is measured now is beyond its limit, and known well enough to say so.
fn is_over(rule: &RuleNow) -> bool {
    let evidence = &rule.judgement.evidence;
    // A value of an expression may be bad on either side of its bound.
    let measured = rule.unit != Unit::Number && !Standing::of(&rule.judgement).is_calm();
    measured && evidence.canary.zip(evidence.target).is_some_and(|(value, limit)| value > limit)
}

/// The trend in exactly `width` columns. What is beyond the limit looks so, unless the rule takes it for what every version has
/// now and then: a single red bar of a rule that passes draws the eye from the one that does not.
fn trend(scene: &Scene<'_>, rule: &RuleNow, width: usize, plain: Role) -> Vec<Span<'static>> {
    let bars = bars(&rule.trend, rule.judgement.evidence.target, width);
    let missing = width.saturating_sub(bars.len());
    let calm = Standing::of(&rule.judgement).is_calm();
    let mut spans: Vec<Span<'static>> =
        bars.into_iter().map(|bar| scene.bar(Bar { over: bar.over && !calm, ..bar }, plain)).collect();
    spans.push(Span::raw(" ".repeat(missing)));
    spans
}

/// How the rule stands, in exactly `width` columns.
pub fn stands(scene: &Scene<'_>, rule: &RuleNow, width: usize) -> Vec<Span<'static>> {
    let standing = Standing::of(&rule.judgement);
    // A rule that only notes changes nothing: it does not shout.
    let role = if rule.action == Action::Note { Role::Plain } else { standing.role() };
    let words = words(rule);
    let gap = " ".repeat(width.saturating_sub(2 + unicode_width::UnicodeWidthStr::width(words.as_str())));
    let mut spans = clip(scene.state(standing.glyph(), &words, role), width).spans;
    spans.push(Span::raw(gap));
    spans
}

/// How old the newest sample is; one that is older than the rule allows is marked.
fn age(scene: &Scene<'_>, rule: &RuleNow) -> Span<'static> {
    let Some(newest) = rule.judgement.evidence.newest.or_else(|| read_while_idle(scene)) else {
        return scene.span(Role::Quiet, right(NONE, AGE));
    };
    let age = scene.now.since(newest);
    // Of what was decided long ago nothing is late.
    let late = scene.snapshot.decided().is_none() && age > freshness(scene, rule);
    let role = if late { Role::Blind } else { Role::Quiet };
    scene.span(role, right(&heard(age), AGE))
}

/// When what serves was last read, where no canary flies whose samples could be late.
fn read_while_idle(scene: &Scene<'_>) -> Option<Time> {
    match scene.snapshot.sources.get("metrics").filter(|_| scene.snapshot.mode == Mode::Idle)? {
        Link::Live { heard, .. } => Some(*heard),
        Link::Lost { heard, .. } => *heard,
        Link::Connecting { .. } => None,
    }
}

fn freshness(scene: &Scene<'_>, rule: &RuleNow) -> Duration {
    let known = scene.snapshot.plan.rules.iter().find(|known| known.name == rule.judgement.rule);
    known.map_or(Duration::MAX, |known| known.judge.freshness)
}

/// What the verdict was counted from.
fn counts(rule: &RuleNow) -> String {
    let evidence = &rule.judgement.evidence;
    match (rule.unit, evidence.needs) {
        (Unit::Bytes | Unit::Number, _) => String::new(),
        (_, Some(needs)) => format!("{} of {}, {} short", count(evidence.bad), count(evidence.requests), count(needs)),
        (_, None) => format!("{} of {}", count(evidence.bad), count(evidence.requests)),
    }
}

/// Why the rule, called `label`, stands as it does, in at most `most` lines; none where it passes and that is all.
pub fn why(scene: &Scene<'_>, rule: &RuleNow, label: &str, width: usize, most: usize) -> Vec<Row> {
    let judgement = &rule.judgement;
    let standing = Standing::of(judgement);
    let said = scene.snapshot.hold.as_ref().is_some_and(|hold| hold.reason.contains(&judgement.evidence.why));
    // What a rule was still short of is over with the decision.
    let short = judgement.evidence.needs.is_some() && !matches!(standing, Standing::Suspect | Standing::Fail);
    let over = short && scene.snapshot.decided().is_some();
    let passes = standing == Standing::Pass && !judgement.evidence.notable;
    if passes || said || over || judgement.evidence.why.is_empty() {
        return Vec::new();
    }
    let role = standing.role();
    let name = format!(" {} {label}: ", standing.glyph());
    let indent = 3;
    let first_width = width.saturating_sub(unicode_width::UnicodeWidthStr::width(name.as_str()) + 1);
    wrap_beside(&judgement.evidence.why, first_width, width.saturating_sub(indent + 1), most)
        .into_iter()
        .enumerate()
        .map(|(place, text)| match place {
            0 => Line::from(vec![scene.span(role.of_label(), name.clone()), Span::raw(text)]),
            _ => Line::from(format!("{}{text}", " ".repeat(indent))),
        })
        .collect()
}
