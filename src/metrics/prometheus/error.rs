//! Why a Prometheus did not answer a query, by what there is to do about it.

use crate::core::sample::{FaultKind, SourceFault};

/// What went wrong. All words of others in it are neutralised, and no credentials are in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PromError {
    /// The address cannot be used.
    #[error(
        "{url} is no address of a prometheus: {why}; give http:// or https://, a host, and a path prefix if it has one"
    )]
    Address {
        /// The address as it was given, without what may be credentials.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// The file of certificate authorities cannot be read.
    #[error("the file of certificate authorities cannot be read: {why}")]
    Authorities {
        /// Why.
        why: String,
    },
    /// Nobody answered, or not completely.
    #[error("{}", .0.why)]
    NoAnswer(SourceFault),
    /// 401 or 403.
    #[error("prometheus refuses our credentials with status {status}; give it a token or a password that may query")]
    Forbidden {
        /// The HTTP status.
        status: u16,
    },
    /// 400, `bad_data`: the query is malformed.
    #[error("prometheus does not understand the query: {why}")]
    BadQuery {
        /// In its words.
        why: String,
    },
    /// 422, `execution`: the query cannot be evaluated.
    #[error("prometheus cannot evaluate the query: {why}")]
    Execution {
        /// In its words.
        why: String,
    },
    /// 503, `timeout`, `canceled` and the like: it gave up.
    #[error("prometheus gave up on the query: {why}")]
    GaveUp {
        /// In its words.
        why: String,
    },
    /// Another status, without words that we know.
    #[error("status {status}, which is no answer of a prometheus; the address may lack a path prefix")]
    Status {
        /// The HTTP status.
        status: u16,
    },
    /// 200 with something else than the answer that was asked for.
    #[error("not an answer of a prometheus: {why}")]
    Malformed {
        /// What is wrong.
        why: String,
    },
    /// Several series where one was expected.
    #[error("{count} series where one was expected; {differ}; aggregate them, or select one")]
    Ambiguous {
        /// How many there are.
        count: usize,
        /// In which labels they differ.
        differ: String,
    },
}

impl From<SourceFault> for PromError {
    fn from(fault: SourceFault) -> Self {
        Self::NoAnswer(fault)
    }
}

impl From<PromError> for SourceFault {
    fn from(error: PromError) -> Self {
        let kind = match &error {
            PromError::NoAnswer(fault) => return fault.clone(),
            PromError::Malformed { .. } => FaultKind::Malformed,
            PromError::Ambiguous { .. } => FaultKind::Ambiguous,
            _ => FaultKind::Down,
        };
        SourceFault { kind, why: error.to_string() }
    }
}
