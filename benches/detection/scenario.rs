//! What can be the matter with a release, and how much traffic it has.

/// Scrapes are 15 s apart.
pub const SCRAPE: f64 = 15.0;

/// Each of the five steps soaks for ten minutes.
pub const STEP: f64 = 600.0;

/// The canary's share of the traffic in each step.
pub const SHARES: [f64; 5] = [0.01, 0.10, 0.25, 0.50, 1.0];

/// When a release that nobody stops is over.
pub const END: f64 = STEP * SHARES.len() as f64;

/// One kind of release.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    pub name: &'static str,
    /// Requests a second, both versions together.
    pub rps: f64,
    /// Seconds between scrapes.
    pub scrape: f64,
    /// The share of requests that may be bad.
    pub target: f64,
    /// The share of stable's requests that is bad.
    pub stable: f64,
    /// The share of the canary's that is bad before the fault.
    pub before: f64,
    /// And from the fault on.
    pub after: f64,
    /// When the fault begins, in seconds.
    pub onset: f64,
    /// How many requests fail together.
    pub burst: u32,
    /// From when to when both versions share a bad dependency, and the share of bad requests then.
    pub outage: Option<(f64, f64, f64)>,
    /// How the canary, and it alone, is bad for a moment now and then.
    pub flaps: Option<Flaps>,
    /// Whether an hour of stable's past is known, as Prometheus knows it.
    pub history: bool,
}

/// A canary that is bad for a moment, in every span of so many seconds.
#[derive(Clone, Copy, Debug)]
pub struct Flaps {
    /// The share of its requests that is bad meanwhile.
    pub share: f64,
    /// How many seconds.
    pub lasts: f64,
    /// In how many; the moment is in their middle.
    pub every: f64,
}

impl Flaps {
    /// From when to when it is bad in the span that holds a time.
    fn moment(&self, at: f64) -> (f64, f64) {
        let from = (at / self.every).floor() * self.every + (self.every - self.lasts) / 2.0;
        (from, from + self.lasts)
    }
}

const BASE: Scenario = Scenario {
    name: "",
    rps: 500.0,
    scrape: SCRAPE,
    target: 0.01,
    stable: 0.002,
    before: 0.002,
    after: 0.002,
    onset: 0.0,
    burst: 1,
    outage: None,
    flaps: None,
    history: true,
};

/// Releases with nothing the matter.
pub const HEALTHY: [Scenario; 4] = [
    Scenario { name: "500 rps, 0.2 %", ..BASE },
    Scenario { name: "near the SLO, 0.8 %/0.8 %", stable: 0.008, before: 0.008, after: 0.008, ..BASE },
    Scenario { name: "bursts of 5, 0.2 %", burst: 5, ..BASE },
    Scenario { name: "50 rps, 0.2 %", rps: 50.0, ..BASE },
];

/// Releases that should be rolled back.
pub const FAULTS: [Scenario; 7] = [
    Scenario { name: "S1 2 % from the start (1 %, 5 rps)", after: 0.02, ..BASE },
    Scenario { name: "S7 2 % at min 5", after: 0.02, onset: 300.0, ..BASE },
    Scenario { name: "S2 2 % at min 25 (25 %)", after: 0.02, onset: 1500.0, ..BASE },
    Scenario { name: "S3 0.6 % (3×, under the SLO)", after: 0.006, ..BASE },
    Scenario { name: "S4 50 %", after: 0.5, ..BASE },
    Scenario { name: "S6 5 %", after: 0.05, ..BASE },
    Scenario { name: "S5 2 % at 50 rps", after: 0.02, rps: 50.0, ..BASE },
];

/// Slow requests instead of failed ones: 5 % are allowed.
pub const SLOW: [Scenario; 2] = [
    Scenario { name: "10 % slow, stable 2 %", target: 0.05, stable: 0.02, before: 0.02, after: 0.1, ..BASE },
    Scenario { name: "6 % slow, stable 2 %", target: 0.05, stable: 0.02, before: 0.02, after: 0.06, ..BASE },
];

/// The same, with nothing the matter.
pub const NOT_SLOW: [Scenario; 2] = [
    Scenario { name: "healthy, 2 %/2 %", target: 0.05, stable: 0.02, before: 0.02, after: 0.02, ..BASE },
    Scenario { name: "healthy, 4 %/4 %", target: 0.05, stable: 0.04, before: 0.04, after: 0.04, ..BASE },
];

/// Releases at the very edge of healthy, where the bound is tightest, and other traps.
pub fn worst_cases() -> Vec<Scenario> {
    let times = |p: f64| 1.5 * p / (1.0 - p + 1.5 * p);
    let edge = times(0.002);
    // Stable such that the canary, exactly at its target, is also exactly at what is tolerated of it.
    let below = 0.01 / (0.01 + 1.5 * 0.99);
    vec![
        Scenario { name: "odds exactly 1.5× stable's, 500 rps", before: edge, after: edge, ..BASE },
        Scenario { name: "odds exactly 1.5× stable's, 50 rps", rps: 50.0, before: edge, after: edge, ..BASE },
        Scenario { name: "exactly at 1 % and at 1.5× stable's", stable: below, before: 0.01, after: 0.01, ..BASE },
        Scenario { name: "the same, 50 rps", rps: 50.0, stable: below, before: 0.01, after: 0.01, ..BASE },
        Scenario { name: "common outage, 3 % for 5 min at 10 %", outage: Some((700.0, 1000.0, 0.03)), ..BASE },
        Scenario { name: "common outage, 3 % for 5 min at 50 %", outage: Some((1900.0, 2200.0, 0.03)), ..BASE },
        Scenario { name: "bursts of 5, stable's past unknown", burst: 5, history: false, ..BASE },
        Scenario { name: "the same, read every 5 s", burst: 5, history: false, scrape: 5.0, ..BASE },
        Scenario { name: "0.2 %/0.2 %, read every 5 s", scrape: 5.0, ..BASE },
        Scenario { name: "bursts of 20", burst: 20, ..BASE },
        Scenario { name: "4 % of the canary's for 8 s in 90", flaps: Some(flaps(0.04, 90.0)), ..BASE },
        Scenario { name: "the same, read every 5 s", scrape: 5.0, flaps: Some(flaps(0.04, 90.0)), ..BASE },
        Scenario { name: "20 % of the canary's for 8 s in 50 min", scrape: 5.0, flaps: Some(flaps(0.2, END)), ..BASE },
    ]
}

const fn flaps(share: f64, every: f64) -> Flaps {
    Flaps { share, lasts: 8.0, every }
}

/// The first fault again, read every 5 s as the cockpit does.
pub const READ_OFTEN: [Scenario; 3] = [
    Scenario { scrape: 5.0, ..FAULTS[0] },
    Scenario { scrape: 5.0, ..FAULTS[2] },
    Scenario { scrape: 5.0, ..FAULTS[4] },
];

/// A canary that fails so many times as often as stable, from its first request on.
pub const fn regression(rps: f64, times: f64) -> Scenario {
    Scenario { name: "regression", rps, after: times * BASE.stable, before: times * BASE.stable, ..BASE }
}

/// Requests that are slow: 5 % may be, and 2 % of stable's are.
const SLOWNESS: Scenario = Scenario { name: "slow", target: 0.05, stable: 0.02, before: 0.02, after: 0.02, ..BASE };

/// Odds of 1.5× stable's: as bad as is tolerated.
const EDGE: Scenario = Scenario { name: "errors at the edge", before: 0.002_997, after: 0.002_997, ..BASE };

/// The same for slow requests.
const SLOW_EDGE: Scenario = Scenario { name: "slow at the edge", before: 0.029_703, after: 0.029_703, ..SLOWNESS };

/// How often something befalls a pod of each side, in times a second.
#[derive(Clone, Copy, Debug)]
pub struct Rates {
    pub canary: f64,
    pub stable: f64,
}

impl Rates {
    const fn both(every: f64) -> Self {
        Self { canary: 1.0 / every, stable: 1.0 / every }
    }

    const fn canary_every(self, every: f64) -> Self {
        Self { canary: 1.0 / every, ..self }
    }

    /// As bad as is tolerated: 1.5 times stable's.
    const fn at_the_edge(every: f64) -> Self {
        Self { canary: 1.5 / every, stable: 1.0 / every }
    }

    fn tolerated(&self) -> bool {
        self.canary <= 1.500_001 * self.stable
    }
}

const MINUTE: f64 = 60.0;
const HOUR: f64 = 3_600.0;
const DAY: f64 = 86_400.0;

/// A release in which several things may show at once.
#[derive(Clone, Copy, Debug)]
pub struct Many {
    pub name: &'static str,
    /// Errors, and slow requests.
    pub requests: [Scenario; 2],
    /// Containers that crash.
    pub crashes: Rates,
    /// Pods that are not Ready any more though nothing crashed, and are again before they are read once more.
    pub falls: Rates,
}

impl Many {
    /// Whether the canary is nowhere worse than is tolerated.
    pub fn is_healthy(&self) -> bool {
        let requests = self.requests.iter().all(|scenario| scenario.after <= 1.5 * scenario.stable);
        requests && self.crashes.tolerated() && self.falls.tolerated()
    }
}

/// Nothing the matter, and what befalls any pod once a day.
const CALM: Many = Many { name: "", requests: [BASE, SLOWNESS], crashes: Rates::both(DAY), falls: Rates::both(DAY) };

/// Faults that show in more than one thing.
pub const MANY: [Many; 13] = [
    Many { name: "2 % errors, no more slow ones", requests: [FAULTS[0], SLOWNESS], ..CALM },
    Many { name: "no more errors, 10 % slow", requests: [BASE, Scenario { after: 0.1, ..SLOWNESS }], ..CALM },
    Many { name: "1 % errors and 5 % slow", requests: BOTH, ..CALM },
    Many { name: "2 % errors and 10 % slow", requests: [FAULTS[0], Scenario { after: 0.1, ..SLOWNESS }], ..CALM },
    Many {
        name: "2 % errors at 50 rps, 6 % slow",
        requests: [FAULTS[6], Scenario { rps: 50.0, after: 0.06, ..SLOWNESS }],
        ..CALM
    },
    Many {
        name: "2 % errors, and each pod crashes every 2 min",
        requests: [FAULTS[0], SLOWNESS],
        crashes: CALM.crashes.canary_every(2.0 * MINUTE),
        ..CALM
    },
    Many {
        name: "1 % errors, 5 % slow, and each pod falls out of Ready every 5 min",
        requests: BOTH,
        falls: CALM.falls.canary_every(5.0 * MINUTE),
        ..CALM
    },
    Many { name: "nothing but crashes, every 2 min a pod", crashes: CALM.crashes.canary_every(2.0 * MINUTE), ..CALM },
    Many { name: "nothing but crashes, every 10 min a pod", crashes: CALM.crashes.canary_every(10.0 * MINUTE), ..CALM },
    Many {
        name: "nothing but falls out of Ready, every 2 min a pod",
        falls: CALM.falls.canary_every(2.0 * MINUTE),
        ..CALM
    },
    Many { name: "healthy", ..CALM },
    Many {
        name: "healthy, all at the edge of what is tolerated",
        requests: [EDGE, SLOW_EDGE],
        crashes: Rates::at_the_edge(HOUR),
        falls: Rates::at_the_edge(10.0 * MINUTE),
    },
    Many { name: "healthy, and every pod of both crashes once an hour", crashes: Rates::both(HOUR), ..CALM },
];

/// Twice as many of each as stable has.
const BOTH: [Scenario; 2] = [Scenario { name: "1 %", after: 0.01, ..BASE }, Scenario { after: 0.05, ..SLOWNESS }];

impl Scenario {
    /// The share of bad requests on both sides at a time, canary first.
    pub fn shares_of_bad(&self, at: f64) -> (f64, f64) {
        match (self.outage, self.flaps.map(|flaps| (flaps.share, flaps.moment(at)))) {
            (Some((from, to, share)), _) if (from..to).contains(&at) => (share, share),
            (_, Some((share, (from, to)))) if (from..to).contains(&at) => (share, self.stable),
            _ => (if at < self.onset { self.before } else { self.after }, self.stable),
        }
    }

    /// The times at which something changes, sorted.
    pub fn edges(&self) -> Vec<f64> {
        let steps = (0..=SHARES.len()).map(|step| step as f64 * STEP);
        let outage = self.outage.iter().flat_map(|(from, to, _)| [*from, *to]);
        let spans =
            self.flaps.iter().flat_map(|flaps| (0..(END / flaps.every) as usize).map(move |span| (flaps, span)));
        let moments = spans.map(|(flaps, span)| flaps.moment((span as f64 + 0.5) * flaps.every));
        let flaps = moments.flat_map(|(from, to)| [from, to]);
        let mut edges: Vec<f64> = steps.chain([self.onset]).chain(outage).chain(flaps).collect();
        edges.sort_by(f64::total_cmp);
        edges
    }
}

/// The step that is flown at a time.
pub fn step_at(at: f64) -> usize {
    ((at / STEP) as usize).min(SHARES.len() - 1)
}
