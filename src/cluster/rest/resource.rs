//! The kinds of objects that we know, and where the API serves them.

/// A kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resource {
    /// The API group; empty for the core one.
    pub group: &'static str,
    /// The version of the group that we speak.
    pub version: &'static str,
    /// The plural, as it stands in paths and in permissions.
    pub plural: &'static str,
    /// The kind, as it stands in objects and in sentences.
    pub kind: &'static str,
}

macro_rules! resources {
    ($($name:ident = $group:literal $version:literal $plural:literal $kind:literal;)*) => {
        $(#[doc = concat!("`", $plural, "`")]
        pub const $name: Resource = Resource { group: $group, version: $version, plural: $plural, kind: $kind };)*
    };
}

resources! {
    DEPLOYMENTS = "apps" "v1" "deployments" "Deployment";
    REPLICA_SETS = "apps" "v1" "replicasets" "ReplicaSet";
    PODS = "" "v1" "pods" "Pod";
    POD_METRICS = "metrics.k8s.io" "v1beta1" "pods" "PodMetrics";
    SERVICES = "" "v1" "services" "Service";
    ENDPOINT_SLICES = "discovery.k8s.io" "v1" "endpointslices" "EndpointSlice";
    AUTOSCALERS = "autoscaling" "v2" "horizontalpodautoscalers" "HorizontalPodAutoscaler";
    EVENTS = "" "v1" "events" "Event";
    BUDGETS = "policy" "v1" "poddisruptionbudgets" "PodDisruptionBudget";
    QUOTAS = "" "v1" "resourcequotas" "ResourceQuota";
    NODES = "" "v1" "nodes" "Node";
    NAMESPACES = "" "v1" "namespaces" "Namespace";
    CLAIMS = "" "v1" "persistentvolumeclaims" "PersistentVolumeClaim";
    INGRESSES = "networking.k8s.io" "v1" "ingresses" "Ingress";
    TARGET_GROUP_BINDINGS = "elbv2.k8s.aws" "v1beta1" "targetgroupbindings" "TargetGroupBinding";
    CONFIG_MAPS = "" "v1" "configmaps" "ConfigMap";
    LEASES = "coordination.k8s.io" "v1" "leases" "Lease";
    IDENTITY_REVIEWS = "authentication.k8s.io" "v1" "selfsubjectreviews" "SelfSubjectReview";
    ACCESS_REVIEWS = "authorization.k8s.io" "v1" "selfsubjectaccessreviews" "SelfSubjectAccessReview";
}

impl Resource {
    /// `apps/v1`, or `v1` for the core group.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.to_owned() } else { format!("{}/{}", self.group, self.version) }
    }

    /// The path of the collection, in a namespace or of the whole cluster.
    pub fn collection(&self, namespace: Option<&str>) -> String {
        let root = if self.group.is_empty() { "/api" } else { "/apis" };
        let base = format!("{root}/{}", self.api_version());
        match namespace {
            Some(namespace) => format!("{base}/namespaces/{namespace}/{}", self.plural),
            None => format!("{base}/{}", self.plural),
        }
    }

    /// The path of one object in a namespace.
    pub fn object(&self, namespace: &str, name: &str) -> String {
        format!("{}/{name}", self.collection(Some(namespace)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_api() {
        assert_eq!(PODS.object("shop", "web-1"), "/api/v1/namespaces/shop/pods/web-1");
        assert_eq!(DEPLOYMENTS.collection(Some("shop")), "/apis/apps/v1/namespaces/shop/deployments");
        assert_eq!(NODES.collection(None), "/api/v1/nodes");
        assert_eq!(ACCESS_REVIEWS.collection(None), "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews");
    }
}
