//! Objects as we read them: only the parts that somebody here looks at.
//!
//! The full objects are ten times as large: ten thousand pods must fit into tens of megabytes.

mod pod;
mod service;
mod surroundings;
mod workload;
mod writer;

use serde::{Deserialize, Deserializer};

use crate::cluster::labels::Labels;
use crate::core::time::Time;

pub use pod::{Condition, ContainerState, ContainerStatus, Pod};
pub use service::{Endpoint, EndpointSlice, Service, ServicePort};
pub use surroundings::{Autoscaler, Binding, Budget, Claim, Event, Ingress, Node, Quota};
pub use workload::{Deployment, ReplicaSet};
pub use writer::Writer;

/// The metadata of an object.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Meta {
    /// The name.
    pub name: String,
    /// The UID.
    pub uid: String,
    /// The revision of the object; a number on every server we know.
    pub resource_version: String,
    /// Counts changes of the spec.
    pub generation: i64,
    /// When it was created.
    pub creation_timestamp: Option<Time>,
    /// When it is, or was, to be gone.
    pub deletion_timestamp: Option<Time>,
    /// Labels.
    #[serde(deserialize_with = "or_default")]
    pub labels: Labels,
    /// Annotations.
    #[serde(deserialize_with = "or_default")]
    pub annotations: Labels,
    /// Who owns it.
    #[serde(deserialize_with = "or_default")]
    pub owner_references: Vec<Owner>,
    /// Who wrote which of the parts that we care for.
    #[serde(rename = "managedFields", deserialize_with = "or_default")]
    pub writers: Vec<Writer>,
}

impl Meta {
    /// The owner that controls it.
    pub fn controller(&self) -> Option<&Owner> {
        self.owner_references.iter().find(|owner| owner.controller)
    }

    /// The annotation `key`.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.annotations.get(key).map(String::as_str)
    }
}

/// An owner of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Owner {
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its UID.
    pub uid: String,
    /// Whether it controls the object.
    pub controller: bool,
}

/// An object that can be kept by UID and followed by revision.
pub trait Seen: Send + 'static {
    /// Its UID.
    fn uid(&self) -> &str;
    /// Its resourceVersion.
    fn version(&self) -> &str;
}

macro_rules! seen {
    ($($kind:ty),*) => {
        $(impl Seen for $kind {
            fn uid(&self) -> &str {
                &self.metadata.uid
            }
            fn version(&self) -> &str {
                &self.metadata.resource_version
            }
        })*
    };
}

seen!(Deployment, ReplicaSet, Pod, Service, EndpointSlice, Autoscaler, Event);

/// Reads `null` as the default: Go writes empty lists and maps that way.
fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}
