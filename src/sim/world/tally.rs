//! What one container counted since it started: requests by route and status, and their latencies.

use super::behaviour::Behaviour;

/// A route of the demo applications, as their metrics name it.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// The HTTP method.
    pub method: &'static str,
    /// The path pattern; real ones hold braces, commas and equals signs.
    pub path: &'static str,
    /// The status of a good answer.
    pub good: u16,
    /// The part of the traffic that it gets; all users' routes make 1.
    pub part: f64,
}

const fn route(method: &'static str, path: &'static str, good: u16, part: f64) -> Route {
    Route { method, path, good, part }
}

/// The routes that users take.
pub const USERS: usize = 5;
/// The index of the route that probes take.
pub const PROBE: usize = USERS;
/// The index of the route that scrapes take.
pub const SCRAPE: usize = USERS + 1;

/// All routes: the users', then those of probes and scrapes.
pub const ROUTES: [Route; USERS + 2] = [
    route("GET", "/users/{id}", 200, 0.42),
    route("GET", "/cart/{id}/items", 200, 0.24),
    route("POST", "/cart/{id}/items", 201, 0.16),
    route("POST", "/orders", 201, 0.11),
    route("GET", "/search/{q=*,page=n}", 200, 0.07),
    route("GET", "/healthz", 200, 0.0),
    route("GET", "/metrics", 200, 0.0),
];

/// The upper bounds of the latency buckets, in seconds; `+Inf` follows.
pub const BOUNDS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// The route that `unit`, from 0 to 1, falls on.
pub fn user_route(unit: f64) -> usize {
    let mut below = 0.0;
    let chosen = ROUTES.iter().take(USERS).position(|route| {
        below += route.part;
        unit < below
    });
    chosen.unwrap_or(0)
}

/// The counters of one container.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    routes: [RouteTally; ROUTES.len()],
}

/// The counters of one route.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RouteTally {
    /// Requests by status, in the order in which the statuses were first seen: a series is born with its first request.
    pub statuses: Vec<(u16, u64)>,
    /// Requests by the bucket that they fall into (not cumulative); the last is beyond every bound.
    pub buckets: [u64; BOUNDS.len() + 1],
    /// The sum of all latencies, in seconds.
    pub seconds: f64,
}

impl Tally {
    /// Counts one request.
    pub fn count(&mut self, route: usize, status: u16, seconds: f64) {
        let bucket = BOUNDS.iter().position(|bound| seconds <= *bound).unwrap_or(BOUNDS.len());
        self.add(route, status, bucket, 1, seconds);
    }

    /// Counts `times` quick answers of one status: probes, that nobody looks at one by one.
    pub fn count_quick(&mut self, route: usize, status: u16, times: u64) {
        self.add(route, status, 0, times, times as f64 * 0.0007);
    }

    /// Counts what `requests` of users would have left behind under this behaviour, without drawing each.
    pub fn history(&mut self, requests: f64, behaviour: &Behaviour) {
        for (at, route) in ROUTES.iter().enumerate().take(USERS) {
            let failed = (requests * route.part * behaviour.errors).round() as u64;
            let mut below = 0.0;
            for (bucket, bound) in BOUNDS.iter().chain([&f64::INFINITY]).enumerate() {
                let within = if bound.is_finite() { behaviour.latency.within(*bound) } else { 1.0 };
                let part = (requests * route.part * (within - below)).round() as u64;
                let typical = behaviour.latency.quantile(f64::midpoint(below, within));
                self.add(at, route.good, bucket, part, typical * part as f64);
                below = within;
            }
            // The failed ones are taken out of the good: latency does not tell them apart.
            if let Some(RouteTally { statuses, .. }) = self.routes.get_mut(at)
                && let Some((_, good)) = statuses.first_mut()
            {
                *good = good.saturating_sub(failed);
                if failed > 0 {
                    statuses.push((500, failed));
                }
            }
        }
    }

    /// Every route's counters.
    pub fn routes(&self) -> impl Iterator<Item = (&'static Route, &RouteTally)> {
        ROUTES.iter().zip(&self.routes)
    }

    /// Requests of users: neither probes nor scrapes.
    pub fn user_requests(&self) -> u64 {
        self.routes.iter().take(USERS).map(RouteTally::requests).sum()
    }

    fn add(&mut self, route: usize, status: u16, bucket: usize, requests: u64, seconds: f64) {
        let Some(tally) = self.routes.get_mut(route) else { return };
        if requests == 0 {
            return;
        }
        match tally.statuses.iter_mut().find(|(known, _)| *known == status) {
            Some((_, count)) => *count += requests,
            None => tally.statuses.push((status, requests)),
        }
        if let Some(count) = tally.buckets.get_mut(bucket) {
            *count += requests;
        }
        tally.seconds += seconds;
    }
}

impl RouteTally {
    /// All requests of this route.
    pub fn requests(&self) -> u64 {
        self.statuses.iter().map(|(_, count)| count).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::scenario::Version;

    #[test]
    fn a_series_is_born_with_its_first_request() {
        let mut tally = Tally::default();
        tally.count(0, 200, 0.02);
        assert_eq!(tally.routes().next().expect("a route").1.statuses, [(200, 1)]);
        tally.count(0, 503, 20.0);
        let (_, first) = tally.routes().next().expect("a route");
        assert_eq!(first.statuses, [(200, 1), (503, 1)]);
        assert_eq!((first.buckets[2], first.buckets[BOUNDS.len()]), (1, 1));
    }

    #[test]
    fn every_user_route_gets_its_part() {
        let total: f64 = ROUTES.iter().map(|route| route.part).sum();
        assert!((total - 1.0).abs() < 1e-9);
        assert_eq!(user_route(0.0), 0);
        assert_eq!(user_route(0.999), USERS - 1);
    }

    #[test]
    fn a_history_has_as_many_requests_as_it_says() {
        let mut tally = Tally::default();
        tally.history(100_000.0, &Behaviour::of("checkout", &Version::healthy("1"), [].into_iter()));
        let requests = tally.user_requests();
        assert!((99_990..=100_010).contains(&requests), "{requests}");
        let failed: u64 = tally.routes().flat_map(|(_, r)| &r.statuses).filter(|s| s.0 >= 500).map(|s| s.1).sum();
        assert!((98..=102).contains(&failed), "{failed}");
    }
}
