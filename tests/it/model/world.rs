//! The interleaving of one seed: who does what when, what the network makes of it, and what must hold.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::time::Duration;

use glidepath::cluster::hand::{self, Write};
use glidepath::core::act::{Act, ActFault, ActOutcome};
use glidepath::core::command::{Answer as Said, Command, Seen as Looked, Verb};
use glidepath::core::event::Event;
use glidepath::core::lease::{Bid, Claim, Holder, LOOK, Leave, RENEW, Record, Tenure, bid};
use glidepath::core::letter::{Letter, Receipt, receive};
use glidepath::core::plan::{HpaPlan, Plan, ServicePlan};
use glidepath::core::sample::{Batch, PodSamples, Sample};
use glidepath::core::snapshot::{Outcome, StepState};
use glidepath::core::state::State;
use glidepath::core::time::Time;
use glidepath::core::verdict::{DataState, Verdict};
use glidepath::core::view::{
    ClusterView, HpaView, Link, PodView, ServiceView, SetView, TemplateOwner, Track, WorkloadView,
};
use serde_json::Value;

mod checks;
mod faults;
mod sight;

use super::process::{Driving, Process, UnderWay};
use super::server::{Answer, Landed, Page, Server, is_pinned, replicas, spot};
pub use faults::KINDS;
use faults::{Dice, Nap, kind};

/// Stable's pods.
const N: u32 = 4;

/// Faults stop at this moment, in milliseconds.
const CALM: u64 = 30_000;

/// By then everything must have come to its end.
const END: u64 = 110_000;

/// How long a request waits for its answer.
const PATIENCE: u64 = 2_000;

/// A request's errand.
#[derive(Clone, Debug)]
enum Errand {
    Lease,
    WriteLease { over: Option<Record>, epoch: (String, u64), sent: u64 },
    Begin { tenure: Tenure, record: Record },
    WritePage(Box<Page>, Option<u64>),
    Letters,
    TakeLetter(Box<Letter>),
    AnswerLetter(Said),
    Read(u64),
    Write(u64, Box<Write>, bool, &'static str),
}

/// What a new driver begins with: the page and its version, the epoch on the objects, its lease.
type Beginning = (Option<(u64, Page)>, u64, Tenure, Record);

enum Reply {
    Lease(Option<Record>),
    Wrote(Option<Record>, u64),
    Begun(Box<Beginning>),
    PageWritten(Option<u64>),
    Letters(Vec<Letter>),
    Taken(bool, Box<Letter>),
    Nothing,
    Objects(u64, Vec<Option<Value>>),
    Landed(u64, Answer),
    Silence(u64),
}

enum Happens {
    Tick(usize),
    Arrives(usize, u32, Errand, bool),
    Comes(usize, u32, Reply),
    Crash(usize),
    Start(usize),
    Stop(usize, u64),
    Say(Verb),
}

/// What was seen over many seeds.
#[derive(Debug, Default)]
pub struct Seen {
    pub take_overs: u64,
    pub rolled_back: u64,
    pub promoted: u64,
    pub fenced: u64,
    /// Writes of an older driver that came to an object that a newer one had written, by kind.
    pub late: BTreeMap<&'static str, u64>,
    pub commands: u64,
    pub refused_letters: u64,
}

impl Seen {
    pub fn add(&mut self, other: &Seen) {
        self.take_overs += other.take_overs;
        self.rolled_back += other.rolled_back;
        self.promoted += other.promoted;
        self.fenced += other.fenced;
        for (kind, times) in &other.late {
            *self.late.entry(kind).or_default() += times;
        }
        self.commands += other.commands;
        self.refused_letters += other.refused_letters;
    }
}

pub struct World {
    seed: u64,
    dice: Dice,
    plan: Plan,
    now: u64,
    server: Server,
    processes: Vec<Process>,
    queue: BinaryHeap<Reverse<(u64, u64)>>,
    happens: BTreeMap<u64, Happens>,
    next: u64,
    next_act: u64,
    /// The views of the last seconds, for watches that lag.
    views: Vec<(u64, ClusterView)>,
    /// The requests and failures of each side, as pods would count them.
    canary_is_bad: bool,
    passed: BTreeSet<usize>,
    obeyed: BTreeMap<String, u32>,
    ordered: bool,
    /// Whether a person said not to wait.
    promoted: bool,
    ended: Option<Outcome>,
    /// Which write a driver falls asleep over, while nobody has yet.
    nap: Option<Nap>,
    /// It is played at least so long.
    until: u64,
    seen: Seen,
    telling: bool,
}

impl World {
    pub fn new(seed: u64) -> Self {
        let mut dice = Dice(seed.wrapping_mul(0xA24B_AED4_963E_E407) ^ 0x5DEE_CE66);
        let mut plan = sight::plan();
        // Some fly beside a baseline, with the same dice.
        if seed.is_multiple_of(3) {
            plan = crate::toy::with_baseline(plan);
        }
        let nap = Nap::of(seed);
        let mut server = Server::new(&plan.workloads[0].stable_template, N);
        if nap.as_ref().is_some_and(Nap::is_about_an_autoscaler) {
            plan = sight::with_autoscaler(plan);
            server.add_autoscaler(N / 2);
        }
        let hour = 3_600_000;
        let skew = [0, hour, -hour][dice.roll(3) as usize];
        let processes = vec![Process::new("ada", 0), Process::new("bob", skew)];
        let mut world = Self {
            seed,
            canary_is_bad: dice.chance(30),
            dice,
            plan,
            now: 0,
            server,
            processes,
            queue: BinaryHeap::new(),
            happens: BTreeMap::new(),
            next: 0,
            next_act: 0,
            views: Vec::new(),
            passed: BTreeSet::new(),
            obeyed: BTreeMap::new(),
            ordered: false,
            promoted: false,
            ended: None,
            nap,
            until: CALM,
            seen: Seen::default(),
            telling: false,
        };
        for process in 0..2 {
            let first = world.dice.roll(400);
            world.at(first, Happens::Tick(process));
        }
        world.plan_faults();
        world
    }

    /// Prints what happens.
    pub fn tell(mut self) -> Self {
        self.telling = true;
        self
    }

    fn note(&self, text: impl FnOnce() -> String) {
        if self.telling {
            println!("{:>7} {}", self.now, text());
        }
    }

    fn at(&mut self, at: u64, what: Happens) {
        self.next += 1;
        self.queue.push(Reverse((at, self.next)));
        self.happens.insert(self.next, what);
    }

    /// Plays the interleaving to its end, checking all the while.
    pub fn play(mut self) -> Seen {
        while let Some(Reverse((at, number))) = self.queue.pop() {
            if at > END || (self.ended.is_some() && at > self.until) {
                break;
            }
            self.now = at;
            let Some(what) = self.happens.remove(&number) else { continue };
            let writes = self.server.log.len();
            match what {
                Happens::Tick(process) => self.tick(process),
                Happens::Arrives(process, incarnation, errand, answered) => {
                    self.arrive(process, incarnation, errand, answered);
                }
                Happens::Comes(process, incarnation, reply) => self.reply(process, incarnation, reply),
                Happens::Crash(process) => {
                    self.note(|| format!("{} dies", self.processes[process].name));
                    self.processes[process].crash();
                }
                Happens::Start(process) => self.processes[process].up = true,
                Happens::Stop(process, until) => self.processes[process].stopped_until = until,
                Happens::Say(verb) => self.say(verb),
            }
            if self.server.log.len() > writes {
                self.check_writes(writes);
                self.views.push((self.now, self.view()));
            }
        }
        self.check_end();
        self.seen
    }

    // ------------------------------------------------------------ the network

    fn send(&mut self, process: usize, errand: Errand) {
        let incarnation = self.processes[process].incarnation;
        let calm = self.now >= CALM;
        let lost = !calm && self.dice.chance(4);
        let twice = !calm && self.dice.chance(2);
        let answered = calm || !self.dice.chance(4);
        let delay = |dice: &mut Dice| 5 + if dice.chance(85) { dice.roll(60) } else { dice.roll(1_500) };
        if let Errand::Read(act) | Errand::Write(act, ..) = &errand {
            // Whoever hears nothing in time knows nothing.
            let silence = Reply::Silence(*act);
            self.at(self.now + PATIENCE, Happens::Comes(process, incarnation, silence));
        }
        if lost {
            return;
        }
        let at = self.now + delay(&mut self.dice);
        if twice {
            let again = at + delay(&mut self.dice);
            self.at(again, Happens::Arrives(process, incarnation, errand.clone(), answered));
        }
        self.at(at, Happens::Arrives(process, incarnation, errand, answered));
    }

    fn arrive(&mut self, process: usize, incarnation: u32, errand: Errand, answered: bool) {
        let me = Holder {
            id: format!("{}-{incarnation}", self.processes[process].name),
            who: self.processes[process].name.to_owned(),
        };
        let reply = match errand {
            Errand::Lease => Reply::Lease(self.server.lease.clone()),
            Errand::WriteLease { over, epoch, sent } => {
                Reply::Wrote(self.server.write_lease(over.as_ref(), Some(me), epoch), sent)
            }
            Errand::Begin { tenure, record } => {
                Reply::Begun(Box::new((self.server.page.clone(), self.epoch_on_objects(), tenure, record)))
            }
            Errand::WritePage(page, over) => Reply::PageWritten(self.server.write_page(over, *page)),
            Errand::Letters => Reply::Letters(self.server.letters.values().cloned().collect()),
            Errand::TakeLetter(letter) => {
                let epoch = self.driving(process).map_or(0, |driving| driving.epoch);
                Reply::Taken(self.server.take_letter(&letter, epoch), letter)
            }
            Errand::AnswerLetter(answer) => {
                if let Some(letter) = self.server.letters.get_mut(&answer.id) {
                    letter.answered = true;
                }
                Reply::Nothing
            }
            Errand::Read(act) => {
                let spots = self.driving(process).and_then(|driving| {
                    let under_way = driving.under_way.get(&act)?;
                    hand::reads(&self.plan, &under_way.act).get(under_way.place).cloned()
                });
                let objects = spots.unwrap_or_default();
                Reply::Objects(act, objects.iter().map(|spot| self.server.objects.get(spot).cloned()).collect())
            }
            Errand::Write(act, write, rolling, kind) => {
                let known = self.driving_of(process, incarnation).or_else(|| self.epoch_of_deleted(&write));
                let epoch = epoch_of(&write, known);
                let late = self.server.newest_on(write.spot()) > epoch;
                let answer = self.server.write(&write, epoch, rolling);
                if answer == Answer::Done {
                    self.take_note_of(kind);
                }
                if late && answer == Answer::Overtaken {
                    *self.seen.late.entry(kind).or_default() += 1;
                }
                self.note(|| format!("{} (epoch {epoch}) writes: {write:?}: {answer:?}", self.processes[process].name));
                Reply::Landed(act, answer)
            }
        };
        if answered {
            let back = self.now + 5 + self.dice.roll(60);
            self.at(back, Happens::Comes(process, incarnation, reply));
        }
    }

    fn driving(&self, process: usize) -> Option<&Driving> {
        self.processes[process].driving.as_ref()
    }

    /// The epoch under which an incarnation writes: a dead one's last request carries its own.
    fn driving_of(&self, process: usize, incarnation: u32) -> Option<u64> {
        let known = &self.processes[process];
        known.driving.as_ref().filter(|_| known.incarnation == incarnation).map(|driving| driving.epoch)
    }

    /// A deletion names no epoch but the revision that its sender read, and with it the epoch that stood there.
    fn epoch_of_deleted(&self, write: &Write) -> Option<u64> {
        let Write::Delete(spot, version) = write else { return None };
        let object = self.server.objects.get(spot)?;
        let text = object["metadata"]["annotations"]["glidepath.dev/epoch"].as_str()?;
        (object["metadata"]["resourceVersion"] == **version).then(|| text.rsplit('/').next()?.parse().ok()).flatten()
    }

    fn epoch_on_objects(&self) -> u64 {
        let epoch = |object: &Value| {
            let text = object["metadata"]["annotations"]["glidepath.dev/epoch"].as_str()?;
            text.rsplit_once('/')?.1.parse().ok()
        };
        self.server.objects.values().filter_map(epoch).max().unwrap_or(0)
    }

    // ------------------------------------------------------------ the processes

    fn tick(&mut self, process: usize) {
        let gap = 400 + self.dice.roll(300);
        self.at(self.now + gap, Happens::Tick(process));
        let known = &self.processes[process];
        if !known.up {
            return;
        }
        if known.stopped_until > self.now {
            return;
        }
        if known.driving.is_some() { self.drive(process) } else { self.look_on(process) }
    }

    fn look_on(&mut self, process: usize) {
        if self.ended.is_some() {
            return;
        }
        let known = &mut self.processes[process];
        if known.waiting.is_some_and(|since| self.now < since + PATIENCE) {
            return;
        }
        known.waiting = Some(self.now);
        let standing = known.following.standing(&known.me().id);
        if bid(&standing, Claim::Vacant) == Bid::Take {
            let over = known.following.record().cloned();
            let before = over.as_ref().map_or(0, |record| record.epoch_of(&self.plan.release));
            let epoch = (self.plan.release.clone(), before.max(self.epoch_on_objects()) + 1);
            self.send(process, Errand::WriteLease { over, epoch, sent: self.now });
        } else if self.dice.chance(80) || LOOK < Duration::from_secs(1) {
            self.send(process, Errand::Lease);
        } else {
            self.processes[process].waiting = None;
        }
    }

    fn drive(&mut self, process: usize) {
        let now = self.processes[process].clock(self.now);
        let view = self.lagging_view(now);
        let batch = self.dice.chance(60).then(|| self.batch(now));
        let plan = self.plan.clone();
        let Some(driving) = self.processes[process].driving.as_mut() else { return };
        if let Leave::Lost(_) = driving.tenure.leave(now)
            && !driving.is_rolling_back()
        {
            self.note(|| format!("{} drives no more", self.processes[process].name));
            self.processes[process].driving = None;
            return;
        }
        if let Some(view) = view {
            driving.view = view;
        }
        if driving.view.links.is_empty() {
            return;
        }
        driving.batch = batch;
        let rolling_before = driving.is_rolling_back();
        let (acts, events) = driving.turn(&plan, now);
        let rolling = driving.is_rolling_back();
        let state = driving.state.clone();
        let renew = self.now >= driving.renewed + RENEW.as_millis() as u64;
        let (record, epoch, version) = (driving.record.clone(), driving.epoch, driving.page_version);
        if renew {
            driving.renewed = self.now;
        }
        let answers: Vec<Said> = driving.answers.drain(..).collect();
        self.take_note(process, &events, &answers, state.as_ref(), now);
        for act in acts {
            self.begin_act(process, act);
        }
        if renew {
            let epoch = (self.plan.release.clone(), epoch);
            self.send(process, Errand::WriteLease { over: Some(record), epoch, sent: self.now });
        }
        for answer in answers {
            self.send(process, Errand::AnswerLetter(answer));
        }
        self.send(process, Errand::Letters);
        let over = state.as_ref().and_then(|state| state.ended.clone());
        if let Some(state) = state
            && (rolling != rolling_before || self.dice.chance(50) || over.is_some())
            && !over.as_ref().is_some_and(|ended| ended.outcome == Outcome::Refused)
        {
            let page = Box::new(Page { state, epoch, at: now });
            self.send(process, Errand::WritePage(page, version));
        }
        if let Some(ended) = over {
            self.note(|| format!("{} ends: {:?}", self.processes[process].name, ended.outcome));
            if ended.outcome == Outcome::Refused {
                self.seen.fenced += 1;
            } else {
                self.ended = Some(ended.outcome);
            }
            self.processes[process].driving = None;
        }
    }

    fn begin_act(&mut self, process: usize, act: Act) {
        self.next_act += 1;
        let id = self.next_act;
        let since = self.now;
        let began = self.processes[process].clock(since);
        if let Some(driving) = self.processes[process].driving.as_mut() {
            driving
                .under_way
                .insert(id, UnderWay { act, place: 0, read: Vec::new(), outcomes: Vec::new(), since, began });
            self.send(process, Errand::Read(id));
        }
    }

    fn reply(&mut self, process: usize, incarnation: u32, reply: Reply) {
        let known = &mut self.processes[process];
        if known.incarnation != incarnation || !known.up {
            return;
        }
        if known.stopped_until > self.now {
            // It lies in the socket until the process goes on.
            let later = known.stopped_until;
            self.at(later, Happens::Comes(process, incarnation, reply));
            return;
        }
        let now = known.clock(self.now);
        match reply {
            Reply::Lease(record) => {
                known.waiting = None;
                match &mut known.driving {
                    None => known.following.see(record, now),
                    Some(driving) => {
                        if driving.tenure.found(record.as_ref(), now)
                            && let Some(record) = record
                        {
                            driving.record = record;
                        }
                    }
                }
            }
            Reply::Wrote(Some(record), sent) => self.lease_written(process, record, sent),
            Reply::Wrote(None, _) => self.send(process, Errand::Lease),
            Reply::Begun(begun) => self.begin(process, *begun),
            Reply::PageWritten(version) => {
                let newest = self.server.page.as_ref().map(|(version, _)| *version);
                if let Some(driving) = &mut known.driving {
                    // One that was overtaken by itself reads again; one by a newer driver finds out by its lease.
                    driving.page_version = version.or(newest);
                }
            }
            Reply::Letters(letters) => letters.into_iter().for_each(|letter| self.open(process, letter)),
            Reply::Taken(true, letter) => self.hand_over(process, *letter),
            Reply::Taken(false, _) | Reply::Nothing => {}
            Reply::Objects(act, objects) => self.objects_read(process, act, objects),
            Reply::Landed(act, answer) => {
                let outcome = match answer {
                    Answer::Done => ActOutcome::Confirmed { wrote: true },
                    Answer::Overtaken => {
                        ActOutcome::Failed { kind: ActFault::Conflict, why: "somebody wrote in between".into() }
                    }
                };
                self.part_done(process, act, outcome);
            }
            Reply::Silence(act) => {
                let due = self.driving(process).and_then(|driving| driving.under_way.get(&act));
                if due.is_some_and(|under_way| self.now >= under_way.since + PATIENCE) {
                    self.part_done(process, act, ActOutcome::Unknown { why: "no answer".into() });
                }
            }
        }
    }

    fn lease_written(&mut self, process: usize, record: Record, sent: u64) {
        let known = &mut self.processes[process];
        known.waiting = None;
        let sent = known.clock(sent);
        match &mut known.driving {
            Some(driving) => {
                driving.tenure.renewed(sent);
                driving.record = record;
            }
            None => {
                let epoch = record.epoch_of(&self.plan.release);
                let tenure = Tenure::begin(known.me(), &self.plan.release, epoch, sent);
                known.waiting = Some(self.now);
                self.send(process, Errand::Begin { tenure, record });
            }
        }
    }

    /// The lease is ours: goes on from the newest page, or from the beginning.
    fn begin(
        &mut self,
        process: usize,
        (page, on_objects, tenure, record): (Option<(u64, Page)>, u64, Tenure, Record),
    ) {
        let take_over = self.dice.chance(30);
        let known = &mut self.processes[process];
        if known.driving.is_some() || self.ended.is_some() {
            return;
        }
        known.waiting = None;
        let written = page.as_ref().map_or(0, |(_, page)| page.epoch);
        let epoch = record.epoch_of(&self.plan.release);
        if on_objects.max(written) >= epoch {
            // Somebody is ahead: the lease is taken again, with more.
            known.following = Default::default();
            return;
        }
        // A clock that is behind what was written goes on from there.
        let wrote = page.as_ref().map(|(_, page)| page.at).filter(|at| *at > known.clock(self.now));
        if let Some(started) = wrote {
            known.skew += started.since(known.clock(self.now)).as_millis() as i64;
        }
        let now = known.clock(self.now);
        let tenure = if wrote.is_some() { Tenure::begin(known.me(), &self.plan.release, epoch, now) } else { tenure };
        let (state, version) = match page {
            Some((version, page)) => {
                if page.state.ended.as_ref().is_some_and(|ended| ended.outcome != Outcome::Held) {
                    self.ended = page.state.ended.map(|ended| ended.outcome);
                    return;
                }
                (page.state.woken(take_over.then_some("the take-over"), now), Some(version))
            }
            None => (State::new(&self.plan, now), None),
        };
        self.seen.take_overs += u64::from(epoch > 1);
        self.note(|| format!("{} drives, epoch {epoch}, {:?}", self.processes[process].name, state.phase));
        let driving = Driving::begin(&self.plan, state, epoch, tenure, record, version, self.now);
        self.processes[process].driving = Some(driving);
    }

    // ------------------------------------------------------------ acts

    fn objects_read(&mut self, process: usize, act: u64, objects: Vec<Option<Value>>) {
        let now = self.processes[process].clock(self.now);
        let plan = self.plan.clone();
        let Some(driving) = self.processes[process].driving.as_mut() else { return };
        let rolling = driving.is_rolling_back();
        let Some(under_way) = driving.under_way.get(&act).filter(|under_way| under_way.read.is_empty()) else { return };
        let kind = kind(&under_way.act.verb);
        let when = hand::When { began: under_way.began, now, certainty: driving.tenure.leave(now).certainty() };
        let written = hand::write(&driving.fence, &plan, &under_way.act, under_way.place, &objects, when);
        match written {
            // The lease is looked at before an act begins; what is under way goes out, and the fence decides.
            Ok(write) => {
                if let Some(under_way) = driving.under_way.get_mut(&act) {
                    under_way.read = objects;
                    under_way.since = self.now;
                }
                let errand = Errand::Write(act, Box::new(write), rolling, kind);
                match self.nap.take_if(|nap| nap.is_over(kind)) {
                    Some(nap) => self.fall_asleep(process, nap, act, errand),
                    None => self.send(process, errand),
                }
            }
            Err(outcome) => self.part_done(process, act, outcome),
        }
    }

    fn part_done(&mut self, process: usize, act: u64, outcome: ActOutcome) {
        let plan = self.plan.clone();
        let Some(driving) = self.processes[process].driving.as_mut() else { return };
        if driving.part_done(act, outcome, &plan) {
            if let Some(under_way) = driving.under_way.get_mut(&act) {
                under_way.since = self.now;
            }
            self.send(process, Errand::Read(act));
        }
    }

    // ------------------------------------------------------------ letters

    fn say(&mut self, verb: Verb) {
        let id = format!("letter-{}", self.server.letters.len());
        let rollback = verb == Verb::Rollback;
        let seen = Looked {
            release: Some(self.plan.release.clone()),
            epoch: (!rollback && self.now < CALM).then(|| self.server.page.as_ref().map_or(1, |(_, page)| page.epoch)),
            ..Looked::default()
        };
        self.ordered |= rollback && self.ended.is_none();
        let command = Command { id: id.clone(), verb, by: "dana".into(), at: Time::from_millis(0), reason: None, seen };
        let letter = Letter {
            name: id.clone(),
            id: id.clone(),
            version: "0".into(),
            command: Ok(command),
            taken: None,
            answered: false,
        };
        self.server.letters.insert(id, letter);
    }

    fn open(&mut self, process: usize, letter: Letter) {
        let Some(driving) = self.processes[process].driving.as_mut() else { return };
        match receive(&letter, driving.epoch, &driving.in_work) {
            Receipt::Leave => {}
            Receipt::Obey => self.hand_over(process, letter),
            Receipt::Take => {
                driving.in_work.insert(letter.id.clone());
                self.send(process, Errand::TakeLetter(Box::new(letter)));
            }
            Receipt::Refuse(why) => {
                driving.in_work.insert(letter.id.clone());
                driving.answers.push_back(Said { id: letter.id, outcome: Err(why) });
                self.seen.refused_letters += 1;
            }
        }
    }

    fn hand_over(&mut self, process: usize, letter: Letter) {
        if let (Some(driving), Ok(command)) = (self.processes[process].driving.as_mut(), letter.command) {
            let rollback = command.verb == Verb::Rollback;
            if driving.in_work.insert(letter.id) || !rollback {
                driving.commands.push(command);
            }
        }
    }
}

/// Whose write it is: what it marks the object with, else what its sender drives under.
fn epoch_of(write: &Write, driving: Option<u64>) -> u64 {
    let text = match write {
        Write::Patch(_, patch) => serde_json::to_string(patch).unwrap_or_default(),
        Write::Create(_, body) => body.to_string(),
        Write::Delete(..) => String::new(),
    };
    let marks = text.match_indices("checkout-r1/").filter_map(|(place, found)| {
        let digits: String = text[place + found.len()..].chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    });
    marks.max().or(driving).unwrap_or(0)
}
