//! What the API server needs of the world behind it.

use serde_json::Value;
use tokio::sync::watch;

use crate::sim::kind::Kind;
use crate::sim::status::Status;
use crate::sim::store::Store;

/// The world behind an API server. Every method is called with the world's lock held, so none may wait.
pub trait Backend: Send + 'static {
    /// The objects.
    fn store(&mut self) -> &mut Store;

    /// Called before a request is answered: a free-running world catches up with its clock here, and faults decide.
    fn arrive(&mut self, _ask: &Ask) -> Admission {
        Admission::Answer
    }

    /// Called after a write that changed something, so that the world can notice it.
    fn wrote(&mut self, _ask: &Ask) {}

    /// Who the bearer of this token is; `None`: the server answers 401.
    fn identify(&self, token: &str) -> Option<User>;

    /// Who a request without any credentials comes from; `None`: the server answers 401. `kubectl` sends no token
    /// over plain HTTP, so a world that is served to it names somebody here.
    fn stranger(&self) -> Option<User> {
        None
    }

    /// Whether this user may do this; a refusal is answered with 403.
    fn may(&self, _access: &Access<'_>) -> bool {
        true
    }

    /// Whether a watch has a bookmark as soon as the world has moved on without it: for a stepped clock, whose turns wait
    /// until everything has been seen. Otherwise there is one a minute, and one before the end, as real servers have it.
    fn is_stepped(&self) -> bool {
        true
    }

    /// Answers a request through the pod or the service proxy.
    fn proxy(&mut self, ask: &ProxyAsk) -> ProxyAnswer;

    /// The log lines of one container, oldest first.
    ///
    /// # Errors
    /// The server's own refusal: no such container, not started yet, no previous one.
    fn logs(&mut self, ask: &LogsAsk) -> Result<Vec<String>, Status>;

    /// What the pods of a namespace use; of a world that measures nothing: nothing.
    fn usage(&mut self, _namespace: &str) -> Vec<PodUsage> {
        Vec::new()
    }

    /// Whether the API server accepts connections now. On `false` its socket is closed and open connections are cut;
    /// on `true` it listens on the same port again.
    fn listening(&self) -> watch::Receiver<bool>;
}

/// What the containers of a pod use.
#[derive(Clone, Debug, PartialEq)]
pub struct PodUsage {
    /// The pod.
    pub pod: String,
    /// Its containers: the name, CPU in thousandths of a core, memory in bytes.
    pub containers: Vec<(String, u64, u64)>,
}

/// Somebody whom the API server has recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// `dana@example`.
    pub name: String,
    /// `system:authenticated` and others.
    pub groups: Vec<String>,
}

impl User {
    /// A person without special groups.
    pub fn person(name: &str) -> Self {
        Self { name: name.to_owned(), groups: vec!["system:authenticated".to_owned()] }
    }
}

/// What a request does, in the words of authorization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verb {
    /// Read one object.
    Get,
    /// Read many.
    List,
    /// Follow changes.
    Watch,
    /// Make one.
    Create,
    /// Replace one.
    Update,
    /// Change a part of one.
    Patch,
    /// Delete one.
    Delete,
    /// Delete all that a selector names.
    DeleteCollection,
}

impl Verb {
    /// The word of authorization: `deletecollection`.
    pub const fn word(self) -> &'static str {
        match self {
            Verb::Get => "get",
            Verb::List => "list",
            Verb::Watch => "watch",
            Verb::Create => "create",
            Verb::Update => "update",
            Verb::Patch => "patch",
            Verb::Delete => "delete",
            Verb::DeleteCollection => "deletecollection",
        }
    }

    /// Whether it changes the world.
    pub const fn writes(self) -> bool {
        !matches!(self, Verb::Get | Verb::List | Verb::Watch)
    }
}

/// A request for objects, after it was read and before it is answered.
#[derive(Clone, Debug)]
pub struct Ask {
    /// What it does.
    pub verb: Verb,
    /// To which kind; `None` for what is no stored object: discovery, reviews, `/version`.
    pub kind: Option<Kind>,
    /// In which namespace; empty: in all, or of a cluster-wide kind.
    pub namespace: String,
    /// To which object; empty for lists and for creation.
    pub name: String,
    /// `status`, `scale`, `proxy`, `log`, `eviction`, `binding`; empty for the object itself.
    pub subresource: String,
    /// The path without its query.
    pub path: String,
    /// From whom.
    pub user: User,
    /// With which client.
    pub user_agent: String,
    /// The field manager of a write.
    pub manager: String,
    /// What was sent, read as JSON (YAML patches too); `Null` where there was none.
    pub body: Value,
    /// How the body is to be understood; `None` for what is no patch.
    pub patch: Option<PatchType>,
    /// Whether nothing is to be kept of it.
    pub dry_run: bool,
}

/// How the body of a PATCH is to be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatchType {
    /// RFC 6902, with `test`.
    Json,
    /// RFC 7386.
    Merge,
    /// Kubernetes' own: lists are merged by key.
    Strategic,
    /// Server-side apply.
    Apply,
}

/// What becomes of a request.
#[derive(Clone, Debug)]
pub enum Admission {
    /// It is answered.
    Answer,
    /// The connection is closed, nothing is done.
    Drop,
    /// It is done, and the connection is closed without an answer.
    DropAfter,
    /// The connection stays open and nothing ever comes.
    Hang,
    /// It is refused; with `retry_after` seconds as the header of that name.
    Refuse {
        /// The refusal.
        status: Status,
        /// Seconds.
        retry_after: Option<u32>,
    },
}

/// What authorization is asked.
#[derive(Clone, Copy, Debug)]
pub struct Access<'a> {
    /// Who.
    pub user: &'a User,
    /// `get`, …, or a special verb.
    pub verb: &'a str,
    /// `apps`; empty for the core group.
    pub group: &'a str,
    /// `deployments`.
    pub resource: &'a str,
    /// `status`; empty for the object itself.
    pub subresource: &'a str,
    /// Empty: in all namespaces, or of a cluster-wide kind.
    pub namespace: &'a str,
    /// Empty: of any name.
    pub name: &'a str,
}

/// A request through the API server to a pod or to one pod of a Service.
#[derive(Clone, Debug)]
pub struct ProxyAsk {
    /// [`Kind::Pod`] or [`Kind::Service`].
    pub kind: Kind,
    /// Its namespace.
    pub namespace: String,
    /// The pod's or the Service's name.
    pub name: String,
    /// The port as it was asked for: a number, a name, or empty for the only one.
    pub port: String,
    /// The method: `GET`.
    pub method: String,
    /// The path at the pod with its query, beginning with `/`.
    pub path: String,
    /// What was sent.
    pub body: Vec<u8>,
    /// From whom.
    pub user: User,
}

/// What came back through the proxy.
#[derive(Clone, Debug)]
pub enum ProxyAnswer {
    /// The pod's own answer.
    Http {
        /// Its status code.
        code: u16,
        /// Its `Content-Type`.
        content_type: String,
        /// Its body.
        body: Vec<u8>,
    },
    /// The API server's refusal: no endpoints, connection refused, no such pod.
    Refused(Status),
}

/// A request for the log of a container.
#[derive(Clone, Debug)]
pub struct LogsAsk {
    /// The namespace.
    pub namespace: String,
    /// The pod.
    pub pod: String,
    /// The container; `None`: the only one.
    pub container: Option<String>,
    /// Whether the log of the container before the last restart is meant.
    pub previous: bool,
    /// At most so many lines, the newest ones.
    pub tail: Option<usize>,
}
