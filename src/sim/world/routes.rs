//! The proxies on the nodes: where new connections to a Service go, a moment after its EndpointSlices say so.

use serde_json::Value;

use super::World;
use super::key::Key;
use super::life::LifeId;
use crate::sim::kind::Kind;
use crate::sim::store::fields::{self, text};

impl World {
    pub(super) fn sync_routes(&mut self, key: &Key) {
        let Some(service) = self.object(Kind::Service, key) else {
            self.routes.remove(key);
            return;
        };
        let slices = self.facts.owned(fields::uid(&service), Kind::EndpointSlice);
        let slices: Vec<_> = slices.filter_map(|key| self.object(Kind::EndpointSlice, key)).collect();
        // Users come through the Service's first port.
        let port = text(&service, "/spec/ports/0/name");
        let has_port = |slice: &Value| fields::items(slice, "/ports").iter().any(|one| text(one, "/name") == port);
        let endpoints = || slices.iter().filter(|slice| has_port(slice)).flat_map(|slice| fields::items(slice, "/endpoints"));
        let is = |endpoint: &Value, condition: &str| {
            endpoint.pointer(&format!("/conditions/{condition}")).and_then(Value::as_bool) == Some(true)
        };
        let life = |endpoint: &Value| self.alive.get(text(endpoint, "/targetRef/uid")).copied();
        let ready: Vec<LifeId> = endpoints().filter(|one| is(one, "ready")).filter_map(life).collect();
        // With no other choice, the proxies use pods that are about to go and still serve.
        let last_choice = || endpoints().filter(|one| is(one, "serving") && is(one, "terminating")).filter_map(life).collect();
        let routes = if ready.is_empty() { last_choice() } else { ready };
        self.routes.insert(key.clone(), routes);
    }
}
