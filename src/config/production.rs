//! `[production]`: which contexts and namespaces are marked as production.

use wildmatch::WildMatch;

use crate::config::reader::Table;
use crate::config::value::texts;

/// Patterns in which `*` stands for anything and `?` for one character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Production {
    /// Of kubeconfig contexts.
    pub contexts: Vec<String>,
    /// Of namespaces.
    pub namespaces: Vec<String>,
}

impl Default for Production {
    fn default() -> Self {
        // Marking too much costs a question; marking too little costs a warning that nobody saw.
        Self { contexts: vec!["*prod*".to_owned()], namespaces: vec!["*prod*".to_owned()] }
    }
}

impl Production {
    /// Whether a context or a namespace is production.
    pub fn marks(&self, context: &str, namespace: &str) -> bool {
        let any =
            |patterns: &[String], name: &str| patterns.iter().any(|pattern| WildMatch::new(pattern).matches(name));
        any(&self.contexts, context) || any(&self.namespaces, namespace)
    }
}

/// Reads `[production]`.
pub fn production(table: &Table<'_>) -> Production {
    let default = Production::default();
    Production {
        contexts: table.or("contexts", default.contexts, texts),
        namespaces: table.or("namespaces", default.namespaces, texts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_name_marks_production() {
        let production = Production { contexts: vec!["prod-?u".into()], namespaces: vec!["live*".into()] };
        assert!(production.marks("prod-eu", "shop"));
        assert!(production.marks("staging", "live-shop"));
        assert!(!production.marks("prod-east", "shop"));
        assert!(Production::default().marks("eu-production", "shop"));
        assert!(!Production::default().marks("kind-dev", "shop"));
    }
}
