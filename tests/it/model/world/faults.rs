//! What goes wrong, by the dice of the seed.

use glidepath::core::act::ActVerb;

use super::*;

/// The writes that a driver may fall asleep over.
pub const KINDS: [&str; 12] = [
    "mark",
    "create",
    "scale up",
    "raise the autoscaler",
    "drop the owner",
    "pin",
    "roll stable",
    "unpin",
    "restore stable",
    "scale down",
    "delete",
    "clear marks",
];

/// What kind of write an act is.
pub fn kind(verb: &ActVerb) -> &'static str {
    match verb {
        ActVerb::Fence => "mark",
        ActVerb::CreateCanary | ActVerb::CreateBaseline => "create",
        ActVerb::ScaleCanary { replicas: 0 } | ActVerb::ScaleBaseline { replicas: 0 } => "scale down",
        ActVerb::ScaleCanary { .. } | ActVerb::ScaleBaseline { .. } => "scale up",
        ActVerb::RaiseHpa { .. } => "raise the autoscaler",
        ActVerb::RestoreHpa { .. } => "put the autoscaler back",
        ActVerb::DropOwner => "drop the owner",
        ActVerb::TakeOwner => "take the owner back",
        ActVerb::Pin { .. } => "pin",
        ActVerb::Unpin { .. } => "unpin",
        ActVerb::RollStable => "roll stable",
        ActVerb::RestoreStable => "restore stable",
        ActVerb::DeleteCanary | ActVerb::DeleteBaseline => "delete",
        ActVerb::ClearMarks => "clear marks",
    }
}

/// A driver stands still between its reading and its writing, with the write in its hand, and longer than its lease lasts. In
/// every second seed one does, over one kind of write.
#[derive(Clone, Debug)]
pub struct Nap {
    kind: &'static str,
    long: u64,
    /// When somebody says to roll back, where only a rollback brings such a write.
    back: Option<Back>,
}

/// When somebody says to roll back.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Back {
    At(u64),
    OnceRolled,
}

impl Nap {
    /// The nap of a seed, by dice of its own: what else happens is as it would be without.
    pub fn of(seed: u64) -> Option<Self> {
        let mut dice = Dice(seed.wrapping_mul(0xD6E8_FEB8_6659_FD93));
        let kind = *KINDS.get((seed / 8) as usize % KINDS.len())?;
        let back = match kind {
            "restore stable" => Some(Back::OnceRolled),
            "scale down" => Some(Back::At(3_000 + dice.roll(9_000))),
            _ => None,
        };
        (seed / 4 % 2 == 1).then(|| Self { kind, long: 11_000 + dice.roll(9_000), back })
    }

    /// Whether it is to be fallen asleep over this kind of write.
    pub fn is_over(&self, kind: &str) -> bool {
        self.kind == kind
    }

    /// Whether it takes an autoscaler.
    pub fn is_about_an_autoscaler(&self) -> bool {
        self.kind == "raise the autoscaler"
    }
}

/// A small generator, so that a seed is an interleaving.
pub struct Dice(pub(super) u64);

impl Dice {
    pub fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % below
    }

    pub fn chance(&mut self, percent: u64) -> bool {
        self.roll(100) < percent
    }
}

impl World {
    pub(super) fn plan_faults(&mut self) {
        for process in 0..2 {
            for _ in 0..self.dice.roll(3) {
                let at = 1_000 + self.dice.roll(CALM - 2_000);
                if self.dice.chance(50) {
                    let down = 500 + self.dice.roll(6_000);
                    self.at(at, Happens::Crash(process));
                    self.at((at + down).min(CALM), Happens::Start(process));
                } else {
                    let until = (at + 500 + self.dice.roll(14_000)).min(CALM);
                    self.at(at, Happens::Stop(process, until));
                }
            }
        }
        for _ in 0..self.dice.roll(4) {
            let at = 500 + self.dice.roll(CALM);
            let verb = match self.dice.roll(5) {
                0 | 1 => Verb::Rollback,
                2 => Verb::Pause,
                3 => Verb::Promote { full: false, over: false },
                _ => Verb::Resume,
            };
            self.at(at, Happens::Say(verb));
        }
        if let Some(Back::At(back)) = self.nap.as_ref().and_then(|nap| nap.back) {
            self.at(back, Happens::Say(Verb::Rollback));
        }
        // Whoever was paused by a take-over or a person is resumed in the end.
        for again in 0..4 {
            self.at(CALM + 15_000 + again * 10_000, Happens::Say(Verb::Resume));
        }
        for process in 0..2 {
            self.at(CALM, Happens::Start(process));
        }
    }

    /// A write has landed, of this kind.
    pub(super) fn take_note_of(&mut self, kind: &str) {
        let back = self.nap.as_ref().and_then(|nap| nap.back);
        if kind == "roll stable" && back == Some(Back::OnceRolled) {
            self.at(self.now + 100, Happens::Say(Verb::Rollback));
        }
    }

    /// What it has in its hand goes out when it wakes, and the answer finds it awake.
    pub(super) fn fall_asleep(&mut self, process: usize, nap: Nap, act: u64, errand: Errand) {
        let (incarnation, until) = (self.processes[process].incarnation, self.now + nap.long);
        self.note(|| format!("{} falls asleep over: {}", self.processes[process].name, nap.kind));
        self.processes[process].stopped_until = until;
        self.until = self.until.max(until + 2 * PATIENCE);
        self.at(until, Happens::Arrives(process, incarnation, errand, true));
        self.at(until + PATIENCE, Happens::Comes(process, incarnation, Reply::Silence(act)));
    }
}
