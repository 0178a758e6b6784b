//! A watch over a Service's endpoints for as long as a flight lasts: every instant at which nobody stood behind it is
//! written down.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use futures::StreamExt;
use glidepath::cluster::Connection;
use kube::core::WatchEvent;
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::control_plane::{Api, until};
use crate::real_flight::ground::path;

/// What has been seen; it ends with its value.
pub struct Vigil {
    seen: Arc<Mutex<Seen>>,
    watch: JoinHandle<()>,
}

#[derive(Default)]
struct Seen {
    /// How many Ready endpoints each slice has.
    slices: BTreeMap<String, usize>,
    served: bool,
    gaps: Vec<String>,
    changes: usize,
}

impl Drop for Vigil {
    fn drop(&mut self) {
        self.watch.abort();
    }
}

impl Vigil {
    /// Watches the Service `web`, from the moment when somebody stands behind it.
    pub async fn begin(connection: &Connection) -> Self {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let watch = tokio::spawn(watch(connection.clone(), Arc::clone(&seen)));
        let vigil = Self { seen, watch };
        until("the Service has endpoints", async || vigil.seen.lock().unwrap().served).await;
        vigil
    }

    /// The instants at which nobody stood behind the Service. A vigil that saw nothing change proves nothing.
    pub fn gaps(&self) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        assert!(seen.changes > 1, "the endpoints never changed");
        seen.gaps.clone()
    }
}

async fn watch(connection: Connection, seen: Arc<Mutex<Seen>>) {
    let api = Api::of(&connection);
    let all = format!("{}?labelSelector=kubernetes.io/service-name=web", path(&connection, "endpointslices"));
    loop {
        // Without a revision a watch begins with what is there.
        seen.lock().unwrap().slices.clear();
        let request = http::Request::get(format!("{all}&watch=1")).body(Vec::new()).expect("a request");
        let Ok(events) = api.client.request_events::<Value>(request).await else { continue };
        let mut events = std::pin::pin!(events);
        while let Some(event) = events.next().await {
            seen.lock().unwrap().note(event.ok());
        }
    }
}

impl Seen {
    fn note(&mut self, event: Option<WatchEvent<Value>>) {
        let (slice, ready) = match event {
            Some(WatchEvent::Added(slice) | WatchEvent::Modified(slice)) => {
                let endpoints = slice["endpoints"].as_array().cloned().unwrap_or_default();
                let ready = endpoints.iter().filter(|endpoint| endpoint["conditions"]["ready"] == true).count();
                (slice, ready)
            }
            Some(WatchEvent::Deleted(slice)) => (slice, 0),
            _ => return,
        };
        self.slices.insert(slice["metadata"]["name"].as_str().unwrap_or_default().to_owned(), ready);
        self.changes += 1;
        if self.slices.values().sum::<usize>() > 0 {
            self.served = true;
        } else if self.served {
            self.gaps.push(format!("after change {}: {}", self.changes, slice["metadata"]["resourceVersion"]));
        }
    }
}
