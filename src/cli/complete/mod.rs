//! What a shell offers where a name of the cluster stands: asked while somebody holds the tab key, so it is bounded in
//! time, and silent about everything that goes wrong.

mod answer;

use std::ffi::{OsStr, OsString};
use std::time::Duration;

pub use answer::answered;
use clap_complete::{ArgValueCompleter, CompletionCandidate};

use crate::cli::called::Called;
use crate::cluster::{self, Connection, Target};
use crate::core::problem::Problem;

/// How long the cluster may take. Who presses tab at a cluster that does not answer wants the prompt back.
const WITHIN: Duration = Duration::from_millis(1_500);

/// The variable by which a shell asks for completions instead of running a command.
pub const VARIABLE: &str = "GLIDEPATH_COMPLETE";

/// The contexts of the kubeconfig.
pub fn contexts() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| candidates(current, cluster::contexts(&Typed::of_process().target)))
}

/// The namespaces of the cluster.
pub fn namespaces() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        // The namespace on the line is the very word that is being typed.
        let target = Target { namespace: None, ..Typed::of_process().target };
        candidates(current, ask_of(target, async |at| cluster::namespace_names(&at).await))
    })
}

/// The Deployments of the namespace, as `deploy/NAME`.
pub fn deployments() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        // Whoever writes the kind in another way goes on in that way.
        let typed = current.to_string_lossy();
        let kind = typed.split_once('/').map_or("deploy", |(kind, _)| kind);
        let names = ask(async |at| cluster::deployment_names(&at).await);
        candidates(current, names.into_iter().map(|name| format!("{kind}/{name}")))
    })
}

/// The releases that fly in the namespace.
pub fn releases() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| candidates(current, ask(async |at| cluster::release_names(&at).await)))
}

fn candidates(current: &OsStr, names: impl IntoIterator<Item = String>) -> Vec<CompletionCandidate> {
    let typed = current.to_string_lossy();
    let fitting = names.into_iter().filter(|name| name.starts_with(&*typed) && is_word(name));
    fitting.map(CompletionCandidate::new).collect()
}

/// Whether a name is one that a shell can be given: everything else is somebody's trick.
fn is_word(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "-_./:@".contains(c))
}

fn ask(question: impl AsyncFnOnce(Connection) -> Result<Vec<String>, Problem>) -> Vec<String> {
    ask_of(Typed::of_process().target, question)
}

fn ask_of(target: Target, question: impl AsyncFnOnce(Connection) -> Result<Vec<String>, Problem>) -> Vec<String> {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return Vec::new() };
    let answer = runtime.block_on(async {
        let answer = async { question(cluster::open(target).await?).await };
        tokio::time::timeout(WITHIN, answer).await
    });
    runtime.shutdown_background();
    answer.ok().and_then(Result::ok).unwrap_or_default()
}

/// What stands on the command line already that says which cluster is meant.
#[derive(Debug, Default, PartialEq, Eq)]
struct Typed {
    target: Target,
}

impl Typed {
    /// The words that the shell hands over, behind its own `--`; kubectl hands over nothing else.
    fn of_process() -> Self {
        let begins = |word: &OsString| Called::completes_for_kubectl() || word == "--";
        let words = std::env::args_os().skip_while(|word| !begins(word)).skip(1);
        Self::read(words.map(|word| word.to_string_lossy().into_owned()))
    }

    fn read(words: impl Iterator<Item = String>) -> Self {
        let mut typed = Self::default();
        let mut words = words.peekable();
        while let Some(word) = words.next() {
            let (option, joined) = match (word.split_once('='), word.strip_prefix("-n")) {
                (Some((option, value)), _) if option.starts_with("--") => (option, Some(value.to_owned())),
                (_, Some(value)) if !value.is_empty() => ("-n", Some(value.trim_start_matches('=').to_owned())),
                _ => (word.as_str(), None),
            };
            let target = &mut typed.target;
            let mut value = || joined.clone().or_else(|| words.next()).filter(|value| !value.is_empty());
            match option {
                "--kubeconfig" => target.kubeconfig = value().map(Into::into),
                "--context" => target.context = value(),
                "--namespace" | "-n" => target.namespace = value(),
                _ => (),
            }
        }
        typed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cluster_that_is_meant_is_the_one_that_stands_on_the_line() {
        let read = |line: &str| Typed::read(line.split_whitespace().map(str::to_owned)).target;
        let target = read("glidepath --context=prod rollback -n shop --kubeconfig k.yaml deploy/");
        assert_eq!(target.context.as_deref(), Some("prod"));
        assert_eq!((target.namespace.as_deref(), target.kubeconfig), (Some("shop"), Some("k.yaml".into())));
        assert_eq!(read("glidepath -nshop").namespace.as_deref(), Some("shop"));
        assert_eq!(read("glidepath --context"), Target::default());
    }

    #[test]
    fn what_a_shell_could_obey_is_never_offered() {
        let names = ["checkout", "cart", "$(reboot)", "a b", "a;b", ""].map(str::to_owned);
        let offered: Vec<_> =
            candidates(OsStr::new("c"), names.clone()).iter().map(|c| c.get_value().to_owned()).collect();
        assert_eq!(offered, ["checkout", "cart"]);
        assert_eq!(candidates(OsStr::new(""), names).len(), 2);
    }
}
