//! What the API server asks of the world.

use serde_json::Value;
use tokio::sync::watch;

use super::World;
use super::draws::{Draws, pick};
use super::endpoints::named_port;
use super::exposition::{Process, cpu_seconds, exposition};
use super::key::Key;
use super::life::{Container, Life, LifeId};
use super::tally::{PROBE, SCRAPE};
use crate::core::time::Time;
use crate::sim::backend::{Admission, Ask, Backend, LogsAsk, PodUsage, ProxyAnswer, ProxyAsk, User};
use crate::sim::kind::Kind;
use crate::sim::scenario::MetricsFailure;
use crate::sim::status::Status;
use crate::sim::store::{Store, fields};

/// Who comes without a name.
const STRANGER: &str = "demo@example";

impl Backend for World {
    fn store(&mut self) -> &mut Store {
        &mut self.store
    }

    fn is_stepped(&self) -> bool {
        self.pace.is_none()
    }

    fn arrive(&mut self, ask: &Ask) -> Admission {
        if let Some(now) = self.pace.as_ref().map(super::free_run::Pace::now) {
            self.advance_to(now);
        }
        self.note_ask(ask);
        if !*self.faults.listening().borrow() {
            return Admission::Drop;
        }
        let scrapes = ask.subresource == "proxy" && ask.path.ends_with("/metrics");
        if scrapes && self.faults.metrics(&self.scenario) == Some(MetricsFailure::Timeout) {
            return Admission::Hang;
        }
        Admission::Answer
    }

    fn wrote(&mut self, ask: &Ask) {
        if super::faults::of_a_client(ask) {
            self.faults.note_write(self.now);
        }
        self.notice();
        self.look();
    }

    /// A token is the name of its bearer.
    fn identify(&self, token: &str) -> Option<User> {
        (!token.is_empty()).then(|| User::person(token))
    }

    fn stranger(&self) -> Option<User> {
        Some(User::person(STRANGER))
    }

    fn proxy(&mut self, ask: &ProxyAsk) -> ProxyAnswer {
        let key = Key::new(&ask.namespace, &ask.name);
        let reached = match ask.kind {
            Kind::Service => self.reach_service(&key),
            _ => self.reach_pod(&key, &ask.port),
        };
        match reached {
            Ok(id) => self.answer(id, &ask.port, ask.path.split('?').next().unwrap_or_default()),
            Err(refusal) => ProxyAnswer::Refused(refusal),
        }
    }

    fn logs(&mut self, ask: &LogsAsk) -> Result<Vec<String>, Status> {
        let key = Key::new(&ask.namespace, &ask.pod);
        let pod = self.object(Kind::Pod, &key).ok_or_else(|| Status::not_found(Kind::Pod, &ask.pod))?;
        let id = self.alive.get(fields::uid(&pod)).copied();
        let Some(life) = id.and_then(|id| self.life(id)) else { return Err(waiting(ask, "Pending")) };
        let mut lines = lines(life, ask)?;
        let surplus = ask.tail.map_or(0, |tail| lines.len().saturating_sub(tail));
        Ok(lines.split_off(surplus))
    }

    fn usage(&mut self, namespace: &str) -> Vec<PodUsage> {
        let now = self.now;
        let mut found = Vec::new();
        for pod in self.store.list(Kind::Pod, Some(namespace)) {
            let Some(id) = self.alive.get(fields::uid(pod)).copied() else { continue };
            let Some(life) = self.life(id).filter(|life| life.started().is_some()) else { continue };
            let process = process(life, self.seed, now);
            let cpu = cpu_seconds(&process) / process.age.max(1.0) * 1_000.0;
            let first = (first_container(life).to_owned(), cpu as u64, process.memory);
            found.push(PodUsage { pod: fields::name(pod).to_owned(), containers: vec![first] });
        }
        found
    }

    fn listening(&self) -> watch::Receiver<bool> {
        self.faults.listening()
    }
}

impl World {
    fn reach_pod(&self, key: &Key, port: &str) -> Result<LifeId, Status> {
        let pod = self.object(Kind::Pod, key).ok_or_else(|| Status::not_found(Kind::Pod, &key.name))?;
        let life = self.alive.get(fields::uid(&pod)).and_then(|id| Some((*id, self.life(*id)?)));
        let first = pod.pointer("/spec/containers/0/ports/0/containerPort").and_then(Value::as_u64);
        let asked = if port.is_empty() { first } else { port.parse().ok().or_else(|| named_port(&pod, port)) };
        let listens = asked.is_some() && asked == first;
        match life.filter(|(_, life)| life.accepts() && listens) {
            Some((id, _)) => Ok(id),
            None => Err(refused(fields::text(&pod, "/status/podIP"), &asked.unwrap_or(80).to_string())),
        }
    }

    fn reach_service(&self, key: &Key) -> Result<LifeId, Status> {
        if self.object(Kind::Service, key).is_none() {
            return Err(Status::not_found(Kind::Service, &key.name));
        }
        let endpoints = self.routes.get(key).map(Vec::as_slice).unwrap_or_default();
        let chance = Draws::of(self.seed, "service proxy", self.now.millis()).unit();
        let accepts = |id: &&LifeId| self.life(**id).is_some_and(Life::accepts);
        let none = || {
            let message = format!("no endpoints available for service \"{}\"", key.name);
            Status::plain(503, "ServiceUnavailable", message)
        };
        pick(endpoints, chance).filter(accepts).copied().ok_or_else(none)
    }

    /// What the application answers.
    fn answer(&mut self, id: LifeId, port: &str, path: &str) -> ProxyAnswer {
        let (now, seed) = (self.now, self.seed);
        let failure = self.faults.metrics(&self.scenario);
        let Some(life) = self.life_mut(id) else { return http(500, "") };
        life.count_probes(now);
        match (path, failure) {
            ("/metrics", Some(MetricsFailure::Unavailable)) => http(503, "metrics are not available\n"),
            ("/metrics", Some(_)) => ProxyAnswer::Refused(refused(&life.birth.ip, port)),
            ("/metrics", None) => {
                let text = metrics(life, seed, now);
                life.tally.count(SCRAPE, 200, 0.003);
                http(200, &text)
            }
            ("/healthz", _) => {
                let code = if life.failing { 503 } else { 200 };
                life.tally.count(PROBE, code, 0.001);
                http(code, if life.failing { "unhealthy\n" } else { "ok\n" })
            }
            _ => http(404, "not found\n"),
        }
    }
}

fn metrics(life: &Life, seed: u64, now: Time) -> String {
    exposition(&process(life, seed, now))
}

fn process(life: &Life, seed: u64, now: Time) -> Process<'_> {
    let started = life.started().unwrap_or(now);
    // Memory is never still: it moves by half a percent.
    let noise = Draws::of(seed, &life.birth.uid, now.millis() / 5_000).unit() * 0.01 - 0.005;
    let memory = (life.memory(now) as f64 * (1.0 + noise)) as u64;
    Process {
        version: &life.birth.version.tag,
        started,
        age: now.since(started).as_secs_f64(),
        memory: life.birth.limit.map_or(memory, |limit| memory.min(limit)),
        tally: &life.tally,
    }
}

fn http(code: u16, body: &str) -> ProxyAnswer {
    let content_type = "text/plain; version=0.0.4; charset=utf-8".to_owned();
    ProxyAnswer::Http { code, content_type, body: body.as_bytes().to_vec() }
}

/// The API server's words where nobody listens at a pod's port.
fn refused(ip: &str, port: &str) -> Status {
    let message = format!("error trying to reach service: dial tcp {ip}:{port}: connect: connection refused");
    Status::plain(503, "ServiceUnavailable", message)
}

/// What an application wrote: a few lines that say how it does.
fn lines(life: &Life, ask: &LogsAsk) -> Result<Vec<String>, Status> {
    let container = ask.container.clone().unwrap_or_else(|| first_container(life).to_owned());
    if !life.birth.containers.iter().any(|(name, _)| *name == container) {
        return Err(Status::bad_request(format!("container {container} is not valid for pod {}", ask.pod)));
    }
    let line = |at: Time, level: &str, words: &str| {
        format!("time={at} level={level} msg=\"{words}\" version={}", life.birth.version.tag)
    };
    let whole = |started: Time, ended: Option<(Time, i32)>| {
        let mut lines = vec![line(started, "info", "starting")];
        match ended {
            Some((at, code)) => lines.push(line(at, "fatal", &format!("cannot go on, exit code {code}"))),
            None => lines.push(line(started, "info", "listening")),
        }
        lines
    };
    match (&life.container, &life.last, ask.previous) {
        (_, Some(last), true) => Ok(whole(last.started, Some((last.finished, last.exit_code)))),
        (_, None, true) => {
            let why = format!("previous terminated container \"{container}\" in pod \"{}\" not found", ask.pod);
            Err(Status::bad_request(why))
        }
        (Container::Running { started }, ..) => Ok(whole(*started, None)),
        (Container::Ended(ended), ..) => Ok(whole(ended.started, Some((ended.finished, ended.exit_code)))),
        (Container::Waiting { .. }, Some(last), _) => Ok(whole(last.started, Some((last.finished, last.exit_code)))),
        (Container::Waiting { reason, .. }, None, _) => Err(waiting(ask, reason)),
    }
}

fn first_container(life: &Life) -> &str {
    life.birth.containers.first().map_or("app", |(name, _)| name.as_str())
}

fn waiting(ask: &LogsAsk, reason: &str) -> Status {
    let container = ask.container.as_deref().unwrap_or("app");
    Status::bad_request(format!("container \"{container}\" in pod \"{}\" is waiting to start: {reason}", ask.pod))
}
