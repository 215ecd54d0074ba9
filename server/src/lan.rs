//! TLS for a real phone in the local network: Secure cookies vanish on plain `http://<address>`, so `--lan` serves a
//! self-signed certificate that is made once and kept in the state folder.

use axum_server::tls_rustls::RustlsConfig;
use std::fs;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// The address by which other machines of the network reach this one. Nothing is sent: connecting a UDP socket only
/// asks the system which way it would go.
pub fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    // 192.0.2.1 is kept for documentation (RFC 5737): no such machine exists.
    socket.connect("192.0.2.1:9").ok()?;
    Some(socket.local_addr().ok()?.ip()).filter(|ip| !ip.is_unspecified())
}

/// The certificate of the state folder, made for this machine's names the first time.
pub async fn tls(folder: &Path, address: SocketAddr) -> anyhow::Result<RustlsConfig> {
    let (certificate, key) = (folder.join("lan-certificate.pem"), folder.join("lan-key.pem"));
    if !certificate.exists() || !key.exists() {
        let mut names = vec!["localhost".to_owned(), "second.localhost".to_owned(), "127.0.0.1".to_owned()];
        names.extend(own_address().map(|ip| ip.to_string()));
        names.extend((!address.ip().is_unspecified()).then(|| address.ip().to_string()));
        let made = rcgen::generate_simple_self_signed(names)?;
        fs::write(&certificate, made.cert.pem())?;
        let mut file = fs::OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&key)?;
        std::io::Write::write_all(&mut file, made.signing_key.serialize_pem().as_bytes())?;
    }
    Ok(RustlsConfig::from_pem_file(certificate, key).await?)
}
