//! What a verdict makes of the odds: when they breach, when they hold, and when the canary may go on.

use std::time::Duration;

use crate::core::evidence::{Ledger, Pair, Row};
use crate::core::judge::closing::needed;
use crate::core::judge::line::{about, certainty, count, odds_text, side};
use crate::core::judge::words::{add_a_bucket, bad_word, percent};
use crate::core::judge::{Compare, Said};
use crate::core::odds::{Bets, Gate, Looks, Share, Sides, look_alpha, time_to_line};
use crate::core::rule::{OddsRule, Rule};
use crate::core::time::Time;
use crate::core::verdict::{DataState, Evidence as Numbers, Outlook, Verdict};

/// Where the odds of a rule stand now; all of them natural logarithms.
pub(super) struct Standing<'a> {
    rule: &'a Rule,
    odds: &'a OddsRule,
    target: f64,
    ledger: &'a Ledger,
    /// What the other side is called.
    other: &'static str,
    /// That the canary is worse than stable tolerates; `None` where that bet rests: nothing to compare with, or the canary
    /// is below the floor.
    relative: Option<f64>,
    /// What it waits for before it acts.
    waits: Option<Outlook>,
    /// That the canary is worse than its target.
    absolute: f64,
    /// Whether stable is as well.
    common: bool,
    looks: Looks,
    compare: Compare,
    /// How much of what a request tells against the canary the bets take for bursts.
    phi: f64,
}

/// Why odds that would roll back do not act yet; `None`: they would.
fn waits(gate: &Gate, odds: &OddsRule, target: f64, now: Time) -> Option<Outlook> {
    match odds.warm_up.saturating_sub(gate.age(now)) {
        Duration::ZERO => (!gate.goes_on(target)).then_some(Outlook::MayBeABurst),
        left => Some(Outlook::WarmsUp(now + left)),
    }
}

impl<'a> Standing<'a> {
    /// `None` for a rule that is not judged by odds.
    pub(super) fn of(rule: &'a Rule, ledger: &'a Ledger, compare: Compare, now: Time) -> Option<Self> {
        let (odds, target) = rule.gate()?;
        let none = Gate::default();
        let gate = ledger.gate.as_ref().unwrap_or(&none);
        let with_stable = compare.has_other();
        let share = canary_share(ledger);
        Some(Self {
            rule,
            odds,
            target,
            ledger,
            other: compare.other(),
            relative: (with_stable && share > odds.floor * target).then(|| gate.ln_relative()),
            waits: waits(gate, odds, target, now),
            absolute: gate.ln_absolute(),
            common: with_stable && gate.stable_is_bad(),
            looks: gate.looks,
            compare,
            phi: gate.phi(),
        })
    }

    /// The odds that a gauge shows: the worse of those that may act.
    pub(super) fn ln_odds(&self) -> f64 {
        match (self.relative, self.common) {
            // Where stable is as bad, only a canary that is worse than stable can act.
            (Some(relative), true) => relative,
            (None, true) => self.absolute.min(0.0),
            (relative, false) => relative.map_or(self.absolute, |relative| relative.max(self.absolute)),
        }
    }

    /// The odds at which a release rolls back.
    pub(super) fn ln_line(&self) -> f64 {
        self.odds.rollback.ln()
    }

    /// Why the rule is breached, if it is.
    pub(super) fn breach(&self) -> Option<String> {
        let line = self.ln_line();
        let at = format!("rollback at {}", odds_text(line));
        if self.waits.is_none() && self.relative.is_some_and(|relative| relative >= line) {
            return Some(format!("{}, {at}", self.against_stable()));
        }
        (!self.common && self.absolute >= line).then(|| format!("{}, {at}", self.against_target()))
    }

    /// The verdict on data that can be judged, where nothing is breached.
    pub(super) fn said(&self, numbers: &mut Numbers, canary_rps: Option<f64>) -> Said {
        let line = self.odds.suspicion.ln();
        if let Some(relative) = self.relative.filter(|relative| *relative >= line) {
            let reached = self.waits.filter(|_| relative >= self.ln_line());
            numbers.outlook = reached.or_else(|| self.reaches_its_line(relative, numbers, canary_rps?));
            return suspicion(self.against_stable());
        }
        if self.absolute >= line {
            numbers.common = self.common;
            if self.common {
                return suspicion(self.not_the_canary());
            }
            numbers.outlook = canary_rps.and_then(|rps| self.reaches_its_line(self.absolute, numbers, rps));
            return suspicion(self.against_target());
        }
        self.promotion(numbers, canary_rps)
    }

    /// A share that meets the target in no look, and that no odds object to.
    fn undecided(&self, share: f64) -> String {
        let (now, holds, line) = (self.ln_odds(), self.odds.suspicion.ln(), self.ln_line());
        let over = if share > self.target { "over" } else { "not surely below" };
        format!(
            "{} of the requests {} in this step, {over} the target {}: odds {} against it, holds from {}, rolls back at {}",
            percent(share),
            bad_word(self.rule),
            percent(self.target),
            odds_text(now),
            odds_text(holds),
            odds_text(line)
        )
    }

    /// About when odds of `ln_odds` reach their line, counted from the newest reading, with `rps` canary requests a second.
    fn reaches_its_line(&self, ln_odds: f64, numbers: &Numbers, rps: f64) -> Option<Outlook> {
        let bets = Bets { odds: self.odds, target: self.target, delay: Duration::ZERO };
        let share = Share { rps: rps / self.phi, compare: self.compare };
        let recent = self.ledger.recent();
        // A side that never failed fails more rarely than once in what it served, and not never.
        let other = (recent.stable.bad as f64 + 0.5) / (recent.stable.n as f64 + 1.0);
        let sides = Sides { canary: recent.canary.share()?, other };
        Some(Outlook::About(numbers.newest? + time_to_line(&bets, share, sides, ln_odds)?))
    }

    /// Whether the counts of the step prove that the canary meets its target: a look at the promotion bound.
    fn promotion(&self, numbers: &mut Numbers, canary_rps: Option<f64>) -> Said {
        let Row { n, bad, bad_at_most } = self.ledger.step.canary;
        let too_few = n < needed(self.rule, self.target);
        let word = bad_word(self.rule);
        if !too_few && self.looks.passes(bad_at_most, n, self.target) {
            let bound = certainty(look_alpha(self.looks.spent()));
            let why = format!(
                "{} of {} requests {word}: below {} with {bound} certainty",
                count(bad_at_most),
                count(n),
                percent(self.target)
            );
            return (Verdict::Pass, DataState::Ok, false, why);
        }
        if !too_few && bad != bad_at_most && self.looks.passes(bad, n, self.target) {
            return (Verdict::Inconclusive, DataState::Ambiguous, false, add_a_bucket(self.rule));
        }
        let lacks = needed(self.rule, self.target).saturating_sub(n);
        let more = self.looks.needs(bad_at_most, n, self.target).map(|more| more.max(lacks));
        let data = if too_few { DataState::TooLittleTraffic } else { DataState::Ok };
        let Some(more) = more.or(too_few.then_some(lacks)) else {
            let why = self.undecided(bad_at_most as f64 / n.max(1) as f64);
            return (Verdict::Inconclusive, data, false, why);
        };
        numbers.needs = Some(more);
        let when =
            canary_rps.and_then(|rps| about(more, rps)).map_or_else(String::new, |span| format!(", about {span}"));
        let why = format!("needs {} more requests on the canary to pass{when}", count(more));
        (Verdict::Inconclusive, data, false, why)
    }

    /// Both sides since the step began: `canary 1.1% (16 of 1 472) failed in this step, stable 0.20% (291 of 145.8k)`.
    fn sides(&self) -> String {
        let Pair { canary, stable } = self.ledger.step;
        if canary.n == 0 && stable.n == 0 {
            return "no request was counted since".to_owned();
        }
        let canary = side("canary", canary.bad, canary.n);
        format!("{canary} {} in this step, {}", bad_word(self.rule), side(self.other, stable.bad, stable.n))
    }

    fn against_stable(&self) -> String {
        let odds = odds_text(self.relative.unwrap_or(0.0));
        format!("{}: odds {odds} that it is worse than {}× {}", self.sides(), self.odds.rho, self.other)
    }

    fn against_target(&self) -> String {
        let odds = odds_text(self.absolute);
        let target = percent(self.target);
        format!("{}: odds {odds} that it is worse than its target {target}", self.sides())
    }

    fn not_the_canary(&self) -> String {
        let share = self.ledger.recent().stable.share().or(self.ledger.step.stable.share()).unwrap_or(0.0);
        let relative = self.relative.map_or_else(|| "no".to_owned(), odds_text);
        format!(
            "not the canary: {} of {}'s requests {} as well; odds {relative} that the canary is worse",
            percent(share),
            self.other,
            bad_word(self.rule)
        )
    }
}

/// The worse of the last minute and the whole step: a late fault must not hide behind a good beginning.
fn canary_share(ledger: &Ledger) -> f64 {
    let share = |row: Row| row.share().unwrap_or(0.0);
    share(ledger.recent().canary).max(share(ledger.step.canary))
}

fn suspicion(why: String) -> Said {
    (Verdict::Inconclusive, DataState::Ok, true, why)
}

/// Notes that a step was not left for the lack of this rule's proof: the next look at its bound must be surer.
pub fn spend_look(rule: &Rule, ledger: &mut Ledger) {
    let Some((_, target)) = rule.gate() else { return };
    let row = ledger.step.canary;
    if row.n < needed(rule, target) {
        return;
    }
    if let Some(gate) = &mut ledger.gate {
        gate.looks.spend(row.bad_at_most, row.n, target);
    }
}
