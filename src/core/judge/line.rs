//! The odds as a person reads them: on one line, and in words.

use std::time::Duration;

use crate::core::compare::other_side;
use crate::core::judge::words::percent;
use crate::core::odds::{release_bets, release_bound};
use crate::core::plan::Plan;
use crate::core::rule::Rule;
use crate::core::time::roughly;
use crate::core::verdict::Evidence as Numbers;

/// How many cells the meter has.
const METER: usize = 8;

/// One line: `errors  canary 1.1% (16 of 1 472)  stable 0.20% (291 of 145.8k)  odds 610:1 ███████░ rollback at 1000:1`.
/// `None` for a rule that is not judged by odds.
pub fn odds_line(rule: &Rule, numbers: &Numbers) -> Option<String> {
    let (odds, ln_odds) = (rule.odds.as_ref()?, numbers.odds?);
    let canary = side("canary", numbers.bad, numbers.requests);
    let stable = side(other_side(numbers.baseline), numbers.stable_bad, numbers.stable_requests);
    let line = numbers.rollback_at.unwrap_or(odds.rollback.ln());
    let (now, meter, at) = (odds_text(ln_odds), meter(ln_odds, line), odds_text(line));
    Some(format!("{}  {canary}  {stable}  odds {now} {meter} rollback at {at}", rule.name))
}

/// What the odds mean, in words, and how rarely the release's odds blame a healthy one altogether. `None` for a rule that is
/// not judged by odds. Odds of X:1 are what the winnings of a fair bet on a bad canary stand at, and a bet that is fair while
/// the canary is healthy reaches X in at most one of X releases, whenever one looks (`docs/judging.md`).
pub fn odds_words(plan: &Plan, rule: &Rule, numbers: &Numbers) -> Option<String> {
    let (odds, ln_odds) = (rule.odds.as_ref()?, numbers.odds?);
    let healthy = format!("within its target and at most {}× as bad as {}", odds.rho, other_side(numbers.baseline));
    let now = if ln_odds > 0.0 {
        format!("a canary {healthy} looks this bad, by one comparison, in at most {}", one_in(ln_odds))
    } else {
        format!("nothing here speaks against a canary {healthy}")
    };
    Some(format!(
        "{now}; at most {} of healthy releases reach {} in any of {} comparisons",
        percent(release_bound(plan).min(1.0)),
        odds_text(odds.rollback.ln()),
        release_bets(plan)
    ))
}

/// How rarely that is at most: `1 of 610 releases`, `31 % of releases`.
fn one_in(ln_odds: f64) -> String {
    if ln_odds >= 10.0_f64.ln() {
        format!("1 of {} releases", amount(ln_odds))
    } else {
        format!("{} of releases", percent((-ln_odds).exp()))
    }
}

/// `canary 1.1% (16 of 1 472)`: a slash between numbers whose thousands stand apart reads as another share.
pub(super) fn side(name: &str, bad: u64, n: u64) -> String {
    if n == 0 {
        return format!("{name} no requests");
    }
    let share = percent(bad as f64 / n as f64).replace(' ', "");
    format!("{name} {share} ({} of {})", count(bad), count(n))
}

/// Requests a second; one digit more where whole ones would round it away. A sum over nothing is −0 in the library's eyes, and
/// nobody else's.
pub fn rate(value: f64) -> String {
    let value = value + 0.0;
    if value == 0.0 || value.abs() >= 10.0 { format!("{value:.0}") } else { format!("{value:.1}") }
}

/// A count: `472`, `1 472`, `145.8k`, `2.1M`.
pub fn count(count: u64) -> String {
    match count {
        0..1_000 => count.to_string(),
        1_000..10_000 => format!("{} {:03}", count / 1_000, count % 1_000),
        10_000..1_000_000 => format!("{:.1}k", count as f64 / 1e3),
        _ => format!("{:.1}M", count as f64 / 1e6),
    }
}

/// Odds from their logarithm: `0.4:1`, `610:1`, `20.6k:1`, `over 1M:1`.
pub(super) fn odds_text(ln_odds: f64) -> String {
    format!("{}:1", amount(ln_odds))
}

fn amount(ln_odds: f64) -> String {
    // A hair of rounding must not turn 1000:1 into 999:1, nor the other way.
    match (ln_odds + 1e-9).exp() {
        odds if odds >= 1e6 => "over 1M".to_owned(),
        odds if odds >= 1e4 => format!("{:.1}k", odds / 1e3),
        odds if odds >= 10.0 => format!("{}", odds.floor()),
        odds => format!("{odds:.1}"),
    }
}

/// How far the odds are on their way to the line, in logarithms, as evidence adds up.
fn meter(ln_odds: f64, ln_line: f64) -> String {
    let full = (ln_odds / ln_line * METER as f64).floor().clamp(0.0, METER as f64) as usize;
    "█".repeat(full) + &"░".repeat(METER - full)
}

/// How long `requests` take at `rps`, roughly. `None` without traffic.
pub fn about(requests: u64, rps: f64) -> Option<String> {
    if rps <= 0.0 {
        return None;
    }
    let seconds = (requests as f64 / rps).ceil().min(1e9) as u64;
    Some(roughly(Duration::from_secs(seconds)))
}

/// How sure an error of `alpha` leaves one: `95 %`, `98.8 %`.
pub(super) fn certainty(alpha: f64) -> String {
    let sure = 100.0 * (1.0 - alpha);
    if (sure - sure.round()).abs() < 1e-9 { format!("{sure:.0} %") } else { format!("{sure:.1} %") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::rule::Sli;

    #[test]
    fn one_line_says_it_all() {
        let rule = Rule::of("errors", Sli::Errors { target: 0.01 });
        let numbers = Numbers {
            requests: 1_472,
            bad: 16,
            stable_requests: 145_800,
            stable_bad: 291,
            odds: Some(610.4_f64.ln()),
            ..Numbers::default()
        };
        assert_eq!(
            odds_line(&rule, &numbers).unwrap(),
            "errors  canary 1.1% (16 of 1 472)  stable 0.20% (291 of 145.8k)  odds 610:1 ███████░ rollback at 1000:1"
        );
        let plan = crate::core::judge::tests::plan_of(rule.clone());
        let words = odds_words(&plan, &rule, &numbers).unwrap();
        assert_eq!(
            words,
            "a canary within its target and at most 1.5× as bad as stable looks this bad, by one comparison, in at most 1 \
             of 610 releases; at most 0.20 % of healthy releases reach 1000:1 in any of 2 comparisons"
        );
        let at = |odds: f64| {
            odds_words(&plan, &rule, &Numbers { odds: Some(odds.ln()), ..numbers.clone() }).unwrap_or_default()
        };
        assert!(at(4.0).contains("in at most 25 % of releases;"), "{}", at(4.0));
        assert!(at(0.4).starts_with("nothing here speaks against a canary within its target"), "{}", at(0.4));
        assert_eq!(odds_line(&Rule { odds: None, ..rule }, &numbers), None);
    }

    #[test]
    fn numbers_are_as_long_as_a_person_needs() {
        let odds = [0.4_f64, 1.0, 9.99, 19.9, 1000.0, 20_613.9, 5e8].map(|odds| odds_text(odds.ln()));
        assert_eq!(odds, ["0.4:1", "1.0:1", "10.0:1", "19:1", "1000:1", "20.6k:1", "over 1M:1"]);
        assert_eq!([5, 1_005, 12_345, 2_100_000].map(count), ["5", "1 005", "12.3k", "2.1M"]);
        assert_eq!(about(410, 2.5), Some("3m".into()));
        assert_eq!(about(7, 1.0), Some("10s".into()));
        assert_eq!(about(7, 0.0), None);
        assert_eq!([0.05, 0.0125].map(certainty), ["95 %", "98.8 %"]);
        assert_eq!(meter(99.0, 6.9), "████████");
        assert_eq!(meter(-1.0, 6.9), "░░░░░░░░");
    }
}
