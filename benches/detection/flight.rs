//! A release as its counters saw it: Poisson arrivals, binomial errors, scraped with a random phase.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Binomial, Distribution, Poisson, Uniform};

use crate::scenario::{END, SHARES, Scenario, step_at};

/// The counters of one scrape, from the canary's start.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scrape {
    /// In seconds since the release began.
    pub at: f64,
    pub canary: Side,
    pub stable: Side,
}

/// Requests and bad ones of one version, since its beginning.
#[derive(Clone, Copy, Debug, Default)]
pub struct Side {
    pub n: u64,
    pub bad: u64,
}

/// Where a flight's chances come from.
pub struct Chance(ChaCha8Rng);

impl Chance {
    pub fn of(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// What a version counts in a span: `mean` requests on average, of which the share `p` is bad, `burst` at a time.
    fn side(&mut self, mean: f64, p: f64, burst: u32) -> Side {
        if mean <= 0.0 {
            return Side::default();
        }
        let n = Poisson::new(mean).expect("a positive mean").sample(&mut self.0) as u64;
        let bad = if burst == 1 {
            Binomial::new(n, p).expect("a share").sample(&mut self.0)
        } else {
            let bursts = Binomial::new(n, p / f64::from(burst)).expect("a share").sample(&mut self.0);
            (bursts * u64::from(burst)).min(n)
        };
        Side { n, bad }
    }

    /// How often something with this mean happens.
    pub fn events(&mut self, mean: f64) -> u32 {
        if mean <= 0.0 { 0 } else { Poisson::new(mean).expect("a positive mean").sample(&mut self.0) as u32 }
    }

    /// An hour of stable alone, scrape by scrape.
    pub fn past(&mut self, scenario: &Scenario) -> Vec<Side> {
        let scrapes = (3_600.0 / scenario.scrape) as usize;
        (0..scrapes).map(|_| self.side(scenario.rps * scenario.scrape, scenario.stable, scenario.burst)).collect()
    }

    /// A whole release that nobody stops.
    pub fn flight(&mut self, scenario: &Scenario) -> Vec<Scrape> {
        let phase = Uniform::new(0.0, scenario.scrape).expect("a span").sample(&mut self.0);
        let edges = scenario.edges();
        let mut now = Scrape::default();
        let mut scrapes = Vec::new();
        let mut next = phase;
        while next <= END {
            while now.at < next {
                let until = edges.iter().copied().find(|edge| *edge > now.at).map_or(next, |edge| edge.min(next));
                self.fly(scenario, &mut now, until);
            }
            scrapes.push(now);
            next += scenario.scrape;
        }
        scrapes
    }

    /// Counts on to `until`; nothing changes on the way.
    fn fly(&mut self, scenario: &Scenario, now: &mut Scrape, until: f64) {
        let span = until - now.at;
        let share = SHARES[step_at(now.at)];
        let (canary, stable) = scenario.shares_of_bad(now.at);
        let canary = self.side(scenario.rps * share * span, canary, scenario.burst);
        let stable = self.side(scenario.rps * (1.0 - share) * span, stable, scenario.burst);
        for (sum, more) in [(&mut now.canary, canary), (&mut now.stable, stable)] {
            sum.n += more.n;
            sum.bad += more.bad;
        }
        now.at = until;
    }
}
