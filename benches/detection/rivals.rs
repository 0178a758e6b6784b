//! The rules of the field, rebuilt from their description. All of them look at the canary's share of errors alone.

use crate::flight::Scrape;
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
}

pub const RIVALS: [Rival; 7] = [
    Rival { name: "Argo, failureLimit 0", rule: Rule::Argo { interval: 60.0, window: 60.0, limit: 0 } },
    Rival { name: "Argo, failureLimit 3", rule: Rule::Argo { interval: 60.0, window: 60.0, limit: 3 } },
    Rival { name: "Argo, its docs (5m/5m/3)", rule: Rule::Argo { interval: 300.0, window: 300.0, limit: 3 } },
    Rival { name: "Flagger, threshold 5", rule: Rule::Flagger { threshold: 5 } },
    Rival { name: "SLO rate[5m] for 0", rule: Rule::Alert { window: 300.0, hold: 0.0 } },
    Rival { name: "SLO rate[5m] for 2m", rule: Rule::Alert { window: 300.0, hold: 120.0 } },
    Rival { name: "SLO rate[5m] for 5m", rule: Rule::Alert { window: 300.0, hold: 300.0 } },
];

/// The canary's two counters as a Prometheus has them. The series of errors is there from the start, at 0: kind to their
/// delay (born with the first error it would lose that one), and to nothing else.
pub struct Series {
    total: Vec<(f64, f64)>,
    bad: Vec<(f64, f64)>,
}

impl Series {
    pub fn of(flight: &[Scrape]) -> Self {
        let total = flight.iter().map(|scrape| (scrape.at, scrape.canary.n as f64)).collect();
        let bad = flight.iter().map(|scrape| (scrape.at, scrape.canary.bad as f64)).collect();
        Self { total, bad }
    }

    fn is_bad(&self, now: f64, window: f64, target: f64) -> bool {
        share(&self.total, &self.bad, now, window).is_some_and(|share| share > target)
    }
}

impl Rival {
    /// When it rolls back, in seconds since the release began.
    pub fn decides(&self, series: &Series, target: f64) -> Option<f64> {
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
        }
    }
}

fn ticks(every: f64) -> impl Iterator<Item = f64> {
    (1..).map(move |tick| f64::from(tick) * every).take_while(|now| *now <= END)
}
