//! The rules of the field, rebuilt from their description. Most of them look at the canary's share of errors alone.

use crate::flight::{Scrape, Side};
use crate::kayenta::Points;
use crate::prometheus::share;
use crate::scenario::END;

/// A rule of another tool.
#[derive(Clone, Copy)]
pub struct Rival {
    pub name: &'static str,
    rule: Rule,
}

#[derive(Clone, Copy)]
enum Rule {
    /// A measurement every `interval`; more than `limit` failed ones, in all, abort.
    Argo { interval: f64, window: f64, limit: u32 },
    /// A check every minute; when so many failed, in all, the next minute's tick rolls back before it checks.
    Flagger { threshold: u32 },
    /// An alert, evaluated every 15 s, that must hold for so long.
    Alert { window: f64, hold: f64 },
    /// A statistical comparison with stable every so many minutes, of all minutes or the last few.
    Kayenta { every: u32, window: Option<u32> },
    /// Two proportions compared at every scrape, from the beginning on, as if each look were the only one.
    TwoProportions,
}

pub const RIVALS: [Rival; 11] = [
    Rival { name: "Argo, failureLimit 0", rule: Rule::Argo { interval: 60.0, window: 60.0, limit: 0 } },
    Rival { name: "Argo, failureLimit 3", rule: Rule::Argo { interval: 60.0, window: 60.0, limit: 3 } },
    Rival { name: "Argo, its docs (5m/5m/3)", rule: Rule::Argo { interval: 300.0, window: 300.0, limit: 3 } },
    Rival { name: "Flagger, threshold 5", rule: Rule::Flagger { threshold: 5 } },
    Rival { name: "SLO rate[5m] for 0", rule: Rule::Alert { window: 300.0, hold: 0.0 } },
    Rival { name: "SLO rate[5m] for 2m", rule: Rule::Alert { window: 300.0, hold: 120.0 } },
    Rival { name: "SLO rate[5m] for 5m", rule: Rule::Alert { window: 300.0, hold: 300.0 } },
    Rival { name: "Kayenta every 5 min, growing", rule: Rule::Kayenta { every: 5, window: None } },
    Rival { name: "Kayenta every 5 min, last 10", rule: Rule::Kayenta { every: 5, window: Some(10) } },
    Rival { name: "Kayenta every minute, growing", rule: Rule::Kayenta { every: 1, window: None } },
    Rival { name: "two proportions, p < 1 %, every 15 s", rule: Rule::TwoProportions },
];

/// Two counters as a Prometheus has them. The series of errors is there from the start, at 0: kind to their
/// delay (born with the first error it would lose that one), and to nothing else.
pub struct Series {
    pub total: Vec<(f64, f64)>,
    pub bad: Vec<(f64, f64)>,
}

impl Series {
    pub fn of(flight: &[Scrape], side: fn(&Scrape) -> Side) -> Self {
        let total = flight.iter().map(|scrape| (scrape.at, side(scrape).n as f64)).collect();
        let bad = flight.iter().map(|scrape| (scrape.at, side(scrape).bad as f64)).collect();
        Self { total, bad }
    }

    fn is_bad(&self, now: f64, window: f64, target: f64) -> bool {
        share(&self.total, &self.bad, now, window).is_some_and(|share| share > target)
    }
}

/// A flight as the rivals see it.
pub struct Seen<'a> {
    flight: &'a [Scrape],
    canary: Series,
    points: Points,
}

impl<'a> Seen<'a> {
    pub fn of(flight: &'a [Scrape]) -> Self {
        let (canary, stable) = (Series::of(flight, |scrape| scrape.canary), Series::of(flight, |scrape| scrape.stable));
        let points = Points::of(&canary, &stable, (END / 60.0) as u32);
        Self { flight, canary, points }
    }
}

/// One-sided, pooled; every look pretends to be the only one.
fn differ(scrape: &Scrape) -> bool {
    let [n_c, e_c, n_b, e_b] =
        [scrape.canary.n, scrape.canary.bad, scrape.stable.n, scrape.stable.bad].map(|count| count as f64);
    let pooled = (e_c + e_b) / (n_c + n_b);
    let deviation = (pooled * (1.0 - pooled) * (1.0 / n_c + 1.0 / n_b)).sqrt();
    deviation > 0.0 && (e_c / n_c - e_b / n_b) / deviation > 2.326
}

impl Rival {
    /// When it rolls back, in seconds since the release began.
    pub fn decides(&self, seen: &Seen<'_>, target: f64) -> Option<f64> {
        let series = &seen.canary;
        match self.rule {
            Rule::Argo { interval, window, limit } => {
                let mut failed = 0;
                ticks(interval).find(|now| {
                    failed += u32::from(series.is_bad(*now, window, target));
                    failed > limit
                })
            }
            Rule::Flagger { threshold } => {
                let mut failed = 0;
                ticks(60.0).find(|now| {
                    let over = failed >= threshold;
                    failed += u32::from(series.is_bad(*now, 60.0, target));
                    over
                })
            }
            Rule::Alert { window, hold } => {
                let mut since = None;
                ticks(15.0).find(|now| {
                    if !series.is_bad(*now, window, target) {
                        since = None;
                        return false;
                    }
                    now - *since.get_or_insert(*now) >= hold
                })
            }
            Rule::Kayenta { every, window } => ticks(60.0 * f64::from(every))
                .zip(1..)
                .find(|(_, look)| seen.points.is_high(look * every, window))
                .map(|(now, _)| now),
            Rule::TwoProportions => seen.flight.iter().find(|scrape| differ(scrape)).map(|scrape| scrape.at),
        }
    }
}

fn ticks(every: f64) -> impl Iterator<Item = f64> {
    (1..).map(move |tick| f64::from(tick) * every).take_while(|now| *now <= END)
}
