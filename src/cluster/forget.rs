//! Forgetting a release that is over: its record in the cluster.

use serde_json::Value;

use crate::cluster::access::{self, Permission};
use crate::cluster::act::Object;
use crate::cluster::connect::Connection;
use crate::cluster::rest::{CONFIG_MAPS, Mode};
use crate::cluster::shared::{read_summary, record_name};
use crate::core::problem::Problem;
use crate::core::text::neutral;
use crate::engine::journal::is_over;

/// Asks beforehand whether records may be taken away.
///
/// # Errors
/// We may not (2), or the server could not be asked.
pub async fn may_forget(connection: &Connection) -> Result<(), Problem> {
    let delete = Permission { verb: "delete", resource: CONFIG_MAPS, subresource: None };
    access::require(connection, vec![delete]).await
}

/// Takes away the record of this name, if what it says now is that its release is over, and only as it was just read:
/// whoever resumed the release meanwhile has written it, and then it stays.
///
/// # Errors
/// It has not ended (5), or could not be read or deleted.
pub async fn forget(connection: &Connection, name: &str) -> Result<(), Problem> {
    let doing = format!("forget ConfigMap {}", neutral(name));
    let rest = connection.rest();
    let found: Option<Value> = rest.get(CONFIG_MAPS, name).await.map_err(|fault| fault.problem(&doing))?;
    let Some(found) = found.map(Object::new) else { return Ok(()) };
    if !read_summary(&found)?.ended.is_some_and(|ended| ended.nothing_flew || is_over(ended.outcome)) {
        return Err(Problem::refused(format!("ConfigMap {} is of a release that has not ended", neutral(name)))
            .hint("nothing is forgotten of what somebody may still go on with"));
    }
    match rest.delete(CONFIG_MAPS, name, found.uid(), found.version(), Mode::Real).await {
        Err(fault) if !fault.is_not_found() => Err(fault.problem(&doing)),
        _ => Ok(()),
    }
}

/// Takes away the record of this release, under the same conditions.
///
/// # Errors
/// It has not ended (5), or could not be read or deleted.
pub async fn forget_release(connection: &Connection, release: &str) -> Result<(), Problem> {
    forget(connection, &record_name(release)).await
}
