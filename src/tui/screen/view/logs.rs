//! Logs that are followed. Scrolling stops the follow, and the caption says so and counts what has come since.

use std::collections::BTreeSet;

use ratatui::text::{Line, Span};

use crate::core::text::middle;
use crate::tui::detail::{LogPane, Standing};
use crate::tui::figure::{count, plural};
use crate::tui::glyph;
use crate::tui::screen::Scene;
use crate::tui::screen::paint::{Row, clip, wrap_at_most};
use crate::tui::screen::view::caption;
use crate::tui::theme::Role;

/// The caption, then the lines up to where the pane was scrolled to.
pub fn lines(scene: &Scene<'_>, pane: &LogPane, width: usize, height: usize) -> Vec<Row> {
    let mut says = Line::from(scene.span(Role::Strong, middle(&pane.title, width / 3)));
    if pane.previous() {
        says.spans.push(scene.span(Role::Strong, ", the run before"));
    }
    let mut lines = vec![caption(scene, pane.lines.filter(), says, standing(scene, pane), width)];
    lines.extend(troubles(scene, pane, width));
    if pane.lines.dropped() > 0 {
        let text = format!(" {} older lines were dropped", count(pane.lines.dropped()));
        lines.push(scene.line(Role::Quiet, text));
    }
    let pods: BTreeSet<&str> = pane.asks.iter().map(|ask| ask.pod.as_str()).collect();
    let room = height.saturating_sub(lines.len());
    let shown = pane.lines.newest().skip(pane.back).take(room);
    let mut newest: Vec<Row> = shown
        .map(|line| log_line(scene, (pods.len() > 1).then_some(line.pod.as_str()), &line.text, pane.left, width))
        .collect();
    if newest.is_empty() {
        newest.extend(nothing(pane).map(|text| scene.line(Role::Quiet, text)));
    }
    newest.reverse();
    lines.extend(newest);
    lines
}

/// Why logs cannot be read: of one pod in full, of several the first two with the pod's name.
fn troubles(scene: &Scene<'_>, pane: &LogPane, width: usize) -> Vec<Row> {
    let line = |text: &str| {
        let mut line = Line::from(Span::raw(" "));
        line.spans.extend(scene.state(glyph::ALERT, text, Role::Warn).spans);
        clip(line, width)
    };
    if pane.asks.iter().any(|ask| ask.pod != pane.title) {
        let named = |(pod, why): (&String, &String)| line(&format!("{}: {why}", middle(pod, 32)));
        return pane.troubles.iter().take(2).map(named).collect();
    }
    let all =
        pane.troubles.values().next().map(|why| wrap_at_most(why, width.saturating_sub(4), 2)).unwrap_or_default();
    let more = |text: &String| scene.line(Role::Warn, format!("   {text}"));
    all.first().map(|first| line(first)).into_iter().chain(all.iter().skip(1).map(more)).collect()
}

/// Why no line is shown, where nothing above says so.
fn nothing(pane: &LogPane) -> Option<&'static str> {
    match pane.standing() {
        _ if !pane.heard => Some(" asking the API server …"),
        Standing::AsksAgain | Standing::Unreadable => None,
        _ if !pane.lines.filter().is_empty() => Some(" no line has these words"),
        Standing::Follows => Some(" it has written nothing yet"),
        Standing::Ended => Some(" it wrote nothing"),
    }
}

/// Whether it follows; else how far from the end one is, and what has come since.
fn standing(scene: &Scene<'_>, pane: &LogPane) -> Row {
    if pane.back == 0 {
        let words = match pane.standing() {
            Standing::Follows => "follows",
            Standing::AsksAgain => "asks again",
            Standing::Ended => "it has ended",
            Standing::Unreadable => "nothing to read",
        };
        return scene.line(Role::Quiet, words);
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
