//! The life of one pod on its node: what its containers do, what the application in them counts, and what it looks like
//! from outside.

use std::time::Duration;

use serde_json::Value;

use super::behaviour::Behaviour;
use super::key::Key;
use super::tally::{PROBE, Tally};
use super::TRACK;
use crate::core::time::Time;
use crate::sim::quantity::Quantity;
use crate::sim::scenario::Version;
use crate::sim::store::fields::{self, text};

/// The number of a life: pods come and go, their numbers stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LifeId(pub usize);

/// What a pod's containers do. They all do the same: the application is in the first.
#[derive(Clone, Debug, PartialEq)]
pub enum Container {
    /// They wait: `ContainerCreating`, `ErrImagePull`, `ImagePullBackOff`, `CrashLoopBackOff`.
    Waiting {
        /// The one word.
        reason: &'static str,
        /// The kubelet's sentence; empty where there is none.
        message: String,
    },
    /// They run.
    Running {
        /// Since when.
        started: Time,
    },
    /// They ended.
    Ended(Ended),
}

/// How a container ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Ended {
    /// `Error`, `OOMKilled`, `Completed`.
    pub reason: &'static str,
    /// The exit code.
    pub exit_code: i32,
    /// When it had started.
    pub started: Time,
    /// When it ended.
    pub finished: Time,
}

/// How a pod stops that has been told to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// When its application ends.
    pub at: Time,
    /// Whether it ends because its grace is over and not because it has drained.
    pub killed: bool,
}

/// The readiness probe of the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probe {
    /// From the container's start to the first probe.
    pub delay: Duration,
    /// Between probes.
    pub period: Duration,
}

/// What never changes in a pod's life.
#[derive(Clone, Debug)]
pub struct Birth {
    /// Where the pod is.
    pub key: Key,
    /// Its UID.
    pub uid: String,
    /// The value of its label `app`.
    pub workload: String,
    /// How its version behaves by itself.
    pub version: Version,
    /// Whether a canary Deployment of ours made it.
    pub canary: bool,
    /// Its node.
    pub node: String,
    /// Its address.
    pub ip: String,
    /// Its containers: name and image reference.
    pub containers: Vec<(String, String)>,
    /// Its readiness probe; without one it is ready as soon as it runs.
    pub probe: Option<Probe>,
    /// The memory limit of its application.
    pub limit: Option<u64>,
    /// When it was given its node.
    pub bound: Time,
}

impl Birth {
    /// Reads a pod that has been given its node.
    pub fn of(pod: &Value, ip: String, bound: Time, version: impl FnOnce(&str, &str) -> Version) -> Self {
        let list = fields::items(pod, "/spec/containers");
        let containers: Vec<(String, String)> =
            list.iter().map(|one| (text(one, "/name").to_owned(), text(one, "/image").to_owned())).collect();
        let workload = fields::label(pod, "app").unwrap_or_default().to_owned();
        let image = containers.first().map(|(_, image)| image.as_str()).unwrap_or_default();
        let first = list.first();
        let limit = first.and_then(|one| Quantity::of(one.pointer("/resources/limits/memory")?));
        Self {
            key: Key::of(pod),
            uid: fields::uid(pod).to_owned(),
            version: version(&workload, tag(image)),
            workload,
            canary: fields::label(pod, TRACK) == Some("canary"),
            node: text(pod, "/spec/nodeName").to_owned(),
            ip,
            containers,
            probe: first.and_then(|one| probe(one.get("readinessProbe")?)),
            limit: limit.and_then(|limit| u64::try_from(limit.units()).ok()),
            bound,
        }
    }
}

fn probe(spec: &Value) -> Option<Probe> {
    let seconds = |key: &str, default| Duration::from_secs(spec.get(key).and_then(Value::as_u64).unwrap_or(default));
    spec.is_object().then(|| Probe {
        delay: seconds("initialDelaySeconds", 0),
        period: seconds("periodSeconds", 10).max(Duration::from_secs(1)),
    })
}

/// The tag of an image reference; `latest` where it has none.
pub fn tag(reference: &str) -> &str {
    let reference = reference.split_once('@').map_or(reference, |(before, _)| before);
    match reference.rsplit_once(':') {
        Some((_, tag)) if !tag.contains('/') => tag,
        _ => "latest",
    }
}

/// One pod's life.
#[derive(Clone, Debug)]
pub struct Life {
    /// What never changes.
    pub birth: Birth,
    /// What the containers do.
    pub container: Container,
    /// How they ended before they came to be what they are now.
    pub last: Option<Ended>,
    /// How often they started; tells a task that was meant for an earlier start.
    pub starts: u32,
    /// How often something failed in a row, which is what back-off grows with.
    pub failures: u32,
    /// Whether the kubelet counts the pod as Ready.
    pub ready: bool,
    /// Since when.
    pub ready_since: Time,
    /// Whether a fault makes it fail its probes.
    pub failing: bool,
    /// How it stops, once it has been told to.
    pub stopping: Option<Stop>,
    /// When it left its node.
    pub gone: Option<Time>,
    /// How the application behaves now.
    pub behaviour: Behaviour,
    /// What the application counted since it started.
    pub tally: Tally,
    /// Up to when probes have been counted.
    probed: Time,
    memory: (u64, Time),
    /// When the first user's request came, and the last.
    pub served: Option<(Time, Time)>,
    /// How often it was killed for its memory.
    pub oom_kills: u32,
}

impl Life {
    /// The life of a pod that has just been given its node.
    pub fn new(birth: Birth, behaviour: Behaviour) -> Self {
        let now = birth.bound;
        Self {
            container: Container::Waiting { reason: "ContainerCreating", message: String::new() },
            last: None,
            starts: 0,
            failures: 0,
            ready: false,
            ready_since: now,
            failing: false,
            stopping: None,
            gone: None,
            behaviour,
            tally: Tally::default(),
            probed: now,
            memory: (0, now),
            served: None,
            oom_kills: 0,
            birth,
        }
    }

    /// When the containers started, if they run.
    pub fn started(&self) -> Option<Time> {
        match self.container {
            Container::Running { started } => Some(started),
            _ => None,
        }
    }

    /// Whether the application accepts connections.
    pub fn accepts(&self) -> bool {
        self.started().is_some()
    }

    /// The containers start: everything that the application knew is forgotten.
    pub fn start(&mut self, now: Time) {
        self.remember_end();
        self.container = Container::Running { started: now };
        self.starts += 1;
        self.tally = Tally::default();
        self.probed = now;
        self.memory = (self.birth.version.memory, now);
    }

    /// The containers end.
    pub fn end(&mut self, now: Time, reason: &'static str, exit_code: i32) {
        let started = self.started().unwrap_or(now);
        self.container = Container::Ended(Ended { reason, exit_code, started, finished: now });
        self.be_ready(false, now);
    }

    /// The containers wait.
    pub fn wait(&mut self, reason: &'static str, message: String) {
        self.remember_end();
        self.container = Container::Waiting { reason, message };
    }

    fn remember_end(&mut self) {
        if let Container::Ended(ended) = &self.container {
            self.last = Some(ended.clone());
        }
    }

    /// The kubelet makes up its mind about readiness.
    pub fn be_ready(&mut self, ready: bool, now: Time) {
        if self.ready != ready {
            self.ready = ready;
            self.ready_since = now;
        }
    }

    /// When the readiness probe passes first, for containers that started at `started`.
    pub fn ready_at(&self, started: Time) -> Time {
        let Some(probe) = self.birth.probe else { return started };
        let late = self.birth.version.startup.saturating_sub(probe.delay).as_millis() as u64;
        let turns = late.div_ceil(probe.period.as_millis() as u64);
        started + probe.delay + Duration::from_millis(turns * probe.period.as_millis() as u64)
    }

    /// The first probe after `now`.
    pub fn next_probe(&self, now: Time) -> Time {
        let (Some(probe), Some(started)) = (self.birth.probe, self.started()) else { return now };
        let since = now.since(started + probe.delay).as_millis() as u64;
        let period = probe.period.as_millis() as u64;
        started + probe.delay + Duration::from_millis((since / period + 1) * period)
    }

    /// Makes the application fail its probes, or pass them again. Probes until now are counted as they were.
    pub fn fail_probes(&mut self, failing: bool, now: Time) {
        self.count_probes(now);
        self.failing = failing;
    }

    /// Counts the probes that were answered up to `now`: nobody runs them one by one.
    pub fn count_probes(&mut self, now: Time) {
        let (Some(probe), Some(started)) = (self.birth.probe, self.started()) else { return };
        let until = |at: Time| {
            let answering = started + self.birth.version.startup.max(probe.delay);
            let skipped = answering.since(started + probe.delay).as_millis().div_ceil(probe.period.as_millis());
            let first = started + probe.delay;
            let turns = if at < first { 0 } else { at.since(first).as_millis() / probe.period.as_millis() + 1 };
            u64::try_from(turns.saturating_sub(skipped)).unwrap_or(0)
        };
        let answered = until(now).saturating_sub(until(self.probed.max(started)));
        self.probed = now;
        self.tally.count_quick(PROBE, if self.failing { 503 } else { 200 }, answered);
    }

    /// Resident memory at `now`, in bytes.
    pub fn memory(&self, now: Time) -> u64 {
        let (bytes, since) = self.memory;
        bytes + (self.behaviour.growth as f64 * now.since(since).as_secs_f64() / 60.0) as u64
    }

    /// Changes how the application behaves from `now` on.
    pub fn behave(&mut self, behaviour: Behaviour, now: Time) {
        self.memory = (self.memory(now), now);
        self.behaviour = behaviour;
    }

    /// When the memory reaches the limit, if it goes on growing as it does.
    pub fn full_at(&self) -> Option<Time> {
        let (bytes, since) = self.memory;
        let left = self.birth.limit?.saturating_sub(bytes);
        (self.behaviour.growth > 0)
            .then(|| since + Duration::from_secs_f64(left as f64 / self.behaviour.growth as f64 * 60.0))
    }

    /// Takes note of a user's request.
    pub fn serve(&mut self, at: Time) {
        let first = self.served.map_or(at, |(first, _)| first);
        self.served = Some((first, at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn life() -> Life {
        let pod = json!({
            "metadata": {"name": "a", "namespace": "shop", "uid": "u", "labels": {"app": "checkout"}},
            "spec": {"nodeName": "node-1", "containers": [{
                "name": "app", "image": "registry.example/checkout:1.8.0",
                "resources": {"limits": {"memory": "512Mi"}},
                "readinessProbe": {"initialDelaySeconds": 3, "periodSeconds": 5},
            }]},
        });
        let version = |_: &str, tag: &str| Version { growth: 60 << 20, startup: Duration::from_secs(4), ..Version::healthy(tag) };
        let birth = Birth::of(&pod, "10.0.0.1".to_owned(), Time::from_millis(0), version);
        let behaviour = Behaviour::of("checkout", &birth.version, [].into_iter());
        Life::new(birth, behaviour)
    }

    fn second(second: i64) -> Time {
        Time::from_millis(second * 1_000)
    }

    #[test]
    fn a_tag_is_what_follows_the_last_colon() {
        assert_eq!(tag("registry.example/checkout:1.8.0"), "1.8.0");
        assert_eq!(tag("registry.example:5000/checkout"), "latest");
        assert_eq!(tag("checkout:2@sha256:abc"), "2");
    }

    #[test]
    fn readiness_comes_with_the_first_probe_after_start_up() {
        let mut life = life();
        life.start(second(10));
        assert_eq!(life.ready_at(second(10)), second(18));
        assert_eq!(life.next_probe(second(18)), second(23));
    }

    #[test]
    fn probes_count_as_requests_however_often_they_are_counted() {
        let probes = |moments: &[i64]| {
            let mut life = life();
            life.start(second(10));
            for moment in moments {
                life.count_probes(second(*moment));
            }
            life.tally
        };
        // At 13 nothing answers yet; at 18, 23 and 28 it does.
        assert_eq!(probes(&[30]), probes(&[11, 13, 18, 19, 23, 30]));
        assert_eq!(probes(&[30]).routes().nth(PROBE).expect("probes").1.requests(), 3);
    }

    #[test]
    fn memory_grows_to_its_limit() {
        let mut life = life();
        life.start(second(0));
        assert_eq!(life.memory(second(60)), (118 + 60) << 20);
        let calm = Behaviour { growth: 0, ..life.behaviour.clone() };
        let full = life.full_at().expect("it grows");
        assert_eq!(full.since(second(0)).as_secs(), (512 - 118));
        life.behave(calm, second(60));
        assert_eq!((life.memory(second(600)), life.full_at()), ((118 + 60) << 20, None));
    }
}
