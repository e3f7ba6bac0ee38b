//! Addresses as Toxiproxy takes them: `HOST:PORT`, where no host means all of this machine's addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::time::timeout;

use crate::error::ApiError;

/// How long a name may take to be resolved.
const LIMIT: Duration = Duration::from_secs(5);

/// Where to listen: the first of these that can be had. Nothing at all is any port of all addresses.
pub(crate) async fn listen(address: &str) -> Result<Vec<SocketAddr>, ApiError> {
    let (host, port) = split(address, "listen on")?;
    if !host.is_empty() {
        return Ok(vec![resolve(host, port, address, "listen on").await?]);
    }
    let all: [IpAddr; 2] = [Ipv6Addr::UNSPECIFIED.into(), Ipv4Addr::UNSPECIFIED.into()];
    Ok(all.map(|ip| SocketAddr::new(ip, port)).to_vec())
}

/// An address to listen on as Toxiproxy compares it with the one that a proxy has.
pub(crate) async fn compared(address: &str) -> Result<String, ApiError> {
    let (host, port) = split(address, "listen on")?;
    if host.is_empty() {
        return Ok(format!(":{port}"));
    }
    Ok(resolve(host, port, address, "listen on").await?.to_string())
}

/// Where to forward to.
pub(crate) async fn upstream(address: &str) -> Result<SocketAddr, ApiError> {
    let (host, port) = split(address, "forward to")?;
    resolve(if host.is_empty() { "127.0.0.1" } else { host }, port, address, "forward to").await
}

fn split<'a>(address: &'a str, what: &str) -> Result<(&'a str, u16), ApiError> {
    if address.is_empty() {
        return Ok(("", 0));
    }
    let parts = address.rsplit_once(':').and_then(|(host, port)| {
        let host = match host.strip_prefix('[') {
            Some(inner) => inner.strip_suffix(']')?,
            None if host.contains(':') => return None,
            None => host,
        };
        Some((host, if port.is_empty() { 0 } else { port.parse().ok()? }))
    });
    parts.ok_or_else(|| {
        ApiError::failed(format!("cannot {what} `{address}`: write HOST:PORT, with a port up to 65535"))
    })
}

/// Of many addresses the first of IPv4, if it has one.
async fn resolve(host: &str, port: u16, address: &str, what: &str) -> Result<SocketAddr, ApiError> {
    let failed = |why: &str| {
        ApiError::failed(format!("cannot {what} `{address}`: {why}; name a host that is known here"))
    };
    if let Ok(ip) = host.parse() {
        return Ok(SocketAddr::new(ip, port));
    }
    let found = timeout(LIMIT, tokio::net::lookup_host((host, port))).await;
    let found = found.map_err(|_| failed(&format!("its name was not resolved within {LIMIT:?}")))?;
    let all: Vec<SocketAddr> = found.map_err(|error| failed(&error.to_string()))?.collect();
    let first = all.iter().find(|found| found.is_ipv4()).or(all.first());
    first.copied().ok_or_else(|| failed("its name has no address"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[tokio::test]
    async fn addresses_are_read() {
        let one = async |address| listen(address).await.unwrap()[0].to_string();
        assert_eq!(one("").await, "[::]:0");
        assert_eq!(one(":80").await, "[::]:80");
        assert_eq!(one("127.0.0.1:").await, "127.0.0.1:0");
        assert_eq!(one("[::1]:80").await, "[::1]:80");
        assert_eq!(one("localhost:80").await, "127.0.0.1:80");
        assert_eq!(compared(":80").await.unwrap(), ":80");
        assert_eq!(compared("localhost:80").await.unwrap(), "127.0.0.1:80");
        assert_eq!(upstream(":80").await.unwrap().to_string(), "127.0.0.1:80");
    }

    #[tokio::test]
    async fn what_is_no_address_is_named() {
        for wrong in ["nonsense", "127.0.0.1", "::1:80", "[::1:80", "a:b", "127.0.0.1:65536"] {
            let error = listen(wrong).await.unwrap_err();
            assert_eq!(
                error.message,
                format!("cannot listen on `{wrong}`: write HOST:PORT, with a port up to 65535")
            );
        }
    }
}
