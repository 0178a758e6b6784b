//! The bottom: the answer to the last key, and the keys that do something now.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Widget};

use crate::core::snapshot::{Mode, Toggle};
use crate::tui::allowed::{allowed, shows_flight};
use crate::tui::detail::Detail;
use crate::tui::glyph;
use crate::tui::keymap::{Action, Entry};
use crate::tui::model::View;
use crate::tui::screen::Scene;
use crate::tui::screen::paint::{Row, clip, put, wrap_at_most};
use crate::tui::screen::{past, status};
use crate::tui::stakes::{Stakes, Underway};
use crate::tui::theme::Role;

/// The keys of the line on the flight's screen, in order of what survives longest when it is narrow.
const ORDER: [Action; 11] = [
    Action::Rollback,
    Action::Quit,
    Action::Help,
    Action::TakeOver,
    Action::Approve,
    Action::PauseOrResume,
    Action::Promote,
    Action::SkipSettle,
    Action::PinAgain,
    Action::Open,
    Action::Go(View::Flight),
];

/// The same while all traffic is brought back: whoever waits wants to see pods and events, and to know what leaving does.
const GOING_BACK: [Action; 8] = [
    Action::Rollback,
    Action::SkipSettle,
    Action::TakeOver,
    Action::Quit,
    Action::Go(View::Flight),
    Action::Help,
    Action::Go(View::Pods),
    Action::Go(View::Events),
];

/// So many of the first of [`ORDER`] are worth more than the keys of the views, and the others less.
const BEFORE_VIEWS: usize = 5;

/// The same of [`GOING_BACK`], whose first keys are seldom there.
const BACK_BEFORE_VIEWS: usize = 6;

/// The same where something else is shown: what works there comes first.
const BROWSING: [Action; 14] = [
    Action::Rollback,
    Action::Back,
    Action::Help,
    Action::Open,
    Action::Logs,
    Action::Filter,
    Action::Previous,
    Action::Sort,
    Action::Containers,
    Action::CanaryLogs,
    Action::Quit,
    Action::Approve,
    Action::Promote,
    Action::PauseOrResume,
];

/// Why what was asked is not done, and the hint line.
pub fn lines(scene: &Scene<'_>, width: usize) -> Vec<Row> {
    if scene.model.typing && scene.model.modal.is_none() {
        let key = |key: &str, words: &str| [scene.span(Role::Key, key.to_owned()), Span::raw(format!(" {words}   "))];
        let rollback =
            scene.keymap.entry(Action::Rollback).and_then(|entry| entry.keys.iter().find(|key| key.typed().is_none()));
        let mut line = Line::from(Span::raw(" "));
        line.spans.extend(key("type", "to filter, ! first hides"));
        line.spans.extend(key("enter", "keep"));
        line.spans.extend(key("esc", "show all"));
        line.spans.extend(rollback.map(|chord| key(&chord.to_string(), "roll back")).into_iter().flatten());
        return vec![clip(line, width)];
    }
    if scene.model.modal.is_some() {
        // Other keys work now, and the dialog names them.
        return vec![Row::default()];
    }
    let mut lines = Vec::new();
    if let Some(refusal) = &scene.model.refusal {
        for (place, text) in wrap_at_most(refusal, width.saturating_sub(4), 2).into_iter().enumerate() {
            let sign = if place == 0 { glyph::ALERT } else { " " };
            let mut line = Line::from(Span::raw(" "));
            line.spans.extend(scene.state(sign, &text, Role::Warn).spans);
            lines.push(line);
        }
    }
    if let Some(notice) = &scene.model.notice {
        let mut line = Line::from(Span::raw(" "));
        line.spans.extend(scene.state(glyph::PERSON, notice, Role::Person).spans);
        lines.push(clip(line, width));
    }
    lines.push(past::keys(scene, width).unwrap_or_else(|| keys(scene, width)));
    lines
}

/// Draws the lines at the bottom of the area, over whatever is there.
pub fn draw(lines: &[Row], area: Rect, buffer: &mut Buffer) {
    let height = u16::try_from(lines.len()).unwrap_or(area.height).min(area.height);
    let place = Rect { y: area.y + area.height - height, height, ..area };
    Clear.render(place, buffer);
    put(buffer, place, lines);
}

/// The keys that do something now; where they do not all fit, the last of [`ORDER`] go first.
pub fn keys(scene: &Scene<'_>, width: usize) -> Row {
    let works = |action: &&Action| allowed(**action, scene.snapshot, scene.model).is_ok() && matters(scene, **action);
    let mut shown: Vec<Action> = Vec::new();
    let mut used = 0;
    let views = views(scene);
    let (order, before_views) = order(scene);
    for (place, action) in order.iter().enumerate().filter(|(_, action)| works(action)) {
        let wide = hint(scene, *action).width() + if used > 0 { 3 } else { 1 };
        let for_views = views.width() + 3;
        let kept = if place >= before_views && used + for_views <= width { for_views } else { 0 };
        if used + wide + kept <= width || shown.is_empty() {
            used += wide;
            shown.push(*action);
        }
    }
    let mut line = Line::default();
    // On the screen they stand in the order of the table, which is that of the help.
    for entry in scene.keymap.entries().iter().filter(|entry| shown.contains(&entry.action)) {
        line.spans.push(Span::raw(if line.spans.is_empty() { " " } else { "   " }));
        line.spans.extend(hint(scene, entry.action).spans);
    }
    if line.width() + views.width() + 3 <= width {
        line.spans.push(Span::raw("   "));
        line.spans.extend(views.spans);
    }
    clip(line, width)
}

/// The keys in their order, and how many of them come before those of the views: under the tabs, which show them, all do.
fn order(scene: &Scene<'_>) -> (&'static [Action], usize) {
    let flight = matches!(scene.model.view, View::Now | View::Flight);
    match (flight && scene.model.detail.is_none(), scene.snapshot.mode) {
        (true, Mode::RollingBack) => (&GOING_BACK, BACK_BEFORE_VIEWS),
        (true, _) if status::is_restoring(scene.snapshot) => (&GOING_BACK, BACK_BEFORE_VIEWS),
        (true, _) => (&ORDER, BEFORE_VIEWS),
        (false, _) => (&BROWSING, usize::MAX),
    }
}

/// The first and the last key of the views, as long as both are digits.
fn views(scene: &Scene<'_>) -> Row {
    let ends = [View::ALL.first(), View::ALL.last()].map(|view| view.map(|view| scene.keymap.key(Action::Go(*view))));
    match ends {
        [Some(first), Some(last)] if first == "1" && last == "9" => {
            Line::from(vec![scene.span(Role::Key, "1-9"), Span::raw(" views")])
        }
        _ => Row::default(),
    }
}

/// Whether a key that works is worth the room: a key that is never surprising is left to the help.
fn matters(scene: &Scene<'_>, action: Action) -> bool {
    match action {
        Action::Go(View::Flight) => !shows_flight(scene.snapshot),
        Action::Back => scene.model.view != View::Now || scene.model.detail.is_some() || scene.model.travel.is_some(),
        Action::CanaryLogs => scene.model.view == View::Pods && scene.model.detail.is_none(),
        Action::Open => scene.model.opened.is_none() || scene.model.view == View::Pods,
        _ => true,
    }
}

fn hint(scene: &Scene<'_>, action: Action) -> Row {
    // Beside the proof the way back to it has the name and the key of its own view.
    let action = match action {
        Action::Go(View::Flight) if scene.model.view == View::Flight => Action::Go(View::Proof),
        other => other,
    };
    let Some(Entry { hint: Some(words), .. }) = scene.keymap.entry(action) else { return Row::default() };
    let words = match action {
        Action::PauseOrResume if scene.snapshot.pause != Toggle::Off => "resume",
        Action::Rollback if Underway::of(scene.snapshot).is_some() => "finish it",
        Action::Quit if Stakes::of(scene.snapshot) == Stakes::RollingBack && scene.snapshot.ended.is_none() => {
            "leave (this process drives)"
        }
        Action::Open if scene.model.view == View::Pods => "describe",
        Action::Open if scene.model.view == View::Releases => "look at it",
        Action::Open if scene.model.view == View::Plan => "change the steps",
        Action::Previous if matches!(&scene.model.detail, Some(Detail::Logs(pane)) if pane.previous()) => "this run",
        Action::Sort => scene.model.sort.next().words(),
        Action::Containers if scene.model.containers => "fewer containers",
        _ => words,
    };
    let key = scene.keymap.key(action);
    Line::from(vec![scene.span(Role::Key, key), Span::raw(format!(" {words}"))])
}
