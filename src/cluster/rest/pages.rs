//! Lists, page by page: the first small, so that there is something to see at once.

use std::time::Duration;

use http::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Fault, Rest, encoded, parse};

/// Objects in one page of a list.
const PAGE: u32 = 500;

/// Objects in its first page: a screenful and some more.
const FIRST: u32 = 100;

/// How long one page of a list may take.
const WITHIN: Duration = Duration::from_secs(20);

/// All objects of a list, and the revision at which they were so.
pub struct Listed<T> {
    /// The objects.
    pub items: Vec<T>,
    /// The list's resourceVersion.
    pub revision: String,
}

/// A list that is being read.
pub struct Pages {
    rest: Rest,
    path: String,
    selector: String,
    /// Where the next page begins; `None`: there is none.
    next: Option<String>,
    revision: String,
}

impl Pages {
    /// The list at `path` of what `selector` matches, before its first page.
    pub(super) fn new(rest: Rest, path: String, selector: &str) -> Self {
        Self { rest, path, selector: encoded(selector), next: Some(String::new()), revision: String::new() }
    }

    /// The next page; `None`: that was the last.
    ///
    /// # Errors
    /// Any fault; then the list is not whole and cannot be gone on with.
    pub async fn next<T: DeserializeOwned>(&mut self) -> Result<Option<Vec<T>>, Fault> {
        let Some(from) = self.next.take() else { return Ok(None) };
        let limit = if from.is_empty() { FIRST } else { PAGE };
        let uri = format!("{}?limit={limit}&labelSelector={}&continue={}", self.path, self.selector, encoded(&from));
        let page: Page<T> = parse(&self.rest.send(Method::GET, &uri, None, WITHIN).await?)?;
        self.revision = page.metadata.resource_version;
        self.next = Some(page.metadata.next).filter(|next| !next.is_empty());
        Ok(Some(page.items.unwrap_or_default()))
    }

    /// The revision of the list, once it has been read.
    pub fn into_revision(self) -> String {
        self.revision
    }

    /// Reads all pages.
    ///
    /// # Errors
    /// The first page's that failed.
    pub async fn all<T: DeserializeOwned>(mut self) -> Result<Listed<T>, Fault> {
        let mut items = Vec::new();
        while let Some(page) = self.next().await? {
            items.extend(page);
        }
        Ok(Listed { items, revision: self.into_revision() })
    }
}

#[derive(Deserialize)]
struct Page<T> {
    #[serde(default)]
    metadata: PageMeta,
    // An empty list is written as `null` by some servers.
    #[serde(default = "Option::default")]
    items: Option<Vec<T>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PageMeta {
    #[serde(rename = "resourceVersion")]
    resource_version: String,
    #[serde(rename = "continue")]
    next: String,
}
