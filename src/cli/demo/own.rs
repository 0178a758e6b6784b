//! `demo --config FILE`: what a person's own file says of steps, rules, limits and costs goes over what the scenario says.
//!
//! Only a file that is named on the command line counts. One that merely lies about is for the cluster that it was
//! written for, and the demo is for trying things out without it.

use toml::{Table, Value};

use crate::config::File;
use crate::core::problem::Problem;

/// The sections that say how to fly; what flies, and where its metrics are, is the scenario's own.
const SECTIONS: [&str; 4] = ["canary", "rules", "limits", "cost"];

/// The scenario's configuration with a person's own over it. The file must have been found valid by itself.
///
/// # Errors
/// A file that is no TOML.
pub fn over(mut scenario: Table, own: &File) -> Result<Table, Problem> {
    let own: Table = toml::from_str(&own.text)
        .map_err(|error| Problem::user(format!("{} cannot be read: {error}", own.file.display())))?;
    for (section, value) in own.into_iter().filter(|(section, _)| SECTIONS.contains(&section.as_str())) {
        put(&mut scenario, section, value);
    }
    Ok(scenario)
}

/// Tables are joined key by key; anything else replaces what was there.
fn put(under: &mut Table, key: String, value: Value) {
    match (under.get_mut(&key), value) {
        (Some(Value::Table(under)), Value::Table(over)) => {
            for (key, value) in over {
                put(under, key, value);
            }
        }
        (_, value) => drop(under.insert(key, value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Table {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn ones_own_words_go_first_and_what_they_leave_out_stays() {
        let scenario = table("[canary]\nsoak = \"1m\"\nscrape = \"5s\"\n[metrics]\nsource = \"scrape\"\n");
        let own = "[canary]\nsoak = \"10s\"\n[rules.errors]\ntarget = \"2%\"\n[metrics]\nsource = \"prometheus\"\n[cost]\npod_hour = 0.04\n";
        let both = over(scenario, &File { file: "own.toml".into(), text: own.to_owned() }).unwrap();
        let expected = "[canary]\nsoak = \"10s\"\nscrape = \"5s\"\n[metrics]\nsource = \"scrape\"\n[rules.errors]\ntarget = \"2%\"\n[cost]\npod_hour = 0.04\n";
        assert_eq!(both, table(expected));
    }
}
