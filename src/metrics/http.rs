//! What both of our HTTP clients share: no redirect is followed, no proxy is asked, no answer is longer than its limit
//! or later than its deadline, and what goes wrong is said in our words.

use std::error::Error;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, LOCATION};
use reqwest::{Certificate, Client, RequestBuilder, Response, redirect, retry};

use crate::core::sample::{FaultKind, SourceFault};
use crate::core::text::neutral;
use crate::core::time::{Time, human};

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(3);

/// Why an exchange brought no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoAnswer {
    /// The client itself cannot be made.
    #[error("the http client cannot start: {0}")]
    Client(String),
    /// The credentials' file cannot be read, or is not what a header can carry.
    #[error("the credentials cannot be used: {0}")]
    Credentials(String),
    /// No connection came about.
    #[error("cannot connect: {0}")]
    Unreachable(String),
    /// The answer was not complete in time.
    #[error("no complete answer within {}", human(*.0))]
    Late(Duration),
    /// The answer, decompressed, is longer than it may be; in bytes.
    #[error("an answer of more than {} MiB, which is not read", .0 / 1_048_576)]
    TooLong(usize),
    /// The answer sends us elsewhere.
    #[error("a redirect to {0}, which is not followed; give the address that answers itself")]
    Redirect(String),
    /// The answer broke off.
    #[error("the answer broke off: {0}")]
    Broken(String),
}

impl From<NoAnswer> for SourceFault {
    fn from(fault: NoAnswer) -> Self {
        SourceFault { kind: FaultKind::Down, why: fault.to_string() }
    }
}

/// A whole answer of any status that is no redirect.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) content_type: Option<String>,
    /// The server's clock.
    pub(super) date: Option<Time>,
    pub(super) body: Vec<u8>,
}

/// Whom a client's TLS trusts.
#[derive(Clone, Copy)]
pub(super) enum Trust<'a> {
    /// Nobody: it speaks plain HTTP, and needs no certificates on the machine.
    Nobody,
    /// The system's certificate authorities, and those in this text (PEM) as well.
    System(Option<&'a [u8]>),
}

pub(super) fn client(trust: Trust<'_>) -> Result<Client, NoAnswer> {
    // Without a provider of cryptography reqwest would panic. That one is installed already is no fault.
    let _installed_before = rustls::crypto::ring::default_provider().install_default();
    let refused = |error: reqwest::Error| NoAnswer::Client(cause(&error));
    let builder = match trust {
        Trust::Nobody => Client::builder().tls_certs_only([]),
        Trust::System(None) => Client::builder(),
        Trust::System(Some(pem)) => {
            Client::builder().tls_certs_merge(Certificate::from_pem_bundle(pem).map_err(refused)?)
        }
    };
    builder
        .user_agent(concat!("glidepath/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .no_proxy()
        .connect_timeout(CONNECT)
        .build()
        .map_err(refused)
}

/// Sends a request and reads the whole answer, of at most `limit` bytes, within `within`.
pub(super) async fn exchange(request: RequestBuilder, limit: usize, within: Duration) -> Result<Answer, NoAnswer> {
    let whole = async {
        let response = request.send().await.map_err(|error| no_answer(&error))?;
        if response.status().is_redirection() {
            return Err(NoAnswer::Redirect(header(response.headers(), LOCATION.as_str()).unwrap_or_default()));
        }
        Ok(Answer {
            status: response.status().as_u16(),
            content_type: header(response.headers(), CONTENT_TYPE.as_str()),
            date: header(response.headers(), DATE.as_str()).and_then(|date| http_date(&date)),
            body: body(response, limit).await?,
        })
    };
    tokio::time::timeout(within, whole).await.unwrap_or(Err(NoAnswer::Late(within)))
}

/// The body, as long as it keeps to the limit. What arrives here is decompressed, piece by piece, so that a body that
/// unpacks to gigabytes never does.
async fn body(mut response: Response, limit: usize) -> Result<Vec<u8>, NoAnswer> {
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(|error| NoAnswer::Broken(cause(&error)))? {
        if body.len() + piece.len() > limit {
            return Err(NoAnswer::TooLong(limit));
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(neutral)
}

/// Reads the date form of HTTP (`Sun, 06 Nov 1994 08:49:37 GMT`), which RFC 2822 covers.
fn http_date(text: &str) -> Option<Time> {
    chrono::DateTime::parse_from_rfc2822(text).ok().map(|at| Time::from_millis(at.timestamp_millis()))
}

fn no_answer(error: &reqwest::Error) -> NoAnswer {
    if error.is_connect() { NoAnswer::Unreachable(cause(error)) } else { NoAnswer::Broken(cause(error)) }
}

/// The innermost cause: what lies around it repeats the address and says nothing.
fn cause(error: &reqwest::Error) -> String {
    let mut innermost: &dyn Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    neutral(&innermost.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_header_is_a_time() {
        assert_eq!(http_date("Sun, 06 Nov 1994 08:49:37 GMT").map(Time::millis), Some(784_111_777_000));
        assert_eq!(http_date("yesterday"), None);
    }

    #[test]
    fn what_goes_wrong_is_said_in_our_words() {
        assert_eq!(NoAnswer::Late(Duration::from_secs(5)).to_string(), "no complete answer within 5s");
        assert_eq!(NoAnswer::TooLong(8 << 20).to_string(), "an answer of more than 8 MiB, which is not read");
    }
}
