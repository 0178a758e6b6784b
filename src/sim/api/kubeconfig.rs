//! The kubeconfig with which clients reach the embedded cluster.

use std::io;
use std::path::Path;

use serde_json::json;

use crate::sim::api::server::Server;

/// One way into the cluster.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// What the context is called.
    pub name: &'a str,
    /// The namespace that it looks at.
    pub namespace: &'a str,
    /// The bearer token, which the world maps to a user.
    pub token: &'a str,
}

/// Writes a kubeconfig with one context, readable by its owner alone.
///
/// # Errors
/// What the file system says.
pub fn write_kubeconfig(path: &Path, server: &Server, context: &Context<'_>) -> io::Result<()> {
    let Context { name, namespace, token } = context;
    // JSON is YAML, and both kubectl and kube read it as such.
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "clusters": [{"name": name, "cluster": {"server": format!("http://{}", server.address)}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name, "namespace": namespace}}],
        "users": [{"name": name, "user": {"token": token}}],
    });
    let text = serde_json::to_string_pretty(&config)? + "\n";
    write_private(path, &text)
}

#[cfg(unix)]
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}

#[cfg(not(unix))]
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    std::fs::write(path, text)
}
