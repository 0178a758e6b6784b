//! What a plan is made from: everything in the namespace that a release touches or meets, read once.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::cluster::act::Object;
use crate::cluster::labels::includes;
use crate::cluster::marks;
use crate::cluster::rest::{
    AUTOSCALERS, BUDGETS, CLAIMS, DEPLOYMENTS, ENDPOINT_SLICES, Fault, INGRESSES, PODS, QUOTAS, REPLICA_SETS, Resource,
    Rest, SERVICES, TARGET_GROUP_BINDINGS,
};
use crate::cluster::seen::{
    Autoscaler, Binding, Budget, Claim, Deployment, EndpointSlice, Ingress, Pod, Quota, ReplicaSet, Service,
};
use crate::cluster::template::{self, list, text};
use crate::core::problem::Problem;
use crate::core::text::neutral;

/// The namespace.
#[derive(Default)]
pub struct Scene {
    /// Its name.
    pub namespace: String,
    /// Its Deployments.
    pub deployments: Vec<Deployment>,
    /// Its Services.
    pub services: Vec<Service>,
    /// Their endpoints.
    pub slices: Vec<EndpointSlice>,
    /// Its autoscalers.
    pub autoscalers: Vec<Autoscaler>,
    /// Its disruption budgets.
    pub budgets: Vec<Budget>,
    /// Its quotas.
    pub quotas: Vec<Quota>,
    /// What routes into it from outside, by address of pod.
    pub ingresses: Vec<Ingress>,
    /// The same, of the AWS load balancer controller.
    pub bindings: Vec<Binding>,
    /// What could not be looked at, and why.
    pub unseen: Vec<String>,
}

/// One workload with what stands around it.
pub struct Site {
    /// Its Deployment.
    pub deployment: Deployment,
    /// The same, whole.
    pub object: Object,
    /// Its ReplicaSets.
    pub sets: Vec<ReplicaSet>,
    /// The Services whose selectors match its pods, with the pods that each selects.
    pub services: Vec<Selected>,
    /// Services that do not select its pods and send traffic there all the same, by endpoints that somebody writes.
    pub by_hand: Vec<Service>,
    /// Its autoscaler.
    pub autoscaler: Option<Autoscaler>,
    /// The volumes that it claims, by the claim's name.
    pub claims: BTreeMap<String, Claim>,
    /// The Deployment that has the canary's name.
    pub beside: Option<Deployment>,
    /// The one that has a baseline's.
    pub baseline: Option<Deployment>,
}

/// A Service with the pods that it selects.
pub struct Selected {
    /// The Service.
    pub service: Service,
    /// Its pods that have not finished.
    pub pods: Vec<Pod>,
    /// Other Deployments whose pods it would select, if they had any.
    pub others: Vec<String>,
}

impl Scene {
    /// Reads the namespace. What we may not see and could do without is noted.
    ///
    /// # Errors
    /// Deployments, Services or endpoints cannot be read.
    pub async fn read(rest: &Rest) -> Result<Self, Problem> {
        // All at once: whoever brings a bad version back waits for this.
        let (deployments, services, slices, autoscalers, budgets, quotas, ingresses, bindings) = tokio::join!(
            all(rest, DEPLOYMENTS),
            all(rest, SERVICES),
            all(rest, ENDPOINT_SLICES),
            some(rest, AUTOSCALERS),
            some(rest, BUDGETS),
            some(rest, QUOTAS),
            some(rest, INGRESSES),
            some(rest, TARGET_GROUP_BINDINGS),
        );
        let mut unseen = Vec::new();
        Ok(Self {
            namespace: rest.namespace().to_owned(),
            deployments: deployments?,
            services: services?,
            slices: slices?,
            autoscalers: noted(autoscalers, &mut unseen),
            budgets: noted(budgets, &mut unseen),
            quotas: noted(quotas, &mut unseen),
            ingresses: noted(ingresses, &mut unseen),
            bindings: noted(bindings, &mut unseen),
            unseen,
        })
    }

    /// Finds a workload by its Deployment's name.
    ///
    /// # Errors
    /// There is no such Deployment; names that are nearly the same are offered.
    pub async fn site(&self, rest: &Rest, name: &str) -> Result<Site, Problem> {
        let found = self.deployments.iter().find(|deployment| deployment.metadata.name == name);
        let deployment = found.ok_or_else(|| self.unknown(name))?;
        let doing = |what: &str| format!("read {what} of Deployment {}/{name}", self.namespace);
        let selector = deployment.spec.selector.query();
        let (object, sets, services, claims) = tokio::join!(
            rest.get::<Value>(DEPLOYMENTS, name),
            rest.list::<ReplicaSet>(REPLICA_SETS, &selector),
            self.services_of(rest, deployment),
            claims(rest, &deployment.spec.template),
        );
        let object = object.map_err(|fault| fault.problem(&doing("the whole")))?;
        let object = Object::new(object.ok_or_else(|| self.unknown(name))?);
        let mut sets = sets.map_err(|fault| fault.problem(&doing("the ReplicaSets")))?.items;
        sets.retain(|set| set.metadata.controller().is_some_and(|owner| owner.uid == deployment.metadata.uid));
        let services = services.map_err(|fault| fault.problem(&doing("the pods")))?;
        let pods: Vec<&str> = services.iter().flat_map(|s| &s.pods).map(|pod| pod.metadata.uid.as_str()).collect();
        let by_hand = self.by_hand(&pods);
        let claims = claims.map_err(|fault| fault.problem(&doing("the volumes")))?;
        let called = |name: String| self.deployments.iter().find(|other| other.metadata.name == name).cloned();
        Ok(Site {
            object,
            sets,
            services,
            by_hand,
            autoscaler: self.autoscaler(name).cloned(),
            claims,
            beside: called(super::names::canary(name)),
            baseline: called(super::names::baseline(name)),
            deployment: deployment.clone(),
        })
    }

    fn autoscaler(&self, name: &str) -> Option<&Autoscaler> {
        let scales = |found: &&Autoscaler| {
            let target = &found.spec.scale_target_ref;
            target.kind == DEPLOYMENTS.kind && target.name == name
        };
        self.autoscalers.iter().find(scales)
    }

    async fn services_of(&self, rest: &Rest, deployment: &Deployment) -> Result<Vec<Selected>, Fault> {
        let labels = template::labels(&deployment.spec.template);
        // A pinned Service is still ours: our key is no reason not to know it.
        let fits = |service: &&Service| {
            let mut selector = service.spec.selector.clone();
            selector.remove(marks::TRACK);
            !selector.is_empty() && includes(&labels, &selector)
        };
        let mut selected = Vec::new();
        for service in self.services.iter().filter(fits) {
            let query: Vec<String> =
                service.spec.selector.iter().map(|(key, value)| format!("{key}={value}")).collect();
            let mut pods = rest.list::<Pod>(PODS, &query.join(",")).await?.items;
            pods.retain(|pod| !matches!(pod.status.phase.as_str(), "Succeeded" | "Failed"));
            selected.push(Selected { others: self.others(service, deployment), pods, service: service.clone() });
        }
        Ok(selected)
    }

    fn others(&self, service: &Service, deployment: &Deployment) -> Vec<String> {
        let stable = &deployment.metadata.name;
        let (canary, baseline) = (super::names::canary(stable), super::names::baseline(stable));
        let others = self.deployments.iter().filter(|other| {
            let name = &other.metadata.name;
            // Not every release has a baseline: what has its name may be anybody's.
            let ours = *name == baseline && other.metadata.annotation(marks::RELEASE).is_some();
            name != stable && *name != canary && !ours
        });
        let selected = others.filter(|other| includes(&template::labels(&other.spec.template), &service.spec.selector));
        selected.map(|other| neutral(&other.metadata.name)).collect()
    }

    fn by_hand(&self, pods: &[&str]) -> Vec<Service> {
        let names_ours = |service: &&Service| {
            let slices = self.slices.iter().filter(|slice| slice.service() == Some(&service.metadata.name));
            slices
                .flat_map(|slice| &slice.endpoints)
                .filter_map(|endpoint| endpoint.pod())
                .any(|uid| pods.contains(&uid))
        };
        self.services.iter().filter(|service| service.spec.selector.is_empty()).filter(names_ours).cloned().collect()
    }

    fn unknown(&self, name: &str) -> Problem {
        let problem = Problem::user(format!("no Deployment {} in namespace {}", neutral(name), self.namespace));
        let likeness = |other: &str| strsim::jaro_winkler(name, other);
        let names: Vec<&str> = self.deployments.iter().map(|deployment| deployment.metadata.name.as_str()).collect();
        let near =
            names.iter().filter(|other| likeness(other) > 0.75).max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        match (near, names.as_slice()) {
            (Some(near), _) => problem.hint(format!("did you mean {}?", neutral(near))),
            (None, []) => problem.hint("the namespace has no Deployments; choose another with --namespace"),
            (None, names) => problem.hint(format!("there are: {}", neutral(&names.join(", ")))),
        }
    }
}

async fn all<T: DeserializeOwned>(rest: &Rest, resource: Resource) -> Result<Vec<T>, Problem> {
    let doing = format!("list {} in namespace {}", resource.plural, rest.namespace());
    rest.list(resource, "").await.map(|listed| listed.items).map_err(|fault| fault.problem(&doing))
}

async fn some<T: DeserializeOwned>(rest: &Rest, resource: Resource) -> Result<Vec<T>, String> {
    match rest.list(resource, "").await {
        Ok(listed) => Ok(listed.items),
        // Not every cluster has every kind.
        Err(fault) if fault.is_not_found() => Ok(Vec::new()),
        Err(fault) => Err(format!("{} were not looked at: {}", resource.plural, fault.why())),
    }
}

fn noted<T>(found: Result<Vec<T>, String>, unseen: &mut Vec<String>) -> Vec<T> {
    found.unwrap_or_else(|why| {
        unseen.push(why);
        Vec::new()
    })
}

async fn claims(rest: &Rest, template: &Value) -> Result<BTreeMap<String, Claim>, Fault> {
    let mut claims = BTreeMap::new();
    for name in claimed(template) {
        // A claim that does not exist yet keeps no pod of ours from anything.
        if let Some(claim) = rest.get::<Claim>(CLAIMS, name).await? {
            claims.insert(name.to_owned(), claim);
        }
    }
    Ok(claims)
}

/// The names of the volume claims that a template's pods share.
pub fn claimed(template: &Value) -> impl Iterator<Item = &str> {
    let volumes = list(template, "/spec/volumes");
    volumes.filter_map(|volume| text(volume.get("persistentVolumeClaim")?, "claimName"))
}
