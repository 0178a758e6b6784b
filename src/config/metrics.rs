//! `[metrics]`: where samples come from, and by which names.

use std::path::{Path, PathBuf};

use http::Uri;
use toml::de::DeValue;

use crate::config::fault::Wrong;
use crate::config::name;
use crate::config::reader::Table;
use crate::config::value::{parsed, text, texts, word};
use crate::core::signal::Signals;

/// Where samples come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metrics {
    /// Who is asked.
    pub source: Source,
    /// By which names the application's metrics go.
    pub signals: Signals,
}

impl Metrics {
    /// The Prometheus that is asked, in words; `None`: the pods themselves are.
    pub fn prometheus(&self) -> Option<String> {
        match &self.source {
            Source::Scrape(_) => None,
            Source::Prometheus { at: Endpoint::Url(url), .. } => Some(format!("the Prometheus at {url}")),
            Source::Prometheus { at: Endpoint::Service { namespace, name, port }, .. } => {
                Some(format!("the Prometheus behind Service {name} in namespace {namespace}, port {port}"))
            }
        }
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self { source: Source::Scrape(Via::Proxy), signals: Signals::default() }
    }
}

/// Who is asked for samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Each pod.
    Scrape(Via),
    /// A Prometheus.
    Prometheus {
        /// Where it is.
        at: Endpoint,
        /// How we prove who we are; `None`: not at all.
        auth: Option<Auth>,
    },
}

/// How pods are reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// Through the API server's pod proxy, which works from a laptop.
    Proxy,
    /// At the pod's own address.
    Direct,
}

/// Where a Prometheus is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// At a URL, http or https, without credentials, query or fragment.
    Url(Uri),
    /// Behind a Service, through the API server's proxy.
    Service {
        /// The Service's namespace.
        namespace: String,
        /// Its name.
        name: String,
        /// The number or the name of its port.
        port: String,
    },
}

/// How we prove who we are. Secrets stand in files of their own, which are read when they are used: a configuration
/// is copied, shown and committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Auth {
    /// A bearer token.
    TokenFile(PathBuf),
    /// A name and a password.
    Basic {
        /// The name.
        username: String,
        /// The file that holds the password.
        password_file: PathBuf,
    },
}

/// Reads `[metrics]`. File names in it are relative to `base`.
pub fn metrics(table: &Table<'_>, base: &Path) -> Metrics {
    let prometheus = table.or("source", false, word(&[("scrape", false), ("prometheus", true)]));
    let via = table.or("via", Via::Proxy, word(&[("proxy", Via::Proxy), ("direct", Via::Direct)]));
    let url = table.get("url", url).map(Endpoint::Url);
    let service = table.get("service", parsed(service));
    let auth = table.table("auth", |table| auth(table, base));
    let signals = table.table("series", signals);
    if !prometheus {
        for key in ["url", "service", "auth"].into_iter().filter(|key| table.has(key)) {
            table.fault(key, Wrong::new("is for source = \"prometheus\" only"));
        }
        return Metrics { source: Source::Scrape(via), signals };
    }
    if table.has("via") {
        table.fault("via", Wrong::new("is for source = \"scrape\" only"));
    }
    match (table.has("url"), table.has("service")) {
        (true, true) => table.fault("service", Wrong::new("stands beside `url`; a Prometheus is at one place")),
        (false, false) => {
            table.fault("source", Wrong::new("needs `url` or `service` beside it, to say where the Prometheus is"))
        }
        _ => (),
    }
    // Without a place there is a fault, and then nobody uses what is returned.
    let source = url.or(service).map_or(Source::Scrape(via), |at| Source::Prometheus { at, auth });
    Metrics { source, signals }
}

fn auth(table: &Table<'_>, base: &Path) -> Option<Auth> {
    for (key, instead) in [("token", "token_file"), ("password", "password_file")] {
        let what =
            format!("a secret does not belong in this file; put it in a file of its own and name that with {instead}");
        table.refuse(key, Wrong::secret(what));
    }
    let token_file = table.get("token_file", text);
    let username = table.get("username", text);
    let password_file = table.get("password_file", text);
    match (token_file, username, password_file) {
        (Some(file), None, None) => Some(Auth::TokenFile(base.join(file))),
        (None, Some(username), Some(file)) => Some(Auth::Basic { username, password_file: base.join(file) }),
        (None, None, None) => None,
        (Some(_), ..) => {
            table.fault("token_file", Wrong::new("stands beside a username or a password; give one or the other"));
            None
        }
        (None, name, _) => {
            let missing = if name.is_some() { "password_file" } else { "username" };
            table.fault(missing, Wrong::new("is missing: a username and a password_file go together"));
            None
        }
    }
}

fn url(value: &DeValue<'_>) -> Result<Uri, Wrong> {
    let text = text(value)?;
    // Whatever stands before an @ may be a password, so such a line is never shown.
    if text.contains('@') {
        return Err(Wrong::secret("holds a user or a password; they belong in [metrics.auth]"));
    }
    let uri: Uri = text
        .parse()
        .map_err(|_| Wrong::new(format!("{text:?} is not a URL such as \"https://prometheus.example.com\"")))?;
    match uri.scheme_str() {
        Some("http" | "https") if uri.host().is_some_and(|host| !host.is_empty()) => (),
        Some("http" | "https") => return Err(Wrong::new(format!("{text:?} names no host"))),
        Some(other) => return Err(Wrong::new(format!("{other} is not spoken here; write http or https"))),
        None => return Err(Wrong::new(format!("{text:?} must begin with http:// or https://"))),
    }
    if text.contains(['?', '#']) {
        return Err(Wrong::new("has a query or a fragment; give the address alone, without /api/v1"));
    }
    Ok(uri)
}

/// `NAMESPACE/NAME:PORT`.
fn service(text: &str) -> Result<Endpoint, String> {
    let wrong = || {
        format!("{text:?} is not a Service; write it as NAMESPACE/NAME:PORT, such as \"monitoring/prometheus:9090\"")
    };
    let (namespace, rest) = text.split_once('/').ok_or_else(wrong)?;
    let (name, port) = rest.split_once(':').ok_or_else(wrong)?;
    let port_is_good = port.parse::<u16>().map_or_else(|_| name::label(port).is_ok(), |number| number > 0);
    if !port_is_good {
        return Err(wrong());
    }
    let label = |text: &str| name::label(text).map_err(|_| wrong());
    Ok(Endpoint::Service { namespace: label(namespace)?, name: label(name)?, port: port.to_owned() })
}

fn signals(table: &Table<'_>) -> Signals {
    let default = Signals::default();
    Signals {
        requests: table.or("requests", default.requests, texts),
        latency: table.or("latency", default.latency, texts),
        memory: table.or("memory", default.memory, texts),
        status_labels: table.or("status_labels", default.status_labels, texts),
        path_labels: table.or("path_labels", default.path_labels, texts),
    }
}
