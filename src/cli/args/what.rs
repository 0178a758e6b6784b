//! What is to be released: the same for whoever flies it and for whoever only looks.

use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueHint};

use super::value::{self, Deployment};
use crate::cli::complete;
use crate::config::{AskedImage, image};

/// What is to be released.
#[derive(Clone, Debug, Args)]
#[command(group = ArgGroup::new("what").args(["version", "images", "file"]).required(true).multiple(true))]
pub struct WhatArgs {
    /// Release this Deployment alone, instead of all that are configured
    #[arg(value_name = "deploy/NAME", value_parser = value::deployment, add = complete::deployments())]
    pub deployment: Option<Deployment>,

    /// Set the tag of every configured image
    #[arg(long, value_name = "V", value_parser = image::tag)]
    pub version: Option<String>,

    /// Set one container's image; may be given several times
    #[arg(long = "image", value_name = "[WORKLOAD/]CONTAINER=REF", value_parser = value::asked_image)]
    pub images: Vec<AskedImage>,

    /// Take whole pod templates from the Deployments in this YAML or JSON file; - is standard input
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: Option<PathBuf>,
}
