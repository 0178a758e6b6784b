//! Serde for amounts that are written as Kubernetes quantities.

use serde::{Deserialize, Deserializer};

use crate::sim::quantity::Quantity;

/// `250m`, `2`: processor time.
pub fn cpu<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Quantity, D::Error> {
    let text = String::deserialize(deserializer)?;
    let amount = Quantity::parse(&text).filter(|amount| *amount >= Quantity::default());
    amount.ok_or_else(|| serde::de::Error::custom(format!("{text:?} is not a quantity; write it as 250m or 512Mi")))
}

/// `512Mi`: bytes.
pub fn bytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    cpu(deserializer).map(|amount| u64::try_from(amount.units()).unwrap_or(0))
}

/// `512Mi`, where nothing may be said.
pub fn some_bytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    bytes(deserializer).map(Some)
}
