//! The client of one cluster, as kube makes it but for one thing: what is to be sent is sent at once.

use hyper_timeout::TimeoutConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use kube::client::{ClientBuilder, ConfigExt};
use kube::{Client, Config};
use tower::{BoxError, ServiceBuilder};

/// Makes the client. kube leaves Nagle's algorithm on: over HTTP/2 the second request of a connection then waits until the
/// server acknowledges the first one's last bytes, 40 ms on Linux, and a rollback waits with it. Where a proxy is between,
/// kube's own client does.
pub fn client(config: Config) -> kube::Result<Client> {
    if config.proxy_url.is_some() {
        return Client::try_from(config);
    }
    let mut connector = TimeoutConnector::new(config.rustls_https_connector_with_connector(wire())?);
    connector.set_connect_timeout(config.connect_timeout);
    connector.set_read_timeout(config.read_timeout);
    connector.set_write_timeout(config.write_timeout);
    let http = hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build(connector);
    let service = ServiceBuilder::new()
        .layer(config.base_uri_layer())
        .option_layer(config.auth_layer()?)
        .layer(config.extra_headers_layer()?)
        .map_err(BoxError::from)
        .service(http);
    Ok(ClientBuilder::new(service, config.default_namespace).build())
}

/// What opens the client's connections.
fn wire() -> HttpConnector {
    let mut wire = HttpConnector::new();
    wire.enforce_http(false);
    wire.set_nodelay(true);
    wire
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;
    use tower::ServiceExt;

    use super::*;

    #[tokio::test]
    async fn what_is_to_be_sent_waits_for_no_acknowledgement() {
        let server = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", server.local_addr().expect("bound")).parse().expect("an address");
        let connection = wire().oneshot(address).await.expect("it listens");
        assert!(connection.inner().nodelay().expect("an option of the socket"));
    }
}
