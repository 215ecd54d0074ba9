//! Addresses and networks as people type them. The one rule: a network is stored by its first address, so that the same
//! network is never there twice.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::net::IpAddr;

/// Why a typed address or network was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetError {
    #[error("Enter an IP address, for example 10.20.0.1 or 2001:db8::1.")]
    Address,
    #[error("Enter a network with its length, for example 100.64.0.0/22.")]
    Network,
    #[error("{0} is an address inside a network. Did you mean the network {1}?")]
    HostBits(String, String),
    #[error("Enter an IPv4 network, for example 100.64.0.0/22.")]
    NotV4,
    #[error("Enter an IPv6 prefix, for example 2001:db8:40::/40.")]
    NotV6,
    #[error("Choose a delegated length between {0} and 64, for example 56.")]
    DelegatedLength(u8),
    #[error("This address cannot be reached from a network: choose one that belongs to a device.")]
    NotUnicast,
}

/// Reads one address. Refuses what names no single machine: unspecified, multicast, broadcast.
pub fn parse_ip(text: &str) -> Result<IpAddr, NetError> {
    let address: IpAddr = text.trim().parse().map_err(|_| NetError::Address)?;
    let broadcast = matches!(address, IpAddr::V4(v4) if v4.is_broadcast());
    if address.is_unspecified() || address.is_multicast() || broadcast {
        Err(NetError::NotUnicast)
    } else {
        Ok(address)
    }
}

/// Reads `address/length` of either family. Refuses bits behind the length and names the network that was meant.
pub fn parse_cidr(text: &str) -> Result<IpNet, NetError> {
    let net: IpNet = text.trim().parse().map_err(|_| NetError::Network)?;
    if net.addr() != net.network() {
        return Err(NetError::HostBits(net.to_string(), net.trunc().to_string()));
    }
    Ok(net)
}

/// As `parse_cidr`, IPv4 only.
pub fn parse_v4_net(text: &str) -> Result<Ipv4Net, NetError> {
    match parse_cidr(text)? {
        IpNet::V4(net) => Ok(net),
        IpNet::V6(_) => Err(NetError::NotV4),
    }
}

/// As `parse_cidr`, IPv6 only.
pub fn parse_v6_net(text: &str) -> Result<Ipv6Net, NetError> {
    match parse_cidr(text)? {
        IpNet::V6(net) => Ok(net),
        IpNet::V4(_) => Err(NetError::NotV6),
    }
}

/// Reads the length of the prefixes that subscribers get out of `from`: not shorter than it, not longer than 64, since
/// a home network needs a whole /64.
pub fn parse_delegated_length(text: &str, from: Ipv6Net) -> Result<u8, NetError> {
    let text = text.trim();
    let refused = NetError::DelegatedLength(from.prefix_len().min(64));
    let length: u8 = text.strip_prefix('/').unwrap_or(text).parse().map_err(|_| refused.clone())?;
    if (from.prefix_len()..=64).contains(&length) { Ok(length) } else { Err(refused) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_with_host_bits_is_refused_with_the_one_that_was_meant() {
        let error = parse_cidr("100.64.3.7/22").map_err(|e| e.to_string());
        assert_eq!(
            error,
            Err("100.64.3.7/22 is an address inside a network. Did you mean the network 100.64.0.0/22?".into())
        );
        assert_eq!(parse_cidr("100.64.0.0/33"), Err(NetError::Network));
        assert_eq!(parse_cidr("100.64.0.0"), Err(NetError::Network));
        assert!(parse_cidr(" 100.64.0.0/22 ").is_ok());
    }

    #[test]
    fn families_are_not_mixed() {
        assert_eq!(parse_v4_net("2001:db8::/32"), Err(NetError::NotV4));
        assert_eq!(parse_v6_net("10.0.0.0/8"), Err(NetError::NotV6));
    }

    #[test]
    fn an_address_of_nobody_is_refused() {
        for text in ["0.0.0.0", "224.0.0.1", "255.255.255.255", "::", "ff02::1"] {
            assert_eq!(parse_ip(text), Err(NetError::NotUnicast), "{text}");
        }
        assert_eq!(parse_ip("10.0.0"), Err(NetError::Address));
        assert!(parse_ip("10.20.0.1").is_ok());
    }

    #[test]
    fn a_delegated_prefix_lies_between_the_pool_and_a_64() {
        let pool = parse_v6_net("2001:db8:40::/44").unwrap();
        assert_eq!(parse_delegated_length("/56", pool), Ok(56));
        assert_eq!(parse_delegated_length("44", pool), Ok(44));
        assert_eq!(parse_delegated_length("65", pool), Err(NetError::DelegatedLength(44)));
        assert_eq!(parse_delegated_length("40", pool), Err(NetError::DelegatedLength(44)));
        assert_eq!(parse_delegated_length("x", pool), Err(NetError::DelegatedLength(44)));
    }
}
