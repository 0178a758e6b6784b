//! The objects that a scenario's cluster is made of, as somebody would have applied them.

use serde_json::{Value, json};

use super::kubelet;
use crate::core::time::Time;
use crate::sim::quantity::Quantity;
use crate::sim::scenario::{Cluster, Workload};
use crate::sim::store::fields::stamp;

fn bytes(bytes: u64) -> String {
    Quantity::whole(i64::try_from(bytes).unwrap_or(i64::MAX)).binary()
}

/// A namespace.
pub fn namespace(name: &str) -> Value {
    json!({"metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}}})
}

/// A node that offers so much since `since`; `taint`: it repels pods that do not tolerate it.
pub fn node(name: &str, cluster: &Cluster, since: Time, taint: Option<&str>) -> Value {
    let (address, since) = (kubelet::host_ip(name), stamp(since));
    let offer = json!({
        "cpu": cluster.cpu.to_string(),
        "memory": bytes(cluster.memory),
        "pods": cluster.pods.to_string(),
        "ephemeral-storage": "100Gi",
    });
    let taints = taint.map(|key| json!([{"key": key, "value": "only", "effect": "NoSchedule"}]));
    json!({
        "metadata": {
            "name": name,
            "labels": {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"},
        },
        "spec": {"taints": taints},
        "status": {
            "capacity": offer,
            "allocatable": offer,
            "addresses": [{"type": "InternalIP", "address": address}, {"type": "Hostname", "address": name}],
            "nodeInfo": {
                "kubeletVersion": "v1.33.4", "kubeProxyVersion": "", "osImage": "Debian GNU/Linux 13 (trixie)",
                "kernelVersion": "6.12.0-amd64", "containerRuntimeVersion": "containerd://2.1.4",
                "operatingSystem": "linux", "architecture": "amd64",
                "machineID": name, "systemUUID": name, "bootID": name,
            },
            "conditions": [{
                "type": "Ready", "status": "True", "reason": "KubeletReady",
                "message": "kubelet is posting ready status",
                "lastHeartbeatTime": since, "lastTransitionTime": since,
            }],
        },
    })
}

/// The quota of a namespace.
pub fn quota(pods: u32) -> Value {
    json!({"metadata": {"name": "compute"}, "spec": {"hard": {"pods": pods.to_string()}}})
}

/// The Deployment of a workload, at one of its versions.
pub fn deployment(workload: &Workload, version: &str) -> Value {
    let name = &workload.name;
    json!({
        "metadata": {"name": name, "labels": {"app": name, "team": "shop"}},
        "spec": {
            "replicas": workload.replicas,
            "selector": {"matchLabels": {"app": name}},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
            "template": {
                "metadata": {
                    "labels": {"app": name},
                    "annotations": {
                        "prometheus.io/scrape": "true",
                        "prometheus.io/port": workload.port.to_string(),
                        "prometheus.io/path": "/metrics",
                    },
                },
                "spec": {"containers": [container(workload, version)]},
            },
        },
    })
}

fn container(workload: &Workload, version: &str) -> Value {
    json!({
        "name": workload.container,
        "image": workload.image(version),
        "ports": [{"name": "http", "containerPort": workload.port}],
        "env": [{"name": "PORT", "value": workload.port.to_string()}],
        "resources": {
            "requests": {"cpu": workload.cpu.to_string(), "memory": bytes(workload.memory)},
            "limits": {"memory": bytes(workload.memory)},
        },
        "readinessProbe": {
            "httpGet": {"path": "/healthz", "port": "http"},
            "initialDelaySeconds": 3, "periodSeconds": 5, "timeoutSeconds": 1, "failureThreshold": 1,
        },
    })
}

/// A Service of a workload.
pub fn service(workload: &Workload, name: &str) -> Value {
    json!({
        "metadata": {"name": name, "labels": {"app": workload.name}},
        "spec": {
            "selector": {"app": workload.name},
            "ports": [{"name": "http", "port": 80, "targetPort": "http"}],
        },
    })
}

/// The autoscaler of a workload.
pub fn autoscaler(workload: &Workload) -> Value {
    let name = &workload.name;
    json!({
        "metadata": {"name": name},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
            "minReplicas": 4,
            "maxReplicas": 20,
            "metrics": [{
                "type": "Resource",
                "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}},
            }],
        },
    })
}

/// The disruption budget of a workload.
pub fn budget(workload: &Workload) -> Value {
    json!({
        "metadata": {"name": workload.name},
        "spec": {"maxUnavailable": "25%", "selector": {"matchLabels": {"app": workload.name}}},
    })
}
