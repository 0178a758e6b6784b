//! Who we are to a Prometheus. Secrets are read when they are needed, and never shown.

use std::fmt;
use std::path::PathBuf;

use reqwest::RequestBuilder;

use crate::metrics::http::NoAnswer;

/// How a Prometheus is told who asks.
#[derive(Clone, Debug, Default)]
pub enum Auth {
    /// Not at all.
    #[default]
    None,
    /// `Authorization: Bearer …`.
    Bearer(Secret),
    /// `Authorization: Basic …`.
    Basic {
        /// The user's name.
        user: String,
        /// The password.
        password: Secret,
    },
}

/// A token or a password.
#[derive(Clone)]
pub enum Secret {
    /// The secret itself.
    Text(String),
    /// The file that holds it. It is read anew for every request, because tokens are rotated under us.
    File(PathBuf),
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(_) => f.write_str("Text(…)"),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
        }
    }
}

impl Secret {
    async fn read(&self) -> Result<String, NoAnswer> {
        let text = match self {
            Self::Text(text) => text.clone(),
            Self::File(path) => tokio::fs::read_to_string(path)
                .await
                .map_err(|error| NoAnswer::Credentials(format!("their file cannot be read: {}", error.kind())))?,
        };
        Ok(text.trim_end_matches(['\r', '\n']).to_owned())
    }
}

impl Auth {
    /// The request with its `Authorization` header.
    pub(super) async fn sign(&self, request: RequestBuilder) -> Result<RequestBuilder, NoAnswer> {
        match self {
            Self::None => Ok(request),
            Self::Basic { user, password } => Ok(request.basic_auth(user, Some(password.read().await?))),
            Self::Bearer(token) => {
                let token = token.read().await?;
                if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
                    return Err(NoAnswer::Credentials(
                        "the token is empty, or has characters that none can have".into(),
                    ));
                }
                Ok(request.bearer_auth(token))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_secret_is_read_anew_and_never_shown() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("token");
        let secret = Secret::File(path.clone());
        assert_eq!(
            secret.read().await.expect_err("no file").to_string(),
            "the credentials cannot be used: their file cannot be read: entity not found"
        );
        for token in ["first", "second"] {
            std::fs::write(&path, format!("{token}\n")).expect("written");
            assert_eq!(secret.read().await.as_deref(), Ok(token));
        }
        let auth = Auth::Basic { user: "who".into(), password: Secret::Text("hunter2".into()) };
        assert!(!format!("{auth:?}").contains("hunter2"));
    }
}
