//! Whole packets, made and taken apart.

use bytes::{BufMut, Bytes, BytesMut};

use super::packets::{FULL, HEADER};

/// A packet with this payload, in as many frames as it needs.
pub(super) fn packet(sequence: u8, payload: &[u8]) -> Bytes {
    let count = payload.len() / FULL + 1;
    let mut bytes = BytesMut::with_capacity(payload.len() + count * HEADER);
    for n in 0..count {
        let frame = &payload[n * FULL..payload.len().min((n + 1) * FULL)];
        bytes.put_uint_le(frame.len() as u64, 3);
        bytes.put_u8(sequence.wrapping_add(n as u8));
        bytes.put_slice(frame);
    }
    bytes.freeze()
}

/// The payload of a packet.
pub(super) fn payload(bytes: &[u8]) -> Vec<u8> {
    let mut payload = Vec::with_capacity(bytes.len());
    for frame in bytes.chunks(HEADER + FULL) {
        payload.extend_from_slice(frame.get(HEADER..).unwrap_or_default());
    }
    payload
}

/// The sequence number of a packet's last frame.
pub(super) fn last_sequence(bytes: &[u8]) -> u8 {
    // All frames but the last are full.
    bytes.chunks(HEADER + FULL).last().and_then(|frame| frame.get(3)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_is_framed_and_taken_out_again() {
        for (length, frames) in [(0, 1), (5, 1), (FULL - 1, 1), (FULL, 2), (FULL + 3, 2), (3 * FULL, 4)] {
            let before: Vec<u8> = (0..length).map(|n| (n ^ (n >> 8)) as u8).collect();
            let bytes = packet(254, &before);
            assert_eq!(bytes.len(), length + frames * HEADER, "{length}");
            assert_eq!(last_sequence(&bytes), 253u8.wrapping_add(frames as u8), "{length}");
            assert!(payload(&bytes) == before, "{length}");
        }
    }
}
