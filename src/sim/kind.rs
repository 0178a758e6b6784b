//! The kinds of object that the embedded cluster serves, as its discovery tells them.

/// A kind of object, in the one version that is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `v1` Namespace.
    Namespace,
    /// `v1` Node.
    Node,
    /// `v1` Pod.
    Pod,
    /// `v1` Service.
    Service,
    /// `v1` ConfigMap.
    ConfigMap,
    /// `v1` Secret.
    Secret,
    /// `v1` Event.
    Event,
    /// `v1` ServiceAccount.
    ServiceAccount,
    /// `v1` ResourceQuota.
    ResourceQuota,
    /// `v1` LimitRange.
    LimitRange,
    /// `v1` PersistentVolumeClaim.
    PersistentVolumeClaim,
    /// `apps/v1` Deployment.
    Deployment,
    /// `apps/v1` ReplicaSet.
    ReplicaSet,
    /// `apps/v1` StatefulSet.
    StatefulSet,
    /// `apps/v1` DaemonSet.
    DaemonSet,
    /// `batch/v1` Job.
    Job,
    /// `discovery.k8s.io/v1` EndpointSlice.
    EndpointSlice,
    /// `autoscaling/v2` HorizontalPodAutoscaler.
    HorizontalPodAutoscaler,
    /// `policy/v1` PodDisruptionBudget.
    PodDisruptionBudget,
    /// `coordination.k8s.io/v1` Lease.
    Lease,
    /// `rbac.authorization.k8s.io/v1` Role.
    Role,
    /// `rbac.authorization.k8s.io/v1` RoleBinding.
    RoleBinding,
    /// `rbac.authorization.k8s.io/v1` ClusterRole.
    ClusterRole,
    /// `rbac.authorization.k8s.io/v1` ClusterRoleBinding.
    ClusterRoleBinding,
    /// `admissionregistration.k8s.io/v1` ValidatingAdmissionPolicy.
    ValidatingAdmissionPolicy,
    /// `admissionregistration.k8s.io/v1` ValidatingAdmissionPolicyBinding.
    ValidatingAdmissionPolicyBinding,
}

/// What discovery says of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindInfo {
    /// `Deployment`.
    pub name: &'static str,
    /// `apps`; empty for the core group.
    pub group: &'static str,
    /// `v1`.
    pub version: &'static str,
    /// `deployments`: the word in the path.
    pub plural: &'static str,
    /// `deployment`.
    pub singular: &'static str,
    /// `deploy`.
    pub short: &'static [&'static str],
    /// Whether its objects live in a namespace.
    pub namespaced: bool,
    /// Whether `/status` is written apart from the rest.
    pub status: bool,
    /// Whether it has `/scale`.
    pub scale: bool,
    /// Whether `metadata.generation` counts changes of its spec.
    pub generation: bool,
    /// Whether a full update must name the resourceVersion it was made from.
    pub versioned_update: bool,
}

impl KindInfo {
    const fn new(
        name: &'static str,
        (group, version): (&'static str, &'static str),
        plural: &'static str,
        singular: &'static str,
    ) -> Self {
        Self {
            name,
            group,
            version,
            plural,
            singular,
            short: &[],
            namespaced: true,
            status: false,
            scale: false,
            generation: false,
            versioned_update: false,
        }
    }

    const fn short(self, short: &'static [&'static str]) -> Self {
        Self { short, ..self }
    }

    const fn cluster_wide(self) -> Self {
        Self { namespaced: false, ..self }
    }

    const fn with_status(self) -> Self {
        Self { status: true, ..self }
    }

    const fn with_scale(self) -> Self {
        Self { scale: true, ..self }
    }

    const fn with_generation(self) -> Self {
        Self { generation: true, ..self }
    }

    const fn versioned_update(self) -> Self {
        Self { versioned_update: true, ..self }
    }
}

const CORE: (&str, &str) = ("", "v1");
const APPS: (&str, &str) = ("apps", "v1");
const RBAC: (&str, &str) = ("rbac.authorization.k8s.io", "v1");
const ADMISSION: (&str, &str) = ("admissionregistration.k8s.io", "v1");

impl Kind {
    /// Every kind, the core group first, groups together.
    pub const ALL: [Kind; 26] = [
        Kind::Namespace,
        Kind::Node,
        Kind::Pod,
        Kind::Service,
        Kind::ConfigMap,
        Kind::Secret,
        Kind::Event,
        Kind::ServiceAccount,
        Kind::ResourceQuota,
        Kind::LimitRange,
        Kind::PersistentVolumeClaim,
        Kind::Deployment,
        Kind::ReplicaSet,
        Kind::StatefulSet,
        Kind::DaemonSet,
        Kind::Job,
        Kind::EndpointSlice,
        Kind::HorizontalPodAutoscaler,
        Kind::PodDisruptionBudget,
        Kind::Lease,
        Kind::Role,
        Kind::RoleBinding,
        Kind::ClusterRole,
        Kind::ClusterRoleBinding,
        Kind::ValidatingAdmissionPolicy,
        Kind::ValidatingAdmissionPolicyBinding,
    ];

    /// What discovery says of it.
    pub const fn info(self) -> KindInfo {
        match self {
            Kind::Namespace => {
                KindInfo::new("Namespace", CORE, "namespaces", "namespace").short(&["ns"]).cluster_wide().with_status()
            }
            Kind::Node => KindInfo::new("Node", CORE, "nodes", "node").short(&["no"]).cluster_wide().with_status(),
            Kind::Pod => KindInfo::new("Pod", CORE, "pods", "pod").short(&["po"]).with_status(),
            Kind::Service => KindInfo::new("Service", CORE, "services", "service").short(&["svc"]).with_status(),
            Kind::ConfigMap => KindInfo::new("ConfigMap", CORE, "configmaps", "configmap").short(&["cm"]),
            Kind::Secret => KindInfo::new("Secret", CORE, "secrets", "secret"),
            Kind::Event => KindInfo::new("Event", CORE, "events", "event").short(&["ev"]),
            Kind::ServiceAccount => {
                KindInfo::new("ServiceAccount", CORE, "serviceaccounts", "serviceaccount").short(&["sa"])
            }
            Kind::ResourceQuota => {
                KindInfo::new("ResourceQuota", CORE, "resourcequotas", "resourcequota").short(&["quota"]).with_status()
            }
            Kind::LimitRange => KindInfo::new("LimitRange", CORE, "limitranges", "limitrange").short(&["limits"]),
            Kind::PersistentVolumeClaim => {
                KindInfo::new("PersistentVolumeClaim", CORE, "persistentvolumeclaims", "persistentvolumeclaim")
                    .short(&["pvc"])
                    .with_status()
            }
            Kind::Deployment => workload("Deployment", "deployments", "deployment", &["deploy"]).with_scale(),
            Kind::ReplicaSet => workload("ReplicaSet", "replicasets", "replicaset", &["rs"]).with_scale(),
            Kind::StatefulSet => workload("StatefulSet", "statefulsets", "statefulset", &["sts"]).with_scale(),
            Kind::DaemonSet => workload("DaemonSet", "daemonsets", "daemonset", &["ds"]),
            Kind::Job => KindInfo::new("Job", ("batch", "v1"), "jobs", "job").with_status().with_generation(),
            Kind::EndpointSlice => {
                KindInfo::new("EndpointSlice", ("discovery.k8s.io", "v1"), "endpointslices", "endpointslice")
                    .with_generation()
            }
            Kind::HorizontalPodAutoscaler => KindInfo::new(
                "HorizontalPodAutoscaler",
                ("autoscaling", "v2"),
                "horizontalpodautoscalers",
                "horizontalpodautoscaler",
            )
            .short(&["hpa"])
            .with_status(),
            Kind::PodDisruptionBudget => {
                KindInfo::new("PodDisruptionBudget", ("policy", "v1"), "poddisruptionbudgets", "poddisruptionbudget")
                    .short(&["pdb"])
                    .with_status()
                    .with_generation()
                    .versioned_update()
            }
            Kind::Lease => KindInfo::new("Lease", ("coordination.k8s.io", "v1"), "leases", "lease").versioned_update(),
            Kind::Role => KindInfo::new("Role", RBAC, "roles", "role"),
            Kind::RoleBinding => KindInfo::new("RoleBinding", RBAC, "rolebindings", "rolebinding"),
            Kind::ClusterRole => KindInfo::new("ClusterRole", RBAC, "clusterroles", "clusterrole").cluster_wide(),
            Kind::ClusterRoleBinding => {
                KindInfo::new("ClusterRoleBinding", RBAC, "clusterrolebindings", "clusterrolebinding").cluster_wide()
            }
            Kind::ValidatingAdmissionPolicy => KindInfo::new(
                "ValidatingAdmissionPolicy",
                ADMISSION,
                "validatingadmissionpolicies",
                "validatingadmissionpolicy",
            )
            .cluster_wide()
            .with_status()
            .with_generation(),
            Kind::ValidatingAdmissionPolicyBinding => KindInfo::new(
                "ValidatingAdmissionPolicyBinding",
                ADMISSION,
                "validatingadmissionpolicybindings",
                "validatingadmissionpolicybinding",
            )
            .cluster_wide()
            .with_generation(),
        }
    }

    /// The kind that a path names.
    pub fn find(group: &str, version: &str, plural: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| {
            let info = kind.info();
            info.group == group && info.version == version && info.plural == plural
        })
    }

    /// The kind with this name (`Deployment`), whatever its group.
    pub fn named(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.info().name == name)
    }

    /// `apps/v1`, or `v1` for the core group.
    pub fn api_version(self) -> String {
        let info = self.info();
        if info.group.is_empty() { info.version.to_owned() } else { format!("{}/{}", info.group, info.version) }
    }

    /// `deployments.apps`, or `pods`: how errors name it.
    pub fn qualified(self) -> String {
        let info = self.info();
        if info.group.is_empty() { info.plural.to_owned() } else { format!("{}.{}", info.plural, info.group) }
    }

    /// `Deployment.apps`, or `Pod`: how validation errors name it.
    pub fn qualified_name(self) -> String {
        let info = self.info();
        if info.group.is_empty() { info.name.to_owned() } else { format!("{}.{}", info.name, info.group) }
    }
}

const fn workload(
    name: &'static str,
    plural: &'static str,
    singular: &'static str,
    short: &'static [&'static str],
) -> KindInfo {
    KindInfo::new(name, APPS, plural, singular).short(short).with_status().with_generation()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_found_by_its_path_and_by_its_name() {
        for kind in Kind::ALL {
            let info = kind.info();
            assert_eq!(Kind::find(info.group, info.version, info.plural), Some(kind));
            assert_eq!(Kind::named(info.name), Some(kind));
        }
        assert_eq!(Kind::find("apps", "v1", "pods"), None);
        assert_eq!(Kind::Deployment.qualified(), "deployments.apps");
        assert_eq!(Kind::Pod.qualified(), "pods");
    }
}
