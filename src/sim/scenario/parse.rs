//! Reading a scenario, with errors that name the file and the key.

use std::path::Path;

use super::{Change, Effect, Scenario, Version};
use crate::core::problem::Problem;
use crate::core::text::neutral;

impl Scenario {
    /// Reads the scenario called `name` from the text of its file.
    ///
    /// # Errors
    /// What is wrong, in which line or at which key of which file.
    pub fn parse(name: &str, text: &str) -> Result<Self, Problem> {
        Self::parse_of(&format!("assets/scenarios/{name}.toml"), name, text)
    }

    /// Reads somebody's own scenario, which is called as its file is.
    ///
    /// # Errors
    /// The file cannot be read, or what is wrong in it, as [`Scenario::parse`] says it.
    pub fn read(path: &Path) -> Result<Self, Problem> {
        let file = neutral(&path.display().to_string());
        let text = std::fs::read_to_string(path).map_err(|error| {
            Problem::user(format!("the scenario {file} cannot be read: {error}"))
                .hint("assets/scenarios/healthy.toml in the sources documents every key")
        })?;
        let name = path.file_stem().map(|stem| neutral(&stem.to_string_lossy())).unwrap_or_default();
        Self::parse_of(&file, &name, &text)
    }

    fn parse_of(file: &str, name: &str, text: &str) -> Result<Self, Problem> {
        let mut scenario: Self = toml::from_str(text).map_err(|error| malformed(file, text, &error))?;
        name.clone_into(&mut scenario.name);
        scenario.check().map_err(|what| Problem::user(format!("{file}: {what}")))?;
        Ok(scenario)
    }

    /// What the format alone cannot say. The error names the key.
    fn check(&self) -> Result<(), String> {
        let oneline = !self.summary.is_empty() && !self.summary.contains('\n');
        demand(oneline, || "summary: must be one line".to_owned())?;
        demand(!self.workloads.is_empty(), || "workload: there must be at least one".to_owned())?;
        self.check_workloads()?;
        for version in &self.versions {
            check_version(version)?;
        }
        if let Some(release) = &self.release {
            let unknown = release.workloads.iter().find(|name| self.workload(name).is_none());
            demand(unknown.is_none(), || format!("release.workloads: there is no workload {unknown:?}"))?;
        }
        for (at, fault) in self.faults.iter().enumerate() {
            self.check_effect(&fault.effect).map_err(|what| format!("fault[{at}].effect.{what}"))?;
            let fits = match (fault.lasts, fault.every) {
                (lasts, Some(every)) => !every.is_zero() && lasts.is_some_and(|lasts| lasts < every),
                (_, None) => true,
            };
            demand(fits, || format!("fault[{at}].every: must be longer than `for`, which it needs"))?;
        }
        let exit = self.expect.outcome.exit_code();
        demand(self.expect.exit == exit, || format!("expect.exit: the exit code of this outcome is {exit}"))
    }

    fn check_workloads(&self) -> Result<(), String> {
        for workload in &self.workloads {
            let key = |key: &str| format!("workload {:?}: {key}", workload.name);
            let named = !workload.name.is_empty() && !workload.version.is_empty();
            demand(named, || key("name and version must not be empty"))?;
            let same = self.workloads.iter().filter(|other| other.name == workload.name).count();
            demand(same == 1, || key("name: is taken by another workload"))?;
            demand((0.0..=1.0).contains(&workload.kept), || key("kept: must be a share, from 0 to 1"))?;
            demand((0.0..=5_000.0).contains(&workload.rate), || key("rate: must be from 0 to 5000"))?;
            demand(!workload.kept_for.is_zero(), || key("kept_for: must be longer than nothing"))?;
        }
        Ok(())
    }

    fn check_effect(&self, effect: &Effect) -> Result<(), String> {
        match effect {
            Effect::Behave(change) => check_change(change),
            Effect::Autoscale { workload, .. } => {
                let scales = self.workload(workload).is_some_and(|workload| workload.autoscaler);
                demand(scales, || format!("autoscale.workload: there is no workload {workload:?} with an autoscaler"))
            }
            Effect::PutBack { within, .. } => {
                demand(!within.is_zero(), || "put-back.within: must be longer than nothing".to_owned())
            }
            Effect::Unready(_) | Effect::Metrics(_) | Effect::ApiDown => Ok(()),
        }
    }
}

fn check_version(version: &Version) -> Result<(), String> {
    let key = |key: &str| format!("version {:?}: {key}", version.tag);
    demand(!version.tag.is_empty(), || "version: tag must not be empty".to_owned())?;
    demand((0.0..=1.0).contains(&version.errors), || key("errors: must be a share, from 0 to 1"))?;
    let rising = !version.median.is_zero() && version.p95 > version.median;
    demand(rising, || key("p95: must be longer than the median, which must not be nothing"))
}

fn check_change(change: &Change) -> Result<(), String> {
    let share = change.errors.is_none_or(|errors| (0.0..=1.0).contains(&errors));
    demand(share, || "behave.errors: must be a share, from 0 to 1".to_owned())?;
    let both = change.median.is_some() == change.p95.is_some() && change.median <= change.p95;
    demand(both, || "behave.p95: median and p95 go together, and p95 is the longer one".to_owned())
}

fn demand(fine: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if fine { Ok(()) } else { Err(what()) }
}

fn malformed(file: &str, text: &str, error: &toml::de::Error) -> Problem {
    let start = error.span().map_or(0, |span| span.start);
    let before = text.get(..start).unwrap_or_default();
    let number = before.matches('\n').count();
    let line = text.lines().nth(number).unwrap_or_default().trim();
    Problem::user(format!("{file}:{}: {} (in `{line}`)", number + 1, neutral(error.message())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "summary = \"nothing\"\n[expect]\noutcome = \"promoted\"\nexit = 0\n";

    fn error(text: &str) -> String {
        Scenario::parse("x", text).expect_err("it is wrong").to_string()
    }

    #[test]
    fn what_is_not_said_is_the_default_world() {
        let scenario = Scenario::parse("x", GOOD).expect("it is right");
        assert_eq!(scenario.workloads.len(), 1);
        assert_eq!(scenario.workloads[0].service_names(), ["checkout"]);
        assert_eq!(scenario.cluster.namespace, "shop");
    }

    #[test]
    fn errors_name_the_file_and_the_key() {
        assert!(error("sumary = \"\"").starts_with("assets/scenarios/x.toml:1: unknown field `sumary`"));
        let wrong_type = error(&format!("{GOOD}[[workload]]\nreplicas = \"ten\"\n"));
        assert!(wrong_type.contains("x.toml:6") && wrong_type.contains("replicas"), "{wrong_type}");
        let exit = error(&GOOD.replace("exit = 0", "exit = 3"));
        assert_eq!(exit, "assets/scenarios/x.toml: expect.exit: the exit code of this outcome is 0");
        let share = error(&format!("{GOOD}[[version]]\ntag = \"2\"\nerrors = 5.0\n"));
        assert!(share.contains("version \"2\": errors"), "{share}");
    }

    #[test]
    fn a_fault_says_when_and_what() {
        let text = format!(
            "{GOOD}[[fault]]\nwhen = {{ canary_share = 25 }}\neffect = {{ behave = {{ errors = 0.05 }} }}\n\
             [[fault]]\nwhen = \"rollback\"\neffect = \"api-down\"\nfor = \"3m\"\n"
        );
        let scenario = Scenario::parse("x", &text).expect("it is right");
        assert!(matches!(scenario.faults[0].effect, Effect::Behave(Change { errors: Some(_), .. })));
        let endless = text.replace("for = \"3m\"", "every = \"3m\"");
        assert!(error(&endless).contains("fault[1].every"));
    }

    #[test]
    fn an_unknown_command_lists_the_known_ones() {
        let order = "[[operator]]\nwhen = { after_start = \"1s\" }\nwho = \"dana\"\ncommand = \"promot\"\n";
        let said = error(&format!("{GOOD}{order}"));
        assert!(said.contains("promot") && said.contains("promote --full"), "{said}");
    }
}
