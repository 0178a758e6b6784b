//! The first screen where nothing is configured: which Deployment to look at or to fly, or the demo.
//!
//! Pure like the cockpit's own: a state, a key, a frame. [`crate::tui::terminal`] joins it with a terminal.

mod draw;
mod typing;

use ratatui::crossterm::event::KeyCode;

use crate::tui::keymap::Chord;
use crate::tui::list::leaves;
pub use draw::draw;
pub use typing::Typing;

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
    /// The version that is being typed, for the Deployment under the cursor.
    pub typing: Option<Typing>,
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
        if self.typing.is_some() {
            return self.type_version(chord);
        }
        let last = self.shown().len().saturating_sub(1);
        match chord.code {
            KeyCode::Esc if self.filter.is_empty() => return Some(Choice::Leave),
            KeyCode::Esc => self.filter.clear(),
            KeyCode::Up => self.cursor = self.cursor.min(last).saturating_sub(1),
            KeyCode::Down => self.cursor = (self.cursor + 1).min(last),
            KeyCode::Enter => return self.chosen().map(|item| Choice::Look(item.name.clone())),
            KeyCode::Tab => self.typing = self.chosen().filter(|item| !item.images.is_empty()).map(|_| Typing::of(0)),
            KeyCode::F(1) => return Some(Choice::Demo),
            KeyCode::Backspace => {
                self.filter.pop();
            }
            _ => self.filter.extend(chord.typed().filter(|_| self.filter.len() < 60)),
        }
        self.cursor = self.cursor.min(self.shown().len().saturating_sub(1));
        None
    }

    fn type_version(&mut self, chord: Chord) -> Option<Choice> {
        let item = self.chosen()?.clone();
        let typing = self.typing.as_mut()?;
        let (container, runs) = item.images.get(typing.container)?;
        match chord.code {
            KeyCode::Esc => self.typing = None,
            KeyCode::Tab => *typing = Typing::of((typing.container + 1) % item.images.len()),
            KeyCode::Enter => {
                let image = typing.image(runs)?;
                return Some(Choice::Fly { deployment: item.name, container: container.clone(), image });
            }
            _ => typing.key(chord, runs),
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_flight_needs_another_version() {
        let mut picker = picker();
        let (tab, enter) = (Chord::key(KeyCode::Tab), Chord::key(KeyCode::Enter));
        assert_eq!(press(&mut picker, &[tab, enter]), None);
        let version = "1.7.5".chars().map(Chord::char);
        let choice =
            Choice::Fly { deployment: "cart".into(), container: "app".into(), image: "registry/cart:1.7.5".into() };
        assert_eq!(press(&mut picker, &version.chain([enter]).collect::<Vec<_>>()), Some(choice));
    }

    #[test]
    fn each_container_can_be_flown() {
        let mut picker = picker();
        picker.items[0].images.push(("proxy".to_owned(), "envoy:3".to_owned()));
        let (tab, enter) = (Chord::key(KeyCode::Tab), Chord::key(KeyCode::Enter));
        let choice = Choice::Fly { deployment: "cart".into(), container: "proxy".into(), image: "envoy:4".into() };
        assert_eq!(press(&mut picker, &[tab, tab, Chord::char('4'), enter]), Some(choice));
        // The first one comes again after the last, and what was typed for another is not taken along.
        assert_eq!(press(&mut picker, &[tab, enter]), None);
        assert_eq!(press(&mut picker, &[Chord::key(KeyCode::Esc)]), None);
        // A Deployment of which no image is known can be looked at.
        picker.items[0].images.clear();
        assert_eq!(press(&mut picker, &[tab, enter]), Some(Choice::Look("cart".to_owned())));
    }

    #[test]
    fn one_can_always_leave_and_the_demo_is_one_key_away() {
        assert_eq!(picker().key(Chord::key(KeyCode::Esc)), Some(Choice::Leave));
        assert_eq!(picker().key(Chord::ctrl('c')), Some(Choice::Leave));
        assert_eq!(picker().key(Chord::key(KeyCode::F(1))), Some(Choice::Demo));
        assert_eq!(Picker::default().key(Chord::key(KeyCode::Enter)), None);
    }
}
