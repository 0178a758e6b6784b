//! The first screen where nothing is configured: which Deployment to look at or to fly, or the demo.
//!
//! Pure like the cockpit's own: a state, a key, a frame. [`crate::tui::terminal`] joins it with a terminal.

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::KeyCode;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::core::text::middle;
use crate::tui::glyph;
use crate::tui::keymap::Chord;
use crate::tui::list::{leaves, window};
use crate::tui::look::Look;
use crate::tui::screen::paint::{Row, clip, pad, put, wrap};
use crate::tui::theme::Role;

/// What can be picked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The Deployment's name.
    pub name: String,
    /// How many pods it should have.
    pub replicas: u32,
    /// Container and image, a pair each.
    pub images: Vec<(String, String)>,
}

/// What was picked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Look at this Deployment.
    Look(String),
    /// Fly it with this image.
    Fly {
        /// The Deployment.
        deployment: String,
        /// The container.
        container: String,
        /// The image.
        image: String,
    },
    /// Run the demo.
    Demo,
    /// Nothing.
    Leave,
}

/// The picker's state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picker {
    /// Where: context and namespace.
    pub place: String,
    /// What there is.
    pub items: Vec<Item>,
    /// What the list is filtered by.
    pub filter: String,
    /// The line under the cursor.
    pub cursor: usize,
    /// The image that is being typed, for the Deployment under the cursor.
    pub image: Option<String>,
}

impl Picker {
    /// The Deployments that the filter leaves.
    fn shown(&self) -> Vec<&Item> {
        self.items.iter().filter(|item| leaves(&self.filter, [item.name.as_str()])).collect()
    }

    fn chosen(&self) -> Option<&Item> {
        let shown = self.shown();
        shown.get(self.cursor.min(shown.len().saturating_sub(1))).copied()
    }

    /// What a key does; something, once somebody has chosen.
    pub fn key(&mut self, chord: Chord) -> Option<Choice> {
        if chord == Chord::ctrl('c') {
            return Some(Choice::Leave);
        }
        if self.image.is_some() {
            return self.type_image(chord);
        }
        let last = self.shown().len().saturating_sub(1);
        match chord.code {
            KeyCode::Esc if self.filter.is_empty() => return Some(Choice::Leave),
            KeyCode::Esc => self.filter.clear(),
            KeyCode::Up => self.cursor = self.cursor.min(last).saturating_sub(1),
            KeyCode::Down => self.cursor = (self.cursor + 1).min(last),
            KeyCode::Enter => return self.chosen().map(|item| Choice::Look(item.name.clone())),
            KeyCode::Tab => {
                self.image = self.chosen().and_then(|item| item.images.first()).map(|(_, image)| image.clone())
            }
            KeyCode::F(1) => return Some(Choice::Demo),
            KeyCode::Backspace => {
                self.filter.pop();
            }
            _ => self.filter.extend(chord.typed().filter(|_| self.filter.len() < 60)),
        }
        self.cursor = self.cursor.min(self.shown().len().saturating_sub(1));
        None
    }

    fn type_image(&mut self, chord: Chord) -> Option<Choice> {
        let image = self.image.as_mut()?;
        match chord.code {
            KeyCode::Esc => self.image = None,
            KeyCode::Backspace => {
                image.pop();
            }
            KeyCode::Enter => {
                let image = image.clone();
                let item = self.chosen()?;
                let (container, serves) = item.images.first()?;
                // The image that serves already is no release.
                if image == *serves || image.trim().is_empty() {
                    return None;
                }
                return Some(Choice::Fly { deployment: item.name.clone(), container: container.clone(), image });
            }
            _ => image.extend(chord.typed().filter(|_| image.len() < 300)),
        }
        None
    }
}

/// One frame.
pub fn draw(picker: &Picker, look: Look, area: Rect) -> Buffer {
    let mut buffer = Buffer::empty(area);
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    let span = |role: Role, text: String| Span::styled(text, look.theme.style(role));
    let mut lines: Vec<Row> = vec![
        Line::from(vec![span(Role::Strong, " glidepath".to_owned()), span(Role::Plain, format!("  {}", picker.place))]),
        Line::from(span(Role::Quiet, " Nothing is configured here. Which Deployment?".to_owned())),
        Line::from(vec![
            span(Role::Quiet, " filter ".to_owned()),
            Span::raw(picker.filter.clone()),
            span(if picker.image.is_none() { Role::Chosen } else { Role::Plain }, " ".to_owned()),
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
    let below = below(picker, look, width);
    let room = height.saturating_sub(lines.len() + below.len());
    let name_width = (width / 3).clamp(8, 48);
    for place in window(shown.len(), picker.cursor, room) {
        let Some(item) = shown.get(place) else { continue };
        let chosen = place == picker.cursor.min(shown.len().saturating_sub(1));
        let image = item.images.first().map(|(_, image)| image.clone()).unwrap_or_default();
        lines.push(Line::from(vec![
            span(Role::Strong, if chosen { glyph::HERE.to_owned() } else { " ".to_owned() }),
            span(if chosen { Role::Chosen } else { Role::Plain }, pad(&middle(&item.name, name_width), name_width)),
            span(Role::Quiet, format!(" {:>5} pods  {image}", item.replicas)),
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

/// The keys, and the image where one is typed.
fn below(picker: &Picker, look: Look, width: usize) -> Vec<Row> {
    let span = |role: Role, text: &str| Span::styled(text.to_owned(), look.theme.style(role));
    let keys = |keys: &[(&str, &str)]| {
        let spans =
            keys.iter().flat_map(|(key, says)| [span(Role::Key, &format!(" {key}")), Span::raw(format!(" {says}  "))]);
        Line::from(spans.collect::<Vec<_>>())
    };
    match &picker.image {
        None => vec![keys(&[("enter", "look at it"), ("tab", "fly it"), ("f1", "run the demo"), ("esc", "leave")])],
        Some(image) => {
            let ask = format!("new image for {}:", picker.chosen().map(|item| item.name.as_str()).unwrap_or_default());
            let mut lines = vec![Line::from(span(Role::Quiet, &format!(" {ask}")))];
            let typed = wrap(&format!("{image}_"), width.saturating_sub(2));
            lines.extend(typed.into_iter().map(|text| Line::from(span(Role::Strong, &format!(" {text}")))));
            lines.push(keys(&[("enter", "fly it, step by step"), ("esc", "back")]));
            lines
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::picture::text;

    fn picker() -> Picker {
        let item = |name: &str| Item {
            name: name.to_owned(),
            replicas: 10,
            images: vec![("app".to_owned(), format!("registry/{name}:1.7.4"))],
        };
        Picker { place: "prod-eu · shop".to_owned(), items: vec![item("cart"), item("checkout")], ..Picker::default() }
    }

    fn press(picker: &mut Picker, keys: &[Chord]) -> Option<Choice> {
        keys.iter().fold(None, |chosen, key| chosen.or_else(|| picker.key(*key)))
    }

    #[test]
    fn enter_looks_and_typing_filters() {
        let mut picker = picker();
        let keys = [Chord::char('h'), Chord::char('e'), Chord::key(KeyCode::Enter)];
        assert_eq!(press(&mut picker, &keys), Some(Choice::Look("checkout".to_owned())));
    }

    #[test]
    fn a_flight_needs_another_image() {
        let mut picker = picker();
        let (tab, enter) = (Chord::key(KeyCode::Tab), Chord::key(KeyCode::Enter));
        assert_eq!(press(&mut picker, &[tab, enter]), None);
        let keys = [Chord::key(KeyCode::Backspace), Chord::char('5'), enter];
        let choice =
            Choice::Fly { deployment: "cart".into(), container: "app".into(), image: "registry/cart:1.7.5".into() };
        assert_eq!(press(&mut picker, &keys), Some(choice));
    }

    #[test]
    fn one_can_always_leave_and_the_demo_is_one_key_away() {
        assert_eq!(picker().key(Chord::key(KeyCode::Esc)), Some(Choice::Leave));
        assert_eq!(picker().key(Chord::ctrl('c')), Some(Choice::Leave));
        assert_eq!(picker().key(Chord::key(KeyCode::F(1))), Some(Choice::Demo));
        assert_eq!(Picker::default().key(Chord::key(KeyCode::Enter)), None);
    }

    #[test]
    fn every_size_is_drawn() {
        for width in [0u16, 1, 5, 20, 40, 80, 200] {
            for height in [0u16, 1, 2, 5, 24] {
                let _frame = draw(&picker(), Look::default(), Rect::new(0, 0, width, height));
            }
        }
        let shown = text(&draw(&picker(), Look::default(), Rect::new(0, 0, 80, 24)));
        for word in ["prod-eu · shop", "checkout", "registry/cart:1.7.4", "f1 run the demo"] {
            assert!(shown.contains(word), "{shown}");
        }
    }
}
