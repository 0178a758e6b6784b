//! Who else writes what we write, and may put it back: GitOps, Helm, an operator.

use std::fmt;

use crate::cluster::marks;
use crate::cluster::seen::Meta;
use crate::core::text::neutral;

/// Labels and annotations by which tools mark what is theirs, with the tool's name.
const SIGNS: [(&str, &str); 6] = [
    ("argocd.argoproj.io/tracking-id", "Argo CD"),
    ("argocd.argoproj.io/instance", "Argo CD"),
    ("kustomize.toolkit.fluxcd.io/name", "Flux"),
    ("helm.toolkit.fluxcd.io/name", "Flux"),
    ("fleet.cattle.io/bundle-id", "Fleet"),
    ("config.k8s.io/owning-inventory", "Config Sync"),
];

/// Field managers by which the same tools write.
const MANAGERS: [(&str, &str); 6] = [
    ("argocd-controller", "Argo CD"),
    ("argocd-application-controller", "Argo CD"),
    ("kustomize-controller", "Flux"),
    ("helm-controller", "Flux"),
    ("fleet-agent", "Fleet"),
    ("configsync", "Config Sync"),
];

const HELM_RELEASE: &str = "meta.helm.sh/release-name";

/// Somebody who owns an object besides the person who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A tool that keeps it as a repository says.
    GitOps(&'static str),
    /// Helm, with the release's name where the object tells it; neutralised.
    Helm(Option<String>),
    /// An object that controls it; neutralised.
    Controller(String),
}

impl Owner {
    /// Whether it is known to write under the name of this field manager.
    pub fn writes_as(&self, manager: &str) -> bool {
        match self {
            Self::GitOps(tool) => MANAGERS.contains(&(manager, tool)),
            Self::Helm(_) => manager.eq_ignore_ascii_case("helm"),
            Self::Controller(_) => false,
        }
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GitOps(tool) => f.write_str(tool),
            Self::Helm(Some(release)) => write!(f, "Helm release {release}"),
            Self::Helm(None) => f.write_str("Helm"),
            Self::Controller(owner) => f.write_str(owner),
        }
    }
}

/// Who owns an object, in words.
pub fn of(meta: &Meta) -> Vec<String> {
    all(meta).iter().map(Owner::to_string).collect()
}

/// Who owns an object; each once, GitOps before Helm before controllers.
pub fn all(meta: &Meta) -> Vec<Owner> {
    let signed = |key: &str| meta.labels.contains_key(key) || meta.annotations.contains_key(key);
    let wrote = |manager: &str| {
        meta.writers.iter().any(|writer| writer.manager == manager && (writer.selector || writer.template))
    };
    let signs = SIGNS.iter().filter(|(key, _)| signed(key)).map(|(_, tool)| *tool);
    let managers = MANAGERS.iter().filter(|(manager, _)| wrote(manager)).map(|(_, tool)| *tool);
    let mut owners: Vec<Owner> = Vec::new();
    let mut add = |owner: Owner| {
        if !owners.contains(&owner) {
            owners.push(owner);
        }
    };
    signs.chain(managers).for_each(|tool| add(Owner::GitOps(tool)));
    if let Some(release) = meta.annotation(HELM_RELEASE) {
        add(Owner::Helm(Some(neutral(release))));
    } else if meta.labels.get(marks::MANAGED_BY).is_some_and(|tool| tool == "Helm") {
        add(Owner::Helm(None));
    }
    if let Some(owner) = meta.controller() {
        add(Owner::Controller(neutral(&format!("{} {}", owner.kind, owner.name))));
    }
    owners
}

/// A sentence on who may undo what we write to an object.
pub fn told(what: &str, meta: &Meta) -> Option<String> {
    let owners = of(meta);
    let name = neutral(&meta.name);
    (!owners.is_empty())
        .then(|| format!("{what} {name} is also written by {} and may be put back", owners.join(" and ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn owners(meta: Value) -> Vec<String> {
        of(&serde_json::from_value(meta).expect("metadata"))
    }

    #[test]
    fn tools_are_known_by_their_signs_and_by_their_writes() {
        assert_eq!(owners(json!({"annotations": {"argocd.argoproj.io/tracking-id": "x"}})), ["Argo CD"]);
        assert_eq!(
            owners(
                json!({"managedFields": [{"manager": "argocd-controller", "fieldsV1": {"f:spec": {"f:template": {}}}}]})
            ),
            ["Argo CD"]
        );
        assert_eq!(
            owners(json!({"labels": {"helm.toolkit.fluxcd.io/name": "x"}, "annotations": {HELM_RELEASE: "shop"}})),
            ["Flux", "Helm release shop"]
        );
        assert_eq!(owners(json!({"labels": {marks::MANAGED_BY: "Helm"}})), ["Helm"]);
        assert_eq!(
            owners(json!({"ownerReferences": [{"kind": "App", "name": "web", "uid": "u", "controller": true}]})),
            ["App web"]
        );
    }

    #[test]
    fn nobody_else_is_nothing_to_tell() {
        let plain: Meta = serde_json::from_value(json!({"name": "web", "managedFields": [
            {"manager": "kubectl-client-side-apply", "fieldsV1": {"f:spec": {"f:template": {}}}}]}))
        .expect("metadata");
        assert_eq!(told("Deployment", &plain), None);
    }
}
