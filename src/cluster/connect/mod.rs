//! The way to one cluster: a kubeconfig context, pinned when a release starts, and who we are there.

mod client;
mod clock;
mod egress;
mod kubeconfig;

use std::path::PathBuf;
use std::time::Duration;

use kube::{Client, Config};
use serde_json::{Value, json};

use crate::cluster::act::EndedReleases;
use crate::cluster::rest::{Fault, IDENTITY_REVIEWS, Rest};
use crate::core::problem::Problem;
use crate::core::text::neutral;
use crate::engine::clock::{Clock, SystemClock};

pub use clock::ServerClock;
pub use kubeconfig::IN_CLUSTER;

/// How long an exec credential plugin may take; some open a browser.
const LOGIN_WITHIN: Duration = Duration::from_secs(120);

/// Which cluster and namespace are meant, as the command line says it. What is `None` is the kubeconfig's to say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// `--kubeconfig`
    pub kubeconfig: Option<PathBuf>,
    /// `--context`
    pub context: Option<String>,
    /// `--namespace`
    pub namespace: Option<String>,
}

/// A way to one namespace of one cluster.
#[derive(Clone)]
pub struct Connection {
    /// The client; it never retries by itself.
    pub client: Client,
    /// The kubeconfig context, or [`IN_CLUSTER`].
    pub context: String,
    /// The namespace.
    pub namespace: String,
    /// Who we are, as the API server says; empty until it has been asked.
    pub user: String,
    /// How the API server's clock stands to ours; unknown until it has been asked who we are.
    pub server_clock: ServerClock,
    /// Releases whose marks may be overwritten, because they are known to have ended.
    pub ended: EndedReleases,
}

impl Connection {
    /// The namespace's API.
    pub fn rest(&self) -> Rest {
        Rest::new(self.client.clone(), &self.namespace)
    }
}

/// Makes a connection and asks who we are.
///
/// # Errors
/// No kubeconfig, no such context, no credentials (2); an untrusted certificate (2); nobody answers (6).
pub async fn connect(target: Target) -> Result<Connection, Problem> {
    let mut connection = open(target).await?;
    introduce(&mut connection).await?;
    Ok(connection)
}

/// Makes a connection without talking to the server, for a cockpit that starts while everything is down.
///
/// # Errors
/// No kubeconfig, no such context, no credentials (2).
pub async fn open(target: Target) -> Result<Connection, Problem> {
    install_tls();
    let (config, context) = kubeconfig::load(&target, &kubeconfig::Places::of_process()).await?;
    let namespace = target.namespace.unwrap_or_else(|| config.default_namespace.clone());
    if !crate::cluster::plan::names::is_label(&namespace) {
        return Err(Problem::user(format!("{:?} is not the name of a namespace", neutral(&namespace))));
    }
    let client = client(config).await.map_err(|fault| fault.problem(&format!("use context {context}")))?;
    Ok(Connection {
        client,
        context,
        namespace,
        user: String::new(),
        server_clock: ServerClock::default(),
        ended: EndedReleases::default(),
    })
}

/// The contexts that a person may choose from; none where no kubeconfig can be read.
pub fn contexts(target: &Target) -> Vec<String> {
    kubeconfig::contexts(target, &kubeconfig::Places::of_process())
}

/// Makes the client; exec plugins run here, on a thread of their own.
async fn client(config: Config) -> Result<Client, Fault> {
    let made = tokio::task::spawn_blocking(move || client::client(config));
    match tokio::time::timeout(LOGIN_WITHIN, made).await {
        Ok(Ok(client)) => client.map_err(|error| Fault::of(&error)),
        Ok(Err(panicked)) => Err(Fault::Credentials(neutral(&panicked.to_string()))),
        Err(_) => Err(Fault::Credentials("the exec command did not end within 2 minutes".to_owned())),
    }
}

/// Learns who we are, as the API server says it (a command's author is never `$USER`), and what time it is there.
///
/// # Errors
/// See [`connect`].
pub async fn introduce(connection: &mut Connection) -> Result<(), Problem> {
    let doing = format!("connect to context {}", connection.context);
    let review = connection.rest().review(IDENTITY_REVIEWS, json!({})).await.map_err(|fault| fault.problem(&doing))?;
    let user = review.pointer("/status/userInfo/username").and_then(Value::as_str).unwrap_or("unknown");
    connection.user = neutral(user);
    connection.server_clock = ServerClock::of(&review, SystemClock::start().now());
    Ok(())
}

/// Chooses the process' TLS provider; without one, the first connection panics. Calling it again does nothing.
pub fn install_tls() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Somebody else may be as quick; then theirs is as good.
        let _installed = rustls::crypto::ring::default_provider().install_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tls_provider_is_installed_once() {
        install_tls();
        install_tls();
        assert!(rustls::crypto::CryptoProvider::get_default().is_some());
    }
}
