//! The past on the screen: which recording, which moment of it, and the way back to the present.

use std::sync::Arc;
use std::time::Duration;

use super::Cockpit;
use crate::core::inquiry::Question;
use crate::core::time::Time;
use crate::engine::tape::Tape;
use crate::tui::allowed::allowed;
use crate::tui::keymap::Action;
use crate::tui::model::Model;
use crate::tui::screen::status;
use crate::tui::travel::{Meanwhile, Travel, Way};
use crate::tui::update::{begin_to_look_back, inquire, look_again};
use crate::tui::view::View;

impl Cockpit {
    /// Goes to another moment. The past of a release that flies is read from its journal first.
    pub(super) fn go(&mut self, way: Way) {
        match &mut self.travel {
            Some(travel) => {
                if !travel.go(way) {
                    self.travel = None;
                }
                self.look_at_the_past();
            }
            None if way == Way::Earlier => {
                let path = self.snapshot.journal.path.clone();
                if path.is_empty() {
                    let who = &self.snapshot.driver.who;
                    let why =
                        format!("only {who} has the journal of this release; view journal tells what was decided");
                    return self.model.refuse(why);
                }
                let ask = inquire(&mut self.model, Question::Tape(path));
                self.perform(vec![ask]);
            }
            None if way == Way::Present => {}
            None => self.model.refuse("the screen shows the present; [ looks at the past"),
        }
    }

    pub(super) fn on_tape(&mut self, tape: Result<Arc<Tape>, String>) {
        let tape = match tape {
            Ok(tape) => tape,
            Err(why) => return self.model.refuse(format!("it cannot be looked at: {why}")),
        };
        self.travel = Some(if !self.has_present {
            Travel::through(tape)
        } else if tape.release() == self.snapshot.plan.release {
            Travel::into_the_past(tape)
        } else {
            Travel::beside(tape)
        });
        if self.model.view == View::Releases {
            self.model.view = View::Now;
        }
        let outs = begin_to_look_back(&mut self.model);
        self.perform(outs);
        self.look_at_the_past();
    }

    pub(super) fn plays(&self) -> bool {
        self.travel.as_ref().is_some_and(Travel::plays)
    }

    pub(super) fn play(&mut self, passed: Duration) {
        if self.travel.as_mut().is_some_and(|travel| travel.play(passed)) {
            self.look_at_the_past();
        } else {
            self.mark();
        }
    }

    /// Makes the picture of the moment that is to be shown.
    pub(super) fn look_at_the_past(&mut self) {
        self.past = self.travel.as_ref().and_then(Travel::picture);
        look_again(&mut self.model, self.past.as_ref());
        self.mark();
    }

    /// Says where in time the screen is, and what goes on meanwhile.
    pub(super) fn mark(&mut self) {
        let meanwhile = (self.has_present && self.travel.is_some()).then(|| Meanwhile {
            mode: status::mode_of(&self.snapshot).1,
            rollback: allowed(Action::Rollback, &self.snapshot, &Model::default()),
        });
        self.model.travel = self.travel.as_ref().map(|travel| travel.mark(meanwhile));
    }

    /// The time of what is shown.
    pub(super) fn now(&self) -> Time {
        self.travel.as_ref().map_or_else(|| self.clock.now(), Travel::now)
    }
}
