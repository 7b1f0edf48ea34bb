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

    /// The peer, or, behind trusted proxies, the rightmost address that is not one of them. `forwarded` are the header's
    /// lines in their order, which are one list (RFC 9110 §5.3). What stands left of the address found is whatever a
    /// stranger sent: it is not even read.
    pub fn client_ip<'a>(
        &self,
        peer: Option<IpAddr>,
        forwarded: impl DoubleEndedIterator<Item = &'a [u8]>,
    ) -> Option<IpAddr> {
        let mut last = canonical(peer?);
        for hop in forwarded.rev().flat_map(|line| line.rsplit(|byte| *byte == b',')) {
            if !self.trusts(last) {
                break;
            }
            match std::str::from_utf8(hop).map(|hop| hop.trim().parse::<IpAddr>()) {
                Ok(Ok(ip)) => last = canonical(ip),
                _ => break,
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
    let lines: Vec<&[u8]> = request.headers().get_all("X-Forwarded-For").map(|value| value.as_bytes()).collect();
    let ip = proxies.client_ip(request.peer_addr().map(|peer| peer.ip()), lines.into_iter());
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
        let ip = |text: &str| Some(text.parse::<IpAddr>().unwrap());
        let seen = |proxies: &TrustedProxies, peer, lines: &[&[u8]]| proxies.client_ip(ip(peer), lines.iter().copied());
        let believed = |peer, lines: &[&[u8]]| seen(&proxies, peer, lines);
        assert_eq!(believed("203.0.113.9", &[b"1.1.1.1"]), ip("203.0.113.9"));
        assert_eq!(believed("10.0.0.1", &[]), ip("10.0.0.1"));
        assert_eq!(believed("10.0.0.1", &[b"6.6.6.6, 203.0.113.7, 10.0.0.2"]), ip("203.0.113.7"));
        assert_eq!(believed("::ffff:10.0.0.1", &[b"203.0.113.7"]), ip("203.0.113.7"));
        assert_eq!(believed("10.0.0.1", &[b"nonsense"]), ip("10.0.0.1"));
        assert_eq!(seen(&TrustedProxies::default(), "127.0.0.1", &[b"1.1.1.1"]), ip("127.0.0.1"));
        // A proxy may add a line of its own below the one a stranger sent, and what the stranger sent may be no text.
        assert_eq!(believed("10.0.0.1", &[b"6.6.6.6", b"203.0.113.7"]), ip("203.0.113.7"));
        assert_eq!(believed("10.0.0.1", &[b"6.6.6.6, 203.0.113.7", b"10.0.0.2"]), ip("203.0.113.7"));
        assert_eq!(believed("10.0.0.1", &[b"\xff", b"203.0.113.7"]), ip("203.0.113.7"));
        assert_eq!(believed("10.0.0.1", &[b"\xff, 203.0.113.7"]), ip("203.0.113.7"));
        assert_eq!(believed("10.0.0.1", &[b"6.6.6.6", b"\xff, 10.0.0.2"]), ip("10.0.0.2"));
    }
}
