//! The packets against each other and against bytes that nobody should send.

use super::attribute::{self as attr, Attribute};
use super::das::DynAuthError;
use super::packet::{self, Packet, PacketError};
use super::*;
use crate::Secret;
use proptest::prelude::*;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;
use tokio::net::UdpSocket;

fn secret() -> Secret {
    Secret::new("shared secret")
}

fn session() -> SessionKey {
    SessionKey { username: "amina".to_owned(), session_id: Some("81000001".to_owned()), nas: None, framed_ip: None }
}

#[test]
fn attributes_read_back_as_they_were_written() {
    let prefix = ("2001:db8:12::".parse().unwrap(), 48);
    let sent = vec![
        Attribute::text(attr::USER_NAME, "amina"),
        Attribute::address(attr::FRAMED_IP_ADDRESS, IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1))),
        Attribute::ipv6_prefix(attr::DELEGATED_IPV6_PREFIX, prefix.0, prefix.1),
        Attribute::mikrotik_rate_limit("5M/20M"),
        Attribute::mikrotik_address_list("walled-garden"),
    ];
    let bytes = packet::digest_request(packet::COA_REQUEST, 7, &sent, &secret()).unwrap();
    let read = packet::verify_digest_request(&bytes, &secret()).unwrap();
    assert_eq!(read.attributes[..5], sent);
    assert_eq!(read.attributes[2].as_ipv6_prefix(), Some(prefix));
    assert_eq!(read.get_vendor(attr::MIKROTIK, attr::MIKROTIK_RATE_LIMIT).unwrap().as_text(), Some("5M/20M"));
    assert_eq!(packet::verify_digest_request(&bytes, &Secret::new("another")), Err(PacketError::Forged));
}

#[test]
fn an_attribute_that_is_too_long_is_refused() {
    let long = Attribute::octets(attr::CLASS, vec![0; 254]);
    let refused = packet::digest_request(packet::COA_REQUEST, 1, &[long], &secret());
    assert_eq!(refused, Err(PacketError::TooLong(0, attr::CLASS)));
    let many = vec![Attribute::octets(attr::CLASS, vec![0; 253]); 17];
    assert_eq!(packet::digest_request(packet::COA_REQUEST, 1, &many, &secret()), Err(PacketError::Oversize));
}

#[test]
fn a_changed_octet_anywhere_makes_a_command_forged() {
    let bytes = packet::digest_request(packet::DISCONNECT_REQUEST, 9, &session_attributes(), &secret()).unwrap();
    for place in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[place] ^= 1;
        assert!(packet::verify_digest_request(&changed, &secret()).is_err(), "octet {place}");
    }
}

fn session_attributes() -> Vec<Attribute> {
    vec![Attribute::text(attr::USER_NAME, "amina"), Attribute::text(attr::ACCT_SESSION_ID, "81000001")]
}

#[test]
fn a_stale_command_is_dropped() {
    let old = [Attribute::integer(attr::EVENT_TIMESTAMP, 1_000_000)];
    let bytes = packet::digest_request(packet::COA_REQUEST, 1, &old, &secret()).unwrap();
    assert_eq!(DynAuth::new(secret()).decode(&bytes).unwrap_err(), DynAuthError::Stale);
}

proptest! {
    #[test]
    fn reading_any_bytes_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Packet::parse(&bytes);
        let _ = DynAuth::new(secret()).decode(&bytes);
    }

    #[test]
    fn reading_any_attributes_never_panics(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let length = u16::try_from(body.len() + 20).unwrap().to_be_bytes();
        let bytes: Vec<u8> = [43, 1, length[0], length[1]].into_iter().chain([0; 16]).chain(body).collect();
        if let Ok(packet) = Packet::parse(&bytes) {
            for attribute in packet.attributes {
                let _ = (attribute.as_text(), attribute.as_integer(), attribute.as_address(), attribute.as_ipv6_prefix());
            }
        }
    }
}

#[tokio::test]
async fn a_forged_answer_is_ignored_and_the_true_one_is_taken() {
    let router = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let addr = router.local_addr().unwrap();
    let asked = tokio::spawn(async move { CoaClient::new(addr, secret()).disconnect(&session()).await });
    let mut buffer = [0; packet::MAX_PACKET];
    let (length, from) = router.recv_from(&mut buffer).await.unwrap();
    let request = DynAuth::new(secret()).decode(&buffer[..length]).unwrap();
    assert_eq!((request.kind, request.username()), (das::DynAuthKind::Disconnect, Some("amina")));
    let forger = DynAuth::new(Secret::new("a guess"));
    router.send_to(&forger.ack(&request).unwrap(), from).await.unwrap();
    let mut replayed = request.clone();
    replayed.packet.authenticator = [9; 16];
    router.send_to(&DynAuth::new(secret()).ack(&replayed).unwrap(), from).await.unwrap();
    let mut other_id = request.clone();
    other_id.packet.id ^= 1;
    router.send_to(&DynAuth::new(secret()).ack(&other_id).unwrap(), from).await.unwrap();
    router.send_to(b"noise", from).await.unwrap();
    let nak = DynAuth::new(secret()).nak(&request, ErrorCause::SESSION_NOT_FOUND).unwrap();
    router.send_to(&nak, from).await.unwrap();
    let answer = asked.await.unwrap().unwrap();
    assert_eq!(answer, CoaAnswer::Nak { error_cause: Some(ErrorCause::SESSION_NOT_FOUND) });
}

#[tokio::test]
async fn a_command_is_repeated_as_the_identical_packet_until_the_schedule_ends() {
    let router = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let addr = router.local_addr().unwrap();
    let client = CoaClient::new(addr, secret()).with_schedule(&[Duration::from_millis(20); 4]);
    let silence = client.coa(&session(), &[Attribute::mikrotik_rate_limit("1M/1M")]).await;
    assert!(matches!(silence, Err(CoaError::Timeout { sent: 4, .. })), "{silence:?}");
    let mut packets = Vec::new();
    let mut buffer = [0; packet::MAX_PACKET];
    while let Ok(length) = router.try_recv(&mut buffer) {
        packets.push(buffer[..length].to_vec());
    }
    assert_eq!(packets.len(), 4);
    assert!(packets.windows(2).all(|pair| pair[0] == pair[1]));
}

#[tokio::test]
async fn a_router_that_is_switched_off_is_a_timeout_and_not_a_network_error() {
    let closed = UdpSocket::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let client = CoaClient::new(closed, secret()).with_schedule(&[Duration::from_millis(20); 2]);
    assert!(matches!(client.disconnect(&session()).await, Err(CoaError::Timeout { .. })));
}
