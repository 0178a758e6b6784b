//! The pods as a tree: side and ReplicaSet, pod, container; filtered and sorted. What the cursor moves over.

use std::cmp::Reverse;
use std::time::Duration;

use crate::core::snapshot::{Snapshot, WorkloadNow};
use crate::core::time::Time;
use crate::core::view::{ContainerView, PodView, Track};
use crate::tui::list::leaves;
use crate::tui::model::Model;
use crate::tui::view::View;

/// A pod younger than this may still be starting without anything being wrong.
const YOUNG: Duration = Duration::from_secs(60);

/// One line of the tree.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Node<'a> {
    /// A ReplicaSet of one side.
    Set {
        /// The workload.
        workload: &'a WorkloadNow,
        /// The side.
        track: Track,
        /// Its name; empty where the pods name none.
        name: &'a str,
        /// Pods that are Ready, of those that the filter leaves.
        ready: usize,
        /// Pods that the filter leaves.
        total: usize,
    },
    /// A pod.
    Pod(&'a PodView),
    /// A container of the pod above.
    Container(&'a PodView, &'a ContainerView),
}

impl<'a> Node<'a> {
    /// The pod that the line is about, if it is about one.
    pub fn pod(&self) -> Option<&'a PodView> {
        match self {
            Self::Set { .. } => None,
            Self::Pod(pod) | Self::Container(pod, _) => Some(pod),
        }
    }
}

/// By what pods are sorted below their ReplicaSet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PodSort {
    /// Those in trouble first, then by age.
    #[default]
    Trouble,
    /// By name.
    Name,
    /// The youngest first.
    Age,
    /// The most restarts first.
    Restarts,
    /// By node.
    Node,
    /// Those that use the most CPU first.
    Cpu,
    /// Those that use the most memory first.
    Memory,
}

impl PodSort {
    /// The words for it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Trouble => "trouble first",
            Self::Name => "by name",
            Self::Age => "youngest first",
            Self::Restarts => "by restarts",
            Self::Node => "by node",
            Self::Cpu => "by CPU",
            Self::Memory => "by memory",
        }
    }

    /// The one after it.
    pub fn next(self) -> Self {
        match self {
            Self::Trouble => Self::Name,
            Self::Name => Self::Age,
            Self::Age => Self::Restarts,
            Self::Restarts => Self::Node,
            Self::Node => Self::Cpu,
            Self::Cpu => Self::Memory,
            Self::Memory => Self::Trouble,
        }
    }
}

/// How a pod does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// Ready.
    Ready,
    /// Young, and not Ready yet.
    Starting,
    /// Terminating.
    Leaving,
    /// Ready, and was not without fault.
    Marked,
    /// Not as it should be.
    Trouble,
}

impl Health {
    /// How `pod` does.
    pub fn of(pod: &PodView, now: Time) -> Self {
        let starting = matches!(pod.reason.as_str(), "Pending" | "ContainerCreating" | "PodInitializing" | "Running");
        if pod.terminating {
            Self::Leaving
        } else if pod.ready {
            if pod.restarts > 0 || pod.oom_kills > 0 { Self::Marked } else { Self::Ready }
        } else if starting && pod.restarts == 0 && pod.message.is_none() && now.since(pod.created) < YOUNG {
            Self::Starting
        } else {
            Self::Trouble
        }
    }
}

/// Pods of one ReplicaSet.
struct Group<'a> {
    workload: &'a WorkloadNow,
    track: Track,
    name: &'a str,
    pods: Vec<&'a PodView>,
}

/// All lines of the tree.
///
/// Ten thousand pods come in few groups and in an order that mostly fits: they are gathered in one pass.
pub fn nodes<'a>(snapshot: &'a Snapshot, model: &Model) -> Vec<Node<'a>> {
    let filter = model.filter(View::Pods);
    let mut groups: Vec<Group<'a>> = Vec::new();
    let opened = model.opened.as_deref();
    for workload in snapshot.workloads.iter().filter(|workload| opened.is_none_or(|name| name == workload.name)) {
        let first = groups.len();
        for pod in workload.pods.iter().filter(|pod| filter.is_empty() || leaves(filter, texts(pod))) {
            let fits = |group: &Group<'_>| group.track == pod.track && group.name == pod.set;
            let place = (first..groups.len()).rev().find(|place| groups.get(*place).is_some_and(fits));
            match place.and_then(|place| groups.get_mut(place)) {
                Some(group) => group.pods.push(pod),
                None => groups.push(Group { workload, track: pod.track, name: &pod.set, pods: vec![pod] }),
            }
        }
    }
    let mut nodes = Vec::new();
    for mut group in groups {
        sort(&mut group.pods, model, snapshot.at);
        let ready = group.pods.iter().filter(|pod| pod.ready).count();
        let Group { workload, track, name, pods } = group;
        nodes.push(Node::Set { workload, track, name, ready, total: pods.len() });
        for pod in pods {
            nodes.push(Node::Pod(pod));
            // Containers are told where they tell something: of a pod that is not well, or when all are asked for.
            if model.containers || matches!(Health::of(pod, snapshot.at), Health::Trouble | Health::Marked) {
                nodes.extend(pod.containers.iter().map(|container| Node::Container(pod, container)));
            }
        }
    }
    nodes
}

/// What a filter looks at.
fn texts(pod: &PodView) -> [&str; 4] {
    [pod.name.as_str(), pod.reason.as_str(), pod.node.as_deref().unwrap_or_default(), pod.track.word()]
}

fn sort(pods: &mut Vec<&PodView>, model: &Model, now: Time) {
    let used = |pod: &PodView| model.usage.usage().and_then(|usage| usage.pod(&pod.name)).unwrap_or_default();
    match model.sort {
        PodSort::Trouble => {
            let urgent = |pod: &&PodView| match Health::of(pod, now) {
                Health::Trouble => 0,
                Health::Marked => 1,
                _ => 2,
            };
            let mut ranks: [Vec<&PodView>; 3] = Default::default();
            for pod in pods.drain(..) {
                if let Some(rank) = ranks.get_mut(urgent(&pod)) {
                    rank.push(pod);
                }
            }
            pods.extend(ranks.into_iter().flatten());
        }
        PodSort::Name => pods.sort_by(|a, b| a.name.cmp(&b.name)),
        PodSort::Age => pods.sort_by(|a, b| (b.created, &a.name).cmp(&(a.created, &b.name))),
        PodSort::Restarts => pods.sort_by(|a, b| (b.restarts, &a.name).cmp(&(a.restarts, &b.name))),
        // Each is looked up once: ten thousand pods are compared with each other a hundred thousand times.
        PodSort::Cpu => pods.sort_by_cached_key(|pod| (Reverse(used(pod).cpu), pod.name.clone())),
        PodSort::Memory => pods.sort_by_cached_key(|pod| (Reverse(used(pod).memory), pod.name.clone())),
        PodSort::Node => pods.sort_by(|a, b| (&a.node, &a.name).cmp(&(&b.node, &b.name))),
    }
}
