//! Which kubeconfig, which context of it, and what the client is made of.

use std::path::{Path, PathBuf};
use std::time::Duration;

use directories::BaseDirs;
use kube::Config;
use kube::config::{KubeConfigOptions, Kubeconfig};

use super::Target;
use super::egress;
use crate::cluster::rest::words;
use crate::core::problem::Problem;
use crate::core::text::neutral;

/// What the context is called inside a cluster, where no kubeconfig names one.
pub const IN_CLUSTER: &str = "in-cluster";

/// How long a connection may take to come up.
const CONNECT_WITHIN: Duration = Duration::from_secs(4);

/// How long the bytes of a request may stand still on their way out.
const WRITE_WITHIN: Duration = Duration::from_secs(10);

/// Where a kubeconfig is looked for.
pub struct Places {
    /// `$KUBECONFIG`: one file or a list.
    pub listed: Option<std::ffi::OsString>,
    /// The file that everybody uses.
    pub usual: Option<PathBuf>,
    /// Whether this process runs in a cluster, with a service account.
    pub in_cluster: bool,
}

impl Places {
    /// Those of this process.
    pub fn of_process() -> Self {
        Self {
            listed: std::env::var_os("KUBECONFIG").filter(|list| !list.is_empty()),
            usual: BaseDirs::new().map(|dirs| dirs.home_dir().join(".kube").join("config")),
            in_cluster: std::env::var_os("KUBERNETES_SERVICE_HOST").is_some(),
        }
    }

    /// The files to read, in the order in which the first to say something wins. A list may name files that are not there.
    fn files(&self, given: Option<&Path>) -> Vec<PathBuf> {
        if let Some(given) = given {
            return vec![given.to_owned()];
        }
        let listed = self.listed.as_ref().map(|list| std::env::split_paths(list).collect::<Vec<_>>());
        let files = listed.unwrap_or_else(|| self.usual.clone().into_iter().collect());
        files.into_iter().filter(|file| file.exists()).collect()
    }
}

/// Loads the configuration of the one context that `target` or the kubeconfig names; answers its name too, neutralised.
///
/// # Errors
/// No kubeconfig, one that cannot be read, no such context (those there are are listed).
pub async fn load(target: &Target, places: &Places) -> Result<(Config, String), Problem> {
    let files = places.files(target.kubeconfig.as_deref());
    if files.is_empty() {
        return inside(target, places);
    }
    let kubeconfig = read(&files)?;
    let context = choose(&kubeconfig, target.context.as_deref())?;
    let options = KubeConfigOptions { context: Some(context.clone()), ..KubeConfigOptions::default() };
    let explicit_proxy = proxy_of(&kubeconfig, &context);
    let mut config = Config::from_custom_kubeconfig(kubeconfig, &options)
        .await
        .map_err(|error| Problem::user(neutral(&format!("context {context} cannot be used: {}", words(&error)))))?;
    if !explicit_proxy {
        config.proxy_url = egress::proxy(&config.cluster_url);
    }
    Ok((pinned(config), neutral(&context)))
}

/// The names of the contexts that there are; none where no kubeconfig can be read.
pub fn contexts(target: &Target, places: &Places) -> Vec<String> {
    let kubeconfig = read(&places.files(target.kubeconfig.as_deref())).unwrap_or_default();
    kubeconfig.contexts.iter().map(|context| neutral(&context.name)).collect()
}

fn inside(target: &Target, places: &Places) -> Result<(Config, String), Problem> {
    if !places.in_cluster || target.context.is_some() {
        let looked = match (&places.listed, &places.usual) {
            (Some(list), _) => format!("$KUBECONFIG names no file that exists ({})", neutral(&list.to_string_lossy())),
            (None, Some(usual)) => format!("{} does not exist", neutral(&usual.to_string_lossy())),
            (None, None) => "there is no home directory".to_owned(),
        };
        return Err(Problem::user(format!("no kubeconfig: {looked}"))
            .hint("name one with --kubeconfig FILE or in $KUBECONFIG")
            .hint("to see Glidepath without a cluster, run: glidepath demo"));
    }
    let config = Config::incluster()
        .map_err(|error| Problem::user(format!("the service account cannot be used: {}", neutral(&words(&error)))))?;
    Ok((pinned(config), IN_CLUSTER.to_owned()))
}

/// Every limit is ours: the library's default is to wait for ever and to repeat writes.
fn pinned(mut config: Config) -> Config {
    config.connect_timeout = Some(CONNECT_WITHIN);
    config.write_timeout = Some(WRITE_WITHIN);
    config.read_timeout = None;
    config.default_retry = false;
    config
}

fn read(files: &[PathBuf]) -> Result<Kubeconfig, Problem> {
    files.iter().try_fold(Kubeconfig::default(), |merged, file| {
        let next = Kubeconfig::read_from(file).and_then(|next| merged.merge(next));
        next.map_err(|error| {
            let file = neutral(&file.to_string_lossy());
            Problem::user(format!("kubeconfig {file} cannot be read: {}", neutral(&words(&error))))
                .hint("name another with --kubeconfig FILE or in $KUBECONFIG")
        })
    })
}

fn choose(kubeconfig: &Kubeconfig, wanted: Option<&str>) -> Result<String, Problem> {
    let names: Vec<&str> = kubeconfig.contexts.iter().map(|context| context.name.as_str()).collect();
    let listed = || match names.as_slice() {
        [] => "the kubeconfig has no contexts".to_owned(),
        names => format!("there are: {}", neutral(&names.join(", "))),
    };
    let Some(context) = wanted.or(kubeconfig.current_context.as_deref()).filter(|name| !name.is_empty()) else {
        return Err(Problem::user("the kubeconfig has no current context")
            .hint(format!("choose one with --context NAME; {}", listed())));
    };
    if names.contains(&context) {
        return Ok(context.to_owned());
    }
    Err(Problem::user(format!("no context {:?} in the kubeconfig", neutral(context))).hint(listed()))
}

fn proxy_of(kubeconfig: &Kubeconfig, context: &str) -> bool {
    let named = kubeconfig.contexts.iter().find(|named| named.name == context);
    let cluster = named.and_then(|named| named.context.as_ref()).map(|context| &context.cluster);
    let found = kubeconfig.clusters.iter().find(|named| Some(&named.name) == cluster);
    let proxy = found.and_then(|named| named.cluster.as_ref()).and_then(|cluster| cluster.proxy_url.as_ref());
    proxy.is_some_and(|proxy| !proxy.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = "apiVersion: v1
kind: Config
clusters:
- name: c
  cluster: {server: 'http://127.0.0.1:1'}
contexts:
- name: staging
  context: {cluster: c}
- name: prod
  context: {cluster: c, namespace: shop}
";

    fn nowhere() -> Places {
        Places { listed: None, usual: Some("/nonexistent/config".into()), in_cluster: false }
    }

    fn target(dir: &tempfile::TempDir, text: &str, context: Option<&str>) -> Target {
        let file = dir.path().join("config");
        std::fs::write(&file, text).expect("a file");
        Target { kubeconfig: Some(file), context: context.map(str::to_owned), namespace: None }
    }

    #[tokio::test]
    async fn without_a_kubeconfig_it_says_where_it_looked() {
        let problem = load(&Target::default(), &nowhere()).await.expect_err("there is none");
        assert_eq!(problem.exit_code(), 2);
        assert!(problem.what.contains("/nonexistent/config"), "{problem}");
        assert!(problem.hints.iter().any(|hint| hint.contains("--kubeconfig")));
    }

    #[tokio::test]
    async fn a_context_is_pinned_with_our_limits() {
        let dir = tempfile::tempdir().expect("a directory");
        let (config, context) = load(&target(&dir, TWO, Some("prod")), &nowhere()).await.expect("a configuration");
        assert_eq!((context.as_str(), config.default_namespace.as_str()), ("prod", "shop"));
        assert!(!config.default_retry);
        assert_eq!(config.connect_timeout, Some(CONNECT_WITHIN));
    }

    #[tokio::test]
    async fn contexts_that_there_are_are_listed() {
        let dir = tempfile::tempdir().expect("a directory");
        let unknown = load(&target(&dir, TWO, Some("production")), &nowhere()).await.expect_err("no such context");
        assert!(unknown.to_string().contains("staging, prod"), "{unknown}");
        let none = load(&target(&dir, TWO, None), &nowhere()).await.expect_err("no current context");
        assert!(none.to_string().contains("--context"), "{none}");
    }

    #[tokio::test]
    async fn a_broken_file_is_named() {
        let dir = tempfile::tempdir().expect("a directory");
        let problem = load(&target(&dir, "contexts: [", None), &nowhere()).await.expect_err("no YAML");
        assert!(problem.what.contains("config cannot be read"), "{problem}");
    }

    #[tokio::test]
    async fn a_list_is_merged_and_may_name_missing_files() {
        let dir = tempfile::tempdir().expect("a directory");
        let first = dir.path().join("first");
        let second = dir.path().join("second");
        std::fs::write(&first, "current-context: prod\n").expect("a file");
        std::fs::write(&second, TWO).expect("a file");
        let list = std::env::join_paths([dir.path().join("gone"), first, second]).expect("a list");
        let places = Places { listed: Some(list), ..nowhere() };
        let (_, context) = load(&Target::default(), &places).await.expect("a configuration");
        assert_eq!(context, "prod");
    }
}
