//! `[rules.NAME.odds]`: when odds suspect and when they convict.

use std::ops::RangeInclusive;

use toml::de::DeValue;

use crate::config::fault::Wrong;
use crate::config::reader::Table;
use crate::config::value::{number, span};
use crate::core::rule::OddsRule;

/// Odds beyond this are never reached by anything that is counted.
const HIGHEST: f64 = 1e12;

/// Reads the table of a rule that is judged by odds. With `shared` the threshold is what `alpha_release` makes of it.
pub fn odds(rule: &Table<'_>, shared: bool) -> Option<OddsRule> {
    let default = OddsRule::default();
    rule.table("odds", |table| {
        let odds = OddsRule {
            rollback: table.or("rollback", default.rollback, to_one(2.0..=HIGHEST)),
            suspicion: table.or("suspicion", default.suspicion, to_one(1.0..=HIGHEST)),
            rho: table.or("rho", default.rho, number(1.0..=100.0)),
            cap: table.or("cap", default.cap, number(2.0..=HIGHEST)),
            floor: table.or("floor", default.floor, number(0.0..=1.0)),
            warm_up: table.or("warm_up", default.warm_up, span),
        };
        if shared && table.has("rollback") {
            let what = "stands beside rules.alpha_release, which gives each rule its odds; give one or the other";
            table.fault("rollback", Wrong::new(what));
        }
        if odds.suspicion > odds.rollback && table.has("suspicion") {
            table.fault("suspicion", Wrong::new("is above `rollback`: there would be nothing to suspect"));
        }
        if odds.cap >= odds.rollback && table.has("cap") {
            table.fault("cap", Wrong::new("is not below `rollback`: a single reading would decide"));
        }
        Some(odds)
    })
}

/// Odds to one: `1000`, `"1000:1"`.
fn to_one(range: RangeInclusive<f64>) -> impl FnOnce(&DeValue<'_>) -> Result<f64, Wrong> {
    move |value| {
        let Some(text) = value.as_str() else { return number(range)(value) };
        let odds = text.trim().strip_suffix(":1").and_then(|odds| odds.trim().parse().ok());
        let odds = odds.filter(|odds| range.contains(odds));
        odds.ok_or_else(|| Wrong::new(format!("{text:?} are no odds such as \"1000:1\" or 1000")))
    }
}
