//! One release and several real processes: a cluster that a third one serves, drivers, and people at other terminals.
//!
//! Everything waits on a condition, with a bound. Leases are kept in real time, whatever the world's speed.

mod attach;
mod lease;
mod over;
mod phases;
mod rescue;
mod screen;
mod stage;
mod state;
mod strange;
mod words;
