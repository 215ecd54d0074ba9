//! Speeds and how routers are told them. The one rule: speeds are kilobits per second (1 Mbps = 1000 kbps), seen from
//! the subscriber.

use serde::{Deserialize, Serialize};

/// The fastest speed that a form takes: 100 Gbps. Above it, somebody typed bits.
pub const SPEED_KBPS_MAX: u32 = 100_000_000;

/// A subscriber's speeds in kilobits per second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Speeds {
    pub down_kbps: u32,
    pub up_kbps: u32,
}

/// Why a typed speed was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Enter a speed in Mbps, for example 20 or 1.5. The most is 100000.")]
pub struct SpeedError;

impl Speeds {
    /// `Mikrotik-Rate-Limit`: `rx/tx` from the router's side, so the subscriber's upload comes first: `5M/20M`.
    pub fn mikrotik_rate_limit(self) -> String {
        format!("{}/{}", rate(self.up_kbps), rate(self.down_kbps))
    }
}

/// `20M`, `1500k`: RouterOS counts k and M in thousands, so nothing is lost.
fn rate(kbps: u32) -> String {
    if kbps > 0 && kbps.is_multiple_of(1000) { format!("{}M", kbps / 1000) } else { format!("{kbps}k") }
}

/// `20 Mbps`, `1.5 Mbps`, `512 kbps`, as people read it.
pub fn shown(kbps: u32) -> String {
    match (kbps / 1000, kbps % 1000) {
        (0, kilo) => format!("{kilo} kbps"),
        (mega, 0) => format!("{mega} Mbps"),
        (mega, kilo) => format!("{mega}.{} Mbps", format!("{kilo:03}").trim_end_matches('0')),
    }
}

/// Reads a speed in Mbps with at most three decimals, as kilobits per second.
pub fn parse_mbps(text: &str) -> Result<u32, SpeedError> {
    let text = text.trim();
    let (mega, kilo) = text.split_once('.').unwrap_or((text, ""));
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if mega.is_empty() || mega.len() > 6 || kilo.len() > 3 || !digits(mega) || !digits(kilo) {
        return Err(SpeedError);
    }
    let mega: u32 = mega.parse().map_err(|_| SpeedError)?;
    let kilo: u32 = format!("{kilo:0<3}").parse().map_err(|_| SpeedError)?;
    let kbps = mega * 1000 + kilo;
    if (1..=SPEED_KBPS_MAX).contains(&kbps) { Ok(kbps) } else { Err(SpeedError) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_router_hears_the_subscribers_upload_first() {
        assert_eq!(Speeds { down_kbps: 20_000, up_kbps: 5_000 }.mikrotik_rate_limit(), "5M/20M");
        assert_eq!(Speeds { down_kbps: 1_500, up_kbps: 512 }.mikrotik_rate_limit(), "512k/1500k");
    }

    #[test]
    fn a_speed_is_read_and_shown_without_floats() {
        assert_eq!(parse_mbps("20"), Ok(20_000));
        assert_eq!(parse_mbps(" 1.5 "), Ok(1_500));
        assert_eq!(parse_mbps("0.512"), Ok(512));
        assert_eq!(parse_mbps("100000"), Ok(SPEED_KBPS_MAX));
        for text in ["", "0", "0.0", "-5", "1e3", "20mbps", "100001", "9999999", "1.2345", "."] {
            assert_eq!(parse_mbps(text), Err(SpeedError), "{text}");
        }
        assert_eq!(
            [shown(20_000), shown(1_500), shown(512), shown(1_050)],
            ["20 Mbps", "1.5 Mbps", "512 kbps", "1.05 Mbps"]
        );
    }
}
