//! How each source does, and since when: `api live · metrics STALE 48s, retry in 5s`.

use ratatui::text::Span;

use crate::core::time::human;
use crate::core::view::Link;
use crate::tui::screen::Scene;
use crate::tui::screen::paint::{Row, join};
use crate::tui::theme::Role;

/// All sources in one line, and whether names are to be trusted.
pub fn line(scene: &Scene<'_>) -> Row {
    let trust = (scene.snapshot.sharing.identity_enforced == Some(false))
        .then(|| scene.line(Role::Quiet, "identity not enforced here"));
    join(std::iter::once(freshness(scene)).chain(trust).collect(), " · ")
}

/// All sources in one line. While all are live their ages are left out: what does not matter does not move.
pub fn freshness(scene: &Scene<'_>) -> Row {
    let with_ages = scene.snapshot.sources.values().any(is_lost);
    join(scene.snapshot.sources.iter().map(|(name, link)| source(scene, name, link, with_ages)).collect(), " · ")
}

/// Whether a source does not answer.
pub fn is_lost(link: &Link) -> bool {
    matches!(link, Link::Lost { .. })
}

/// Whether what is known of the cluster is old: the API server does not answer.
pub fn cluster_is_stale(scene: &Scene<'_>) -> bool {
    scene.snapshot.sources.get("api").is_some_and(is_lost)
}

fn source(scene: &Scene<'_>, name: &str, link: &Link, with_age: bool) -> Row {
    let mut line = Row::default();
    line.spans.push(scene.span(Role::Quiet, format!("{name} ")));
    match link {
        Link::Live { heard, .. } if with_age => line.spans.push(Span::raw(format!("live {}", scene.age(*heard)))),
        Link::Live { .. } => line.spans.push(scene.span(Role::Quiet, "live")),
        Link::Connecting { since } => line.spans.push(Span::raw(format!("connecting {}", scene.age(*since)))),
        Link::Lost { heard, since, retry, .. } => {
            let state = match heard {
                Some(heard) => format!("STALE {}", scene.age(*heard)),
                None => format!("DOWN {}", scene.age(*since)),
            };
            line.spans.push(scene.span(Role::Blind, state));
            line.spans.push(Span::raw(format!(", retry in {}", human(retry.since(scene.now)))));
        }
    }
    line
}
