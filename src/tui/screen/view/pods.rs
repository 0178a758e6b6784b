//! Both sides as a tree: ReplicaSets, pods, containers.
//!
//! ```text
//!  13 pods, trouble first                     canary 3 of 3 ready · stable 10 of 10 ready
//!  canary checkout-canary / 6456f8d9c55                                    2 of 3 ready
//! ▸  checkout-canary-6456…c55-x2k9p   ✖ CrashLoopBackOff   5 restarts   4m  node-a
//!      app  CrashLoopBackOff, 5 restarts, last: OOMKilled, exit code 137
//! ```

use ratatui::text::{Line, Span};

use crate::core::text::middle;
use crate::core::usage::Spent;
use crate::core::view::{ClusterEvent, ContainerView, PodView, Track};
use crate::tui::figure::{age, bytes, plural, spent};
use crate::tui::list::window;
use crate::tui::rows::events_of;
use crate::tui::screen::paint::{Row, clip, pad, right, spread};
use crate::tui::screen::view::{below, caption, cursor, nothing};
use crate::tui::screen::{Scene, pods};
use crate::tui::theme::Role;
use crate::tui::tree::{Health, Node, nodes};
use crate::tui::view::View;

/// The caption, the tree, and what is said about the pod under the cursor.
pub fn lines(scene: &Scene<'_>, width: usize, height: usize) -> Vec<Row> {
    let filter = scene.model.filter(View::Pods);
    let nodes = nodes(scene.snapshot, scene.model);
    let shown: usize = nodes.iter().map(|node| if let Node::Set { total, .. } = node { *total } else { 0 }).sum();
    let says = format!("{}, {}", plural(shown, "pod"), scene.model.sort.words());
    let says = scene.line(Role::Quiet, says);
    let mut lines = vec![caption(scene, filter, says, pods::counts(scene, " of "), width)];
    if nodes.is_empty() {
        lines.push(nothing(scene, filter, "no pods are seen yet"));
        return lines;
    }
    let chosen = scene.model.cursor(View::Pods).min(nodes.len() - 1);
    let about = nodes.get(chosen).and_then(Node::pod).map(|pod| about(scene, pod, width)).unwrap_or_default();
    let panel = below(height, about.len());
    let room = height.saturating_sub(1 + panel);
    let shown = window(nodes.len(), chosen, room);
    let first = shown.start;
    let shown = nodes.get(shown).unwrap_or_default();
    let columns = Columns::new(scene, shown, width);
    for (place, node) in shown.iter().enumerate() {
        lines.push(clip(line(scene, node, first + place == chosen, &columns, width), width));
    }
    if panel > 0 {
        lines.resize(height.saturating_sub(panel), Row::default());
        lines.extend(about.into_iter().take(panel));
    }
    lines
}

/// Which columns there is room for.
struct Columns {
    name: usize,
    restarts: bool,
    usage: bool,
    node: usize,
}

impl Columns {
    /// For the pods that are shown: a node's name is short in one cluster and long in another.
    fn new(scene: &Scene<'_>, shown: &[Node<'_>], width: usize) -> Self {
        // What is fixed: the indent, state and age, each with its gap.
        const FIXED: usize = 5 + 20 + 5;
        let columns = |text: &str| unicode_width::UnicodeWidthStr::width(text);
        let pods = || shown.iter().filter_map(Node::pod);
        let restarts = width >= 60;
        let usage = width >= 100 && scene.model.travel.is_none() && scene.model.usage.usage().is_some();
        let room = width.saturating_sub(FIXED + if restarts { 11 } else { 0 } + if usage { USAGE } else { 0 });
        let names = pods().map(|pod| columns(&pod.name)).max().unwrap_or(0);
        let nodes = pods().map(|pod| columns(node_of(pod, width))).max().unwrap_or(0);
        let node = if width < 76 { 0 } else { (nodes + 2).min((room / 3).max(room.saturating_sub(names))) };
        Self { name: room.saturating_sub(node).min(names.max(12)), restarts, usage, node }
    }
}

/// The node's name; on a narrow screen without the domain, which all nodes share.
fn node_of(pod: &PodView, width: usize) -> &str {
    let node = pod.node.as_deref().unwrap_or(NOWHERE);
    if width < 130 { node.split('.').next().unwrap_or(node) } else { node }
}

/// The columns of CPU and memory.
const USAGE: usize = 11 + 12;

/// From this width on addresses and messages have a column.
const WIDE: usize = 140;

/// The columns of an address: the newer ones are cut, and are whole below the list.
const ADDRESS: usize = 15;

/// What stands for the node of a pod that has none.
const NOWHERE: &str = "no node yet";

fn line(scene: &Scene<'_>, node: &Node<'_>, chosen: bool, columns: &Columns, width: usize) -> Row {
    match node {
        Node::Set { workload, track, name, ready, total } => {
            let mut left = Line::from(vec![
                cursor(scene, chosen),
                scene.span(Role::Strong, pods::track_word(scene, *track)),
                Span::raw(" "),
            ]);
            let name = if name.is_empty() { workload.name.clone() } else { deployment_and_set(name, width) };
            let name = middle(&name, width * 5 / 8);
            left.spans.push(if chosen { scene.span(Role::Chosen, name) } else { Span::raw(name) });
            if let Some(version) = version(scene, *track) {
                left.spans.push(scene.span(Role::Quiet, format!("  {}", middle(&version, 16))));
            }
            let role = if ready < total { Role::Strong } else { Role::Quiet };
            spread(left, scene.line(role, format!("{ready} of {total} ready")), width.saturating_sub(1))
        }
        Node::Pod(pod) => pod_line(scene, pod, chosen, columns, width),
        Node::Container(pod, container) => container_line(scene, pod, container, chosen, width),
    }
}

/// `checkout / 5d9cbb7f`: a ReplicaSet is called after its Deployment and the hash of its template. Where there is room,
/// both names are whole.
fn deployment_and_set(set: &str, width: usize) -> String {
    match set.rsplit_once('-') {
        Some((deployment, _)) if width >= 120 => format!("Deployment {deployment} / ReplicaSet {set}"),
        Some((deployment, hash)) if width >= 60 => format!("{deployment} / {hash}"),
        _ => set.to_owned(),
    }
}

/// The version that a side runs, where the plan knows it.
fn version(scene: &Scene<'_>, track: Track) -> Option<String> {
    let plan = &scene.snapshot.plan;
    match track {
        Track::Canary | Track::Rolled => Some(plan.to.clone()),
        Track::Stable | Track::Baseline => Some(plan.from.clone()),
        Track::Other => None,
    }
}

fn pod_line(scene: &Scene<'_>, pod: &PodView, chosen: bool, columns: &Columns, width: usize) -> Row {
    let name = pad(&middle(&pod.name, columns.name), columns.name);
    let name = if chosen { scene.span(Role::Chosen, name) } else { Span::raw(name) };
    let mut line = Line::from(vec![cursor(scene, chosen), Span::raw("  "), name, Span::raw("  ")]);
    line.spans.extend(pods::state(scene, pod, 20));
    if columns.restarts {
        let role = if pod.restarts > 0 { Role::Strong } else { Role::Quiet };
        let text = if pod.restarts == 0 { String::new() } else { format!("{} restart", pod.restarts) };
        let text = if pod.restarts > 1 { text + "s" } else { text };
        line.spans.push(scene.span(role, right(&text, 11)));
    }
    line.spans.push(scene.span(Role::Quiet, format!(" {}", right(&age(scene.now.since(pod.created)), 4))));
    if columns.usage {
        let (cpu, memory) = usage_of(scene, pod).map(spent).unwrap_or_default();
        line.spans.push(scene.span(usage_role(scene), format!("{}{}", right(&cpu, 11), right(&memory, 12))));
    }
    if columns.node > 2 {
        let node = node_of(pod, width);
        line.spans
            .push(scene.span(Role::Quiet, format!("  {}", pad(&middle(node, columns.node - 2), columns.node - 2))));
    }
    if width >= WIDE {
        let ip = pod.ip.as_deref().unwrap_or_default();
        line.spans.push(scene.span(Role::Quiet, format!("  {}", pad(ip, ADDRESS))));
        // Why one is not well stands beside it where there is room, and not only below the list.
        line.spans.extend(pod.message.iter().map(|message| Span::raw(format!("  {message}"))));
    }
    line
}

/// What a pod uses, where the cluster has said.
fn usage_of(scene: &Scene<'_>, pod: &PodView) -> Option<Spent> {
    scene.model.usage.usage()?.pod(&pod.name)
}

fn usage_role(scene: &Scene<'_>) -> Role {
    if scene.model.usage.is_stale(scene.now) { Role::Quiet } else { Role::Plain }
}

fn container_line(scene: &Scene<'_>, pod: &PodView, container: &ContainerView, chosen: bool, width: usize) -> Row {
    let mut words = container.state.clone();
    // One that waits or has ended is not ready: only of one that runs is that a word worth.
    if !container.ready && container.state == "running" {
        words += ", not ready";
    }
    if container.restarts > 0 {
        words += &format!(", {}", plural(container.restarts as usize, "restart"));
    }
    if let Some(last) = &container.last {
        words += &format!("; before: {last}");
    }
    let name = middle(&container.name, 24);
    let name = if chosen { scene.span(Role::Chosen, name) } else { scene.span(Role::Quiet, name) };
    let usage = scene.model.usage.usage().filter(|_| scene.model.travel.is_none());
    let used = usage.and_then(|usage| usage.container(&pod.name, &container.name));
    let used = used.map(spent).map(|(cpu, memory)| format!("  {cpu}  {memory}")).unwrap_or_default();
    let mut line = Line::from(vec![
        cursor(scene, chosen),
        Span::raw("    "),
        name,
        Span::raw("  "),
        scene.span(Role::Plain, words),
    ]);
    // Half a number is worse than none; the pod's own is below the list.
    if line.width() + used.len() <= width {
        line.spans.push(scene.span(usage_role(scene), used));
    }
    line
}

/// What is said about a pod that has no room on its line.
fn about(scene: &Scene<'_>, pod: &PodView, width: usize) -> Vec<Row> {
    let health = Health::of(pod, scene.now);
    let mut lines = vec![scene.rule(&middle(&pod.name, width.saturating_sub(8)), Row::default(), width)];
    if let Some(state) = how_it_ended(pod, health) {
        lines.extend(super::fact(scene, "state", &state, Role::Strong, width, 2));
    }
    if let Some(message) = &pod.message {
        lines.extend(super::fact(scene, "says", message, Role::Plain, width, 2));
    }
    // That a container is started later and later is what the state says already.
    let news = |event: &&ClusterEvent| event.warning && event.reason != "BackOff";
    if let Some(event) = events_of(scene.snapshot, &pod.name).find(news) {
        let said = pod.message.as_ref().is_some_and(|message| message.contains(&event.text));
        let text = format!("{}: {}, {} ago", event.reason, event.text, scene.age(event.at));
        if !said {
            lines.extend(super::fact(scene, "event", &text, Role::Plain, width, 2));
        }
    }
    if let (Some(since), true) = (pod.ready_since, health != Health::Leaving) {
        let words = if pod.ready { "ready since" } else { "not ready since" };
        let text = format!("{words} {} UTC, {} ago", since.clock(), scene.age(since));
        lines.extend(super::fact(scene, "probe", &text, Role::Plain, width, 1));
    }
    if let Some(text) = uses(scene, pod) {
        lines.extend(super::fact(scene, "uses", &text, usage_role(scene), width, 1));
    }
    let place = match (&pod.node, &pod.ip) {
        (Some(node), Some(ip)) => format!("{node}, address {ip}"),
        (Some(node), None) => node.clone(),
        _ => "on no node yet".to_owned(),
    };
    lines.extend(super::fact(scene, "where", &place, Role::Plain, width, 1));
    let image = |one: &ContainerView| {
        let image = pod.image_ids.get(&one.name)?;
        Some(if pod.containers.len() > 1 { format!("{} {image}", one.name) } else { image.clone() })
    };
    let images: Vec<String> = pod.containers.iter().filter_map(image).collect();
    if !images.is_empty() {
        lines.extend(super::fact(scene, "image", &images.join(", "), Role::Plain, width, 2));
    }
    lines
}

/// The state of a pod that is not well, its restarts, and how its containers ended the last time.
fn how_it_ended(pod: &PodView, health: Health) -> Option<String> {
    if !matches!(health, Health::Trouble | Health::Marked) {
        return None;
    }
    let ended = pod.containers.iter().filter_map(|one| Some(format!("{} before: {}", one.name, one.last.as_ref()?)));
    let state =
        if pod.reason == "Running" && !pod.ready { "runs and is not Ready".to_owned() } else { pod.reason.clone() };
    let restarts = (pod.restarts > 0).then(|| plural(pod.restarts as usize, "restart"));
    Some(std::iter::once(state).chain(restarts).chain(ended).collect::<Vec<_>>().join("; "))
}

/// What a pod uses, with the age of the answer; or why nobody knows. `None`: it was not answered yet, or is of the past.
fn uses(scene: &Scene<'_>, pod: &PodView) -> Option<String> {
    if scene.model.travel.is_some() {
        return None;
    }
    let (answer, at) = scene.model.usage.answer.as_ref()?;
    let usage = match answer {
        Ok(usage) => usage,
        Err(why) => return Some(format!("not known: {why}")),
    };
    let Some(used) = usage.pod(&pod.name) else {
        return Some(format!("nothing was measured of it yet, {} ago", scene.age(*at)));
    };
    let limit = pod.memory_limit.map(|limit| format!(" of {}", bytes(limit as f64))).unwrap_or_default();
    let (cpu, memory) = spent(used);
    Some(format!("{cpu}, {memory}{limit}, {} ago", scene.age(*at)))
}
