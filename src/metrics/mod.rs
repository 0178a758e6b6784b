//! The samples by which a canary is judged, from where they are.
//!
//! [`Scrape`] reads each pod's own `/metrics`, by whatever way to a pod it is given ([`Direct`] is one); [`Prometheus`] asks
//! for what was scraped already. Both say, pod by pod, what they have or why they have nothing, within five seconds and
//! eight MiB, and never give fewer samples than there are without saying so.

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
