//! Free PromQL expressions: what must hold of their value, and the names that are filled into them.
//!
//! An expression names what it asks about by four places: `{namespace}`, `{workload}`, `{canary_pods}` and `{stable_pods}`.
//! Each stands inside a label matcher's quotes, and what is filled in is escaped for exactly that place, so that no name can
//! change the meaning of the expression around it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What must hold of a value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Goal {
    /// On which side of the bound the value must lie.
    pub side: Side,
    /// The bound.
    pub bound: f64,
}

/// A side of a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// `<`
    Below,
    /// `<=`
    AtMost,
    /// `>`
    Above,
    /// `>=`
    AtLeast,
}

impl Side {
    /// Whether larger values are worse.
    pub fn is_upper(self) -> bool {
        matches!(self, Self::Below | Self::AtMost)
    }
}

impl Goal {
    /// Whether a value is what it must be.
    pub fn holds(&self, value: f64) -> bool {
        match self.side {
            Side::Below => value < self.bound,
            Side::AtMost => value <= self.bound,
            Side::Above => value > self.bound,
            Side::AtLeast => value >= self.bound,
        }
    }

    /// Whether a value lies beyond another bound, on the bad side of it.
    pub fn is_worse(&self, value: f64, bound: f64) -> bool {
        if self.side.is_upper() { value > bound } else { value < bound }
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.side {
            Side::Below => "<",
            Side::AtMost => "≤",
            Side::Above => ">",
            Side::AtLeast => "≥",
        };
        write!(f, "{sign} {}", self.bound)
    }
}

/// An expression that is to be asked, for one rule of one workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The rule.
    pub rule: String,
    /// The workload.
    pub workload: String,
    /// The expression, filled in.
    pub promql: String,
}

/// What stands for the names of an expression.
#[derive(Clone, Debug, Default)]
pub struct Names<'a> {
    /// The namespace.
    pub namespace: &'a str,
    /// The Deployment.
    pub workload: &'a str,
    /// The pods of the version that is being released.
    pub canary_pods: Vec<&'a str>,
    /// The pods of the version that served before.
    pub stable_pods: Vec<&'a str>,
}

/// The places that an expression can have.
pub const PLACES: [&str; 4] = ["namespace", "workload", "canary_pods", "stable_pods"];

/// No pod can have this name: it stands for an empty list, where an empty expression would match series without the label.
const NOBODY: &str = "-";

/// Whether an expression asks about the canary's pods.
pub fn names_canary(template: &str) -> bool {
    template.contains("{canary_pods}")
}

/// Looks whether every place of an expression can be filled in.
///
/// # Errors
/// Which place is wrong, and how to write it.
pub fn check(template: &str) -> Result<(), String> {
    fill(template, &Names::default()).map(|_| ())
}

/// Fills the names in.
///
/// # Errors
/// As [`check`].
pub fn fill(template: &str, names: &Names<'_>) -> Result<String, String> {
    let mut filled = String::with_capacity(template.len());
    let mut literal: Option<Literal> = None;
    let mut rest = template;
    while let Some(c) = rest.chars().next() {
        if c == '{'
            && let Some((place, after)) = place(rest)
        {
            let literal = literal.as_ref().ok_or_else(|| {
                format!("{{{place}}} stands outside of quotes; it is for a label's value, as pod=~\"{{canary_pods}}\"")
            })?;
            filled.push_str(&literal.escape(place, names)?);
            rest = after;
            continue;
        }
        let width = literal.as_ref().map_or(1, |literal| literal.step(rest));
        match &literal {
            None if matches!(c, '"' | '\'' | '`') => {
                literal = Some(Literal { quote: c, regex: filled.trim_end().ends_with('~') })
            }
            Some(open) if c == open.quote => literal = None,
            _ => {}
        }
        let cut = rest.char_indices().nth(width).map_or(rest.len(), |(at, _)| at);
        let (now, after) = rest.split_at(cut);
        filled.push_str(now);
        rest = after;
    }
    Ok(filled)
}

/// A place at the beginning of a text, and what follows it. Braces around a single word are never PromQL.
fn place(text: &str) -> Option<(&str, &str)> {
    let (word, after) = text.strip_prefix('{')?.split_once('}')?;
    let is_word = !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    is_word.then_some((word, after))
}

/// A string literal of PromQL that is open.
struct Literal {
    quote: char,
    /// Whether it is the regular expression of a `=~` or `!~`.
    regex: bool,
}

impl Literal {
    /// How many characters belong together at the beginning of what follows in it.
    fn step(&self, rest: &str) -> usize {
        if rest.starts_with('\\') && self.quote != '`' { 2 } else { 1 }
    }

    fn escape(&self, place: &str, names: &Names<'_>) -> Result<String, String> {
        let one = |name: &str| Ok(self.quoted(&if self.regex { regex(name) } else { name.to_owned() }));
        match place {
            "namespace" => one(names.namespace),
            "workload" => one(names.workload),
            "canary_pods" | "stable_pods" if !self.regex => {
                Err(format!("{{{place}}} is a list of pods; match it with =~, as pod=~\"{{{place}}}\""))
            }
            "canary_pods" => Ok(self.list(&names.canary_pods)),
            "stable_pods" => Ok(self.list(&names.stable_pods)),
            _ => Err(format!("{{{place}}} is not known; the places are {{{}}}", PLACES.join("}, {"))),
        }
    }

    fn list(&self, pods: &[&str]) -> String {
        let pods: Vec<String> = pods.iter().map(|pod| regex(pod)).collect();
        self.quoted(&if pods.is_empty() { NOBODY.to_owned() } else { pods.join("|") })
    }

    /// A text that stays inside of the literal. Between backticks nothing is escaped, and names of Kubernetes have none.
    fn quoted(&self, text: &str) -> String {
        let mut quoted = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '`' | '\n' => {}
                '\\' | '"' | '\'' if self.quote != '`' => quoted.extend(['\\', c]),
                c => quoted.push(c),
            }
        }
        quoted
    }
}

/// A regular expression that matches this text alone.
fn regex(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut literal, c| {
        if "\\.+*?()|[]{}^$".contains(c) {
            literal.push('\\');
        }
        literal.push(c);
        literal
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn names<'a>() -> Names<'a> {
        Names { namespace: "shop", workload: "check.out", canary_pods: vec!["a-1", "b.2"], stable_pods: vec![] }
    }

    #[test]
    fn names_are_escaped_for_where_they_stand() {
        let filled = fill(
            r#"sum(x{namespace="{namespace}", w="{workload}", w=~"{workload}-.*", pod =~ '{canary_pods}'}) / y{p=~`{canary_pods}`}"#,
            &names(),
        );
        assert_eq!(
            filled.unwrap(),
            r#"sum(x{namespace="shop", w="check.out", w=~"check\\.out-.*", pod =~ 'a-1|b\\.2'}) / y{p=~`a-1|b\.2`}"#
        );
    }

    #[test]
    fn no_pods_match_nothing_and_not_everything_without_the_label() {
        assert_eq!(fill(r#"up{pod=~"{stable_pods}"}"#, &names()).unwrap(), r#"up{pod=~"-"}"#);
    }

    #[test]
    fn a_place_that_cannot_be_filled_is_named() {
        for (template, why) in [
            (r#"up{pod="{canary_pods}"}"#, "match it with =~"),
            ("up{canary_pods}", "outside of quotes"),
            (r#"up{pod=~"{canary_pod}"}"#, "is not known; the places are {namespace}"),
            (r#"up{pod="x"} + {workload}"#, "outside of quotes"),
        ] {
            let said = check(template).unwrap_err();
            assert!(said.contains(why), "{template}: {said}");
        }
        for good in ["up", r#"up{a="\"{b=\"c\"}"}"#, r#"{__name__="up"}"#, "sum by (pod) (up{})"] {
            assert_eq!(fill(good, &names()).as_deref(), Ok(good));
        }
    }

    #[test]
    fn goals_have_a_side_and_a_bad_side() {
        let most = Goal { side: Side::Below, bound: 100.0 };
        let least = Goal { side: Side::AtLeast, bound: 99.9 };
        assert!(most.holds(99.0) && !most.holds(100.0) && !most.holds(f64::NAN));
        assert!(least.holds(99.9) && !least.holds(99.8));
        assert!(most.is_worse(151.0, 150.0) && !most.is_worse(150.0, 150.0));
        assert!(least.is_worse(99.4, 99.5) && !least.is_worse(99.6, 99.5));
        assert_eq!([most.to_string(), least.to_string()], ["< 100", "≥ 99.9"]);
    }

    proptest! {
        #[test]
        fn no_name_leaves_its_quotes(name in "[\\PC\\\\\"'`\n]{0,12}") {
            for (quote, operator) in [('"', "="), ('"', "=~"), ('\'', "=~"), ('`', "=~"), ('`', "=")] {
                let template = format!("up{{a{operator}{quote}{{workload}}{quote}}}");
                let filled = fill(&template, &Names { workload: &name, ..Names::default() }).unwrap();
                let inner = filled.strip_prefix(&format!("up{{a{operator}{quote}")).unwrap();
                let inner = inner.strip_suffix(&format!("{quote}}}")).unwrap();
                let mut chars = inner.chars();
                while let Some(c) = chars.next() {
                    prop_assert!(c != quote && c != '\n', "{filled}");
                    if c == '\\' && quote != '`' {
                        prop_assert!(chars.next().is_some());
                    }
                }
            }
        }
    }
}
