//! Time travel: which moment of a recording is on the screen, and how it moves.

use std::sync::Arc;
use std::time::Duration;

use crate::core::snapshot::Snapshot;
use crate::core::time::Time;
use crate::engine::tape::Tape;

/// How much faster than it was a recording can be played.
const SPEEDS: [u32; 8] = [1, 2, 5, 10, 30, 60, 120, 600];

/// The speed at which playing begins.
const USUAL: usize = 3;

/// A way to another moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    /// The decision before.
    Earlier,
    /// The decision after.
    Later,
    /// One moment back.
    Back,
    /// One moment on.
    On,
    /// To the first moment.
    First,
    /// To the last.
    Last,
    /// Play, or stop.
    Play,
    /// Play faster.
    Faster,
    /// Play slower.
    Slower,
    /// To the present, where there is one.
    Present,
}

/// What the screen says about where in time it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The moment that is shown.
    pub at: Time,
    /// Its number, from 1.
    pub number: usize,
    /// Of how many.
    pub of: usize,
    /// How fast it plays; `None`: it stands.
    pub playing: Option<u32>,
    /// Whether there is a present to go back to.
    pub live: bool,
    /// Whether it is the past of the very release that flies, and no other recording.
    pub own: bool,
    /// What the release that flies does meanwhile; `None`: nothing flies beside this recording.
    pub meanwhile: Option<Meanwhile>,
}

/// What goes on while the past is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meanwhile {
    /// The word for it.
    pub mode: String,
    /// Whether it can be rolled back now; else why not.
    pub rollback: Result<(), String>,
}

/// A recording with the place that is shown.
#[derive(Debug)]
pub struct Travel {
    tape: Arc<Tape>,
    place: usize,
    playing: bool,
    speed: usize,
    /// The time in the recording, while it plays.
    clock: Time,
    live: bool,
    own: bool,
}

impl Travel {
    /// A recording from its first moment on, with no present.
    pub fn through(tape: Arc<Tape>) -> Self {
        Self::begun(tape, 0)
    }

    /// Another recording, looked at while a release flies.
    pub fn beside(tape: Arc<Tape>) -> Self {
        Self { live: true, ..Self::begun(tape, 0) }
    }

    /// The past of a release that flies, at the last decision before now.
    pub fn into_the_past(tape: Arc<Tape>) -> Self {
        let place = tape.decision(tape.len(), false);
        Self { live: true, own: true, ..Self::begun(tape, place) }
    }

    fn begun(tape: Arc<Tape>, place: usize) -> Self {
        let clock = tape.at(place);
        Self { tape, place, playing: false, speed: USUAL, clock, live: false, own: false }
    }

    /// Goes a way; whether the recording is still what is shown.
    pub fn go(&mut self, way: Way) -> bool {
        let last = self.tape.len().saturating_sub(1);
        let (playing, place) = match way {
            Way::Earlier => (false, self.tape.decision(self.place, false)),
            // After the last decision of a release that flies comes the present.
            Way::Later if self.own && self.place >= last => return false,
            Way::Later => (false, self.tape.decision(self.place, true)),
            Way::Back => (false, self.place.saturating_sub(1)),
            Way::On => (false, (self.place + 1).min(last)),
            Way::First => (false, 0),
            Way::Last => (false, last),
            Way::Play if self.place >= last => (!self.playing, if self.playing { self.place } else { 0 }),
            Way::Play => (!self.playing, self.place),
            Way::Faster | Way::Slower => {
                let next = if way == Way::Faster { self.speed + 1 } else { self.speed.saturating_sub(1) };
                self.speed = next.min(SPEEDS.len() - 1);
                (self.playing, self.place)
            }
            Way::Present => return !self.live,
        };
        self.playing = playing;
        self.place = place;
        if way != Way::Faster && way != Way::Slower {
            self.clock = self.tape.at(place);
        }
        true
    }

    /// Lets the recording play for this long, by the wall's clock. Whether another moment is shown than before.
    pub fn play(&mut self, passed: Duration) -> bool {
        if !self.playing {
            return false;
        }
        self.clock = self.clock + passed * self.factor();
        let place = self.tape.place_of(self.clock).max(self.place);
        self.playing = place + 1 < self.tape.len();
        std::mem::replace(&mut self.place, place) != place
    }

    /// Whether it plays.
    pub fn plays(&self) -> bool {
        self.playing
    }

    fn factor(&self) -> u32 {
        SPEEDS.get(self.speed).copied().unwrap_or(1)
    }

    /// The time of the recording.
    pub fn now(&self) -> Time {
        if self.playing { self.clock } else { self.tape.at(self.place) }
    }

    /// The picture of the moment that is shown.
    pub fn picture(&self) -> Option<Snapshot> {
        self.tape.picture(self.place)
    }

    /// What the screen says about it.
    pub fn mark(&self, meanwhile: Option<Meanwhile>) -> Mark {
        Mark {
            at: self.tape.at(self.place),
            number: self.place + 1,
            of: self.tape.len(),
            playing: self.playing.then(|| self.factor()),
            live: self.live,
            own: self.own,
            meanwhile,
        }
    }
}
