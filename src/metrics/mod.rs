//! The samples by which a canary is judged, from where they are: each pod's own `/metrics`, or a Prometheus.

mod direct;
mod exposition;
mod harmless;
mod http;
mod prometheus;
mod scrape;

pub use direct::Direct;
pub use exposition::{Exposition, Family, Kind, ReadError, Reading, Typed, TypedFamily, TypedSeries, read};
pub use http::NoAnswer;
pub use prometheus::{Auth, Point, PromError, Prometheus, PrometheusConfig, Secret, Select, Vector, any_of, quote};
pub use scrape::{Exposed, Scrape};
