//! Logs that are followed. Scrolling stops the follow, and the caption says so and counts what has come since.

use std::collections::BTreeSet;

use ratatui::text::{Line, Span};

use crate::core::text::middle;
use crate::tui::detail::LogPane;
use crate::tui::figure::{count, plural};
use crate::tui::glyph;
use crate::tui::list::leaves;
use crate::tui::screen::Scene;
use crate::tui::screen::paint::{Row, clip};
use crate::tui::screen::view::caption;
use crate::tui::theme::Role;

/// The caption, then the lines up to where the pane was scrolled to.
pub fn lines(scene: &Scene<'_>, pane: &LogPane, width: usize, height: usize) -> Vec<Row> {
    let mut says = Line::from(scene.span(Role::Strong, middle(&pane.title, width / 3)));
    if pane.previous() {
        says.spans.push(scene.span(Role::Strong, ", the run before"));
    }
    let mut lines = vec![caption(scene, &pane.filter, says, standing(scene, pane), width)];
    for (pod, why) in pane.troubles.iter().take(2) {
        let mut line = Line::from(Span::raw(" "));
        line.spans.extend(scene.state(glyph::ALERT, &format!("{}: {why}", middle(pod, 32)), Role::Warn).spans);
        lines.push(clip(line, width));
    }
    if pane.dropped > 0 {
        let text = format!(" {} older lines were dropped", count(pane.dropped));
        lines.push(scene.line(Role::Quiet, text));
    }
    let pods: BTreeSet<&str> = pane.asks.iter().map(|ask| ask.pod.as_str()).collect();
    let shown =
        pane.lines.iter().rev().filter(|(_, line)| pane.filter.is_empty() || leaves(&pane.filter, [line.as_str()]));
    let room = height.saturating_sub(lines.len());
    let mut newest: Vec<Row> = shown
        .skip(pane.back)
        .take(room)
        .map(|(pod, line)| log_line(scene, (pods.len() > 1).then_some(pod.as_str()), line, pane.left, width))
        .collect();
    if newest.is_empty() {
        newest.push(scene.line(
            Role::Quiet,
            match (pane.heard, pane.filter.is_empty()) {
                (false, _) => " asking the API server …",
                (true, true) => " it has written nothing",
                (true, false) => " no line has these words",
            },
        ));
    }
    newest.reverse();
    lines.extend(newest);
    lines
}

/// Whether it follows; else how far from the end one is, and what has come since.
fn standing(scene: &Scene<'_>, pane: &LogPane) -> Row {
    let all_ended = !pane.asks.is_empty() && pane.ended.len() >= pane.asks.len();
    if pane.back == 0 {
        return scene.line(Role::Quiet, if all_ended { "it has ended" } else { "follows" });
    }
    let new = if pane.unseen > 0 { format!(", {}", plural(pane.unseen, "new line")) } else { String::new() };
    scene.line(Role::Strong, format!("STOPPED {} from the end{new}; G follows", count(pane.back as u64)))
}

fn log_line(scene: &Scene<'_>, pod: Option<&str>, text: &str, left: usize, width: usize) -> Row {
    const POD: usize = 14;
    let mut line = Line::from(Span::raw(" "));
    if let Some(pod) = pod {
        // The end of a pod's name tells it from its siblings.
        let end: String = pod.chars().skip(pod.chars().count().saturating_sub(5)).collect();
        line.spans.push(scene.span(Role::Quiet, crate::tui::screen::paint::pad(&end, POD.min(width / 4).min(6))));
    }
    let text: String = if left == 0 { text.to_owned() } else { text.chars().skip(left).collect() };
    line.spans.push(Span::raw(text));
    clip(line, width)
}
