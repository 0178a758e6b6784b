//! Making a new object.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::sim::kind::Kind;
use crate::sim::status::Status;
use crate::sim::store::fields::{self, put, stamp, take, text};
use crate::sim::store::managed::{self, Delta, Operation};
use crate::sim::store::mint::Mint;
use crate::sim::store::write::{SYSTEM_METADATA, identify};
use crate::sim::store::{Store, Writer, defaults, place, schema, validate};

/// The longest prefix of a generated name, so that the whole still fits into a label.
const LONGEST_PREFIX: usize = 58;

impl Store {
    /// Creates an object, under its name or one made from its `generateName`.
    ///
    /// # Errors
    /// 400, 403 (admission), 404 (the namespace), 409 (the name is taken), 422 (it is not valid).
    pub fn create(
        &mut self,
        kind: Kind,
        namespace: &str,
        object: Value,
        writer: &Writer<'_>,
    ) -> Result<Arc<Value>, Status> {
        self.create_as(kind, namespace, object, writer, Operation::Update)
    }

    pub(super) fn create_as(
        &mut self,
        kind: Kind,
        namespace: &str,
        mut object: Value,
        writer: &Writer<'_>,
        operation: Operation<'_>,
    ) -> Result<Arc<Value>, Status> {
        let namespace = place(kind, namespace);
        if !text(&object, "/metadata/resourceVersion").is_empty() {
            return Err(Status::bad_request("resourceVersion should not be set on objects to be created"));
        }
        identify(kind, namespace, &mut object)?;
        let mut object = schema::read(kind, object, writer.strict)?;
        let mut mint = self.mint;
        self.name_it(kind, namespace, &mut object, &mut mint);
        let name = fields::name(&object).to_owned();
        self.namespace_serves(kind, namespace, &name)?;
        for key in SYSTEM_METADATA {
            take(&mut object, &["metadata", key]);
        }
        if kind.info().status && kind != Kind::Node {
            take(&mut object, &["status"]);
        }
        defaults::fill(kind, &mut object, self);
        validate::check(kind, None, &object)?;
        if kind == Kind::Pod {
            self.admit_to_quotas(namespace, &object)?;
        }
        if self.get(kind, namespace, &name).is_some() {
            return Err(Status::already_exists(kind, &name));
        }
        put(&mut object, &["metadata", "uid"], mint.uid().into());
        put(&mut object, &["metadata", "creationTimestamp"], stamp(self.now).into());
        if kind.info().generation {
            put(&mut object, &["metadata", "generation"], 1.into());
        }
        let delta = Delta::main(&json!({}), &object);
        managed::record(kind, &mut object, (writer.manager, operation), "", &delta, self.now);
        if let Some(status) = defaults::first_status(kind, &object) {
            put(&mut object, &["status"], status);
        }
        if writer.dry_run {
            return Ok(Arc::new(object));
        }
        self.mint = mint;
        Ok(self.commit(kind, namespace, &name, object, false))
    }

    /// Makes a name from `generateName`, where there is no name.
    fn name_it(&self, kind: Kind, namespace: &str, object: &mut Value, mint: &mut Mint) {
        let prefix: String = text(object, "/metadata/generateName").chars().take(LONGEST_PREFIX).collect();
        if prefix.is_empty() || !fields::name(object).is_empty() {
            return;
        }
        let mut name = format!("{prefix}{}", mint.suffix());
        while self.get(kind, namespace, &name).is_some() {
            name = format!("{prefix}{}", mint.suffix());
        }
        put(object, &["metadata", "name"], name.into());
    }

    fn namespace_serves(&self, kind: Kind, namespace: &str, name: &str) -> Result<(), Status> {
        if !kind.info().namespaced {
            return Ok(());
        }
        let Some(home) = self.get(Kind::Namespace, "", namespace) else {
            return Err(Status::not_found(Kind::Namespace, namespace));
        };
        if fields::terminating(home) {
            let why = format!("unable to create new content in namespace {namespace} because it is being terminated");
            return Err(Status::forbidden(kind, name, &why));
        }
        Ok(())
    }
}
