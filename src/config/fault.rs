//! What is wrong in a configuration file: where, which key, what, and what was probably meant.

use std::fmt;
use std::ops::Range;

use serde::Serialize;

use crate::config::excerpt;
use crate::core::problem::Problem;
use crate::core::text::{middle, neutral};

/// How many faults of one file are shown; a file with more is probably not ours.
const SHOWN: usize = 20;

/// How wide a message may get before its middle, which is mostly a value that should not be there, is cut out.
const WIDEST: usize = 300;

/// What is wrong with one value or key, before anybody knows where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// What is wrong and how to write it; lower case, no full stop.
    pub what: String,
    /// The key or value that was probably meant.
    pub meant: Option<String>,
    /// Whether the line may hold a secret, so that it is not shown.
    pub secret: bool,
}

impl Wrong {
    /// Something that is wrong.
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), meant: None, secret: false }
    }

    /// Adds what was probably meant, if anything was.
    #[must_use]
    pub fn meaning(mut self, meant: Option<String>) -> Self {
        self.meant = meant;
        self
    }

    /// Something that is wrong with what may be a secret: the source line is not shown.
    pub fn secret(what: impl Into<String>) -> Self {
        Self { secret: true, ..Self::new(what) }
    }
}

impl From<String> for Wrong {
    fn from(what: String) -> Self {
        Self::new(what)
    }
}

/// One thing that is wrong in a file. Its texts are neutralised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// The key with its section, as `canary.soak`; empty where no key is to blame.
    pub key: String,
    /// What is wrong and how to write it.
    pub what: String,
    /// The key or value that was probably meant.
    pub meant: Option<String>,
    /// The line with a mark under the fault; `None` where it may hold a secret.
    #[serde(skip)]
    excerpt: Option<String>,
}

impl Fault {
    /// Places what is wrong with `key` at `span`, a range of bytes of `text`.
    pub fn at(text: &str, span: Range<usize>, key: &str, wrong: Wrong) -> Self {
        let (line, column) = excerpt::position(text, span.start);
        let excerpt = (!wrong.secret).then(|| excerpt::excerpt(text, span));
        let clean = |text: &str| middle(&neutral(text), WIDEST);
        Self {
            line,
            column,
            key: clean(key),
            what: clean(&wrong.what),
            meant: wrong.meant.as_deref().map(clean),
            excerpt,
        }
    }

    fn write(&self, file: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{file}:{}:{}: ", self.line, self.column)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.what)?;
        if let Some(meant) = &self.meant {
            write!(f, "; did you mean {meant}?")?;
        }
        match &self.excerpt {
            Some(excerpt) => write!(f, "\n{excerpt}"),
            None => Ok(()),
        }
    }
}

/// Everything that is wrong in one file, in the order of the file; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults {
    /// The file, as it was named.
    pub file: String,
    /// What is wrong.
    pub faults: Vec<Fault>,
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = neutral(&self.file);
        if let [only] = self.faults.as_slice() {
            return only.write(&file, f);
        }
        write!(f, "{file} has {} errors", self.faults.len())?;
        for fault in self.faults.iter().take(SHOWN) {
            f.write_str("\n\n")?;
            fault.write(&file, f)?;
        }
        match self.faults.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "\n\nand {more} more"),
        }
    }
}

impl From<Faults> for Problem {
    fn from(faults: Faults) -> Self {
        Problem::user(faults.to_string())
    }
}
