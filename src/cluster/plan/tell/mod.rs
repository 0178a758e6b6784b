//! What is no reason to refuse a release, and good to know before its first write.

pub mod behind;
pub mod owners;
pub mod room;
pub mod surroundings;
pub mod weights;

use crate::core::plan::Workload;
use crate::core::text::neutral;

/// Where the pods of a workload are asked for their metrics.
pub fn metrics(workload: &Workload) -> String {
    let name = neutral(&workload.name);
    match &workload.metrics {
        Some(port) => format!("metrics of {name} are read at port {}, path {}", port.port, neutral(&port.path)),
        None => format!("no metrics port was found on the pods of {name}: nothing can be judged by scraping them"),
    }
}
