//! `[application]` and `[[workload]]`: what is released, and where it lives.

use std::collections::BTreeMap;

use toml::de::DeValue;

use crate::config::fault::Wrong;
use crate::config::reader::Table;
use crate::config::value::{parsed, text, texts, whole};
use crate::config::{image, name};
use crate::core::plan::MetricsPort;

/// The application's name and place. What is missing comes from the command line and the kubeconfig.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Application {
    /// Its name; where it is missing, the name of its only workload.
    pub name: Option<String>,
    /// Its namespace.
    pub namespace: Option<String>,
    /// The kubeconfig's context.
    pub context: Option<String>,
}

/// One workload of the application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    /// The Deployment's name.
    pub name: String,
    /// Which containers a version is for.
    pub images: Images,
    /// Where the pods answer with metrics; `None`: found out.
    pub metrics: Option<MetricsPort>,
}

/// Which containers' images `--version` sets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Images {
    /// Every container keeps its repository and takes the tag.
    #[default]
    All,
    /// These containers keep their repositories and take the tag.
    Containers(Vec<String>),
    /// These containers take the tag and the repository that stands beside them.
    Repositories(BTreeMap<String, String>),
}

/// Reads `[application]`.
pub fn application(table: &Table<'_>) -> Application {
    Application {
        name: table.get("name", parsed(name::label)),
        namespace: table.get("namespace", parsed(name::label)),
        context: table.get("context", text),
    }
}

/// Reads the list of `[[workload]]` in `root`, and sees that no Deployment is there twice.
pub fn workloads(root: &Table<'_>) -> Vec<Workload> {
    let mut found: Vec<Workload> = Vec::new();
    root.tables("workload", |table| {
        let Some(workload) = workload(table) else { return };
        if found.iter().any(|other| other.name == workload.name) {
            table.fault("name", Wrong::new(format!("{:?} is already a workload of this application", workload.name)));
        }
        found.push(workload);
    });
    found
}

fn workload(table: &Table<'_>) -> Option<Workload> {
    let images = table.or("images", Images::All, images);
    let metrics = table.table("metrics", |metrics| {
        let port = metrics.get("port", whole(1..=65_535));
        let path = metrics.or("path", "/metrics".to_owned(), parsed(path));
        if !metrics.has("port") && metrics.has("path") {
            metrics.fault("path", Wrong::new("needs `port` beside it"));
        }
        port.and_then(|port| u16::try_from(port).ok()).map(|port| MetricsPort { port, path })
    });
    let name = table.get("name", parsed(name::object));
    if !table.has("name") {
        table.fault("name", Wrong::new("is missing: the name of the Deployment"));
    }
    Some(Workload { name: name?, images, metrics })
}

fn images(value: &DeValue<'_>) -> Result<Images, Wrong> {
    let container = |text: &str| name::label(text).map_err(Wrong::new);
    match value {
        DeValue::Table(table) => {
            let pairs = table.iter().map(|(key, value)| {
                let repository = parsed(image::repository)(value.get_ref())?;
                Ok((container(key.get_ref())?, repository))
            });
            pairs.collect::<Result<_, _>>().map(Images::Repositories)
        }
        list => {
            let names = texts(list).map_err(|_| {
                Wrong::new(
                    "must be container names, as [\"app\"], or repositories, as { app = \"ghcr.io/example/app\" }",
                )
            })?;
            names.iter().map(|name| container(name)).collect::<Result<_, _>>().map(Images::Containers)
        }
    }
}

fn path(text: &str) -> Result<String, String> {
    let good = text.starts_with('/') && text.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '?' | '#'));
    if good { Ok(text.to_owned()) } else { Err(format!("{text:?} is not a path such as \"/metrics\"")) }
}
