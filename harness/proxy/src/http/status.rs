//! Answers that a link gives by itself.

use bytes::Bytes;
use reqwest::StatusCode;

/// Tells a client to send the body it waits with.
pub(super) const CONTINUE: Bytes = Bytes::from_static(b"HTTP/1.1 100 Continue\r\n\r\n");

/// This status and an empty body; `closes`: the connection is not used any more.
pub(super) fn answer(status: u16, closes: bool) -> Result<Bytes, String> {
    let status = StatusCode::from_u16(status).ok().filter(|status| !status.is_informational());
    let status = status.ok_or("an answer's status is a number from 200 to 999")?;
    let reason = status.canonical_reason().unwrap_or_default();
    // RFC 9110, section 8.6: a 204 has no length; a 304's would be that of the body it stands for.
    let length = if matches!(status.as_u16(), 204 | 304) { "" } else { "content-length: 0\r\n" };
    let close = if closes { "connection: close\r\n" } else { "" };
    Ok(format!("HTTP/1.1 {} {reason}\r\n{length}{close}\r\n", status.as_u16()).into())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn they_are_short() {
        assert_eq!(
            answer(503, false).unwrap(),
            "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n"
        );
        assert_eq!(
            answer(599, true).unwrap(),
            "HTTP/1.1 599 \r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        );
        assert_eq!(answer(204, false).unwrap(), "HTTP/1.1 204 No Content\r\n\r\n");
        for status in [0, 99, 100, 199, 1000] {
            answer(status, false).unwrap_err();
        }
    }
}
