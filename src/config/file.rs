//! Where a configuration is looked for, and how a file is read: bounded, and with words for whatever is in the way.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use crate::core::problem::Problem;
use crate::core::text::neutral;

/// The largest file that is read; a configuration is a few kilobytes.
const LARGEST: usize = 1 << 20;

/// The places where a configuration may be, as the process' surroundings say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// `--config`.
    pub flag: Option<PathBuf>,
    /// `$GLIDEPATH_CONFIG`.
    pub variable: Option<PathBuf>,
    /// `glidepath.toml` here, then in the user's directories; the first that exists is used.
    pub usual: Vec<PathBuf>,
}

impl Places {
    /// The places of this process. An empty variable counts as none.
    pub fn of_process(flag: Option<PathBuf>) -> Self {
        let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let of_platform = directories::ProjectDirs::from("", "", "glidepath").map(|dirs| dirs.config_dir().to_owned());
        let of_user = [variable("XDG_CONFIG_HOME").map(|dir| dir.join("glidepath")), of_platform];
        let mut usual = vec![PathBuf::from("glidepath.toml")];
        usual.extend(of_user.into_iter().flatten().map(|dir| dir.join("config.toml")));
        usual.dedup();
        Self { flag, variable: variable("GLIDEPATH_CONFIG"), usual }
    }

    /// The text of the configuration and the file that it is in; `None` where there is none, which is fine.
    ///
    /// # Errors
    /// A file that was named and does not exist, and any file that exists and cannot be used.
    pub fn find(&self) -> Result<Option<Source>, Problem> {
        if let Some(file) = &self.flag {
            return read(file).map(Some).map_err(|fault| fault.problem("--config"));
        }
        if let Some(file) = &self.variable {
            return read(file).map(Some).map_err(|fault| fault.problem("$GLIDEPATH_CONFIG"));
        }
        for file in &self.usual {
            match read(file) {
                Ok(source) => return Ok(Some(source)),
                Err(Unread { why: Why::Absent, .. }) => (),
                Err(fault) => return Err(fault.problem("")),
            }
        }
        Ok(None)
    }
}

/// A file's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The file, as it was named.
    pub file: PathBuf,
    /// What it says.
    pub text: String,
}

/// Reads a whole file of UTF-8 text, at most 1 MiB.
///
/// # Errors
/// Why it cannot be used.
pub fn read(file: &Path) -> Result<Source, Unread> {
    let fail = |why: Why| Unread { file: file.to_owned(), why };
    if file.is_dir() {
        return Err(fail(Why::Directory));
    }
    let opened = File::open(file).map_err(|error| fail(Why::from(error)))?;
    let text = bounded(opened).map_err(fail)?;
    Ok(Source { file: file.to_owned(), text })
}

/// Reads UTF-8 text to its end, at most 1 MiB.
///
/// # Errors
/// Why it cannot be used.
pub fn bounded(from: impl Read) -> Result<String, Why> {
    let mut bytes = Vec::new();
    from.take(LARGEST as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > LARGEST {
        return Err(Why::TooLarge);
    }
    String::from_utf8(bytes).map_err(|error| {
        let before = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
        Why::NotUtf8 { line: before.iter().filter(|byte| **byte == b'\n').count() + 1 }
    })
}

/// A file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    file: PathBuf,
    why: Why,
}

/// Why a file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// It does not exist.
    Absent,
    /// It is a directory.
    Directory,
    /// It is larger than we read.
    TooLarge,
    /// It is not text.
    NotUtf8 {
        /// The line of the first byte that is none, from 1.
        line: usize,
    },
    /// The system's own words.
    System(String),
}

impl From<io::Error> for Why {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::NotFound => Self::Absent,
            ErrorKind::IsADirectory => Self::Directory,
            ErrorKind::PermissionDenied => Self::System("permission denied".to_owned()),
            _ => Self::System(neutral(&error.to_string())),
        }
    }
}

impl std::fmt::Display for Why {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Absent => f.write_str("does not exist"),
            Self::Directory => f.write_str("is a directory, not a file"),
            Self::TooLarge => write!(f, "is larger than {} MiB", LARGEST >> 20),
            Self::NotUtf8 { line } => write!(f, "is not UTF-8 text: line {line} has other bytes"),
            Self::System(words) => write!(f, "cannot be read: {words}"),
        }
    }
}

impl Unread {
    /// The problem for a person, with what named the file; `""` where nothing did.
    pub fn problem(&self, named_by: &str) -> Problem {
        let by = if named_by.is_empty() { String::new() } else { format!(" (named by {named_by})") };
        let problem = Problem::user(format!("{}{by} {}", neutral(&self.file.display().to_string()), self.why));
        match self.why {
            Why::Absent => problem.hint("name one that is there; `glidepath init` writes one"),
            _ => problem,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(dir: &tempfile::TempDir, name: &str, text: &[u8]) -> PathBuf {
        let file = dir.path().join(name);
        std::fs::write(&file, text).expect("a temporary file can be written");
        file
    }

    #[test]
    fn the_first_place_that_has_a_file_wins() {
        let dir = tempfile::tempdir().unwrap();
        let flag = write(&dir, "flag.toml", b"# flag");
        let variable = write(&dir, "variable.toml", b"# variable");
        let usual = vec![dir.path().join("absent.toml"), write(&dir, "usual.toml", b"# usual")];
        let text = |places: &Places| places.find().unwrap().map(|source| source.text);
        let mut places = Places { flag: Some(flag), variable: Some(variable), usual };
        assert_eq!(text(&places).as_deref(), Some("# flag"));
        places.flag = None;
        assert_eq!(text(&places).as_deref(), Some("# variable"));
        places.variable = None;
        assert_eq!(text(&places).as_deref(), Some("# usual"));
        places.usual.pop();
        assert_eq!(text(&places), None);
    }

    #[test]
    fn a_file_that_was_named_must_be_usable() {
        let dir = tempfile::tempdir().unwrap();
        let message = |file: PathBuf| {
            let places = Places { flag: Some(file), ..Places::default() };
            places.find().unwrap_err().what.replace(&dir.path().display().to_string(), "DIR")
        };
        assert_eq!(message(dir.path().join("none.toml")), "DIR/none.toml (named by --config) does not exist");
        assert_eq!(message(dir.path().to_owned()), "DIR (named by --config) is a directory, not a file");
        let large = write(&dir, "large.toml", &vec![b'#'; LARGEST + 1]);
        assert_eq!(message(large), "DIR/large.toml (named by --config) is larger than 1 MiB");
        let binary = write(&dir, "binary.toml", b"# one\nname = \"\xff\"\n");
        assert_eq!(message(binary), "DIR/binary.toml (named by --config) is not UTF-8 text: line 2 has other bytes");
    }
}
