//! What a person sees and presses: the cockpit, and the plain front.
//!
//! A loop of the Elm kind. [`model`] is the state of the screen alone; [`update`] turns a key into a new model and into
//! what is to be sent; [`screen`] draws (snapshot, model, theme, now) and nothing else. [`run`] joins them with a
//! stream of events and a terminal, and awaits no IO. [`plain`] and [`picture`] show the same snapshot without a terminal.

pub mod allowed;
pub mod curtain;
pub mod detail;
pub mod edit;
pub mod export;
pub mod figure;
pub mod fold;
pub mod glyph;
pub mod harm;
pub mod hear;
pub mod input;
pub mod keymap;
pub mod list;
pub mod look;
pub mod model;
pub mod picker;
pub mod picture;
pub mod plain;
pub mod ranking;
pub mod recorded;
pub mod recording;
pub mod remains;
pub mod rows;
pub mod run;
pub mod screen;
pub mod see;
pub mod sift;
pub mod stakes;
pub mod standing;
pub mod subject;
pub mod terminal;
pub mod theme;
pub mod travel;
pub mod tree;
pub mod trend;
pub mod update;
pub mod usage;
pub mod view;
pub mod waiting;
