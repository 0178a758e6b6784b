//! Where journals are kept.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::core::problem::Problem;
use crate::core::text::neutral;

/// A directory that takes journals: it exists, and a file was just written in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateDir(PathBuf);

impl StateDir {
    /// The directory that was named, or this user's own.
    ///
    /// # Errors
    /// A directory that is none, or takes no file: read-only, full, forbidden.
    pub fn open(named: Option<&Path>) -> Result<Self, Problem> {
        let dir = match named {
            Some(dir) => dir.to_owned(),
            None => usual().ok_or_else(nowhere)?,
        };
        match probe(&dir) {
            Ok(()) => Ok(Self(dir)),
            Err(error) => Err(unusable(&dir, &error)),
        }
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

/// `$XDG_STATE_HOME/glidepath`, or the platform's directory for state, or the one for data where it knows no state.
fn usual() -> Option<PathBuf> {
    let of_user = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|dir| dir.is_absolute());
    of_user.map(|dir| dir.join("glidepath")).or_else(|| {
        let dirs = directories::ProjectDirs::from("", "", "glidepath")?;
        Some(dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir()).to_owned())
    })
}

/// Writes and removes a small file, because permissions alone do not tell of a full or read-only disk.
fn probe(dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    let file = dir.join(format!(".probe-{}", std::process::id()));
    let written = OpenOptions::new().write(true).create(true).truncate(true).open(&file).and_then(|mut probe| {
        probe.write_all(b"glidepath was here\n")?;
        probe.sync_all()
    });
    // What cannot be removed was never written, and the first error says why.
    let removed = fs::remove_file(&file);
    written.and(removed)
}

fn nowhere() -> Problem {
    Problem::user("there is no directory for journals: this user has no home").hint("name one with --journal DIR")
}

fn unusable(dir: &Path, error: &io::Error) -> Problem {
    let why = match error.kind() {
        ErrorKind::NotADirectory | ErrorKind::AlreadyExists => "it is not a directory".to_owned(),
        ErrorKind::ReadOnlyFilesystem => "the file system is read-only".to_owned(),
        ErrorKind::StorageFull => "the disk is full".to_owned(),
        ErrorKind::QuotaExceeded => "the quota is used up".to_owned(),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => neutral(&error.to_string()),
    };
    let dir = neutral(&dir.display().to_string());
    Problem::user(format!("cannot keep a journal in {dir}: {why}")).hint("name another directory with --journal DIR")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_made_and_left_empty() {
        let home = tempfile::tempdir().unwrap();
        let dir = StateDir::open(Some(&home.path().join("a/b"))).unwrap();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_file_is_no_directory() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("journal");
        fs::write(&file, "").unwrap();
        for dir in [file.clone(), file.join("below")] {
            let problem = StateDir::open(Some(&dir)).unwrap_err();
            assert_eq!(problem.what, format!("cannot keep a journal in {}: it is not a directory", dir.display()));
            assert_eq!(problem.hints, ["name another directory with --journal DIR"]);
        }
    }

    #[test]
    fn each_reason_has_its_words() {
        let words = |kind: ErrorKind| unusable(Path::new("/state"), &io::Error::from(kind)).what;
        assert_eq!(
            words(ErrorKind::ReadOnlyFilesystem),
            "cannot keep a journal in /state: the file system is read-only"
        );
        assert_eq!(words(ErrorKind::StorageFull), "cannot keep a journal in /state: the disk is full");
        assert_eq!(words(ErrorKind::PermissionDenied), "cannot keep a journal in /state: permission denied");
    }
}
