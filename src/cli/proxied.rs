//! A Prometheus behind a Service, asked through the API server's proxy: what a laptop outside the cluster can reach.

use std::time::Duration;

use futures::future::BoxFuture;

use crate::cluster::{Connection, ServicePort, from_service};
use crate::core::sample::SourceFault;
use crate::engine::port::{QueryAnswer, QueryApi};

/// The way to one port of one Service.
pub struct Proxied {
    connection: Connection,
    namespace: String,
    name: String,
    port: String,
}

impl Proxied {
    /// A Prometheus at this port of this Service.
    pub fn new(connection: &Connection, namespace: &str, name: &str, port: &str) -> Self {
        let [namespace, name, port] = [namespace, name, port].map(str::to_owned);
        Self { connection: connection.clone(), namespace, name, port }
    }
}

impl QueryApi for Proxied {
    fn place(&self) -> String {
        format!("Service {}/{}:{}", self.namespace, self.name, self.port)
    }

    /// The proxy's verb decides which permission is needed, so it is asked with GET: `get` on `services/proxy` is enough.
    fn post(
        &self,
        path: &'static str,
        form: Vec<(&'static str, String)>,
        limit: usize,
        within: Duration,
    ) -> BoxFuture<'static, Result<QueryAnswer, SourceFault>> {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let (connection, namespace, name, port) =
            (self.connection.clone(), self.namespace.clone(), self.name.clone(), self.port.clone());
        Box::pin(async move {
            let at = ServicePort { namespace: &namespace, name: &name, port: &port, scheme: "http" };
            let body = from_service(&connection, &at, &format!("{path}?{query}"), limit, within).await?;
            Ok(QueryAnswer { status: 200, body, date: None })
        })
    }
}
