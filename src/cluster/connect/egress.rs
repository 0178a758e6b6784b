//! Proxies on the way out, from the environment.

use std::net::IpAddr;

use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;

/// The proxy that `HTTPS_PROXY` and its kin name for this server, mindful of `NO_PROXY`; never one for this machine itself.
pub fn proxy(server: &Uri) -> Option<Uri> {
    if is_loopback(server) {
        return None;
    }
    Matcher::from_env().intercept(server).map(|intercept| intercept.uri().clone())
}

fn is_loopback(server: &Uri) -> bool {
    let host = server.host().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_never_behind_a_proxy() {
        for near in ["http://127.0.0.1:8001", "https://localhost:6443", "https://[::1]:6443"] {
            assert!(is_loopback(&near.parse().expect("a URL")), "{near}");
        }
        assert!(!is_loopback(&"https://10.0.0.1:6443".parse().expect("a URL")));
    }
}
