//! The samples by which a canary is judged, from where they are: each pod's own `/metrics`, or a Prometheus.

mod exposition;

pub use exposition::{Exposition, Family, Kind, ReadError, Reading, Typed, TypedFamily, TypedSeries, read};
