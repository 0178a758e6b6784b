//! The lease of one application, as a `coordination.k8s.io` Lease beside it.

use futures::future::BoxFuture;
use serde_json::{Value, json};

use super::labels;
use crate::cluster::act::{Edit, Epoch, Object};
use crate::cluster::connect::{Connection, ServerClock};
use crate::cluster::marks;
use crate::cluster::plan::names;
use crate::cluster::rest::{Fault, LEASES, Mode, Rest};
use crate::core::lease::{Holder, Record, TERM};
use crate::core::text::neutral;
use crate::engine::clock::{Clock, SystemClock};
use crate::engine::lease::{LeaseFault, LeaseStore};

/// The lease of an application in the connection's namespace.
#[derive(Clone)]
pub struct KubeLease {
    rest: Rest,
    name: String,
    application: String,
    clock: SystemClock,
    server_clock: ServerClock,
}

impl KubeLease {
    /// The lease of `application`.
    pub fn of(connection: &Connection, application: &str) -> Self {
        Self {
            rest: connection.rest(),
            name: names::beside(application),
            application: application.to_owned(),
            clock: SystemClock::start(),
            server_clock: connection.server_clock,
        }
    }

    async fn read_it(self) -> Result<Option<Record>, LeaseFault> {
        let found: Option<Value> = self.rest.get(LEASES, &self.name).await.map_err(sorted)?;
        found.map(|body| record(&Object::new(body), self.server_clock)).transpose()
    }

    async fn write_it(
        self,
        over: Option<Record>,
        holder: Option<Holder>,
        epoch: (String, u64),
    ) -> Result<Record, LeaseFault> {
        let epoch = Epoch { release: epoch.0, number: epoch.1 };
        // Micro-seconds, six digits of them, or the API server does not read it.
        let now = self.clock.now().to_string().replace('Z', "000Z");
        let written = match over {
            None => self.rest.create(LEASES, &self.body(holder.as_ref(), &epoch, &now), Mode::Real).await,
            Some(over) => {
                let edit = edit(&over, holder.as_ref(), &epoch, &now);
                self.rest.patch(LEASES, &self.name, &edit.patch(), Mode::Real).await
            }
        };
        record(&Object::new(written.map_err(sorted)?), self.server_clock)
    }

    fn body(&self, holder: Option<&Holder>, epoch: &Epoch, now: &str) -> Value {
        json!({
            "apiVersion": LEASES.api_version(),
            "kind": LEASES.kind,
            "metadata": {
                "name": self.name,
                "labels": labels::of("lease", None),
                "annotations": {
                    marks::APPLICATION: self.application,
                    marks::EPOCH: epoch.to_string(),
                    marks::DRIVER: holder.map(|holder| holder.who.clone()).unwrap_or_default(),
                },
            },
            "spec": {
                "holderIdentity": holder.map(|holder| holder.id.clone()),
                "leaseDurationSeconds": TERM.as_secs(),
                "acquireTime": now,
                "renewTime": now,
                "leaseTransitions": 0,
            },
        })
    }
}

/// A new holder counts as a transition; a renewal moves its time alone.
fn edit(over: &Record, holder: Option<&Holder>, epoch: &Epoch, now: &str) -> Edit {
    let edit =
        Edit::new().test(&["metadata", "resourceVersion"], over.version.as_str()).set(&["spec", "renewTime"], now);
    if over.holder.as_ref() == holder {
        return edit;
    }
    let edit = edit
        .annotate(marks::EPOCH, epoch.to_string())
        .annotate(marks::DRIVER, holder.map(|holder| holder.who.clone()).unwrap_or_default())
        .set(&["spec", "leaseTransitions"], i32::try_from(epoch.number).unwrap_or(i32::MAX))
        .set(&["spec", "acquireTime"], now);
    match holder {
        Some(holder) => edit.set(&["spec", "holderIdentity"], holder.id.as_str()),
        None => edit.remove(&["spec", "holderIdentity"]),
    }
}

/// Reads a Lease, strictly: one that is not ours is never taken for free.
fn record(lease: &Object, clock: ServerClock) -> Result<Record, LeaseFault> {
    let ours = lease.at("/metadata/labels").and_then(|labels| labels.get(marks::MANAGED_BY)).and_then(Value::as_str)
        == Some(marks::FIELD_MANAGER);
    let id = lease.at("/spec/holderIdentity").and_then(Value::as_str).filter(|id| !id.is_empty());
    if !ours {
        let by = id.map_or_else(|| "nobody".to_owned(), neutral);
        let why = format!("it was not made by glidepath, and is held by {by}");
        return Err(LeaseFault::Strange(why));
    }
    let who = lease.annotation(marks::DRIVER).filter(|who| !who.is_empty());
    Ok(Record {
        version: lease.version().to_owned(),
        holder: id.map(|id| Holder { id: neutral(id), who: neutral(who.unwrap_or(id)) }),
        epoch: lease.annotation(marks::EPOCH).and_then(Epoch::parse).map(|epoch| (epoch.release, epoch.number)),
        written: lease.at("/metadata").and_then(|metadata| clock.written(metadata)),
    })
}

fn sorted(fault: Fault) -> LeaseFault {
    match &fault {
        Fault::Refused(refusal) => match refusal.code {
            409 => LeaseFault::Overtaken,
            404 => LeaseFault::Overtaken,
            _ if refusal.is_unapplied_patch() => LeaseFault::Overtaken,
            401 | 403 => LeaseFault::Forbidden(fault.why()),
            400..=428 => LeaseFault::Strange(fault.why()),
            _ => LeaseFault::Unreachable(fault.why()),
        },
        Fault::Credentials(_) | Fault::Untrusted(_) => LeaseFault::Forbidden(fault.why()),
        Fault::Unsent(_) | Fault::Lost(_) | Fault::Garbled(_) => LeaseFault::Unreachable(fault.why()),
    }
}

impl LeaseStore for KubeLease {
    fn name(&self) -> String {
        format!("lease {}/{}", self.rest.namespace(), self.name)
    }

    fn read(&self) -> BoxFuture<'static, Result<Option<Record>, LeaseFault>> {
        Box::pin(self.clone().read_it())
    }

    fn write(
        &self,
        over: Option<Record>,
        holder: Option<Holder>,
        epoch: (String, u64),
    ) -> BoxFuture<'static, Result<Record, LeaseFault>> {
        Box::pin(self.clone().write_it(over, holder, epoch))
    }

    fn delete(&self, record: Record) -> BoxFuture<'static, Result<(), LeaseFault>> {
        let this = self.clone();
        Box::pin(async move {
            let found: Option<Value> = this.rest.get(LEASES, &this.name).await.map_err(sorted)?;
            let Some(found) = found.map(Object::new) else { return Ok(()) };
            if found.version() != record.version {
                return Err(LeaseFault::Overtaken);
            }
            let gone = this.rest.delete(LEASES, &this.name, found.uid(), &record.version, Mode::Real).await;
            gone.map_err(sorted)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lease(holder: Value, label: &str) -> Object {
        Object::new(json!({
            "metadata": {"name": "glidepath-web", "resourceVersion": "7", "labels": {marks::MANAGED_BY: label},
                "annotations": {marks::EPOCH: "r1/3", marks::DRIVER: "dana@example"}},
            "spec": {"holderIdentity": holder, "renewTime": "2026-01-15T03:00:00.000000Z"},
        }))
    }

    #[test]
    fn a_lease_is_read_with_its_holder_and_epoch() {
        let record = record(&lease("host-1".into(), "glidepath"), ServerClock::default()).expect("ours");
        assert_eq!(record.holder, Some(Holder { id: "host-1".into(), who: "dana@example".into() }));
        assert_eq!((record.version.as_str(), record.epoch_of("r1"), record.epoch_of("r2")), ("7", 3, 0));
        assert_eq!(super::record(&lease(Value::Null, "glidepath"), ServerClock::default()).expect("ours").holder, None);
    }

    #[test]
    fn a_strangers_lease_is_never_free() {
        let fault = record(&lease(Value::Null, "someone"), ServerClock::default()).expect_err("not ours");
        assert!(matches!(fault, LeaseFault::Strange(why) if why.contains("not made by glidepath")));
    }

    #[test]
    fn a_renewal_moves_the_time_alone_and_a_new_holder_everything() {
        let before = lease("host-1".into(), "glidepath");
        let known = record(&before, ServerClock::default()).expect("ours");
        let apply = |holder: Option<&Holder>, number| {
            let mut body = before.body().clone();
            let epoch = Epoch { release: "r1".into(), number };
            let edit = edit(&known, holder, &epoch, "2026-01-15T03:00:02.000000Z");
            json_patch::patch(&mut body, &edit.patch()).expect("it applies");
            Object::new(body)
        };
        let renewed = apply(known.holder.as_ref(), 3);
        assert_eq!(renewed.at("/spec/renewTime"), Some(&json!("2026-01-15T03:00:02.000000Z")));
        assert_eq!(renewed.annotation(marks::EPOCH), Some("r1/3"));
        let other = Holder { id: "host-2".into(), who: "kim@example".into() };
        let taken = apply(Some(&other), 4);
        assert_eq!(taken.at("/spec/holderIdentity"), Some(&json!("host-2")));
        assert_eq!(
            (taken.annotation(marks::EPOCH), taken.annotation(marks::DRIVER)),
            (Some("r1/4"), Some("kim@example"))
        );
        assert_eq!(apply(None, 3).at("/spec/holderIdentity"), None);
    }
}
