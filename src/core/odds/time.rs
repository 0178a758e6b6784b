//! How long the odds need to reach their line, on average.

use std::time::Duration;

use crate::core::compare::Compare;
use crate::core::odds::{ABSOLUTE, ALTERNATIVES, RELATIVE};
use crate::core::rule::OddsRule;

/// A bet starts with half of the stake, spread over its alternatives: it has that far to go before it begins to win.
const HEAD_START: f64 = 2.0 * ALTERNATIVES as f64;

/// Three thousand years, beyond which nobody waits.
const AGES: Duration = Duration::from_secs(100_000_000_000);

/// The bets that a rule lays: its odds and its target.
#[derive(Clone, Copy, Debug)]
pub struct Bets<'a> {
    /// The odds.
    pub odds: &'a OddsRule,
    /// The share of requests that may be bad.
    pub target: f64,
    /// How long after the fact a reading tells: half of the time between two, on average.
    pub delay: Duration,
}

/// The canary's part of the traffic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// Its requests a second.
    pub rps: f64,
    /// Whom it is compared with.
    pub compare: Compare,
}

/// How bad both sides are: shares of their requests, 0–1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sides {
    /// The canary.
    pub canary: f64,
    /// Whom it is compared with.
    pub other: f64,
}

/// How long until a canary that is bad `times` as often as `base` of stable's requests reaches the line; `None`: never.
///
/// Each second wins r·KL on average, r the canary's requests a second and KL what one request tells: for the relative bet
/// p₁·ln(p₁/ρp₀) − (p₁ − ρp₀), for the absolute one p₁·ln(p₁/p*) + (1 − p₁)·ln[(1 − p₁)/(1 − p*)], with p₁ = times·p₀ and
/// p* the target (Wald 1945; stable's own errors are taken to be many). A baseline has as many requests as the canary, and
/// errors of its own to be unsure of: there a canary's request with its counterpart tells (p₁ + p₀)·KL(p₁/(p₁ + p₀) ‖ ρ/(ρ + 1)). ln of the line, and of the stake's head start, is what
/// has to be won: 8.7 at 1000:1.
pub fn time_to_notice(bets: &Bets<'_>, share: Share, base: f64, times: f64) -> Option<Duration> {
    let sides = Sides { canary: (base * times).min(1.0), other: base };
    let to_win = (bets.odds.rollback * HEAD_START).ln();
    let wait = |tells: f64| wait(bets, share, tells, to_win);
    let related = compared(bets, share.compare, sides).and_then(wait).map(|wait| wait.max(bets.odds.warm_up));
    let alone = absolute(bets, sides.canary).and_then(wait);
    [related, alone].into_iter().flatten().min()
}

/// How long odds whose natural logarithm is `ln_odds` still need to their line where both sides go on as bad as they are, by the
/// bet that gets there first; `None`: never.
pub fn time_to_line(bets: &Bets<'_>, share: Share, sides: Sides, ln_odds: f64) -> Option<Duration> {
    let to_win = (bets.odds.rollback.ln() - ln_odds).max(0.0);
    let tells = [compared(bets, share.compare, sides), absolute(bets, sides.canary)].into_iter().flatten();
    wait(bets, share, tells.reduce(f64::max)?, to_win)
}

/// Without traffic, and where a request tells nothing, it is for ever, on either side of zero.
fn wait(bets: &Bets<'_>, share: Share, tells: f64, to_win: f64) -> Option<Duration> {
    let wait = Duration::try_from_secs_f64(to_win / (share.rps * tells)).ok()?;
    (wait < AGES).then(|| wait + bets.delay)
}

/// What a request of the canary's tells against the other side, if it is compared with one.
fn compared(bets: &Bets<'_>, compare: Compare, Sides { canary, other }: Sides) -> Option<f64> {
    match compare {
        Compare::WithStable => relative(bets, other, canary),
        Compare::WithBaseline => against_as_many(bets, other, canary),
        Compare::Alone => None,
    }
}

/// What a request of the canary's tells against stable; `None` where the bet does not win on it.
fn relative(bets: &Bets<'_>, base: f64, bad: f64) -> Option<f64> {
    let null = bets.odds.rho * base;
    let wins = |times: f64| bad * times.ln() - (times - 1.0) * null > 0.0;
    let blamed = bad > bets.odds.floor * bets.target;
    (null > 0.0 && bad > null && blamed && RELATIVE.into_iter().any(wins))
        .then(|| bad * (bad / null).ln() - (bad - null))
}

/// What a request of the canary's tells against a baseline that has as many.
fn against_as_many(bets: &Bets<'_>, base: f64, bad: f64) -> Option<f64> {
    let part = |ratio: f64| ratio / (ratio + 1.0);
    let null = part(bets.odds.rho);
    let tells = |supposed: f64| bad * (supposed / null).ln() + base * ((1.0 - supposed) / (1.0 - null)).ln();
    let wins = |times: f64| tells(part(bets.odds.rho * times)) > 0.0;
    let blamed = bad > bets.odds.floor * bets.target;
    (base > 0.0 && bad > bets.odds.rho * base && blamed && RELATIVE.into_iter().any(wins))
        .then(|| tells(bad / (bad + base)))
}

/// What a request of the canary's tells against the target.
fn absolute(bets: &Bets<'_>, bad: f64) -> Option<f64> {
    let target = bets.target;
    let tells = |supposed: f64| {
        let good = if bad < 1.0 { (1.0 - bad) * ((1.0 - supposed) / (1.0 - target)).ln() } else { 0.0 };
        bad * (supposed / target).ln() + good
    };
    let wins = |times: f64| tells((target * times).min(0.9)) > 0.0;
    (target > 0.0 && bad > target && ABSOLUTE.into_iter().any(wins)).then(|| tells(bad))
}
