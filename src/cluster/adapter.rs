//! The cluster of one release, as the engine needs it.

use std::sync::Arc;

use futures::future::BoxFuture;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::cluster::act::{Fence, Pilot, Rehearsal};
use crate::cluster::beside::Beside;
use crate::cluster::connect::Connection;
use crate::cluster::labels::{self, LabelSelector};
use crate::cluster::rest::{
    AUTOSCALERS, DEPLOYMENTS, ENDPOINT_SLICES, EVENTS, PODS, REPLICA_SETS, Resource, Rest, SERVICES,
};
use crate::cluster::seen::{Autoscaler, Deployment, EndpointSlice, Event, Pod, ReplicaSet, Service};
use crate::cluster::template;
use crate::cluster::view;
use crate::cluster::watch::{Eyes, Hub, Kept, Scope, Store, Watch, keep, probe};
use crate::core::act::{Act, ActOutcome};
use crate::core::plan::{Plan, Workload};
use crate::core::view::{ClusterView, Link};
use crate::engine::clock::SharedClock;
use crate::engine::port::Cluster;

/// Sees and acts on the objects of one release. What it started ends when it is dropped.
pub struct KubeCluster {
    picture: watch::Receiver<Arc<ClusterView>>,
    pilot: Pilot,
    plan: Arc<Plan>,
    rest: Rest,
    clock: SharedClock,
    // Dropping it aborts the tasks.
    _tasks: JoinSet<()>,
}

impl KubeCluster {
    /// Begins to watch the objects of `plan`. All waiting is on `clock`.
    pub fn start(connection: Connection, plan: Arc<Plan>, clock: SharedClock) -> Arc<Self> {
        let (hub, changes) = Hub::new();
        let (again, asked) = watch::channel(0);
        let eyes = Eyes { rest: connection.rest(), clock: Arc::clone(&clock), hub, again: asked };
        let mut start = Start { eyes: &eyes, tasks: JoinSet::new(), store: Store::default() };
        start.watch(&plan);
        let Start { mut tasks, mut store, .. } = start;
        // The first picture already has every link: nobody takes half of them for all.
        let (publish, picture) = watch::channel(Arc::new(view::assemble(&mut store, &plan)));
        tasks.spawn(keep(store, changes, Arc::clone(&plan), publish));
        tasks.spawn(probe(eyes, again));
        let fence = Fence::new(&plan.release, connection.ended.clone());
        let pilot = Pilot::new(connection.rest(), fence, Arc::clone(&clock));
        Arc::new(Self { picture, pilot, plan, rest: connection.rest(), clock, _tasks: tasks })
    }

    /// The fence that every write is held by; a take-over raises its epoch.
    pub fn fence(&self) -> &Fence {
        self.pilot.fence()
    }

    /// The namespace's API.
    pub(super) fn rest(&self) -> Rest {
        self.rest.clone()
    }

    /// Who acts.
    pub(super) fn pilot(&self) -> Pilot {
        self.pilot.clone()
    }

    /// What is flown.
    pub(super) fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// The clock that everything waits on.
    pub(super) fn clock(&self) -> SharedClock {
        Arc::clone(&self.clock)
    }

    /// Begins to say what a release would write, after the server's own dry run; nothing is changed.
    pub fn rehearsal<'a>(&'a self, plan: &'a Plan) -> Rehearsal<'a> {
        self.pilot.rehearsal(plan)
    }
}

impl Cluster for KubeCluster {
    fn view(&self) -> watch::Receiver<Arc<ClusterView>> {
        self.picture.clone()
    }

    fn perform(&self, plan: Arc<Plan>, act: Act) -> BoxFuture<'static, ActOutcome> {
        let pilot = self.pilot.clone();
        Box::pin(async move { pilot.perform(&plan, &act).await })
    }
}

/// Starts the watches of a plan, each with its link.
struct Start<'a> {
    eyes: &'a Eyes,
    tasks: JoinSet<()>,
    store: Store,
}

impl Start<'_> {
    fn watch(&mut self, plan: &Plan) {
        let deployments = plan.workloads.iter().flat_map(|workload| {
            let beside = Beside::ALL.into_iter().filter_map(|which| which.name(workload)).map(str::to_owned);
            std::iter::once(workload.name.clone()).chain(beside)
        });
        let services =
            plan.workloads.iter().flat_map(|workload| &workload.services).map(|service| service.name.clone());
        let autoscalers =
            plan.workloads.iter().filter_map(|workload| workload.hpa.as_ref()).map(|hpa| hpa.name.clone());
        let (deployments, services, autoscalers) =
            (Names::of(deployments), Names::of(services), Names::of(autoscalers));
        self.all::<Deployment>("deployments", DEPLOYMENTS, move |found| deployments.has(&found.metadata.name));
        if !services.is_empty() {
            let behind = services.clone();
            self.all::<Service>("services", SERVICES, move |found| services.has(&found.metadata.name));
            self.all::<EndpointSlice>("endpointslices", ENDPOINT_SLICES, move |slice| {
                slice.service().is_some_and(|service| behind.has(service))
            });
        }
        if !autoscalers.is_empty() {
            self.all::<Autoscaler>("autoscalers", AUTOSCALERS, move |found| autoscalers.has(&found.metadata.name));
        }
        for workload in &plan.workloads {
            // With one workload its name says nothing new.
            let alone = plan.workloads.len() == 1;
            let link = |kind: &str| if alone { kind.to_owned() } else { format!("{kind}/{}", workload.name) };
            let (sets, pods) = (link("replicasets"), link("pods"));
            self.run(Watch::<ReplicaSet>::new(self.eyes.clone(), &sets, REPLICA_SETS, selected_by(workload), |_| true));
            self.run(Watch::<Pod>::new(self.eyes.clone(), &pods, PODS, selected_by(workload), |_| true));
        }
        let events = Watch::<Event>::new(self.eyes.clone(), "events", EVENTS, Scope::Namespace, speaks_of_ours);
        self.run(events.dispensable());
    }

    fn all<T: Kept>(&mut self, link: &str, resource: Resource, wanted: impl Fn(&T) -> bool + Send + Sync + 'static) {
        self.run(Watch::new(self.eyes.clone(), link, resource, Scope::Namespace, wanted));
    }

    fn run<T: Kept>(&mut self, watch: Watch<T>) {
        self.store.show(watch.link(), Some(Link::Connecting { since: self.eyes.clock.now() }));
        self.tasks.spawn(watch.run());
    }
}

/// The names of the objects of one kind that a plan speaks of.
#[derive(Clone)]
struct Names(Arc<[String]>);

impl Names {
    fn of(names: impl Iterator<Item = String>) -> Self {
        Self(names.collect())
    }

    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|ours| ours == name)
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The pods of stable and canary, and whatever else stable's selector matches.
fn selected_by(workload: &Workload) -> Scope {
    let shared =
        labels::common(&template::labels(&workload.stable_template), &template::labels(&workload.canary_template));
    let otherwise = LabelSelector { match_labels: shared, ..LabelSelector::default() }.query();
    Scope::SelectedBy { deployment: workload.name.clone(), otherwise }
}

/// Events come before the objects that they speak of, and after; whose they are is seen when the picture is made.
fn speaks_of_ours(event: &Event) -> bool {
    const KINDS: [&str; 5] = ["Pod", "ReplicaSet", "Deployment", "Service", "HorizontalPodAutoscaler"];
    KINDS.contains(&event.involved_object.kind.as_str())
}
