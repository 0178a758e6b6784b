//! What still holds while the API server stays away, what a key does meanwhile, and what can be done by hand: for whoever looks
//! at a screen on which nothing moves.

use std::time::Duration;

use ratatui::text::{Line, Span};

use crate::core::plan::Kind;
use crate::core::snapshot::Mode;
use crate::tui::keymap::Action;
use crate::tui::screen::Scene;
use crate::tui::screen::paint::{Row, wrap};
use crate::tui::theme::Role;

/// The API server may be away for a moment; after so long somebody asks what to do.
const AWAY: Duration = Duration::from_secs(60);

/// The columns of the label.
const LABEL: usize = 10;

/// At most `most` lines, what matters most first; none while the API server answers, and none where nobody here drives.
pub fn lines(scene: &Scene<'_>, width: usize, most: usize) -> Vec<Row> {
    let snapshot = scene.snapshot;
    let away = snapshot.sources.get("api").and_then(|link| link.lost_since());
    let long = away.is_some_and(|since| scene.now.since(since) >= AWAY);
    if !long || !snapshot.driver.here || snapshot.ended.is_some() || snapshot.mode == Mode::Idle {
        return Vec::new();
    }
    let width = width.saturating_sub(LABEL + 1);
    let wrapped = |texts: Vec<String>| texts.iter().flat_map(|text| wrap(text, width)).collect::<Vec<_>>();
    // A sentence is told whole or not at all: half a command is none.
    let fits = ways(scene).into_iter().map(wrapped).find(|lines| lines.len() <= most).unwrap_or_default();
    fits.into_iter()
        .enumerate()
        .map(|(place, text)| {
            let label = if place == 0 { " advice   " } else { "          " };
            Line::from(vec![scene.span(Role::Quiet, label), Span::raw(text)])
        })
        .collect()
}

/// All of it, and what is left of it where there is less room.
fn ways(scene: &Scene<'_>) -> Vec<Vec<String>> {
    let holds = "traffic stays as it is; writes wait for an answer".to_owned();
    let key = scene.keymap.key(Action::Rollback);
    let takes_keys = !scene.snapshot.read_only && scene.snapshot.rollback.is_none();
    let sent = takes_keys.then(|| format!("{key} now: the rollback is tried until it answers"));
    let hand = match &sent {
        Some(sent) => format!("{sent}; or then by hand:"),
        None => "by hand, when it answers:".to_owned(),
    };
    let least = if takes_keys { format!("{key} is tried until it answers") } else { holds.clone() };
    let in_a_line = if takes_keys { format!("traffic stays; {least}") } else { holds.clone() };
    let without_hand = std::iter::once(holds.clone()).chain(sent).collect();
    vec![vec![holds.clone(), hand, by_hand(scene)], without_hand, vec![in_a_line], vec![least]]
}

/// The command that brings traffic back. While a Service is pinned, and while stable itself is rolled, no single write does: the
/// order matters, and our own command keeps it.
fn by_hand(scene: &Scene<'_>) -> String {
    let snapshot = scene.snapshot;
    let plan = &snapshot.plan;
    let pinned = snapshot.workloads.iter().any(|workload| !workload.pinned.is_empty());
    let by_pods = plan.kind == Kind::Release && !pinned && snapshot.mode != Mode::Finishing && snapshot.step.is_some();
    match plan.workloads.as_slice() {
        [one] if by_pods => format!("kubectl -n {} scale deploy/{} --replicas=0", plan.namespace, one.canary),
        [one, ..] => format!("glidepath rollback deploy/{} -n {}", one.name, plan.namespace),
        [] => format!("glidepath rollback -n {}", plan.namespace),
    }
}
