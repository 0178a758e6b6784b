//! The line above everything while the past is on the screen: nobody may take it for the present.

use ratatui::text::Line;

use crate::core::time::human;
use crate::tui::keymap::Action;
use crate::tui::screen::Scene;
use crate::tui::screen::paint::{Row, first_fit};
use crate::tui::theme::Role;
use crate::tui::travel::Way;

/// The line; none in the present.
pub fn line(scene: &Scene<'_>, width: usize) -> Option<Row> {
    let mark = scene.model.travel.as_ref()?;
    let word = if mark.live { "THE PAST" } else { "RECORDED" };
    let place = format!("moment {} of {}", mark.number, mark.of);
    let motion = match mark.playing {
        Some(speed) => format!("plays ×{speed}"),
        None => "stands".to_owned(),
    };
    let key = |way| scene.keymap.key(Action::Travel(way));
    let out = if mark.live { "   esc returns to now" } else { "" };
    let keys = format!("{} {} decisions   space plays{out}", key(Way::Earlier), key(Way::Later));
    // A recording may be of another day, and its age from now says nothing about it.
    let at = if mark.live {
        format!("{} UTC, {} before now", mark.at.clock(), human(scene.present.since(mark.at)))
    } else {
        let stamp = mark.at.to_string();
        format!("{} {} UTC", stamp.get(..10).unwrap_or_default(), mark.at.clock())
    };
    let bar = |text: String| {
        let text = crate::tui::screen::paint::pad(&text, width);
        Line::from(scene.span(Role::Chosen, text))
    };
    let lines = [
        format!(" {word} {at}   {place}, {motion}   {keys}"),
        format!(" {word} {at}   {place}, {motion}{out}"),
        format!(" {word} {at}   {place}{out}"),
        format!(" {word} {at}{out}"),
        format!(" {word} {}", mark.at.clock()),
        word.to_owned(),
    ];
    let fitting = lines.iter().find(|text| unicode_width::UnicodeWidthStr::width(text.as_str()) <= width);
    Some(first_fit(vec![bar(fitting.or(lines.last()).cloned().unwrap_or_default())], width))
}
