//! A recorded release, judged again by other rules.
//!
//! What each reading counted is laid out as a pod of each side would have exposed it, and goes through the very evidence
//! and judges that a flight goes through; so this says what those rules would have said, and not what a copy of them would.
//! What cannot be known is what the world would have done: a release that would have gone on has no readings beyond its end.

mod answers;
mod pods;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::core::answer::KeptAnswer;
use crate::core::counted::Counted;
use crate::core::event::Event;
use crate::core::evidence::Evidence;
use crate::core::judge::{self, Compare, Moment};
use crate::core::plan::{Plan, Stage};
use crate::core::rule::{Action, Rule, Sli};
use crate::core::signal::Signals;
use crate::core::snapshot::{Outcome, Progress, StepState};
use crate::core::time::Time;
use crate::core::verdict::Verdict;
use answers::Answers;
pub use answers::LeftOut;
use pods::Pods;

/// What rules do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Does {
    /// Suspects the canary: the release holds.
    Suspects,
    /// Does not pass at the end of a step's soak: the release holds.
    Waits,
    /// Breaches.
    Breaches,
}

/// The first time that a rule did something, and why.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct First {
    /// When.
    pub at: Time,
    /// Why, in its own words.
    pub why: String,
}

/// What one rule did, and would have done, about one workload.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    /// The rule.
    pub rule: String,
    /// The workload.
    pub workload: String,
    /// What its breach does by the new rules; `None`: they do not have it.
    pub action: Option<Action>,
    /// As recorded, by what it did first of each kind; `None`: the release was not judged by it.
    pub recorded: Option<BTreeMap<Does, First>>,
    /// By the new rules; `None`: they do not have it, or it is left out.
    pub judged: Option<BTreeMap<Does, First>>,
    /// Why the new rules have it and it is not judged: an expression without recorded answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_out: Option<LeftOut>,
}

/// A release beside itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Rejudged {
    /// Its plan, as recorded.
    pub plan: Plan,
    /// When it began.
    pub began: Time,
    /// Until when there is a record.
    pub until: Time,
    /// How many readings were judged.
    pub readings: usize,
    /// How many of them do not hold all that other rules may ask for.
    pub thin: usize,
    /// How many of them do not hold what expressions were answered, where a rule asks one that was asked then.
    pub unanswered: usize,
    /// When it was rolled back, and why.
    pub rolled_back: Option<First>,
    /// When the new rules would have rolled it back, and by which rule and workload.
    pub would_roll_back: Option<(First, String, String)>,
    /// How it ended.
    pub ended: Option<(Outcome, String)>,
    /// Rule by rule.
    pub lines: Vec<Line>,
}

/// Judges the events of a release again; `None` where they do not begin with one.
pub fn rejudge<'a>(events: impl IntoIterator<Item = (Time, &'a Event)>, rules: &[Rule]) -> Option<Rejudged> {
    let mut events = events.into_iter();
    let (began, plan) = events.find_map(|(at, event)| match event {
        Event::Started { plan } => Some((at, (**plan).clone())),
        _ => None,
    })?;
    let mut court = Court::of(plan, rules, began);
    for (at, event) in events {
        court.hear(at, event);
    }
    Some(court.close())
}

/// What is known while a record is gone through.
struct Court {
    plan: Plan,
    asked: Plan,
    began: Time,
    until: Time,
    evidence: BTreeMap<String, Evidence>,
    answers: Answers,
    pods: BTreeMap<String, Pods>,
    since: Time,
    compare: Compare,
    /// The weight of the step that is flown; `None`: none is.
    weight: Option<u32>,
    /// Its place.
    step: usize,
    judging: bool,
    /// Whether the evidence of the step that is flown has begun to be counted.
    counting: bool,
    readings: usize,
    thin: usize,
    unanswered: usize,
    recorded: Firsts,
    judged: Firsts,
    rolled_back: Option<First>,
    would_roll_back: Option<(First, String, String)>,
    ended: Option<(Outcome, String)>,
}

/// By rule and workload.
type Firsts = BTreeMap<(String, String), BTreeMap<Does, First>>;

impl Court {
    fn of(plan: Plan, rules: &[Rule], began: Time) -> Self {
        let mut asked = Plan { rules: rules.to_vec(), signals: Signals::default(), ..plan.clone() };
        asked.workloads.iter_mut().for_each(|workload| workload.quiet_paths.clear());
        let each = || plan.workloads.iter().map(|workload| workload.name.clone());
        Self {
            evidence: each().map(|name| (name, Evidence::of_whole_lives())).collect(),
            pods: each().map(|name| (name, Pods::default())).collect(),
            answers: Answers::of(&plan, rules),
            asked,
            plan,
            began,
            until: began,
            since: began,
            compare: Compare::WithStable,
            weight: None,
            step: 0,
            judging: false,
            counting: false,
            readings: 0,
            thin: 0,
            unanswered: 0,
            recorded: Firsts::new(),
            judged: Firsts::new(),
            rolled_back: None,
            would_roll_back: None,
            ended: None,
        }
    }

    fn hear(&mut self, at: Time, event: &Event) {
        self.until = self.until.max(at);
        match event {
            Event::Step { index, weight, state: StepState::Scaling } => {
                (self.step, self.weight) = (index.saturating_sub(1), Some(*weight));
                (self.counting, self.compare) = (false, Compare::beside(&self.plan));
                self.begin(at, *index > 0);
            }
            Event::Step { weight, state: StepState::Soaking, .. } => {
                // A step's evidence is counted once, also by a driver that goes on with it.
                if !std::mem::replace(&mut self.counting, true) {
                    self.evidence.values_mut().for_each(Evidence::begin_soak);
                }
                (self.since, self.judging, self.weight) = (at, true, Some(*weight));
                self.compare = if *weight >= 100 { Compare::Alone } else { Compare::beside(&self.plan) };
            }
            Event::Resumed { .. } => self.go_on(at),
            Event::Step { state: StepState::Passed, .. } => self.at_the_end_of_a_step(at),
            Event::Stage { stage: Stage::Deploy, state: Progress::Started } => self.compare = Compare::Alone,
            Event::Stage { stage: Stage::Validation, state: Progress::Started } => {
                self.weight = None;
                self.begin(at, true);
            }
            Event::Reading { workload, rows, counts, read, answers } => {
                let counted = counts.as_deref().cloned();
                self.thin += usize::from(counted.is_none());
                let counted = counted.unwrap_or_else(|| from_rows(&self.plan.rules, rows));
                self.unanswered += usize::from(answers.is_none() && self.answers.are_wanted(workload));
                self.read(at, read.unwrap_or(at), workload, &counted, answers.as_ref());
            }
            Event::Verdict { rule, workload, verdict, suspicion, evidence, .. } => {
                let does = did(*verdict, *suspicion);
                note(&mut self.recorded, rule, workload, does, at, &evidence.why);
            }
            Event::Rollback { cause } => {
                self.rolled_back = Some(First { at, why: cause.clone() });
                (self.judging, self.compare) = (false, Compare::WithStable);
            }
            Event::Ended { outcome, why, .. } => {
                self.ended = Some((*outcome, why.clone()));
                self.judging = false;
            }
            _ => {}
        }
    }

    /// Another driver goes on: what was counted stands, what was being gathered begins anew, and a verification begins again.
    fn go_on(&mut self, at: Time) {
        self.evidence.values_mut().for_each(Evidence::bridge_gap);
        if self.weight.is_none() {
            self.since = at;
        }
    }

    fn begin(&mut self, at: Time, judging: bool) {
        self.evidence.values_mut().for_each(Evidence::begin_step);
        self.since = at;
        self.judging = judging;
    }

    /// What was read at a time is judged when it has come, at `at`.
    fn read(
        &mut self,
        at: Time,
        read: Time,
        name: &str,
        counted: &Counted,
        kept: Option<&BTreeMap<String, KeptAnswer>>,
    ) {
        let Some(workload) = self.asked.workload(name) else { return };
        let (Some(evidence), Some(pods)) = (self.evidence.get_mut(name), self.pods.get_mut(name)) else { return };
        self.readings += 1;
        let (view, mut batch) = pods.expose(counted, read);
        batch.answers = kept.map(|kept| self.answers.give(name, kept)).unwrap_or_default();
        let rules = of_step(&self.asked, &self.answers, self.weight, name);
        evidence.absorb(&self.asked, &rules, workload, self.compare, &view, &batch);
        for rule in &rules {
            let measured = judge::measure(rule, evidence, &view);
            if let Some(ledger) = evidence.ledgers.get_mut(&rule.name) {
                judge::close_sample(rule, ledger, measured, self.compare, self.since, at);
            }
        }
        if !self.judging {
            return;
        }
        let moment = Moment {
            compare: self.compare,
            remaining: self.asked.remaining(self.weight.map(|_| (self.step, at.since(self.since)))),
            now: at,
        };
        for rule in &rules {
            let judgement = judge::judge(rule, workload, evidence, &view, &moment);
            let does = did(judgement.verdict, judgement.suspicion);
            note(&mut self.judged, &rule.name, name, does, at, &judgement.evidence.why);
            if judgement.verdict == Verdict::Fail && rule.consequence(&judgement) == Action::Rollback {
                let why = judgement.evidence.why;
                self.would_roll_back.get_or_insert_with(|| (First { at, why }, rule.name.clone(), name.to_owned()));
            }
        }
    }

    /// A step was left: which of the new rules would not have let it go?
    fn at_the_end_of_a_step(&mut self, at: Time) {
        for workload in &self.asked.workloads {
            let (Some(evidence), Some(pods)) = (self.evidence.get(&workload.name), self.pods.get(&workload.name))
            else {
                continue;
            };
            let moment = Moment { compare: self.compare, remaining: Duration::ZERO, now: at };
            let rules = of_step(&self.asked, &self.answers, self.weight, &workload.name);
            for rule in rules.iter().filter(|rule| rule.strongest() != Action::Note) {
                let judgement = judge::judge(rule, workload, evidence, pods.view(), &moment);
                let waits = (judgement.verdict != Verdict::Pass).then_some(Does::Waits);
                note(&mut self.judged, &rule.name, &workload.name, waits, at, &judgement.evidence.why);
            }
        }
    }

    fn close(self) -> Rejudged {
        let mut names: Vec<&Rule> = self.asked.rules.iter().collect();
        let is_new = |rule: &&Rule| self.asked.rules.iter().all(|other| other.name != rule.name);
        names.extend(self.plan.rules.iter().filter(is_new));
        let has = |rules: &[Rule], name: &str| rules.iter().any(|rule| rule.name == name);
        let mut lines = Vec::new();
        for workload in &self.plan.workloads {
            for rule in &names {
                let key = (rule.name.clone(), workload.name.clone());
                let of = |firsts: &Firsts| firsts.get(&key).cloned().unwrap_or_default();
                let asked = self.asked.rules.iter().find(|other| other.name == rule.name);
                let left_out = asked.and_then(|rule| self.answers.left_out(rule, &workload.name));
                lines.push(Line {
                    rule: rule.name.clone(),
                    workload: workload.name.clone(),
                    action: asked.map(Rule::strongest),
                    recorded: has(&self.plan.rules, &rule.name).then(|| of(&self.recorded)),
                    judged: asked.filter(|_| left_out.is_none()).map(|_| of(&self.judged)),
                    left_out,
                });
            }
        }
        Rejudged {
            began: self.began,
            until: self.until,
            readings: self.readings,
            thin: self.thin,
            unanswered: self.unanswered,
            rolled_back: self.rolled_back,
            would_roll_back: self.would_roll_back,
            ended: self.ended,
            lines,
            plan: self.plan,
        }
    }
}

/// The rules that judge a workload in the step of a weight. Of expressions they are those with recorded answers: what a Prometheus
/// would have answered to others, nobody knows.
fn of_step<'a>(asked: &'a Plan, answers: &Answers, weight: Option<u32>, workload: &str) -> Vec<Cow<'a, Rule>> {
    let known = |rule: &&Rule| rule.is_for(workload) && answers.left_out(rule, workload).is_none();
    asked.rules.iter().filter(known).filter_map(|rule| rule.at(weight)).collect()
}

fn did(verdict: Verdict, suspicion: bool) -> Option<Does> {
    match verdict {
        Verdict::Fail => Some(Does::Breaches),
        _ => suspicion.then_some(Does::Suspects),
    }
}

fn note(firsts: &mut Firsts, rule: &str, workload: &str, does: Option<Does>, at: Time, why: &str) {
    let Some(does) = does else { return };
    let of_rule = firsts.entry((rule.to_owned(), workload.to_owned())).or_default();
    of_rule.entry(does).or_insert_with(|| First { at, why: why.to_owned() });
}

/// What an older journal's reading holds: for each recorded rule its requests and the bad ones.
fn from_rows(rules: &[Rule], rows: &BTreeMap<String, [u64; 4]>) -> Counted {
    let mut counted = Counted::default();
    for rule in rules {
        let Some([n_c, bad_c, n_b, bad_b]) = rows.get(&rule.name).copied() else { continue };
        for (side, n, bad) in [(&mut counted.canary, n_c, bad_c), (&mut counted.stable, n_b, bad_b)] {
            side.pods = 1;
            match rule.sli {
                Sli::Errors { .. } => (side.requests, side.failed) = (Some(n), Some(bad)),
                Sli::Latency { bound, .. } => {
                    side.timed = Some(n);
                    side.within.push((bound, n.saturating_sub(bad)));
                    side.within.sort_by(|a, b| a.0.total_cmp(&b.0));
                }
                _ => {}
            }
        }
    }
    counted
}
