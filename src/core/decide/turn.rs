//! One turn of deciding: what it is told, what it changes, and what it has decided so far.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use crate::core::act::{Act, ActVerb};
use crate::core::answer;
use crate::core::command::Answer;
use crate::core::cost;
use crate::core::decide::seen::{Sight, blindness, sights};
use crate::core::decide::{Decision, Observation};
use crate::core::event::{Edge, Event};
use crate::core::evidence::{Evidence, Pair};
use crate::core::judge::{self, Compare, Moment};
use crate::core::plan::{Kind, Plan, Stage};
use crate::core::rule::{Action, Rule};
use crate::core::snapshot::{Ended, Outcome, Progress};
use crate::core::state::{FinishPart, HoldKind, HoldNow, Measured, Phase, State};
use crate::core::time::Time;
use crate::core::verdict::{Judgement, Verdict};

/// One turn.
pub struct Turn<'a> {
    pub(super) plan: &'a Plan,
    pub(super) state: State,
    pub(super) seen: Observation<'a>,
    pub(super) now: Time,
    pub(super) sights: Vec<Sight<'a>>,
    pub(super) events: Vec<Event>,
    pub(super) effects: Vec<Act>,
    pub(super) answers: Vec<Answer>,
    pub(super) wanted: BTreeSet<Act>,
    pub(super) held: bool,
    look: Option<Time>,
}

impl<'a> Turn<'a> {
    pub(super) fn new(plan: &'a Plan, state: State, seen: Observation<'a>, now: Time) -> Self {
        Self {
            plan,
            state,
            seen,
            now,
            sights: sights(plan, seen.view),
            events: Vec::new(),
            effects: Vec::new(),
            answers: Vec::new(),
            wanted: BTreeSet::new(),
            held: false,
            look: None,
        }
    }

    /// Asks to be called again at `at`, or earlier.
    pub(super) fn look_at(&mut self, at: Time) {
        self.look = Some(self.look.map_or(at, |known| known.min(at)));
    }

    pub(super) fn tell(&mut self, event: Event) {
        self.events.push(event);
    }

    pub(super) fn note(&mut self, text: impl Into<String>) {
        self.tell(Event::Note { text: text.into() });
    }

    pub(super) fn sights(&self) -> Vec<Sight<'a>> {
        self.sights.clone()
    }

    /// Whom the canary is compared with: nobody at 100 %, and once stable is being rolled. Before the steps and after them
    /// what counts is stable itself, even where there is a baseline.
    pub(super) fn compare(&self) -> Compare {
        match &self.state.phase {
            Phase::Stepping(stepping) => {
                let full = self.plan.step(stepping.index).is_some_and(|step| step.weight >= 100);
                if full && stepping.soaking_since.is_some() { Compare::Alone } else { Compare::beside(self.plan) }
            }
            Phase::Finishing(_) => Compare::Alone,
            // The earlier version is back: what it replaced is no measure of it.
            Phase::RollingBack if self.plan.kind != Kind::Release => Compare::Alone,
            _ => Compare::WithStable,
        }
    }

    /// Since when the step (or verification) that is being judged goes.
    fn judged_since(&self) -> Time {
        match &self.state.phase {
            Phase::Stepping(stepping) => stepping.soaking_since.unwrap_or(stepping.began),
            Phase::Finishing(finishing) => finishing.since,
            _ => self.state.started,
        }
    }

    /// The rules as they hold in the step that is flown; those that rest in it are not among them.
    pub(super) fn rules(&self) -> Vec<Cow<'a, Rule>> {
        let stepping = self.state.stepping();
        let weight = stepping.and_then(|stepping| self.plan.step(stepping.index)).map(|step| step.weight);
        self.plan.rules.iter().filter_map(|rule| rule.at(weight)).collect()
    }

    /// Notes how many canary pods are there, and so are paid for.
    pub(super) fn count_pods(&mut self) {
        if self.plan.kind == Kind::Release {
            self.state.pod_time.note(cost::pods_beside(self.seen.view), self.now);
        }
    }

    /// Notes whether a user may have met the new version by now: once one of its pods was Ready, or while nobody can see
    /// whether one is.
    pub(super) fn note_who_may_meet_it(&mut self) {
        let is_met = |sight: &Sight<'_>| {
            let new = || sight.view.pods.iter().filter(|pod| pod.track.is_new());
            let named = |uid: &String| sight.services().any(|(_, service)| service.named.contains(uid));
            new().any(|pod| pod.ready || named(&pod.uid))
        };
        let sights = self.sights();
        let up = sights.iter().any(|sight| sight.view.canary.as_ref().is_some_and(|canary| canary.replicas > 0));
        let unseen = up && blindness(self.seen.view, self.now).is_some();
        self.state.unmet &= !unseen && !sights.iter().any(is_met);
    }

    /// Takes in a reading of the metrics.
    pub(super) fn take_reading(&mut self) {
        let Some(batch) = self.seen.batch else { return };
        self.state.warned = batch.warned.clone();
        let (compare, since, judged) = (self.compare(), self.judged_since(), self.is_judged());
        let rules = self.rules();
        for sight in self.sights() {
            let rules: Vec<_> = rules.iter().filter(|rule| rule.is_for(&sight.plan.name)).cloned().collect();
            let evidence = self.state.evidence.entry(sight.plan.name.clone()).or_default();
            let trends = (!judged)
                .then(|| evidence.ledgers.iter().map(|(rule, ledger)| (rule.clone(), ledger.trend.clone())).collect());
            let rows = evidence.absorb(self.plan, &rules, sight.plan, compare, sight.view, batch);
            restore(evidence, trends);
            for rule in &rules {
                let measured = judge::measure(rule, evidence, sight.view);
                if let Some(ledger) = evidence.ledgers.get_mut(&rule.name).filter(|_| judged) {
                    judge::close_sample(rule, ledger, measured, compare, since, self.now);
                }
            }
            if let Some(rates) = evidence.rates() {
                let newest = evidence.bad_rate_now(self.plan.kind);
                let measured = Measured {
                    canary: rates.canary,
                    stable: rates.stable,
                    newest,
                    at: newest.map_or(batch.at, |(_, at)| at),
                };
                self.state.measured.insert(sight.plan.name.clone(), measured);
            }
            let numbers = |pair: &Pair| [pair.canary.n, pair.canary.bad, pair.stable.n, pair.stable.bad];
            let rows = rows.iter().map(|(rule, pair)| (rule.clone(), numbers(pair))).collect();
            let counts = Some(Box::new(evidence.counted().clone()));
            let read = (batch.at != self.now).then_some(batch.at);
            let answers = answer::kept(self.plan, &sight.plan.name, batch);
            self.events.push(Event::Reading { workload: sight.plan.name.clone(), rows, counts, read, answers });
        }
        self.tell_shares();
    }

    /// Whether the rules are judged now. Once a release is rolled back they rest: its canary goes, and what they said when
    /// that was decided stays to be seen. How stable does is a line of the proof.
    fn is_judged(&self) -> bool {
        !(self.plan.kind == Kind::Release && matches!(self.state.phase, Phase::RollingBack))
    }

    /// Judges every rule of every workload, and tells what has changed.
    pub(super) fn judge(&mut self) {
        if !self.is_judged() {
            return;
        }
        let flown = self.state.stepping().map(|stepping| (stepping.index, stepping.soaked));
        let moment = Moment { compare: self.compare(), remaining: self.plan.remaining(flown), now: self.now };
        let rules = self.rules();
        let mut judgements = Vec::new();
        for sight in self.sights() {
            let empty = Evidence::default();
            let evidence = self.state.evidence.get(&sight.plan.name).unwrap_or(&empty);
            for rule in rules.iter().filter(|rule| rule.is_for(&sight.plan.name)) {
                judgements.push(judge::judge(rule, sight.plan, evidence, sight.view, &moment));
            }
        }
        let changed = |new: &Judgement| {
            let same_rule = |old: &&Judgement| old.rule == new.rule && old.workload == new.workload;
            let old = self.state.judgements.iter().find(same_rule);
            let key = |judgement: &Judgement| {
                (judgement.verdict, judgement.data, judgement.suspicion, judgement.evidence.level)
            };
            old.is_none_or(|old| key(old) != key(new))
        };
        let news: Vec<&Judgement> = judgements.iter().filter(|judgement| changed(judgement)).collect();
        let told = news.iter().copied().map(verdict_event);
        let pages = news.iter().filter_map(|judgement| self.page(judgement));
        let told: Vec<Event> = told.chain(pages).collect();
        if !matches!(self.state.phase, Phase::Preparing) {
            self.events.extend(told);
        }
        self.state.judgements = judgements;
    }

    /// The call to whoever is on call, where a breach has reached a level that asks for it.
    fn page(&self, judgement: &Judgement) -> Option<Event> {
        let reached = judgement.evidence.level.filter(|_| judgement.verdict == Verdict::Fail)?;
        let rule = self.plan.rules.iter().find(|rule| rule.name == judgement.rule && !rule.dry_run)?;
        rule.levels.iter().find(|level| level.priority == reached && level.page)?;
        let Judgement { rule, workload, evidence, .. } = judgement;
        Some(Event::Page { workload: workload.clone(), rule: Some(rule.clone()), why: evidence.why.clone() })
    }

    /// A step could not be left for lack of proof: that was a look at the promotion bounds.
    pub(super) fn spend_looks(&mut self) {
        let rules = self.rules();
        for evidence in self.state.evidence.values_mut() {
            for rule in &rules {
                if let Some(ledger) = evidence.ledgers.get_mut(&rule.name) {
                    judge::spend_look(rule, ledger);
                }
            }
        }
    }

    fn tell_shares(&mut self) {
        const EVERY: Duration = Duration::from_secs(15);
        let Phase::Stepping(stepping) = &self.state.phase else { return };
        if self.state.told_shares.is_some_and(|told| self.now.since(told) < EVERY) {
            return;
        }
        let Some(step) = self.plan.step(stepping.index) else { return };
        let shares: Vec<Event> = self
            .sights
            .iter()
            .filter_map(|sight| {
                let evidence = self.state.evidence.get(&sight.plan.name)?;
                let measured = evidence.rates().filter(|rates| rates.canary + rates.stable > 0.0);
                Some(Event::Share {
                    workload: sight.plan.name.clone(),
                    asked: f64::from(step.weight),
                    measured: measured.map(|rates| round2(100.0 * rates.canary / (rates.canary + rates.stable))),
                    requests: evidence.ledgers.values().map(|ledger| ledger.step.canary.n).max().unwrap_or(0),
                })
            })
            .collect();
        self.events.extend(shares);
        self.state.told_shares = Some(self.now);
    }

    /// Judgements of rules that act, with their action.
    /// A rollback that brings an earlier version back is not judged: nothing may stand in its way.
    pub(super) fn acting(&self) -> Vec<(Action, Judgement)> {
        if self.plan.kind != Kind::Release {
            return Vec::new();
        }
        let rules = self.rules();
        let action = |judgement: &Judgement| {
            rules.iter().find(|rule| rule.name == judgement.rule).map(|rule| rule.consequence(judgement))
        };
        let all = self.state.judgements.iter();
        all.filter_map(|judgement| Some((action(judgement)?, judgement.clone())))
            .filter(|(action, _)| *action != Action::Note)
            .collect()
    }

    /// Begins a step: everything that was given or counted for the one before is over.
    pub(super) fn begin_evidence(&mut self) {
        self.state.evidence.values_mut().for_each(Evidence::begin_step);
        self.state.approval = None;
        self.state.gate_since = None;
        self.state.promote = None;
        self.state.thin_since = None;
    }

    /// Says that a stage of the pipeline moved, once.
    pub(super) fn stage(&mut self, stage: Stage, progress: Progress) {
        if self.state.stages.insert(stage, progress) != Some(progress) {
            self.tell(Event::Stage { stage, state: progress });
        }
    }

    /// Holds, and says why; `key` names the kind of reason.
    pub(super) fn hold(&mut self, key: HoldKind, reason: impl Into<String>) {
        let reason = reason.into();
        self.held = true;
        match &mut self.state.hold {
            Some(hold) if hold.key == key => hold.reason = reason,
            Some(hold) => {
                let before = std::mem::replace(&mut hold.reason, reason.clone());
                hold.key = key;
                self.tell(Event::Hold { state: Edge::Ended, reason: before });
                self.tell(Event::Hold { state: Edge::Begun, reason });
            }
            None => {
                self.state.hold = Some(HoldNow { since: self.now, key, reason: reason.clone() });
                self.tell(Event::Hold { state: Edge::Begun, reason });
            }
        }
    }

    pub(super) fn release_hold(&mut self) {
        if let Some(hold) = self.state.hold.take() {
            self.tell(Event::Hold { state: Edge::Ended, reason: hold.reason });
        }
    }

    /// Ends the release.
    pub(super) fn end(&mut self, outcome: Outcome, proven: bool, why: &str, notes: Vec<String>) -> bool {
        self.release_hold();
        self.stage(Stage::Report, Progress::Passed);
        let exit_code = outcome.exit_code();
        let mut notes = self.tell_cost(notes);
        let decided = outcome == Outcome::Promoted || self.state.rollback.as_ref().is_some_and(|back| back.by_odds);
        if decided && self.plan.kind == Kind::Release {
            let bound = crate::core::odds::bound_words(self.plan).map(|bound| format!("false alarms: {bound}"));
            notes.extend(bound.filter(|bound| !notes.contains(bound)));
        }
        let why = why.to_owned();
        self.tell(Event::Ended { outcome, proven, exit_code, why: why.clone(), notes: notes.clone() });
        self.state.ended = Some(Ended { outcome, proven, exit_code, why, notes, nothing_flew: false });
        let before = std::mem::replace(&mut self.state.phase, Phase::Ended);
        self.state.before_end.get_or_insert(Box::new(before));
        self.held = false;
        true
    }

    /// Tells what the canary took, if there was one; a person is told where a price is known.
    fn tell_cost(&mut self, mut notes: Vec<String>) -> Vec<String> {
        if !self.state.pod_time.span().is_zero() {
            let cost = self.state.pod_time.cost(self.plan);
            notes.extend(cost.amount.map(|_| cost.words()));
            self.tell(Event::Cost(cost));
        }
        notes
    }

    pub(super) fn enter_finish(&mut self, part: FinishPart) {
        self.state.phase = Phase::Finishing(crate::core::state::Finishing {
            part,
            since: self.now,
            waiting: crate::core::state::ReadyWait::default(),
        });
    }

    /// Closes the turn.
    pub(super) fn done(mut self) -> Decision {
        if !self.held {
            self.release_hold();
        }
        self.settle_pause();
        self.forget_unwanted();
        Decision {
            state: self.state,
            effects: self.effects,
            events: self.events,
            answers: self.answers,
            look_again_at: self.look,
        }
    }

    fn settle_pause(&mut self) {
        let flying = self.state.pending.iter().any(|(act, pending)| {
            pending.state == crate::core::state::PendingState::Flying && !matches!(act.verb, ActVerb::ClearMarks)
        });
        if let Some(pause) = &mut self.state.pause {
            pause.settled |= !flying;
        }
    }
}

pub(super) fn verdict_event(judgement: &Judgement) -> Event {
    Event::Verdict {
        rule: judgement.rule.clone(),
        workload: judgement.workload.clone(),
        verdict: judgement.verdict,
        data: judgement.data,
        suspicion: judgement.suspicion,
        evidence: Box::new(judgement.evidence.clone()),
    }
}

/// Puts back the trends of rules that rest: they are looked at as they were when that was decided.
fn restore(evidence: &mut Evidence, trends: Option<BTreeMap<String, VecDeque<Option<f64>>>>) {
    for (rule, trend) in trends.into_iter().flatten() {
        if let Some(ledger) = evidence.ledgers.get_mut(&rule) {
            ledger.trend = trend;
        }
    }
}

/// Two decimals are what a person can use of a percentage, and they keep the stream readable.
fn round2(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
