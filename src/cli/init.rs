//! `init`: a commented configuration from what is in the cluster.

use std::fmt::Write as _;
use std::io::Write as _;

use crate::cli::args::{Global, InitArgs};
use crate::cli::exit::Exit;
use crate::cli::say;
use crate::cluster::{self, FoundDeployment, Target};
use crate::core::problem::Problem;

/// Looks at the namespace and writes a configuration; `-` writes it to the output.
///
/// # Errors
/// The cluster cannot be read, there is no such Deployment, or the file exists already.
pub async fn run(global: &Global, args: &InitArgs) -> Result<Exit, Problem> {
    let target = Target {
        kubeconfig: global.kubeconfig.clone(),
        context: global.context.clone(),
        namespace: global.namespace.clone(),
    };
    let connection = cluster::connect(target).await?;
    let mut found = cluster::deployments(&connection).await?;
    if let Some(wanted) = &args.deployment {
        found.retain(|one| one.name == wanted.name());
    }
    if found.is_empty() {
        let what = args
            .deployment
            .as_ref()
            .map_or_else(|| "no Deployment".to_owned(), |one| format!("no Deployment {}", one.name()));
        return Err(Problem::user(format!("there is {what} in namespace {}", connection.namespace))
            .hint("name another namespace with --namespace"));
    }
    let text = configuration(&connection.context, &connection.namespace, &found);
    if args.output.as_os_str() == "-" {
        say::data(text.as_bytes())?;
        return Ok(Exit::DONE);
    }
    let place = args.output.display();
    let file = std::fs::File::create_new(&args.output);
    let mut file = file.map_err(|error| {
        let problem = Problem::user(format!("{place} cannot be written: {error}"));
        if error.kind() == std::io::ErrorKind::AlreadyExists {
            problem.hint("it is left as it is; give another one with --output FILE, or - for the terminal")
        } else {
            problem
        }
    })?;
    file.write_all(text.as_bytes()).map_err(|error| Problem::user(format!("{place} cannot be written: {error}")))?;
    say::notice(&format!("wrote {place}; look at it, then: glidepath check"));
    Ok(Exit::DONE)
}

/// The configuration of these Deployments, as one application.
fn configuration(context: &str, namespace: &str, found: &[FoundDeployment]) -> String {
    let mut text = format!(
        "# Glidepath's configuration for namespace {namespace}, from what was there. Every other key is in config.example.toml.\n\n\
         [application]\n"
    );
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    // Writing to a string cannot fail.
    if found.len() > 1 {
        let _ = writeln!(text, "# The Deployments below move together. Remove those that do not belong to it.");
        let _ = writeln!(text, "name = {}", quoted(namespace));
    }
    let _ = writeln!(text, "namespace = {}", quoted(namespace));
    let _ = writeln!(text, "# Pinned, so that a change of the current context changes nothing here.");
    let _ = writeln!(text, "context = {}", quoted(context));
    for one in found {
        let _ = writeln!(text, "\n[[workload]]\n# {} pods now", one.replicas);
        let _ = writeln!(text, "name = {}", quoted(&one.name));
        for (container, image) in &one.images {
            let _ = writeln!(text, "# container {container} runs {image}");
        }
        let containers: Vec<String> = one.images.iter().map(|(container, _)| quoted(container)).collect();
        let _ = writeln!(text, "# Which containers take the tag of `release --version V`.");
        let _ = writeln!(text, "images = [{}]", containers.join(", "));
    }
    text.push_str(
        "\n# The share of traffic that each step gives to the new version, and for how long it is watched.\n\
         [canary]\n\
         steps = [1, 10, 25, 50, 100]\n\
         soak = \"10m\"\n\
         \n# Contexts and namespaces where promoting asks for the application's name.\n\
         [production]\n\
         #contexts = [\"*prod*\"]\n\
         #namespaces = [\"*prod*\"]\n",
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, File};

    #[test]
    fn what_is_written_is_a_right_configuration() {
        let one = |name: &str| FoundDeployment {
            name: name.to_owned(),
            replicas: 3,
            images: vec![("app".to_owned(), format!("registry.example/{name}:1.0.0"))],
        };
        for found in [vec![one("checkout")], vec![one("checkout"), one("cart")]] {
            let text = configuration("prod-eu", "shop", &found);
            let config = Config::parse(&File { file: "glidepath.toml".into(), text: text.clone() });
            let config = config.unwrap_or_else(|faults| panic!("{faults}\n{text}"));
            assert_eq!(config.workloads.len(), found.len());
            assert_eq!(config.application.context.as_deref(), Some("prod-eu"));
        }
    }
}
