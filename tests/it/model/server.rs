//! A modelled API server: objects with revisions, JSON patches with their tests, and a log of every write.

use std::collections::BTreeMap;

use glidepath::cluster::hand::{Spot, Write};
use glidepath::core::lease::{Holder, Record};
use glidepath::core::letter::Letter;
use glidepath::core::state::State;
use glidepath::core::time::Time;
use serde_json::{Value, json};

/// One write that landed.
#[derive(Clone, Debug)]
pub struct Landed {
    /// By which epoch's driver.
    pub epoch: u64,
    /// Whether that driver was rolling back.
    pub rolling: bool,
    /// Of which object.
    pub spot: Spot,
    /// What it was before.
    pub before: Value,
    /// What it is now.
    pub after: Value,
}

/// What a release's record holds.
#[derive(Clone, Debug)]
pub struct Page {
    pub state: State,
    pub epoch: u64,
    /// When, on its writer's clock.
    pub at: Time,
}

/// The answer to a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Done,
    Overtaken,
}

pub struct Server {
    pub objects: BTreeMap<Spot, Value>,
    pub lease: Option<Record>,
    pub page: Option<(u64, Page)>,
    pub letters: BTreeMap<String, Letter>,
    pub log: Vec<Landed>,
    revision: u64,
}

pub fn spot(kind: &str, name: &str) -> Spot {
    Spot { kind: kind.to_owned(), name: name.to_owned() }
}

impl Server {
    /// With a Deployment and its Service.
    pub fn new(stable_template: &Value, replicas: u32) -> Self {
        let mut server = Self {
            objects: BTreeMap::new(),
            lease: None,
            page: None,
            letters: BTreeMap::new(),
            log: Vec::new(),
            revision: 0,
        };
        let stable = json!({"kind": "Deployment", "metadata": {"name": "checkout", "uid": "stable-uid", "annotations": {}},
            "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "checkout"}}, "template": stable_template}});
        let service = json!({"kind": "Service", "metadata": {"name": "checkout", "uid": "service-uid"},
            "spec": {"selector": {"app": "checkout"}}});
        server.keep(spot("Deployment", "checkout"), stable);
        server.keep(spot("Service", "checkout"), service);
        server
    }

    /// With an autoscaler, of this minimum.
    pub fn add_autoscaler(&mut self, min: u32) {
        let autoscaler = json!({"kind": "HorizontalPodAutoscaler", "metadata": {"name": "checkout", "uid": "hpa-uid"},
            "spec": {"minReplicas": min, "maxReplicas": 4 * min}});
        self.keep(spot("HorizontalPodAutoscaler", "checkout"), autoscaler);
    }

    /// The newest epoch whose driver has written an object; 0: none has.
    pub fn newest_on(&self, spot: &Spot) -> u64 {
        self.log.iter().filter(|landed| landed.spot == *spot).map(|landed| landed.epoch).max().unwrap_or(0)
    }

    fn keep(&mut self, spot: Spot, mut object: Value) {
        self.revision += 1;
        object["metadata"]["resourceVersion"] = self.revision.to_string().into();
        let before = self.objects.get(&spot);
        let generation = before.and_then(|before| before["metadata"]["generation"].as_u64()).unwrap_or(0);
        let changed = before.is_none_or(|before| before["spec"] != object["spec"]);
        object["metadata"]["generation"] = (generation + u64::from(changed)).into();
        self.objects.insert(spot, object);
    }

    /// Lands a write, or not.
    pub fn write(&mut self, write: &Write, epoch: u64, rolling: bool) -> Answer {
        let (spot, before, after) = match write {
            Write::Patch(spot, patch) => {
                let Some(before) = self.objects.get(spot).cloned() else { return Answer::Overtaken };
                let mut after = before.clone();
                if json_patch::patch(&mut after, patch).is_err() {
                    return Answer::Overtaken;
                }
                (spot.clone(), before, after)
            }
            Write::Create(spot, body) => {
                if self.objects.contains_key(spot) {
                    return Answer::Overtaken;
                }
                let mut body = body.clone();
                body["metadata"]["uid"] = format!("uid-{}", self.revision).into();
                (spot.clone(), Value::Null, body)
            }
            Write::Delete(spot, version) => {
                let Some(before) = self.objects.get(spot).cloned() else { return Answer::Overtaken };
                if before["metadata"]["resourceVersion"] != **version {
                    return Answer::Overtaken;
                }
                (spot.clone(), before, Value::Null)
            }
        };
        if after.is_null() {
            self.objects.remove(&spot);
        } else {
            self.keep(spot.clone(), after.clone());
        }
        self.log.push(Landed { epoch, rolling, spot, before, after });
        Answer::Done
    }

    /// Writes the lease over what was read.
    pub fn write_lease(
        &mut self,
        over: Option<&Record>,
        holder: Option<Holder>,
        epoch: (String, u64),
    ) -> Option<Record> {
        if self.lease.as_ref() != over {
            return None;
        }
        self.revision += 1;
        let record = Record { version: self.revision.to_string(), holder, epoch: Some(epoch), written: None };
        self.lease = Some(record.clone());
        Some(record)
    }

    /// Writes the record over the version that was read; a newer engine's is never overwritten.
    pub fn write_page(&mut self, over: Option<u64>, page: Page) -> Option<u64> {
        let version = self.page.as_ref().map(|(version, _)| *version);
        let newer = self.page.as_ref().is_some_and(|(_, found)| found.epoch > page.epoch);
        if newer || version != over {
            return None;
        }
        self.revision += 1;
        self.page = Some((self.revision, page));
        Some(self.revision)
    }

    /// Takes a letter for a driver, if it is still what was read.
    pub fn take_letter(&mut self, read: &Letter, epoch: u64) -> bool {
        self.revision += 1;
        let Some(letter) = self.letters.get_mut(&read.name).filter(|letter| letter.version == read.version) else {
            return false;
        };
        letter.taken = Some(epoch);
        letter.version = self.revision.to_string();
        true
    }

    pub fn canary_replicas(&self) -> u64 {
        replicas(self.objects.get(&spot("Deployment", "checkout-canary")).unwrap_or(&Value::Null))
    }

    pub fn is_pinned(&self) -> bool {
        is_pinned(&self.objects[&spot("Service", "checkout")])
    }
}

pub fn replicas(deployment: &Value) -> u64 {
    deployment["spec"]["replicas"].as_u64().unwrap_or(0)
}

pub fn is_pinned(service: &Value) -> bool {
    service["spec"]["selector"].get("glidepath.dev/track").is_some()
}
