//! The scenarios that are compiled into the program.

use super::Scenario;
use crate::core::problem::Problem;

macro_rules! library {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../assets/scenarios/", $name, ".toml")))),*]
    };
}

const LIBRARY: &[(&str, &str)] = library![
    "healthy",
    "error-spike",
    "latency-creep",
    "memory-leak",
    "crash-loop",
    "image-missing",
    "no-room",
    "sticky-connections",
    "metrics-outage",
    "metrics-lost",
    "api-outage",
    "stuck-stable",
    "late-collapse",
    "dead-on-arrival",
    "low-traffic",
    "flapping-metric",
    "common-outage",
    "gitops-fight",
    "gitops-rollback",
    "bad-yesterday",
    "tars",
];

/// The names of all scenarios, in the order in which they are shown.
pub fn names() -> impl Iterator<Item = &'static str> {
    LIBRARY.iter().map(|(name, _)| *name)
}

/// The scenario of that name.
///
/// # Errors
/// There is none of that name: the problem names the nearest and all that there are.
pub fn embedded(name: &str) -> Result<Scenario, Problem> {
    match LIBRARY.iter().find(|(known, _)| *known == name) {
        Some((name, text)) => Scenario::parse(name, text),
        None => Err(unknown(name)),
    }
}

fn unknown(name: &str) -> Problem {
    let all = names().collect::<Vec<_>>().join(", ");
    let nearest = names().map(|known| (strsim::jaro_winkler(known, name), known)).max_by(|a, b| a.0.total_cmp(&b.0));
    let problem = Problem::user(format!("there is no scenario {:?}", crate::core::text::neutral(name)));
    match nearest {
        Some((likeness, known)) if likeness > 0.8 => problem.hint(format!("did you mean `{known}`?")),
        _ => problem,
    }
    .hint(format!("the scenarios are {all}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scenario_reads() {
        for name in names() {
            let scenario = embedded(name).expect(name);
            assert_eq!(scenario.name, name);
        }
    }

    #[test]
    fn every_file_is_in_the_library() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/scenarios");
        let files = std::fs::read_dir(folder).expect("the folder is there");
        let mut stems: Vec<_> = files
            .map(|file| file.expect("an entry").path().file_stem().expect("a name").to_string_lossy().into_owned())
            .collect();
        stems.sort();
        let mut known: Vec<_> = names().collect();
        known.sort_unstable();
        assert_eq!(stems, known);
    }

    #[test]
    fn a_misspelt_name_is_answered_with_the_nearest() {
        let problem = embedded("helthy").expect_err("there is none");
        assert_eq!(problem.hints[0], "did you mean `healthy`?");
    }

    /// The head comment of `healthy.toml` shows every key: taken out of its comment, it must read.
    #[test]
    fn the_documented_format_is_the_real_one() {
        let text = LIBRARY[0].1;
        let shown: String =
            text.lines().filter_map(|line| line.strip_prefix("#|")).map(|line| format!("{line}\n")).collect();
        let scenario = Scenario::parse("shown", &shown).expect("the format that is shown reads");
        assert!(scenario.faults.len() >= 6 && scenario.release.is_some() && !scenario.operator().is_empty());
    }
}
