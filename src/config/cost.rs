//! `[cost]`: what a canary's pods cost.

use crate::config::reader::Table;
use crate::config::value::{not_negative, text};
use crate::core::cost::Price;

/// Reads `[cost]`. Without a price no cost is told.
pub fn cost(table: &Table<'_>) -> Option<Price> {
    let pod_hour = table.get("pod_hour", not_negative);
    let currency = table.or("currency", "USD".to_owned(), text);
    pod_hour.map(|pod_hour| Price { pod_hour, currency })
}
