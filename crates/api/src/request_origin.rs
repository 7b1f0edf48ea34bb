//! Where a request comes from, as far as we believe it.

use actix_web::HttpRequest;
use ipnet::IpNet;
use std::{net::IpAddr, sync::Arc};
use zgoda_domain::access::Origin;

/// Networks of proxies whose `X-Forwarded-For` is believed.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(Arc<[IpNet]>);

impl TrustedProxies {
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self(networks.into())
    }

    fn trusts(&self, ip: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&ip))
    }

    /// The peer, or, behind trusted proxies, the rightmost address that is not one of them.
    pub fn client_ip(&self, peer: Option<IpAddr>, forwarded: Option<&str>) -> Option<IpAddr> {
        let peer = canonical(peer?);
        if !self.trusts(peer) {
            return Some(peer);
        }
        let hops = forwarded.unwrap_or_default().rsplit(',').map(str::trim);
        let mut last = peer;
        for hop in hops {
            match hop.parse::<IpAddr>() {
                Ok(ip) => {
                    last = canonical(ip);
                    if !self.trusts(last) {
                        return Some(last);
                    }
                }
                Err(_) => return Some(last),
            }
        }
        Some(last)
    }
}

/// IPv4 inside IPv6 is IPv4.
fn canonical(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(ip, IpAddr::V4),
        IpAddr::V4(_) => ip,
    }
}

/// Address and browser of a request.
pub fn of(request: &HttpRequest, proxies: &TrustedProxies) -> Origin {
    let forwarded = request.headers().get("X-Forwarded-For").and_then(|value| value.to_str().ok());
    let ip = proxies.client_ip(request.peer_addr().map(|peer| peer.ip()), forwarded);
    let agent = request.headers().get("User-Agent").and_then(|value| value.to_str().ok());
    Origin {
        ip: ip.map(|ip| ip.to_string()),
        user_agent: agent.map(|agent| agent.chars().filter(|c| !c.is_control()).take(300).collect()),
    }
}

/// What a limit counts by: an IPv4 address, or an IPv6 network of 64 bits.
pub fn network_of(origin: &Origin) -> String {
    match origin.ip.as_deref().map(str::parse::<IpAddr>) {
        Some(Ok(IpAddr::V6(ip))) => ip.segments().iter().take(4).map(|part| format!("{part:x}:")).collect(),
        Some(Ok(IpAddr::V4(ip))) => ip.to_string(),
        _ => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forwarded_address_is_believed_only_from_a_proxy() {
        let proxies = TrustedProxies::new(vec!["10.0.0.0/8".parse().unwrap()]);
        let peer = |text: &str| Some(text.parse().unwrap());
        let ip = |text: &str| Some(text.parse::<IpAddr>().unwrap());
        assert_eq!(proxies.client_ip(peer("203.0.113.9"), Some("1.1.1.1")), ip("203.0.113.9"));
        assert_eq!(proxies.client_ip(peer("10.0.0.1"), Some("6.6.6.6, 203.0.113.7, 10.0.0.2")), ip("203.0.113.7"));
        assert_eq!(proxies.client_ip(peer("::ffff:10.0.0.1"), Some("203.0.113.7")), ip("203.0.113.7"));
        assert_eq!(proxies.client_ip(peer("10.0.0.1"), Some("nonsense")), ip("10.0.0.1"));
        assert_eq!(TrustedProxies::default().client_ip(peer("127.0.0.1"), Some("1.1.1.1")), ip("127.0.0.1"));
    }
}
