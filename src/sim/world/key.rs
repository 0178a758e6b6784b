//! Where an object is.

use std::fmt;

use serde_json::Value;

use crate::sim::kind::Kind;
use crate::sim::store::{fields, write};

/// The namespace (empty for cluster-wide kinds) and name of an object, whose kind is known from elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
}

impl Key {
    /// The key of that namespace and name.
    pub fn new(namespace: &str, name: &str) -> Self {
        Self { namespace: namespace.to_owned(), name: name.to_owned() }
    }

    /// The key of an object.
    pub fn of(object: &Value) -> Self {
        Self::new(fields::namespace(object), fields::name(object))
    }

    /// The object of this kind at this key, as the store names it.
    pub fn place(&self, kind: Kind) -> write::Key<'_> {
        write::Key::new(kind, &self.namespace, &self.name)
    }

    /// The key of another object in the same namespace.
    pub fn sibling(&self, name: &str) -> Self {
        Self::new(&self.namespace, name)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}
