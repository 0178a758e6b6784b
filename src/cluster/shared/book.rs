//! Writing a release's page into its ConfigMap, over the one before, and never over a newer engine's.

use std::sync::Arc;

use futures::future::BoxFuture;
use serde_json::Value;
use tokio::sync::Mutex;

use super::page;
use crate::cluster::act::{Edit, Object};
use crate::cluster::connect::Connection;
use crate::cluster::rest::{CONFIG_MAPS, Fault, Mode, Rest};
use crate::core::problem::Problem;
use crate::engine::book::{Book, BookFault, Page};

/// How often a write that was overtaken is tried again at once: an edit by hand is overtaken itself.
const TRIES: usize = 3;

/// The ConfigMap of a release.
pub struct KubeBook {
    rest: Rest,
    /// The resourceVersion of our last write.
    version: Arc<Mutex<Option<String>>>,
}

impl KubeBook {
    /// The book of the connection's namespace.
    pub fn of(connection: &Connection) -> Self {
        Self { rest: connection.rest(), version: Arc::default() }
    }
}

impl Book for KubeBook {
    fn write(&self, page: Arc<Page>) -> BoxFuture<'static, Result<(), BookFault>> {
        let (rest, version) = (self.rest.clone(), Arc::clone(&self.version));
        Box::pin(async move {
            let mut version = version.lock().await;
            for _ in 0..TRIES {
                match write_once(&rest, &page, version.as_deref()).await {
                    Ok(written) => {
                        *version = Some(written);
                        return Ok(());
                    }
                    Err(fault) if is_overtaken(&fault) => *version = look(&rest, &page).await?,
                    Err(fault) => return Err(failed(&fault)),
                }
            }
            Err(BookFault::Failed("somebody else writes the release's ConfigMap again and again".to_owned()))
        })
    }
}

/// One write over the version that is known; `None`: there is no ConfigMap yet.
async fn write_once(rest: &Rest, page: &Page, version: Option<&str>) -> Result<String, Fault> {
    let body = page::body(page);
    let written = match version {
        None => rest.create(CONFIG_MAPS, &body, Mode::Real).await?,
        Some(version) => {
            let part = |name: &str| body.get(name).cloned().unwrap_or(Value::Null);
            let edit = Edit::new()
                .test(&["metadata", "resourceVersion"], version)
                .set(&["data"], part("data"))
                .set(&["binaryData"], part("binaryData"));
            rest.patch(CONFIG_MAPS, &page::name(&page.plan.release), &edit.patch(), Mode::Real).await?
        }
    };
    Ok(Object::new(written).version().to_owned())
}

/// Somebody else wrote it: looks whether it is an engine of a newer epoch, and answers the version to write over.
async fn look(rest: &Rest, page: &Page) -> Result<Option<String>, BookFault> {
    let found: Option<Value> =
        rest.get(CONFIG_MAPS, &page::name(&page.plan.release)).await.map_err(|fault| failed(&fault))?;
    let Some(found) = found.map(Object::new) else { return Ok(None) };
    match page::read_summary(&found) {
        Ok(summary) if summary.epoch > page.epoch => {
            Err(BookFault::Overtaken(format!("{} drives this release now (epoch {})", summary.driver, summary.epoch)))
        }
        // What nobody can read is overwritten by what is.
        _ => Ok(Some(found.version().to_owned())),
    }
}

fn is_overtaken(fault: &Fault) -> bool {
    matches!(fault, Fault::Refused(refusal) if matches!(refusal.code, 404 | 409) || refusal.is_unapplied_patch())
}

fn failed(fault: &Fault) -> BookFault {
    BookFault::Failed(fault.why())
}

/// Reads the page of a release; `None`: there is none.
///
/// # Errors
/// One that cannot be used (2), a server that does not answer (6).
pub async fn read(connection: &Connection, release: &str) -> Result<Option<Page>, Problem> {
    Ok(read_after(connection, release, None).await?.and_then(|(_, page)| page))
}

/// Reads the version of a release's page, and the page, unless it is of the version that is `known` already; `None`: there
/// is none. Whoever looks every second unpacks only what is new.
///
/// # Errors
/// As [`read`].
pub async fn read_after(
    connection: &Connection,
    release: &str,
    known: Option<&str>,
) -> Result<Option<(String, Option<Page>)>, Problem> {
    let found: Result<Option<Value>, Fault> = connection.rest().get(CONFIG_MAPS, &page::name(release)).await;
    let found = found.map_err(|fault| fault.problem(&format!("read ConfigMap {}", page::name(release))))?;
    let Some(found) = found.map(Object::new) else { return Ok(None) };
    let version = found.version().to_owned();
    let page = if known == Some(&version) { None } else { Some(page::read(&found)?) };
    Ok(Some((version, page)))
}
