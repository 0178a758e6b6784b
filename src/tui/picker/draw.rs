//! The picker's frame: the list, and below it what the keys do or the version that is typed.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::typing::{Shown, Typing};
use super::{Item, Picker};
use crate::core::image::version;
use crate::core::text::middle;
use crate::tui::glyph;
use crate::tui::list::window;
use crate::tui::look::Look;
use crate::tui::screen::paint::{Row, clip, pad, put, wrap};
use crate::tui::theme::Role;

/// One frame.
pub fn draw(picker: &Picker, look: Look, area: Rect) -> Buffer {
    let mut buffer = Buffer::empty(area);
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    let span = |role: Role, text: String| Span::styled(text, look.theme.style(role));
    let mut lines: Vec<Row> = vec![
        Line::from(vec![span(Role::Strong, " glidepath".to_owned()), span(Role::Plain, format!("  {}", picker.place))]),
        Line::from(span(Role::Quiet, " No configuration: which Deployment?".to_owned())),
        Line::from(vec![
            span(Role::Quiet, " filter ".to_owned()),
            Span::raw(picker.filter.clone()),
            span(if picker.typing.is_none() { Role::Chosen } else { Role::Plain }, " ".to_owned()),
        ]),
    ];
    let shown = picker.shown();
    if shown.is_empty() {
        let text = if picker.items.is_empty() {
            " there is no Deployment in this namespace"
        } else {
            " no name has these letters"
        };
        lines.push(Line::from(span(Role::Quiet, text.to_owned())));
    }
    let below = below(picker, look, width, height);
    let room = height.saturating_sub(lines.len() + below.len());
    let name_width = (width / 3).clamp(8, 48);
    for place in window(shown.len(), picker.cursor, room) {
        let Some(item) = shown.get(place) else { continue };
        let chosen = place == picker.cursor.min(shown.len().saturating_sub(1));
        let pods = format!(" {:>5} pods  ", item.replicas);
        let image = item.images.first().map(|(_, image)| image.as_str()).unwrap_or_default();
        let image = middle(image, width.saturating_sub(1 + name_width + pods.width()));
        lines.push(Line::from(vec![
            span(Role::Strong, if chosen { glyph::HERE.to_owned() } else { " ".to_owned() }),
            span(if chosen { Role::Chosen } else { Role::Plain }, pad(&middle(&item.name, name_width), name_width)),
            span(Role::Quiet, pods + &image),
        ]));
    }
    lines.truncate(height.saturating_sub(below.len()));
    lines.resize(height.saturating_sub(below.len()), Row::default());
    lines.extend(below);
    let lines: Vec<Row> = lines.into_iter().map(|line| clip(line, width)).collect();
    put(&mut buffer, area, &lines);
    glyph::finish(&mut buffer, look.ascii);
    buffer
}

/// The keys, and the version where one is typed: on a small screen that is what stays.
fn below(picker: &Picker, look: Look, width: usize, height: usize) -> Vec<Row> {
    let (Some(typing), Some(item)) = (&picker.typing, picker.chosen()) else {
        let mut keys = keys(&["enter look at it", "tab fly it", "f1 run the demo", "esc leave"], look, width);
        // The head of the page and one Deployment come before the second line of keys.
        keys.truncate(height.saturating_sub(4).max(1));
        return keys;
    };
    let Some((container, runs)) = item.images.get(typing.container) else { return Vec::new() };
    let next = (item.images.len() > 1).then_some("tab next container");
    let offered: Vec<&str> = ["enter fly it, step by step"].into_iter().chain(next).chain(["esc back"]).collect();
    let keys = keys(&offered, look, width);
    let mut lines = question(item, container, runs, look, width);
    lines.truncate(height.saturating_sub(1 + keys.len()));
    lines.push(input(typing, runs, look, width));
    lines.extend(keys);
    lines
}

/// Each key with what it does, in as many lines as they need.
fn keys(offered: &[&str], look: Look, width: usize) -> Vec<Row> {
    let mut lines = vec![Row::default()];
    for text in offered {
        let full = lines.last().is_some_and(|line| !line.spans.is_empty() && line.width() + 1 + text.width() > width);
        if full {
            lines.push(Row::default());
        }
        let (key, does) = text.split_once(' ').unwrap_or((text, ""));
        if let Some(line) = lines.last_mut() {
            line.push_span(Span::styled(format!(" {key}"), look.theme.style(Role::Key)));
            line.push_span(Span::raw(format!(" {does}  ")));
        }
    }
    lines
}

/// What is asked for. The container has a name where the Deployment has several.
fn question(item: &Item, container: &str, runs: &str, look: Look, width: usize) -> Vec<Row> {
    let of = if item.images.len() > 1 { format!("{container} of {}", item.name) } else { item.name.clone() };
    let ask = format!("new version of {of} (now {}):", version(runs));
    let line = |text| Line::from(Span::styled(format!(" {text}"), look.theme.style(Role::Quiet)));
    wrap(&ask, width.saturating_sub(2)).into_iter().map(line).collect()
}

/// The image, its version last. What does not fit is left out of the repository first: whoever types sees what they type.
fn input(typing: &Typing, runs: &str, look: Look, width: usize) -> Row {
    let Shown { stays, version, marked } = typing.shown(runs);
    let version = middle(&version, width.saturating_sub(2));
    let stays = middle(&stays, width.saturating_sub(version.width() + 2));
    let style = |role| look.theme.style(role);
    let (text, cursor) = if marked { (Role::Chosen, Role::Plain) } else { (Role::Strong, Role::Chosen) };
    Line::from(vec![
        Span::raw(" "),
        Span::styled(stays, style(Role::Quiet)),
        Span::styled(version, style(text)),
        Span::styled(" ", style(cursor)),
    ])
}
