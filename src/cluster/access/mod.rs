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
pub fn welcome() -> Vec<(Permission, &'static str)> {
    const UNSEEN: &str = "the cluster's events will not be shown";
    const UNTOLD: &str = "the events of the Deployment will not tell of the release";
    let of = |verb, resource, subresource, lost| (Permission { verb, resource, subresource }, lost);
    vec![
        of("list", EVENTS, None, UNSEEN),
        of("watch", EVENTS, None, UNSEEN),
        of("create", EVENTS, None, UNTOLD),
        of("patch", EVENTS, None, "an event that comes again will be told once and not counted"),
        of("get", PODS, None, "pods cannot be looked at one by one"),
        of("get", PODS, Some("log"), "the logs of pods will not be shown"),
        of(
            "get",
            PODS,
            Some("proxy"),
            "metrics cannot be read through the API server, only from a Prometheus or from the pods directly",
        ),
    ]
}

/// What this flight will have to do without, a sentence for each loss.
///
/// # Errors
/// The server could not be asked.
pub async fn losses(connection: &Connection) -> Result<Vec<String>, Problem> {
    let welcome = welcome();
    let missing = missing(connection, welcome.iter().map(|(permission, _)| *permission).collect()).await?;
    Ok(sentences(&connection.user, &welcome, &missing))
}

fn sentences(user: &str, welcome: &[(Permission, &str)], missing: &[Permission]) -> Vec<String> {
    let lost = welcome.chunk_by(|(_, one), (_, other)| one == other);
    lost.filter_map(|alike| {
        let lacking = alike.iter().filter(|(permission, _)| missing.contains(permission));
        let named: Vec<String> = lacking.map(|(permission, _)| permission.words()).collect();
        let (_, lost) = alike.first()?;
        (!named.is_empty()).then(|| format!("{user} may not {}: {lost}", named.join(", ")))
    })
    .collect()
}

/// Whether we may, in the connection's namespace.
///
/// # Errors
/// The server could not be asked.
async fn may(connection: &Connection, permission: Permission) -> Result<bool, Problem> {
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
mod tests;
