//! What a namespace holds that could be flown: for whoever has no configuration yet.

use crate::core::plan::MetricsPort;

/// One Deployment. All text in it has been neutralised on the way in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Its name.
    pub name: String,
    /// How many pods it should have.
    pub replicas: u32,
    /// How many of them are Ready.
    pub ready: u32,
    /// Its containers that stay, in their order.
    pub containers: Vec<Image>,
    /// The Services that send traffic to its pods.
    pub services: Vec<String>,
    /// Where its pods answer with metrics; `None`: nothing says so.
    pub metrics: Option<MetricsPort>,
    /// Its autoscaler, and between how many pods it keeps it.
    pub autoscaler: Option<(String, u32, u32)>,
    /// The release of ours that flies it, if one does.
    pub flying: Option<String>,
    /// Why it cannot be flown as it is, if it cannot.
    pub refused: Option<String>,
    /// A pod of it that is Ready, to ask for its metrics.
    pub witness: Option<Witness>,
}

/// A container and its image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    /// The container's name.
    pub container: String,
    /// The image reference as it is given.
    pub reference: String,
    /// Its repository.
    pub repository: String,
    /// Its tag, or the beginning of its digest.
    pub version: String,
}

/// A pod that can be asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Witness {
    /// Its UID.
    pub uid: String,
    /// Its name.
    pub name: String,
    /// Its address.
    pub ip: Option<String>,
}

impl Found {
    /// Its versions, each once.
    pub fn versions(&self) -> String {
        let mut versions: Vec<&str> = Vec::new();
        for image in &self.containers {
            if !versions.contains(&image.version.as_str()) {
                versions.push(&image.version);
            }
        }
        versions.join(", ")
    }
}
