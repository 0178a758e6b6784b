//! What can go wrong with one request, sorted by what it means for the world.

use std::error::Error;

use http::StatusCode;
use hyper_util::client::legacy;
use serde::Deserialize;

use crate::core::problem::Problem;
use crate::core::text::neutral;

/// Why a request has no good answer. All text is neutralised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It never left: nobody listens, or the name does not resolve.
    Unsent(String),
    /// The server could not prove who it is.
    Untrusted(String),
    /// Our own credentials could not be had: an exec plugin or a token file failed.
    Credentials(String),
    /// It left, or may have left, and no answer came: it may have been carried out.
    Lost(String),
    /// The API server answered with an error.
    Refused(Refusal),
    /// The answer is not what the API serves.
    Garbled(String),
}

/// An error that the API server answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub code: u16,
    /// The machine's word: `Forbidden`, `NotFound`, `Conflict`, `Invalid`, …
    pub reason: String,
    /// The server's sentence.
    pub message: String,
    /// Whether it names the object that it speaks of. A JSON patch whose `test` failed is answered without one, an
    /// object that fails validation with one.
    pub about_object: bool,
}

impl Refusal {
    /// Reads the body of an error answer; one that is no `Status` object is quoted.
    pub fn read(code: StatusCode, body: &[u8]) -> Self {
        let status: Status = serde_json::from_slice(body).unwrap_or_default();
        let message = if status.message.is_empty() { quoted(code, body) } else { status.message };
        Self {
            code: code.as_u16(),
            reason: neutral(&status.reason),
            message: neutral(&message),
            about_object: status.details.is_some_and(|details| !details.name.is_empty()),
        }
    }

    /// Whether a JSON patch was refused because a `test` failed or a path was not there.
    pub fn is_unapplied_patch(&self) -> bool {
        self.code == 422 && !self.about_object
    }
}

/// The parts of a `Status` object that we read.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Status {
    message: String,
    reason: String,
    details: Option<Details>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Details {
    name: String,
}

/// How much of a strange body is quoted, in bytes.
const QUOTE: usize = 200;

fn quoted(code: StatusCode, body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body.get(..QUOTE).unwrap_or(body));
    let text = text.trim();
    if text.is_empty() { code.to_string() } else { format!("{code}: {text}") }
}

impl Fault {
    /// Sorts an error of the client's.
    pub fn of(error: &kube::Error) -> Self {
        let why = innermost(error);
        if matches!(error, kube::Error::Auth(_)) || causes(error).any(|cause| cause.is::<kube::client::AuthError>()) {
            return Self::Credentials(neutral(&words(error)));
        }
        if causes(error).any(|cause| cause.is::<rustls::Error>()) {
            return Self::Untrusted(why);
        }
        let never_sent =
            causes(error).filter_map(|cause| cause.downcast_ref::<legacy::Error>()).any(legacy::Error::is_connect);
        if never_sent { Self::Unsent(why) } else { Self::Lost(why) }
    }

    /// Whether the object is not there.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.code == 404)
    }

    /// The fault in one sentence.
    pub fn why(&self) -> String {
        match self {
            Self::Unsent(why) | Self::Lost(why) | Self::Garbled(why) | Self::Credentials(why) => why.clone(),
            Self::Untrusted(why) => format!("the server's certificate is not trusted: {why}"),
            Self::Refused(refusal) => refusal.message.clone(),
        }
    }

    /// The fault as a person meets it, who wanted to `doing` (`read Deployment shop/web`).
    pub fn problem(&self, doing: &str) -> Problem {
        // It names objects as the server calls them.
        let doing = &neutral(doing);
        match self {
            Self::Unsent(why) | Self::Lost(why) => {
                Problem::unreachable(format!("cannot {doing}: the API server does not answer: {why}"))
                    .hint("check the network, the VPN, and the server's address in the kubeconfig")
            }
            Self::Untrusted(_) => Problem::user(format!("cannot {doing}: {}", self.why()))
                .hint("check certificate-authority-data in the kubeconfig, and the server's name in its certificate"),
            Self::Credentials(why) => Problem::user(format!("cannot {doing}: no credentials: {why}"))
                .hint("log in again, or run the kubeconfig's exec command by hand to see what it says"),
            Self::Garbled(why) => {
                Problem::unreachable(format!("cannot {doing}: the answer is not the Kubernetes API's: {why}"))
                    .hint("check that the kubeconfig's server is an API server and no proxy's login page")
            }
            Self::Refused(refusal) => refused(refusal, doing),
        }
    }
}

fn refused(refusal: &Refusal, doing: &str) -> Problem {
    let what = format!("cannot {doing}: {}", refusal.message);
    match refusal.code {
        401 => Problem::user(format!("cannot {doing}: the API server does not accept our credentials (401)"))
            .hint("log in again; the token or certificate in the kubeconfig has probably expired"),
        403 => Problem::user(what).hint("ask for a role that allows it, or choose another context"),
        429 | 500.. => Problem::unreachable(what).hint("try again; the API server is busy or not well"),
        _ => Problem::user(what),
    }
}

/// The error and everything below it, outermost first.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| (*error).source())
}

/// The deepest cause, which alone says what happened, neutralised.
fn innermost(error: &(dyn Error + 'static)) -> String {
    // It says "deadline has elapsed", and not of what.
    if causes(error).any(|cause| cause.is::<tokio::time::error::Elapsed>()) {
        return "no connection in time".to_owned();
    }
    neutral(&causes(error).last().map_or_else(|| error.to_string(), ToString::to_string))
}

/// An error with its causes, each said once: an outer message that already quotes the inner one stands alone.
pub fn words(error: &(dyn Error + 'static)) -> String {
    let mut said = String::new();
    for cause in causes(error) {
        let text = cause.to_string();
        if said.contains(&text) {
            continue;
        }
        if !said.is_empty() {
            said.push_str(": ");
        }
        said.push_str(&text);
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_test_is_told_from_a_failed_validation() {
        let failed_test =
            br#"{"kind":"Status","message":"the server rejected our request due to an error in our request",
            "reason":"Invalid","details":{},"code":422}"#;
        let invalid = br#"{"kind":"Status","message":"Deployment.apps \"web\" is invalid: spec: Required value",
            "reason":"Invalid","details":{"name":"web","kind":"Deployment"},"code":422}"#;
        assert!(Refusal::read(StatusCode::UNPROCESSABLE_ENTITY, failed_test).is_unapplied_patch());
        assert!(!Refusal::read(StatusCode::UNPROCESSABLE_ENTITY, invalid).is_unapplied_patch());
    }

    #[test]
    fn an_answer_that_is_no_status_is_quoted_harmlessly() {
        let refusal = Refusal::read(StatusCode::BAD_GATEWAY, b"<html>\x1b[31mupstream</html>");
        assert_eq!(refusal.message, "502 Bad Gateway: <html>\\u{1b}[31mupstream</html>");
        assert_eq!(Refusal::read(StatusCode::BAD_GATEWAY, b"").message, "502 Bad Gateway");
    }

    #[test]
    fn each_fault_says_whose_problem_it_is() {
        let code = |fault: Fault| fault.problem("read Deployment web").exit_code();
        let refusal =
            |code| Fault::Refused(Refusal { code, reason: String::new(), message: "no".into(), about_object: true });
        assert_eq!(code(Fault::Unsent("connection refused".into())), 6);
        assert_eq!(code(Fault::Untrusted("UnknownIssuer".into())), 2);
        assert_eq!(code(Fault::Credentials("exit code 1".into())), 2);
        assert_eq!(code(refusal(401)), 2);
        assert_eq!(code(refusal(403)), 2);
        assert_eq!(code(refusal(503)), 6);
    }
}
