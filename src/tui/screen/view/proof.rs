//! Before a rollback: what it would do, and the lines that would prove it.

use crate::core::proof::LineKind;
use crate::tui::keymap::Action;
use crate::tui::screen::Scene;
use crate::tui::screen::paint::Row;
use crate::tui::screen::view::fact;
use crate::tui::theme::Role;

/// What each line of a proof says; the stream and the journal call it by the term.
fn says(line: LineKind) -> &'static str {
    match line {
        LineKind::Accepted => "the API server has taken the write",
        LineKind::Observed => "the Services route to stable pods only (EndpointSlices)",
        LineKind::CanaryZero => "the canary is measured to get no request, or no canary pod exists",
        LineKind::StableCapacity => "stable has all its Ready pods",
        LineKind::SloInside => "stable's own rules pass again",
    }
}

/// The lines.
pub fn lines(scene: &Scene<'_>, width: usize) -> Vec<Row> {
    let key = scene.keymap.key(Action::Rollback);
    let mut lines = vec![
        scene.line(Role::Strong, " Nothing is being rolled back."),
        scene.line(Role::Plain, format!(" {key} opens the rollback's dialog, from here and from anywhere.")),
        Row::default(),
    ];
    let offer = scene.snapshot.offers.iter().find(|offer| offer.command == "rollback");
    if let Some(Ok(would)) = offer.map(|offer| &offer.would) {
        lines.push(scene.rule("if it were rolled back now", Row::default(), width));
        lines.extend(would.iter().flat_map(|(label, text)| fact(scene, label, text, Role::Plain, width, 2)));
        lines.push(Row::default());
    }
    lines.push(scene.rule("what would prove it, with a clock on each line", Row::default(), width));
    for line in LineKind::ALL {
        let text = format!("{}: {} ({line})", line.words(), says(line));
        lines.extend(fact(scene, line.word().split(' ').next().unwrap_or_default(), &text, Role::Plain, width, 2));
    }
    lines
}
