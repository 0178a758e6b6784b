//! What we may do, asked before it matters.

use futures::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};

use crate::cluster::connect::Connection;
use crate::cluster::rest::{
    ACCESS_REVIEWS, AUTOSCALERS, CONFIG_MAPS, DEPLOYMENTS, ENDPOINT_SLICES, EVENTS, Fault, LEASES, PODS, REPLICA_SETS,
    Resource, Rest, SERVICES,
};
use crate::core::problem::Problem;

/// Something one may be allowed to do with a kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permission {
    /// `get`, `list`, `watch`, `create`, `patch`, `delete`
    pub verb: &'static str,
    /// With what.
    pub resource: Resource,
    /// And which subresource of it.
    pub subresource: Option<&'static str>,
}

impl Permission {
    /// `patch deployments.apps`, as roles and people write it.
    pub fn words(&self) -> String {
        let group = if self.resource.group.is_empty() { String::new() } else { format!(".{}", self.resource.group) };
        let below = self.subresource.map(|name| format!("/{name}")).unwrap_or_default();
        format!("{} {}{below}{group}", self.verb, self.resource.plural)
    }
}

/// Questions that are asked at the same time.
const AT_ONCE: usize = 8;

/// All that a flight needs in its namespace, with the autoscaler's where there is one.
pub fn needed(with_autoscaler: bool) -> Vec<Permission> {
    let mut all = Vec::new();
    let mut add = |resource, verbs: &[&'static str]| {
        all.extend(verbs.iter().map(|verb| Permission { verb, resource, subresource: None }));
    };
    add(DEPLOYMENTS, &["get", "list", "watch", "create", "patch", "delete"]);
    add(REPLICA_SETS, &["list", "watch", "patch"]);
    add(PODS, &["list", "watch"]);
    add(SERVICES, &["get", "list", "watch", "patch"]);
    add(ENDPOINT_SLICES, &["list", "watch"]);
    if with_autoscaler {
        add(AUTOSCALERS, &["get", "list", "watch", "patch"]);
    }
    all
}

/// What several terminals share a flight through.
pub fn shared() -> Vec<Permission> {
    let verbs = |resource, verbs: &'static [&'static str]| {
        verbs.iter().map(move |verb| Permission { verb, resource, subresource: None })
    };
    let leases = verbs(LEASES, &["get", "create", "patch", "delete"]);
    leases.chain(verbs(CONFIG_MAPS, &["get", "list", "watch", "create", "patch", "delete"])).collect()
}

/// What a flight can do without, and what is lost then.
pub fn welcome() -> [(Permission, &'static str); 2] {
    [
        (Permission { verb: "watch", resource: EVENTS, subresource: None }, "the cluster's events will not be shown"),
        (
            Permission { verb: "get", resource: PODS, subresource: Some("proxy") },
            "metrics cannot be read through the API server, only from a Prometheus or from the pods directly",
        ),
    ]
}

/// Whether we may, in the connection's namespace.
///
/// # Errors
/// The server could not be asked.
pub async fn may(connection: &Connection, permission: Permission) -> Result<bool, Problem> {
    let doing = format!("ask whether we may {}", permission.words());
    ask(&connection.rest(), permission, Some(&connection.namespace)).await.map_err(|fault| fault.problem(&doing))
}

/// Whether we may, in the whole cluster.
pub async fn may_everywhere(rest: &Rest, permission: Permission) -> bool {
    ask(rest, permission, None).await.unwrap_or(false)
}

async fn ask(rest: &Rest, permission: Permission, namespace: Option<&str>) -> Result<bool, Fault> {
    let attributes = json!({
        "verb": permission.verb,
        "group": permission.resource.group,
        "resource": permission.resource.plural,
        "subresource": permission.subresource.unwrap_or_default(),
        "namespace": namespace.unwrap_or_default(),
    });
    let review = rest.review(ACCESS_REVIEWS, json!({ "resourceAttributes": attributes })).await?;
    Ok(review.pointer("/status/allowed").and_then(Value::as_bool).unwrap_or(false))
}

/// Refuses where one of `needed` is missing, naming all that are.
///
/// # Errors
/// The missing ones (2), or that the server could not be asked.
pub async fn require(connection: &Connection, needed: Vec<Permission>) -> Result<(), Problem> {
    let missing = missing(connection, needed).await?;
    if missing.is_empty() {
        return Ok(());
    }
    let named: Vec<String> = missing.iter().map(Permission::words).collect();
    Err(Problem::user(format!(
        "{} may not {} in namespace {}",
        connection.user,
        named.join(", "),
        connection.namespace
    ))
    .hint("a Role that allows it must be bound to this user, or choose another context"))
}

/// Those of `needed` that we lack, in their order.
///
/// # Errors
/// The server could not be asked.
pub async fn missing(connection: &Connection, needed: Vec<Permission>) -> Result<Vec<Permission>, Problem> {
    let answers =
        stream::iter(needed).map(async |permission| may(connection, permission).await.map(|may| (permission, may)));
    let answers: Vec<_> = answers.buffered(AT_ONCE).try_collect().await?;
    Ok(answers.into_iter().filter(|(_, may)| !may).map(|(permission, _)| permission).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_read_as_roles_write_them() {
        let proxy = Permission { verb: "get", resource: PODS, subresource: Some("proxy") };
        assert_eq!(proxy.words(), "get pods/proxy");
        assert_eq!(
            Permission { verb: "patch", resource: DEPLOYMENTS, subresource: None }.words(),
            "patch deployments.apps"
        );
    }

    #[test]
    fn a_flight_without_an_autoscaler_asks_for_none() {
        assert!(needed(false).iter().all(|permission| permission.resource != AUTOSCALERS));
        assert!(needed(true).iter().any(|permission| permission.resource == AUTOSCALERS && permission.verb == "patch"));
    }
}
