//! Users: their requests, the connections they come on, and where these lead.

use std::collections::BTreeMap;
use std::time::Duration;

use super::arrivals::{Arrival, Arrivals, exponential};
use super::draws::pick;
use super::key::Key;
use super::life::{Life, LifeId};
use super::tally::{ROUTES, user_route};
use crate::core::time::Time;
use crate::sim::scenario::Workload;

/// How many kept connections the users of one workload have.
const CONNECTIONS: usize = 60;

/// Where new connections to each Service lead: what kube-proxy made of its EndpointSlices.
pub type Routes = BTreeMap<Key, Vec<LifeId>>;

/// The users of one workload.
#[derive(Clone, Debug)]
pub struct Users {
    services: Vec<Key>,
    kept: f64,
    kept_for: Duration,
    arrivals: Arrivals,
    connections: Vec<Option<Connection>>,
    /// Requests that were made.
    pub made: u64,
    /// Requests that met nobody: a Service without endpoints, or a pod that did not listen.
    pub lost: u64,
}

#[derive(Clone, Copy, Debug)]
struct Connection {
    to: LifeId,
    /// When its client closes it.
    until: Time,
}

impl Users {
    /// The users of a workload, from `start` on.
    pub fn new(workload: &Workload, namespace: &str, seed: u64, start: Time) -> Self {
        Self {
            services: workload.service_names().iter().map(|name| Key::new(namespace, name)).collect(),
            kept: workload.kept,
            kept_for: workload.kept_for,
            arrivals: Arrivals::new(seed, &workload.name, workload.rate, start),
            connections: vec![None; CONNECTIONS],
            made: 0,
            lost: 0,
        }
    }

    /// Makes all requests that come before `end`.
    pub fn act(&mut self, end: Time, routes: &Routes, lives: &mut [Life]) {
        while let Some(arrival) = self.arrivals.before(end) {
            self.made += 1;
            let reached = if arrival.kept < self.kept {
                self.on_kept(&arrival, routes, lives)
            } else {
                self.open(&arrival, routes)
            };
            match reached.and_then(|id| lives.get_mut(id.0)).filter(|life| life.accepts()) {
                Some(life) => serve(life, &arrival),
                None => self.lost += 1,
            }
        }
    }

    /// A request on a kept connection; it is opened anew where its pod has ended, or its client closed it.
    fn on_kept(&mut self, arrival: &Arrival, routes: &Routes, lives: &[Life]) -> Option<LifeId> {
        let place = (arrival.connection * CONNECTIONS as f64) as usize;
        let alive = |kept: &Connection| {
            kept.until > arrival.at && lives.get(kept.to.0).is_some_and(Life::accepts)
        };
        if let Some(kept) = self.connections.get(place).copied().flatten().filter(alive) {
            return Some(kept.to);
        }
        let to = self.open(arrival, routes)?;
        if let Some(connection) = self.connections.get_mut(place) {
            *connection = Some(Connection { to, until: arrival.at + exponential(self.kept_for, arrival.life) });
        }
        Some(to)
    }

    /// A new connection goes to any endpoint that the proxies know.
    fn open(&self, arrival: &Arrival, routes: &Routes) -> Option<LifeId> {
        let service = pick(&self.services, arrival.service)?;
        pick(routes.get(service)?, arrival.endpoint).copied()
    }
}

/// The application answers.
fn serve(life: &mut Life, arrival: &Arrival) {
    let route = user_route(arrival.route);
    let failed = arrival.outcome < life.behaviour.errors;
    let good = ROUTES.get(route).map_or(200, |route| route.good);
    let status = if failed { 500 } else { good };
    let seconds = life.behaviour.latency.quantile(arrival.latency);
    life.tally.count(route, status, seconds);
    life.serve(arrival.at);
}
