//! Where metrics come from: the configuration's words, joined with the adapters that know how.

use std::sync::Arc;

use crate::cluster::{Connection, PodProxy, ServicePort, ServiceProxy};
use crate::config::{Auth as AskedAuth, Endpoint, Metrics as Asked, Source, Via};
use crate::core::plan::Plan;
use crate::core::problem::Problem;
use crate::engine::port::Metrics;
use crate::metrics::{Auth, Direct, Prometheus, PrometheusConfig, Scrape, Secret, Select};

/// The source that the configuration asks for, of a plan's metrics.
///
/// # Errors
/// An address or a file of secrets that cannot be used.
pub fn metrics(asked: &Asked, connection: &Connection, plan: &Plan) -> Result<Arc<dyn Metrics>, Problem> {
    let series = plan.signals.series();
    match &asked.source {
        Source::Scrape(Via::Proxy) => Ok(Arc::new(Scrape::new(Arc::new(PodProxy::new(connection)), series))),
        Source::Scrape(Via::Direct) => {
            let direct =
                Direct::new().map_err(|error| Problem::internal(format!("cannot make an HTTP client: {error}")))?;
            Ok(Arc::new(Scrape::new(Arc::new(direct), series)))
        }
        Source::Prometheus { at, auth } => {
            let select = Select { series, ..Select::default() };
            match at {
                Endpoint::Url(url) => {
                    let config = PrometheusConfig {
                        url: url.to_string(),
                        auth: auth_of(auth.as_ref()),
                        authorities: None,
                        select,
                    };
                    let made = Prometheus::new(config);
                    Ok(Arc::new(
                        made.map_err(|error| Problem::user(format!("cannot use the Prometheus at {url}: {error}")))?,
                    ))
                }
                Endpoint::Service { namespace, name, port } => {
                    let port = ServicePort {
                        namespace: namespace.clone(),
                        name: name.clone(),
                        port: port.clone(),
                        tls: false,
                        prefix: String::new(),
                    };
                    Ok(Arc::new(Prometheus::over(Arc::new(ServiceProxy::new(connection, port)), select)))
                }
            }
        }
    }
}

fn auth_of(asked: Option<&AskedAuth>) -> Auth {
    match asked {
        None => Auth::None,
        Some(AskedAuth::TokenFile(file)) => Auth::Bearer(Secret::File(file.clone())),
        Some(AskedAuth::Basic { username, password_file }) => {
            Auth::Basic { user: username.clone(), password: Secret::File(password_file.clone()) }
        }
    }
}
