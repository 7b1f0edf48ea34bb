//! Networks that people and programs may come from.

use crate::rule::{Invalids, Rule};
use ipnet::IpNet;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, net::IpAddr, str::FromStr};

/// A network in CIDR notation (RFC 4632, RFC 4291 §2.3); a single address is a network of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network(IpNet);

impl Network {
    /// Most networks of one list.
    pub const MOST: usize = 100;

    /// IPv4 written inside IPv6 is IPv4, on both sides.
    pub fn contains(&self, ip: IpAddr) -> bool {
        self.0.contains(&ip.to_canonical())
    }

    /// Whether everyone of `self` is of `other` too.
    pub fn is_within(&self, other: &Self) -> bool {
        other.0.contains(&self.0)
    }

    /// Reads a list; complaints name the entry.
    pub fn parse_all(raw: &[String]) -> Result<Vec<Self>, Invalids> {
        let mut invalids = Invalids::default();
        if raw.len() > Self::MOST {
            invalids.add("", Rule::TooMany { max: Self::MOST });
        }
        let mut found = Vec::new();
        for (at, text) in raw.iter().take(Self::MOST).enumerate() {
            if let Some(network) = invalids.take(format!("/{at}"), text.parse::<Self>()) {
                found.push(network);
            }
        }
        found.sort();
        found.dedup();
        invalids.or(Some(found))
    }
}

impl FromStr for Network {
    type Err = Rule;

    fn from_str(raw: &str) -> Result<Self, Rule> {
        let raw = raw.trim();
        let net = match raw.parse::<IpAddr>() {
            Ok(ip) => IpNet::from(ip.to_canonical()),
            Err(_) => raw.parse::<IpNet>().map_err(|_| Rule::Malformed)?.trunc(),
        };
        // `::ffff:a.b.c.d/n` is an IPv4 network in IPv6 clothes.
        let net = match net {
            IpNet::V6(v6) => match (v6.addr().to_ipv4_mapped(), v6.prefix_len().checked_sub(96)) {
                (Some(v4), Some(prefix)) => {
                    ipnet::Ipv4Net::new(v4, prefix).map_err(|_| Rule::Malformed).map(IpNet::V4)?
                }
                _ => net,
            },
            IpNet::V4(_) => net,
        };
        Ok(Self(net))
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.prefix_len() == self.0.max_prefix_len() { self.0.addr().fmt(f) } else { self.0.fmt(f) }
    }
}

impl Serialize for Network {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = String::deserialize(deserializer)?;
        raw.parse().map_err(|_| serde::de::Error::custom("no network"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net(text: &str) -> Network {
        text.parse().unwrap()
    }

    #[test]
    fn addresses_and_networks_of_both_families() {
        assert!(net("192.0.2.0/24").contains("192.0.2.9".parse().unwrap()));
        assert!(!net("192.0.2.0/24").contains("192.0.3.9".parse().unwrap()));
        assert!(net("192.0.2.9").contains("::ffff:192.0.2.9".parse().unwrap()));
        assert!(net("::ffff:192.0.2.0/120").contains("192.0.2.77".parse().unwrap()));
        assert!(net("2001:db8::/32").contains("2001:db8:1::1".parse().unwrap()));
        assert!(!net("2001:db8::/32").contains("192.0.2.9".parse().unwrap()));
        assert_eq!(net("192.0.2.77/24").to_string(), "192.0.2.0/24");
        assert_eq!(net(" 192.0.2.77/32 ").to_string(), "192.0.2.77");
    }

    #[test]
    fn other_spellings_are_refused() {
        for text in ["", "192.0.2", "0300.0.2.1", "192.0.2.0/33", "fe80::1%eth0", "example.com", "192.0.2.1/24/8"] {
            assert_eq!(text.parse::<Network>(), Err(Rule::Malformed), "{text}");
        }
        let raw = ["10.0.0.0/8".to_owned(), "x".to_owned()];
        assert_eq!(Network::parse_all(&raw).unwrap_err().as_slice()[0].pointer, "/1");
    }
}
