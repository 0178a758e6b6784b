//! The releases that a namespace has records of: those that fly, and those that have ended.

use serde_json::Value;

use super::{labels, page};
use crate::cluster::act::Object;
use crate::cluster::connect::Connection;
use crate::cluster::rest::CONFIG_MAPS;
use crate::core::problem::Problem;
use crate::core::text::neutral;

pub use super::page::Summary;

/// A release that has a record.
#[derive(Clone, Debug)]
pub struct Found {
    /// The name of its ConfigMap.
    pub name: String,
    /// What it says of itself, or why nobody can read it.
    pub summary: Result<Summary, Problem>,
}

impl Found {
    /// What it says, where its release has not ended for good.
    pub fn flying(&self) -> Option<&Summary> {
        let summary = self.summary.as_ref().ok()?;
        let over = |ended: &crate::core::snapshot::Ended| {
            ended.nothing_flew || !crate::engine::journal::resumable(ended.outcome)
        };
        (!summary.ended.as_ref().is_some_and(over)).then_some(summary)
    }
}

/// All records of the connection's namespace, the newest release first.
///
/// # Errors
/// We may not list them (2), nobody answers (6).
pub async fn records(connection: &Connection) -> Result<Vec<Found>, Problem> {
    let listed = connection.rest().list::<Value>(CONFIG_MAPS, &labels::selector("release", None)).await;
    let listed = listed.map_err(|fault| fault.problem("list the releases that this namespace has records of"))?;
    let mut found: Vec<Found> = listed.items.into_iter().map(Object::new).map(|map| of(&map)).collect();
    found.sort_by_key(|found| std::cmp::Reverse(found.summary.as_ref().ok().map(|summary| summary.started)));
    Ok(found)
}

fn of(map: &Object) -> Found {
    let name = neutral(map.at("/metadata/name").and_then(Value::as_str).unwrap_or_default());
    Found { name, summary: page::read_summary(map) }
}
