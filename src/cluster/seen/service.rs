//! Services and where they send traffic.

use serde::Deserialize;
use serde_json::Value;

use super::{Meta, or_default};
use crate::cluster::labels::Labels;

/// A Service.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Service {
    /// Its metadata.
    pub metadata: Meta,
    /// What it should be.
    pub spec: ServiceSpec,
}

/// What a Service should be.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServiceSpec {
    /// `ClusterIP`, `NodePort`, `LoadBalancer` or `ExternalName`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Which pods it sends traffic to; empty: somebody else writes its endpoints.
    #[serde(deserialize_with = "or_default")]
    pub selector: Labels,
    /// Its ports.
    #[serde(deserialize_with = "or_default")]
    pub ports: Vec<ServicePort>,
    /// Its address; `None` as a word where it is headless.
    #[serde(rename = "clusterIP")]
    pub cluster_ip: Option<String>,
    /// `None` or `ClientIP`.
    pub session_affinity: Option<String>,
    /// Whether pods that are not Ready get traffic too.
    pub publish_not_ready_addresses: bool,
    /// `Cluster` or `Local`.
    pub internal_traffic_policy: Option<String>,
    /// `Cluster` or `Local`.
    pub external_traffic_policy: Option<String>,
}

/// A port of a Service.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServicePort {
    /// Its name; empty where there is only one.
    pub name: String,
    /// Its number.
    pub port: u16,
    /// The number or the name of the pods' port.
    pub target_port: Value,
}

impl ServicePort {
    /// The name of the container port that it sends to, where it goes by name.
    pub fn target_name(&self) -> Option<&str> {
        self.target_port.as_str().filter(|name| name.parse::<u16>().is_err())
    }

    /// Its name, or its number where it has none, for people.
    pub fn words(&self) -> String {
        if self.name.is_empty() { self.port.to_string() } else { self.name.clone() }
    }
}

impl Service {
    /// Whether it has no address of its own.
    pub fn is_headless(&self) -> bool {
        self.spec.cluster_ip.as_deref() == Some("None")
    }
}

/// A part of the endpoints of a Service.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct EndpointSlice {
    /// Its metadata.
    pub metadata: Meta,
    /// The ports that all its endpoints have.
    #[serde(deserialize_with = "or_default")]
    pub ports: Vec<EndpointPort>,
    /// The endpoints.
    #[serde(deserialize_with = "or_default")]
    pub endpoints: Vec<Endpoint>,
}

/// A port of a slice.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct EndpointPort {
    /// The name of the Service's port.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
}

/// One endpoint.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Endpoint {
    /// Whether it gets traffic.
    #[serde(deserialize_with = "or_default")]
    pub conditions: EndpointConditions,
    /// The pod behind it.
    pub target_ref: Option<TargetRef>,
}

/// Whether an endpoint gets traffic. What is absent counts as yes, save for terminating.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct EndpointConditions {
    /// Ready and not terminating.
    pub ready: Option<bool>,
    /// Ready, terminating or not.
    pub serving: Option<bool>,
}

/// The object behind an endpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct TargetRef {
    /// Its kind.
    pub kind: String,
    /// Its UID.
    pub uid: String,
}

/// The label that names a slice's Service.
const SERVICE_NAME: &str = "kubernetes.io/service-name";

impl EndpointSlice {
    /// The Service that it belongs to.
    pub fn service(&self) -> Option<&str> {
        self.metadata.labels.get(SERVICE_NAME).map(String::as_str)
    }
}

impl Endpoint {
    /// The UID of the pod behind it.
    pub fn pod(&self) -> Option<&str> {
        self.target_ref.as_ref().filter(|target| target.kind == "Pod").map(|target| target.uid.as_str())
    }

    /// Whether new connections go there.
    pub fn is_ready(&self) -> bool {
        self.conditions.ready.unwrap_or(true)
    }

    /// Whether it can still answer, on its way out or not.
    pub fn is_serving(&self) -> bool {
        self.is_ready() || self.conditions.serving.unwrap_or(false)
    }
}
