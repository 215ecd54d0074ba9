//! Address pools. The one rule: no rows are made in advance; the next free address is found from those that are taken.

use super::{AllocationId, PoolId, SiteId};
use crate::FieldErrors;
use crate::crm::ServiceId;
use crate::form::{chosen, optional};
use crate::net::{NetError, parse_delegated_length, parse_v4_net, parse_v6_net};
use crate::text::NonBlank;
use crate::time::Timestamp;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

crate::codes! {
    /// What a pool gives.
    PoolKind {
        /// One IPv4 address for each service.
        V4 => "v4",
        /// One IPv6 prefix for each service.
        V6Delegated => "v6_delegated",
    }
}

/// One row of the list of pools.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PoolRow {
    pub id: PoolId,
    pub name: String,
    pub kind: PoolKind,
    pub network: IpNet,
    pub delegated_length: Option<u8>,
    pub site: Option<String>,
    pub used: i64,
    /// Addresses or prefixes that it can give at most.
    pub size: i64,
}

/// Who has, or had, an address.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AllocationRow {
    pub id: AllocationId,
    pub pool_id: PoolId,
    pub network: IpNet,
    pub service_id: ServiceId,
    pub subscriber: String,
    pub from: Timestamp,
    pub until: Option<Timestamp>,
}

/// The form for a pool.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PoolForm {
    pub name: String,
    pub kind: String,
    pub network: String,
    /// The router's own address inside an IPv4 pool, which is never given away.
    pub gateway: String,
    /// For IPv6.
    pub delegated_length: String,
    /// Chosen from the list, or empty.
    pub site_id: String,
}

/// What a pool gives addresses from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolRange {
    V4 { network: Ipv4Net, gateway: Option<Ipv4Addr> },
    V6 { network: Ipv6Net, delegated_length: u8 },
}

/// A pool that can be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct SavePool {
    pub name: NonBlank<60>,
    pub range: PoolRange,
    pub site_id: Option<SiteId>,
}

impl PoolForm {
    /// Reads the form. IPv4 needs a network of at least two addresses, IPv6 a prefix and the length that is delegated.
    pub fn parse(self) -> Result<SavePool, FieldErrors> {
        let mut e = FieldErrors::default();
        let name = e.take("name", NonBlank::parse(&self.name));
        let site_id = optional(&mut e, "site_id", &self.site_id, chosen);
        let range = match e.take("kind", self.kind.parse()) {
            Some(PoolKind::V4) => {
                let network = e.take("network", parse_v4_net(&self.network));
                let gateway = network.and_then(|network| {
                    optional(&mut e, "gateway", &self.gateway, |text| parse_gateway(text, network))
                });
                network.zip(gateway).map(|(network, gateway)| PoolRange::V4 { network, gateway })
            }
            Some(PoolKind::V6Delegated) => {
                let network = e.take("network", parse_v6_net(&self.network));
                network.and_then(|network| {
                    let length = e.take("delegated_length", parse_delegated_length(&self.delegated_length, network))?;
                    Some(PoolRange::V6 { network, delegated_length: length })
                })
            }
            None => None,
        };
        match (name, range, site_id) {
            (Some(name), Some(range), Some(site_id)) if e.is_empty() => Ok(SavePool { name, range, site_id }),
            _ => Err(e),
        }
    }
}

fn parse_gateway(text: &str, network: Ipv4Net) -> Result<Ipv4Addr, String> {
    let address: Ipv4Addr = text.trim().parse().map_err(|_| NetError::Address.to_string())?;
    if network.contains(&address) { Ok(address) } else { Err(format!("Choose an address inside {network}.")) }
}

impl PoolRange {
    pub const fn kind(self) -> PoolKind {
        match self {
            Self::V4 { .. } => PoolKind::V4,
            Self::V6 { .. } => PoolKind::V6Delegated,
        }
    }

    pub const fn network(self) -> IpNet {
        match self {
            Self::V4 { network, .. } => IpNet::V4(network),
            Self::V6 { network, .. } => IpNet::V6(network),
        }
    }

    /// How many services it serves.
    pub fn size(self) -> u64 {
        match self {
            Self::V4 { network, gateway } => {
                let all = 1u64 << (32 - network.prefix_len());
                let ends = if network.prefix_len() < 31 { 2 } else { 0 };
                all - ends - u64::from(gateway.is_some_and(|gateway| is_host(network, gateway)))
            }
            Self::V6 { network, delegated_length } => {
                1u64.checked_shl(u32::from(delegated_length.saturating_sub(network.prefix_len()))).unwrap_or(u64::MAX)
            }
        }
    }

    /// What is free, the lowest first, each as a network (`/32` for an IPv4 address). `taken` are the networks in use.
    pub fn free(self, taken: &BTreeSet<IpNet>) -> impl Iterator<Item = IpNet> {
        let v4 = match self {
            Self::V4 { network, gateway } => Some(network.hosts().filter(move |host| Some(*host) != gateway)),
            Self::V6 { .. } => None,
        };
        let v6 = match self {
            Self::V6 { network, delegated_length } => network.subnets(delegated_length).ok(),
            Self::V4 { .. } => None,
        };
        let v4 = v4.into_iter().flatten().map(|host| IpNet::from(IpAddr::V4(host)));
        let v6 = v6.into_iter().flatten().map(IpNet::V6);
        v4.chain(v6).filter(|network| !taken.contains(network))
    }

    /// The lowest that is free, or `None` when the pool is full.
    pub fn next_free(self, taken: &BTreeSet<IpNet>) -> Option<IpNet> {
        self.free(taken).next()
    }
}

fn is_host(network: Ipv4Net, address: Ipv4Addr) -> bool {
    network.prefix_len() >= 31 || (address != network.network() && address != network.broadcast())
}

/// Whether two networks share an address.
pub fn overlap(a: IpNet, b: IpNet) -> bool {
    a.contains(&b) || b.contains(&a)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn v4(network: &str, gateway: Option<&str>) -> PoolRange {
        PoolRange::V4 { network: network.parse().unwrap(), gateway: gateway.map(|g| g.parse().unwrap()) }
    }

    fn nets(texts: &[&str]) -> BTreeSet<IpNet> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn the_lowest_free_address_is_next_and_the_gateway_is_never_given() {
        let pool = v4("100.64.0.0/29", Some("100.64.0.1"));
        let taken = nets(&["100.64.0.2/32", "100.64.0.4/32"]);
        let free: Vec<String> = pool.free(&taken).map(|net| net.to_string()).collect();
        assert_eq!(free, ["100.64.0.3/32", "100.64.0.5/32", "100.64.0.6/32"]);
        assert_eq!(pool.size(), 5);
    }

    #[test]
    fn a_full_pool_has_nothing() {
        let pool = v4("10.0.0.0/30", None);
        assert_eq!(pool.next_free(&nets(&["10.0.0.1/32", "10.0.0.2/32"])), None);
    }

    #[test]
    fn prefixes_are_delegated_in_order() {
        let pool = PoolRange::V6 { network: "2001:db8:40::/44".parse().unwrap(), delegated_length: 56 };
        let taken = nets(&["2001:db8:40::/56"]);
        assert_eq!(pool.next_free(&taken).map(|net| net.to_string()), Some("2001:db8:40:100::/56".into()));
        assert_eq!(pool.size(), 4096);
    }

    #[test]
    fn a_pool_form_names_the_wrong_field() {
        let form = |kind: &str, network: &str, gateway: &str, length: &str| {
            PoolForm {
                name: "Kahawa".into(),
                kind: kind.into(),
                network: network.into(),
                gateway: gateway.into(),
                delegated_length: length.into(),
                site_id: String::new(),
            }
            .parse()
        };
        assert!(form("v4", "100.64.0.0/22", "100.64.0.1", "").is_ok());
        assert!(form("v4", "100.64.0.1/22", "", "").unwrap_err().of("network").is_some());
        assert_eq!(
            form("v4", "100.64.0.0/22", "10.0.0.1", "").unwrap_err().of("gateway"),
            Some("Choose an address inside 100.64.0.0/22.")
        );
        assert!(form("v6_delegated", "2001:db8::/40", "", "56").is_ok());
        assert!(form("v6_delegated", "2001:db8::/40", "", "72").unwrap_err().of("delegated_length").is_some());
        assert!(form("", "100.64.0.0/22", "", "").unwrap_err().of("kind").is_some());
    }

    #[test]
    fn networks_that_share_an_address_overlap() {
        let net = |text: &str| -> IpNet { text.parse().unwrap() };
        assert!(overlap(net("10.0.0.0/8"), net("10.20.0.0/16")) && overlap(net("10.20.0.0/16"), net("10.0.0.0/8")));
        assert!(!overlap(net("10.0.0.0/24"), net("10.0.1.0/24")) && !overlap(net("10.0.0.0/8"), net("::/0")));
    }

    proptest! {
        #[test]
        fn giving_until_full_gives_each_address_once(length in 24u8..=32, with_gateway: bool) {
            let network = Ipv4Net::new(Ipv4Addr::new(100, 64, 0, 0), length).unwrap();
            let gateway = with_gateway.then(|| network.hosts().next()).flatten();
            let pool = PoolRange::V4 { network, gateway };
            let mut taken = BTreeSet::new();
            while let Some(next) = pool.next_free(&taken) {
                prop_assert!(overlap(IpNet::V4(network), next));
                prop_assert!(taken.insert(next));
            }
            prop_assert_eq!(taken.len() as u64, pool.size());
        }
    }
}
