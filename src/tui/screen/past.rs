//! The line above everything while the past is on the screen, and the keys that move in it: nobody may take it for the
//! present.

use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::core::time::human;
use crate::tui::keymap::Action;
use crate::tui::screen::Scene;
use crate::tui::screen::paint::{Row, clip, first_fit, pad};
use crate::tui::theme::Role;
use crate::tui::travel::{Mark, Way};

/// The line; none in the present.
pub fn line(scene: &Scene<'_>, width: usize) -> Option<Row> {
    let mark = scene.model.travel.as_ref()?;
    let word = if mark.own { "THE PAST" } else { "RECORDED" };
    let at = at(scene, mark);
    let place = format!("moment {} of {}", mark.number, mark.of);
    let motion = match mark.playing {
        Some(speed) => format!("plays ×{speed}"),
        None => "stands".to_owned(),
    };
    let out = if mark.live { "   esc returns" } else { "" };
    // What the release does meanwhile is worth more than where in the recording one is.
    let meanwhile = mark.meanwhile.as_ref().map(|now| format!("   now {}", now.mode)).unwrap_or_default();
    let lines = [
        format!(" {word} {at}{meanwhile}   {place}, {motion}{out} to now"),
        format!(" {word} {at}{meanwhile}   {place}, {motion}{out}"),
        format!(" {word} {at}{meanwhile}   {place}, {motion}"),
        format!(" {word} {}{meanwhile}   {}/{}, {motion}", mark.at.clock(), mark.number, mark.of),
        format!(" {word} {}{meanwhile}", mark.at.clock()),
        format!(" {word} {}", mark.at.clock()),
        word.to_owned(),
    ];
    let fits = |text: &&String| UnicodeWidthStr::width(text.as_str()) <= width;
    let from = usize::from(!mark.live);
    let text = lines.iter().skip(from).find(fits).or(lines.last()).cloned().unwrap_or_default();
    let bar = Line::from(scene.span(Role::Chosen, pad(&text, width)));
    Some(first_fit(vec![bar], width))
}

/// A recording may be of another day, and its age from now says nothing about it.
fn at(scene: &Scene<'_>, mark: &Mark) -> String {
    if mark.own {
        return format!("{} UTC, {} before now", mark.at.clock(), human(scene.present.since(mark.at)));
    }
    let stamp = mark.at.to_string();
    format!("{} {} UTC", stamp.get(..10).unwrap_or_default(), mark.at.clock())
}

/// The keys that move in it, as one hint; none in the present.
pub fn keys(scene: &Scene<'_>, width: usize) -> Option<Row> {
    let mark = scene.model.travel.as_ref()?;
    let key = |action| scene.keymap.key(action);
    let pair = |one, other| format!("{} {}", key(Action::Travel(one)), key(Action::Travel(other)));
    let arrows = match (key(Action::Left).as_str(), key(Action::Right).as_str()) {
        ("left", "right") => "← →".to_owned(),
        (left, right) => format!("{left} {right}"),
    };
    let play = if mark.playing.is_some() { "stop" } else { "play" };
    let may_roll_back = mark.meanwhile.as_ref().is_some_and(|now| now.rollback.is_ok());
    // In order of what survives longest where it is narrow.
    let parts = [
        Some((pair(Way::Earlier, Way::Later), "decisions")),
        mark.live.then(|| (key(Action::Back), "to now")),
        may_roll_back.then(|| (key(Action::Rollback), "roll back now")),
        Some((arrows, "moments")),
        Some((key(Action::PauseOrResume), play)),
        Some((key(Action::Help), "all keys")),
        Some((key(Action::Quit), "quit")),
        Some((pair(Way::Slower, Way::Faster), "speed")),
    ];
    let mut line = Line::default();
    for (key, words) in parts.into_iter().flatten().filter(|(key, _)| !key.trim().is_empty()) {
        let hint = [
            Span::raw(if line.spans.is_empty() { " " } else { "  " }),
            scene.span(Role::Key, key),
            Span::raw(format!(" {words}")),
        ];
        if line.width() + hint.iter().map(Span::width).sum::<usize>() <= width {
            line.spans.extend(hint);
        }
    }
    Some(clip(line, width))
}
