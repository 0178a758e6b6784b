//! A pod of the past on one page: what a recording holds of it. The cluster is not asked, for it only knows the present.

use crate::core::inquiry::{Fact, Part, Sheet};
use crate::core::time::{Time, human};
use crate::core::view::{ContainerView, PodView, Track};

/// The page.
pub fn sheet(pod: &PodView, now: Time) -> Sheet {
    let identity = Part { title: "pod, as it was recorded".to_owned(), lines: identity(pod, now) };
    let containers = pod.containers.iter().map(|one| Part {
        title: format!("container {}", one.name),
        lines: container(one, pod.image_ids.get(&one.name)),
    });
    Sheet { parts: std::iter::once(identity).chain(containers).collect() }
}

fn identity(pod: &PodView, now: Time) -> Vec<Fact> {
    let side = match pod.track {
        Track::Stable => "stable",
        Track::Canary => "canary",
        Track::Rolled => "the new version, in the stable Deployment",
        Track::Baseline => "the old version, in the baseline Deployment",
        Track::Other => "neither: of a foreign template",
    };
    let since = pod.ready_since.map(|since| format!(", for {}", human(now.since(since)))).unwrap_or_default();
    let ready = if pod.ready { "yes" } else { "no" };
    let mut facts = vec![
        Fact::new("side", side),
        Fact::odd_if("state", pod.reason.clone(), !pod.ready),
        Fact::odd_if("ready", format!("{ready}{since}"), !pod.ready),
        Fact::odd_if("restarts", pod.restarts.to_string(), pod.restarts > 0),
        Fact::new("created", format!("{} before", human(now.since(pod.created)))),
    ];
    facts.extend(pod.message.clone().map(|message| Fact::odd_if("message", message, true)));
    if pod.terminating {
        facts.push(Fact::odd_if("going", "it is being deleted", true));
    }
    if pod.oom_kills > 0 {
        facts.push(Fact::odd_if("oom", format!("{} terminations by the out-of-memory killer", pod.oom_kills), true));
    }
    facts.extend(pod.node.clone().map(|node| Fact::new("node", node)));
    facts.extend(pod.ip.clone().map(|ip| Fact::new("address", ip)));
    if !pod.set.is_empty() {
        facts.push(Fact::new("owner", format!("ReplicaSet {}", pod.set)));
    }
    facts
}

fn container(one: &ContainerView, digest: Option<&String>) -> Vec<Fact> {
    let mut facts = vec![
        Fact::odd_if("state", one.state.clone(), !one.ready && one.state != "Completed"),
        Fact::odd_if("restarts", one.restarts.to_string(), one.restarts > 0),
    ];
    facts.extend(one.last.clone().map(|last| Fact::odd_if("before", last, true)));
    facts.extend(digest.map(|digest| Fact::new("digest", digest.clone())));
    facts
}
