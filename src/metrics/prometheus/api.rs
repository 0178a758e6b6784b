//! The HTTP API of a Prometheus at a URL that the operator configured. Credentials go there and nowhere else.

use std::time::Duration;

use futures::future::BoxFuture;
use reqwest::{Client, Url};

use super::auth::Auth;
use super::error::PromError;
use crate::core::sample::SourceFault;
use crate::core::text::neutral;
use crate::engine::port::{QueryAnswer, QueryApi};
use crate::metrics::http::{self, Trust};

/// A Prometheus at a URL.
#[derive(Clone, Debug)]
pub(super) struct UrlApi {
    client: Client,
    base: Url,
    auth: Auth,
}

impl UrlApi {
    /// # Errors
    /// [`PromError::Address`], or a client that cannot start.
    pub(super) fn new(url: &str, auth: Auth, authorities: Option<&[u8]>) -> Result<Self, PromError> {
        let base = base(url)?;
        let client = http::client(Trust::System(authorities)).map_err(|error| PromError::NoAnswer(error.into()))?;
        Ok(Self { client, base, auth })
    }
}

impl QueryApi for UrlApi {
    fn place(&self) -> String {
        neutral(self.base.as_str().trim_end_matches('/'))
    }

    fn post(
        &self,
        path: &'static str,
        form: Vec<(&'static str, String)>,
        limit: usize,
        within: Duration,
    ) -> BoxFuture<'static, Result<QueryAnswer, SourceFault>> {
        let Self { client, base, auth } = self.clone();
        Box::pin(async move {
            let url = format!("{}{path}", base.as_str().trim_end_matches('/'));
            let request = auth.sign(client.post(url).form(&form)).await?;
            let answer = http::exchange(request, limit, within).await?;
            Ok(QueryAnswer { status: answer.status, body: answer.body, date: answer.date })
        })
    }
}

fn base(text: &str) -> Result<Url, PromError> {
    // What cannot be taken apart may hold a password anywhere, so only what stands before it is shown.
    let shown = |url: Option<&Url>| url.map_or_else(|| "the configured url".to_owned(), |url| neutral(&bare(url)));
    let refused = |url: Option<&Url>, why: &str| PromError::Address { url: shown(url), why: why.to_owned() };
    let url = Url::parse(text).map_err(|error| refused(None, &error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(refused(Some(&url), "it is neither http nor https"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused(Some(&url), "it holds credentials, which belong into the configuration of their own"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(refused(Some(&url), "it has a query or a fragment"));
    }
    Ok(url)
}

/// Scheme, host and port.
fn bare(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}", url.scheme(), url.host_str().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_http_with_a_host_and_maybe_a_prefix() {
        for good in ["http://prometheus:9090", "https://metrics.example/prometheus/", "http://[::1]:9090"] {
            assert!(base(good).is_ok(), "{good}");
        }
        for (bad, why) in [
            ("prometheus:9090", "neither http nor https"),
            ("file:///etc/passwd", "neither http nor https"),
            ("http://", "empty host"),
            ("http://a/?x=1", "a query"),
            ("", "relative URL"),
        ] {
            let error = base(bad).expect_err(bad).to_string();
            assert!(error.contains(why), "{bad}: {error}");
        }
    }

    #[test]
    fn credentials_in_an_address_are_refused_and_not_repeated() {
        for address in ["http://user:hunter2@prometheus:9090/", "http://hunter2@prometheus", "ftp://u:hunter2@x/"] {
            let error = base(address).expect_err(address).to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
