//! From what was counted to a verdict: by odds where a rule has them (`gate`), else by a threshold.
//!
//! The threshold: a *sample* spans at least the rule's interval. It is bad when at least five requests in it were bad and the one-sided
//! 99 % Clopper-Pearson lower bound of their share lies above the target; it is good when it holds enough requests to
//! have passed (what zero errors need to prove the target) and is not bad. Between the two it stays open and grows, so
//! that little traffic neither hides a fault nor acquits it. `consecutive` bad samples in a row are a breach; one alone,
//! however bad, is not.

mod closing;
mod data;
mod gate;
mod levels;
mod line;
mod memory;
mod other;
mod query;
mod words;

pub use crate::core::compare::Compare;
pub use closing::{Measured, close_sample, measure};
pub use gate::spend_look;
pub use line::{about, count, odds_line, odds_words, rate};
pub use words::{bytes, percent};

use std::time::Duration;

use crate::core::evidence::{Answer, Evidence, Ledger};
use crate::core::plan::Workload;
use crate::core::rule::{Rule, Sli};
use crate::core::time::Time;
use crate::core::verdict::{DataState, Evidence as Numbers, Judgement, Verdict};
use crate::core::view::{Track, WorkloadView};
use closing::{canary_pods, is_breached, needed};
use data::unjudged;
use gate::Standing;
use memory::memory_target;
use words::{add_a_bucket, bad_word, breach_words};

/// When and in which surroundings is judged.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Whom the canary is compared with.
    pub compare: Compare,
    /// How long the release still takes, if nothing holds it.
    pub remaining: Duration,
    /// Now.
    pub now: Time,
}

/// What a rule says about a workload now.
pub fn judge(rule: &Rule, workload: &Workload, evidence: &Evidence, view: &WorkloadView, moment: &Moment) -> Judgement {
    let empty = Ledger::default();
    let ledger = evidence.ledgers.get(&rule.name).unwrap_or(&empty);
    let mut numbers = numbers(rule, ledger, evidence, view, moment.compare);
    let unjudged = unjudged(rule, ledger, evidence, view, moment);
    let standing = Standing::of(rule, ledger, moment.compare, moment.now);
    numbers.odds = standing.as_ref().map(Standing::ln_odds);
    numbers.rollback_at = standing.as_ref().map(Standing::ln_line);
    let breach = breach(rule, ledger, standing.as_ref(), &numbers);
    let (verdict, data, suspicion, why) = match (breach, unjudged) {
        (Some(why), _) => levels::graded(rule, ledger, &mut numbers, why),
        (None, Some((data, why))) if data.is_blind() => (Verdict::NoData, data, false, why),
        (None, Some((data, why))) => (Verdict::Inconclusive, data, false, why),
        (None, None) => match (&rule.sli, standing, rule.sli.budget()) {
            (_, Some(standing), _) => {
                let said = standing.said(&mut numbers, evidence.rates().map(|rates| rates.canary));
                and_more(said, other::mute(rule, evidence, view, moment))
            }
            (_, None, Some(target)) => proportion(rule, target, ledger, &mut numbers, moment.compare),
            (Sli::Query { goal, unit, .. }, ..) => query::said(rule, goal, unit, ledger, numbers.canary),
            _ => memory::said(rule, ledger, evidence, view, &mut numbers, moment),
        },
    };
    numbers.line = odds_line(rule, &numbers);
    numbers.why = why;
    Judgement { rule: rule.name.clone(), workload: workload.name.clone(), verdict, data, suspicion, evidence: numbers }
}

/// Whether pods of this track are the side that the canary is compared with, or shown beside where it is not.
fn is_other(compare: Compare, track: Track) -> bool {
    if compare == Compare::WithBaseline { track == Track::Baseline } else { track.stays() }
}

/// Why a rule is breached, if it is: what is proven needs no fresh data to stay proven.
fn breach(rule: &Rule, ledger: &Ledger, standing: Option<&Standing<'_>>, numbers: &Numbers) -> Option<String> {
    match (standing, &rule.sli) {
        (Some(standing), _) => standing.breach(),
        (None, _) if !is_breached(rule, ledger) => None,
        (None, Sli::Query { goal, unit, .. }) => {
            Some(query::breach_words(goal, unit, ledger, query::reached(rule, goal, ledger)))
        }
        (None, _) => Some(breach_words(rule, ledger, numbers)),
    }
}

/// Why a rule's odds breach it, by what its ledger holds alone; `None` where they do not, or a threshold judges.
pub fn odds_breach(rule: &Rule, ledger: &Ledger, compare: Compare, now: Time) -> Option<String> {
    Standing::of(rule, ledger, compare, now)?.breach()
}

type Said = (Verdict, DataState, bool, String);

/// With one more thing to know, where there is one.
fn and_more((verdict, data, suspicion, why): Said, more: Option<String>) -> Said {
    let why = match more {
        Some(more) => format!("{why}; {more}"),
        None => why,
    };
    (verdict, data, suspicion, why)
}

fn proportion(rule: &Rule, target: f64, ledger: &Ledger, numbers: &mut Numbers, compare: Compare) -> Said {
    let row = ledger.step.canary;
    let needed = needed(rule, target);
    if ledger.common {
        numbers.common = true;
        let stable = ledger.last.and_then(|last| last.stable.share()).unwrap_or(0.0);
        let (share, other, bad) = (percent(stable), compare.other(), bad_word(rule));
        let why = format!("not the canary: {share} of {other}'s requests {bad} as well");
        return (Verdict::Inconclusive, DataState::Ok, true, why);
    }
    if ledger.in_a_row > 0 {
        let why =
            format!("{} bad sample of the {} in a row that make a breach", ledger.in_a_row, rule.judge.consecutive);
        return (Verdict::Inconclusive, DataState::Ok, false, why);
    }
    if let Some(said) = undecided(rule, ledger) {
        return said;
    }
    if row.n < needed {
        numbers.needs = Some(needed - row.n);
        let why = format!("needs {} more requests on the canary to pass", needed - row.n);
        return (Verdict::Inconclusive, DataState::TooLittleTraffic, false, why);
    }
    let share = |bad: u64| bad as f64 / row.n as f64;
    if share(row.bad_at_most) <= target {
        return (
            Verdict::Pass,
            DataState::Ok,
            false,
            format!("{} of {} requests {}", row.bad_at_most, row.n, bad_word(rule)),
        );
    }
    if row.bad != row.bad_at_most && share(row.bad) <= target {
        return (Verdict::Inconclusive, DataState::Ambiguous, false, add_a_bucket(rule));
    }
    let why = format!(
        "{} of the requests {}, more than the target {}, and no breach is proven",
        percent(share(row.bad)),
        bad_word(rule),
        percent(target)
    );
    (Verdict::Inconclusive, DataState::Ok, false, why)
}

/// What the number of samples has against passing: too many that decided nothing, or too few altogether.
fn undecided(rule: &Rule, ledger: &Ledger) -> Option<Said> {
    let tally = ledger.tally;
    if let Some(limit) = rule.judge.inconclusive_limit.filter(|limit| tally.inconclusive > *limit) {
        let why = format!("{} samples decided nothing, and inconclusive_limit is {limit}", tally.inconclusive);
        return Some((Verdict::Inconclusive, DataState::Ok, true, why));
    }
    let count = rule.judge.count.filter(|count| tally.closed < *count)?;
    let why = format!("{} of the {count} samples that it needs to pass", tally.closed);
    Some((Verdict::Inconclusive, DataState::Ok, false, why))
}

fn numbers(rule: &Rule, ledger: &Ledger, evidence: &Evidence, view: &WorkloadView, compare: Compare) -> Numbers {
    let recent = ledger.recent();
    let (canary, stable, target) = match rule.sli {
        Sli::Query { goal, .. } => (evidence.answers.get(&rule.name).and_then(Answer::value), None, Some(goal.bound)),
        Sli::Errors { target } => (recent.canary.share(), recent.stable.share(), Some(target)),
        Sli::Latency { quantile, bound } => {
            let (canary, stable) = ledger.recent_quantiles(quantile);
            (canary, stable, Some(bound))
        }
        Sli::Memory { target } => {
            let memory = |of: &dyn Fn(Track) -> bool| {
                let pods = view.pods.iter().filter(|pod| of(pod.track) && !pod.terminating);
                pods.filter_map(|pod| evidence.trails.get(&pod.uid)?.last.as_ref()?.memory).reduce(f64::max)
            };
            (
                memory(&Track::is_new),
                memory(&|track| is_other(compare, track)),
                view.pods.iter().filter(|pod| pod.track.is_new()).find_map(|pod| memory_target(target, pod)),
            )
        }
    };
    Numbers {
        canary,
        stable,
        target,
        requests: ledger.step.canary.n,
        bad: ledger.step.canary.bad,
        stable_requests: ledger.step.stable.n,
        stable_bad: ledger.step.stable.bad,
        baseline: compare == Compare::WithBaseline,
        common: false,
        notable: false,
        in_a_row: ledger.in_a_row,
        odds: None,
        rollback_at: None,
        outlook: None,
        level: None,
        line: None,
        needs: None,
        newest: canary_pods(view).filter_map(|pod| evidence.trails.get(&pod.uid)?.good).max(),
        why: String::new(),
    }
}

#[cfg(test)]
mod tests;
