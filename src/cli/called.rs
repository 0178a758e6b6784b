//! Under which name this program was called: its own, or as a plugin of kubectl. Help and hints speak of it by that name.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::path::Path;

use clap::Command;

/// The name of the file that makes it a plugin: kubectl runs `kubectl-NAME` for `kubectl NAME`.
const PLUGIN: &str = "kubectl-glidepath";

/// The name by which kubectl asks what could stand next on the plugin's line: `kubectl_complete-NAME` of `kubectl-NAME`.
const COMPLETION: &str = "kubectl_complete-glidepath";

/// How it was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Called {
    /// By its own name, or any other.
    Itself,
    /// As a plugin of kubectl.
    Plugin,
}

impl Called {
    /// As this process was.
    pub fn of_process() -> Self {
        Self::by(std::env::args_os().next().as_deref())
    }

    fn by(program: Option<&OsStr>) -> Self {
        let is_plugin = stem(program).is_some_and(|stem| stem == PLUGIN || stem == COMPLETION);
        if is_plugin { Self::Plugin } else { Self::Itself }
    }

    /// Whether kubectl asks this process what could stand next.
    pub fn completes_for_kubectl() -> bool {
        stem(std::env::args_os().next().as_deref()).is_some_and(|stem| stem == COMPLETION)
    }

    /// What a person types.
    pub fn words(self) -> &'static str {
        match self {
            Self::Itself => "glidepath",
            Self::Plugin => "kubectl glidepath",
        }
    }

    /// What the program's file is called.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Itself => "glidepath",
            Self::Plugin => PLUGIN,
        }
    }

    /// A text in which commands are written as a person who called it so types them.
    pub fn speak(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::Itself => Cow::Borrowed(text),
            Self::Plugin => Cow::Owned(retold(text)),
        }
    }

    /// The command line's description, in those words.
    pub fn describe(self, command: Command) -> Command {
        if self == Self::Itself {
            return command;
        }
        let command = respoken(self, command).bin_name(self.words());
        let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
        names.into_iter().fold(command, |command, name| command.mut_subcommand(name, |sub| respoken(self, sub)))
    }
}

fn stem(program: Option<&OsStr>) -> Option<&OsStr> {
    program.and_then(|program| Path::new(program).file_stem())
}

fn respoken(called: Called, command: Command) -> Command {
    let short = command.get_after_help().map(|text| called.speak(&text.to_string()).into_owned());
    let long = command.get_after_long_help().map(|text| called.speak(&text.to_string()).into_owned());
    let command = match short {
        Some(text) => command.after_help(text),
        None => command,
    };
    match long {
        Some(text) => command.after_long_help(text),
        None => command,
    }
}

/// Puts `kubectl` before each `glidepath` that begins a command: one that is followed by a space and a word in lower case
/// or an option, and is no part of a path or a file's name.
fn retold(text: &str) -> String {
    const NAME: &str = "glidepath";
    let mut retold = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(NAME) {
        let (before, from) = rest.split_at(at);
        let after = from.get(NAME.len()..).unwrap_or_default();
        let alone = before.chars().next_back().is_none_or(|c| c.is_whitespace() || "(`".contains(c));
        let mut next = after.chars();
        let command =
            next.next() == Some(' ') && next.find(|c| *c != ' ').is_some_and(|c| c.is_ascii_lowercase() || c == '-');
        retold.push_str(before);
        if alone && command && !before.ends_with("kubectl ") {
            retold.push_str("kubectl ");
        }
        retold.push_str(NAME);
        rest = after;
    }
    retold.push_str(rest);
    retold
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_says_how_it_was_called() {
        let by = |name: &str| Called::by(Some(OsStr::new(name)));
        assert_eq!(by("/usr/local/bin/kubectl-glidepath"), Called::Plugin);
        assert_eq!(by("kubectl-glidepath.exe"), Called::Plugin);
        assert_eq!(by("kubectl_complete-glidepath"), Called::Plugin);
        assert_eq!(by("glidepath"), Called::Itself);
        assert_eq!(Called::by(None), Called::Itself);
    }

    #[test]
    fn commands_are_retold_and_names_are_not() {
        let plugin = |text: &str| Called::Plugin.speak(text).into_owned();
        assert_eq!(plugin("watch it with `glidepath attach`"), "watch it with `kubectl glidepath attach`");
        assert_eq!(plugin("  glidepath demo    try it"), "  kubectl glidepath demo    try it");
        assert_eq!(plugin("source <(glidepath completions bash)"), "source <(kubectl glidepath completions bash)");
        for same in ["glidepath.toml", "$XDG_CONFIG_HOME/glidepath/config.toml", "an error of Glidepath's own"] {
            assert_eq!(plugin(same), same);
        }
        assert_eq!(Called::Itself.speak("glidepath demo"), "glidepath demo");
    }
}
