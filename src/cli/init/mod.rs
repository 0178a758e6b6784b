//! `init`: looks at the cluster and writes a commented configuration. It changes nothing but one file.

mod metrics;
mod text;

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::cli::args::{Global, InitArgs};
use crate::cli::exit::Exit;
use crate::cli::say;
use crate::cluster::{self, Connection, Target};
use crate::config::{Config, File as Source, nearest};
use crate::core::problem::Problem;
use crate::core::survey::Found;
use crate::core::text::neutral;

pub use metrics::Recognised;
pub use text::{Sighting, text};

/// Where a configuration is looked for first.
const HERE: &str = "glidepath.toml";

/// Writes the configuration.
///
/// # Errors
/// A cluster that cannot be looked at, nothing in it that could be released, a file that exists or cannot be written.
pub async fn run(global: &Global, args: &InitArgs) -> Result<Exit, Problem> {
    let output = args.output.clone().or_else(|| global.config.clone()).unwrap_or_else(|| PathBuf::from(HERE));
    let to_stdout = output == Path::new("-");
    // Nobody should wait for a cluster only to hear that.
    if !to_stdout && !args.force && output.exists() {
        return Err(exists(&output));
    }
    let connection = cluster::connect(Target {
        kubeconfig: global.kubeconfig.clone(),
        context: global.context.clone(),
        namespace: global.namespace.clone(),
    })
    .await?;
    let found = chosen(cluster::survey(&connection).await?, args, &connection)?;
    let sighting = look_closer(args, &connection, found).await;
    let written = text(&sighting);
    proved(&output, &written)?;
    if to_stdout {
        say::data(written.as_bytes())?;
    } else {
        write(&output, &written, args.force)?;
        say::notice(&told(&sighting, &output));
    }
    Ok(Exit::DONE)
}

/// The Deployments that were named, or all of them.
fn chosen(found: Vec<Found>, args: &InitArgs, connection: &Connection) -> Result<Vec<Found>, Problem> {
    if found.is_empty() {
        return Err(Problem::user(format!(
            "namespace {} of {} has no Deployments",
            connection.namespace, connection.context
        ))
        .hint("choose another namespace with -n NAME")
        .hint("to see Glidepath without one: glidepath demo"));
    }
    let known = |name: &str| found.iter().any(|found| found.name == name);
    if let Some(unknown) = args.deployments.iter().find(|asked| !known(asked.name())) {
        let names: Vec<&str> = found.iter().map(|found| found.name.as_str()).collect();
        let problem = Problem::user(format!("no Deployment {} in namespace {}", unknown.name(), connection.namespace));
        return Err(match nearest(unknown.name(), names.iter().copied()) {
            Some(meant) => problem.hint(format!("did you mean {meant}?")),
            None => problem.hint(format!("there are: {}", names.join(", "))),
        });
    }
    let asked = |found: &Found| args.deployments.iter().any(|asked| asked.name() == found.name);
    Ok(found.into_iter().filter(|found| args.deployments.is_empty() || asked(found)).collect())
}

async fn look_closer(args: &InitArgs, connection: &Connection, found: Vec<Found>) -> Sighting {
    let mut workloads = Vec::new();
    for found in found {
        let recognised = metrics::recognise(connection, &found).await;
        workloads.push((found, recognised));
    }
    let alone = match workloads.as_slice() {
        [(only, _)] => only.name.clone(),
        _ => connection.namespace.clone(),
    };
    Sighting {
        application: args.name.clone().unwrap_or(alone),
        namespace: connection.namespace.clone(),
        context: connection.context.clone(),
        workloads,
    }
}

/// What cannot be read back is not written: that would be a fault of ours, found by somebody at three in the morning.
fn proved(output: &Path, written: &str) -> Result<(), Problem> {
    let source = Source { file: output.to_owned(), text: written.to_owned() };
    Config::parse(&source).map(drop).map_err(|faults| {
        let faults: Problem = faults.into();
        Problem::internal(format!("the configuration that would be written is wrong: {}", faults.what))
    })
}

fn write(output: &Path, written: &str, force: bool) -> Result<(), Problem> {
    let shown = neutral(&output.to_string_lossy());
    let opened = if force { File::create(output) } else { File::create_new(output) };
    let done = opened.and_then(|mut file| file.write_all(written.as_bytes()));
    done.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => exists(output),
        _ => Problem::user(format!("cannot write {shown}: {error}"))
            .hint("choose another file with --output FILE, or print it with --output -"),
    })
}

fn exists(output: &Path) -> Problem {
    let shown = neutral(&output.to_string_lossy());
    Problem::user(format!("{shown} exists, and nothing is overwritten unasked"))
        .hint("overwrite it with --force")
        .hint("or write elsewhere with --output FILE; - is standard output")
}

fn told(sighting: &Sighting, output: &Path) -> String {
    let flyable = sighting.workloads.iter().filter(|(found, _)| found.refused.is_none()).count();
    let what = if flyable == 1 { "1 workload".to_owned() } else { format!("{flyable} workloads") };
    let file = neutral(&output.to_string_lossy());
    format!("wrote {file}: {what} of namespace {}. Next: glidepath check {file}", sighting.namespace)
}
