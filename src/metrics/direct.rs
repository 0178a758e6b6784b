//! Scrapes straight from the pods' addresses: for a glidepath that runs inside the cluster's network.

use std::net::IpAddr;
use std::time::Duration;

use futures::future::BoxFuture;
use reqwest::header::ACCEPT;
use reqwest::{Client, Url};

use super::http::{self, NoAnswer, Trust};
use crate::core::plan::MetricsPort;
use crate::core::sample::{FaultKind, SourceFault, Target};
use crate::core::text::neutral;
use crate::engine::port::{ACCEPT_EXPOSITION, Fetch, Page};

/// Fetches over plain HTTP, without credentials.
#[derive(Clone, Debug)]
pub struct Direct {
    client: Client,
}

impl Direct {
    /// # Errors
    /// [`NoAnswer::Client`], when the client cannot be made.
    pub fn new() -> Result<Self, NoAnswer> {
        Ok(Self { client: http::client(Trust::Nobody)? })
    }
}

impl Fetch for Direct {
    fn get(&self, target: Target, limit: usize, within: Duration) -> BoxFuture<'static, Result<Vec<u8>, SourceFault>> {
        let page = self.page(target, limit, within);
        Box::pin(async move { Ok(page.await?.body) })
    }

    fn page(&self, target: Target, limit: usize, within: Duration) -> BoxFuture<'static, Result<Page, SourceFault>> {
        let client = self.client.clone();
        Box::pin(async move {
            let place = target.metrics.as_ref().ok_or_else(SourceFault::no_port)?;
            let url = url_of(target.ip.as_deref(), place).map_err(down)?;
            let request = client.get(url).header(ACCEPT, ACCEPT_EXPOSITION);
            let answer = http::exchange(request, limit, within).await?;
            if answer.status != 200 {
                return Err(down(format!("status {} from {}", answer.status, neutral(&place.path))));
            }
            Ok(Page { body: answer.body, content_type: answer.content_type })
        })
    }
}

fn down(why: String) -> SourceFault {
    SourceFault { kind: FaultKind::Down, why }
}

/// The address to ask. Only the path and its query are taken from the path that is given: it cannot name another host.
fn url_of(ip: Option<&str>, place: &MetricsPort) -> Result<Url, String> {
    let ip = ip.ok_or("the pod has no address yet")?;
    let ip: IpAddr = ip.parse().map_err(|_| format!("{} is no address", neutral(ip)))?;
    if matches!(ip, IpAddr::V4(ip) if ip.is_link_local()) || ip.is_unspecified() {
        return Err(format!("{ip} is no address of a pod, and is not asked"));
    }
    let host = match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    };
    let mut url = Url::parse(&format!("http://{host}:{}/", place.port)).map_err(|error| error.to_string())?;
    let (path, query) =
        place.path.split_once('?').map_or((place.path.as_str(), None), |(path, query)| (path, Some(query)));
    url.set_path(path);
    url.set_query(query);
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(ip: Option<&str>, path: &str) -> Result<String, String> {
        url_of(ip, &MetricsPort { port: 9090, path: path.into() }).map(String::from)
    }

    #[test]
    fn the_address_is_the_pods() {
        assert_eq!(url(Some("10.1.2.3"), "/metrics").as_deref(), Ok("http://10.1.2.3:9090/metrics"));
        assert_eq!(url(Some("fd00::1"), "/m?x=1").as_deref(), Ok("http://[fd00::1]:9090/m?x=1"));
        assert_eq!(url(Some("10.1.2.3"), "metrics").as_deref(), Ok("http://10.1.2.3:9090/metrics"));
    }

    #[test]
    fn a_path_cannot_name_another_host() {
        for path in ["//evil.example/x", "@evil.example", "http://evil.example/", "\\\\evil.example"] {
            let url = url(Some("10.1.2.3"), path).expect(path);
            assert!(url.starts_with("http://10.1.2.3:9090/"), "{url}");
        }
    }

    #[test]
    fn an_address_that_is_no_pods_is_not_asked() {
        assert_eq!(url(None, "/"), Err("the pod has no address yet".to_owned()));
        assert_eq!(url(Some("evil.example"), "/"), Err("evil.example is no address".to_owned()));
        assert!(url(Some("169.254.169.254"), "/latest").is_err());
        assert!(url(Some("0.0.0.0"), "/").is_err());
    }
}
