//! Unpacks compressed records, a bounded part of them.

use std::io::{self, Read};

use flate2::read::GzDecoder;
use lz4_flex::frame::FrameDecoder;

/// What is unpacked at once.
const STEP: usize = 16 * 1024;
/// The largest window that is allowed to zstd, as a power of two: 8 MiB. Clients use 2 MiB by themselves.
const ZSTD_WINDOW: u32 = 23;
/// What begins the blocks of Java's snappy, with two version numbers.
const XERIAL: &[u8] = b"\x82SNAPPY\0";
const XERIAL_HEAD: usize = 16;

/// Gives `take` what `packed` holds, piece by piece, until it wants no more, as far as that can be read and up to `limit`
/// bytes. Answers how many bytes those were. `codec` is Kafka's number.
pub(super) fn unpack(codec: u8, packed: &[u8], limit: usize, take: &mut dyn FnMut(&[u8]) -> bool) -> usize {
    match codec {
        1 => stream(GzDecoder::new(packed), limit, take),
        2 => snappy(packed, limit, take),
        3 => stream(FrameDecoder::new(packed), limit, take),
        4 => zstd(packed).map_or(0, |decoder| stream(decoder, limit, take)),
        _ => 0,
    }
}

fn zstd(packed: &[u8]) -> io::Result<impl Read> {
    let mut decoder = zstd::Decoder::with_buffer(packed)?;
    decoder.window_log_max(ZSTD_WINDOW)?;
    Ok(decoder)
}

fn stream(mut from: impl Read, limit: usize, take: &mut dyn FnMut(&[u8]) -> bool) -> usize {
    let (mut piece, mut all) = (vec![0; STEP], 0);
    while all < limit {
        let n = match from.read(&mut piece[..STEP.min(limit - all)]) {
            Ok(0) | Err(_) => return all,
            Ok(n) => n,
        };
        all += n;
        if !take(&piece[..n]) {
            return all;
        }
    }
    all
}

/// Java's is cut into blocks, others' is one.
fn snappy(packed: &[u8], limit: usize, take: &mut dyn FnMut(&[u8]) -> bool) -> usize {
    if !packed.starts_with(XERIAL) {
        return block(packed, limit, take).map_or(0, |(n, _)| n);
    }
    let (mut rest, mut all) = (packed.get(XERIAL_HEAD..).unwrap_or_default(), 0);
    while let Some((length, after)) = rest.split_first_chunk() {
        let Some((packed, after)) = after.split_at_checked(u32::from_be_bytes(*length) as usize) else {
            break;
        };
        let Some((n, goes_on)) = block(packed, limit - all, take) else {
            break;
        };
        all += n;
        if !goes_on {
            break;
        }
        rest = after;
    }
    all
}

/// Its length, and whether more is wanted; `None` if it cannot be read or is too long.
fn block(packed: &[u8], limit: usize, take: &mut dyn FnMut(&[u8]) -> bool) -> Option<(usize, bool)> {
    let length = snap::raw::decompress_len(packed).ok().filter(|length| *length <= limit)?;
    let mut block = vec![0; length];
    let n = snap::raw::Decoder::new().decompress(packed, &mut block).ok()?;
    Some((n, take(&block[..n])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::fetch_exchanges::{CODECS, Codec, packed};

    #[test]
    fn unpacking_stops_at_its_limit() {
        let bomb = vec![0; 64 << 20];
        for codec in CODECS.into_iter().filter(|codec| *codec != Codec::None) {
            let packed = packed(codec, if codec == Codec::Xerial { &bomb[..1 << 20] } else { &bomb });
            let kafkas = match codec {
                Codec::None => 0,
                Codec::Gzip => 1,
                Codec::Snappy | Codec::Xerial => 2,
                Codec::Lz4 => 3,
                Codec::Zstd => 4,
            };
            let limit = 500_000;
            let mut seen = 0;
            let unpacked = unpack(kafkas, &packed, limit, &mut |piece| {
                seen += piece.len();
                true
            });
            assert_eq!(unpacked, seen, "{codec:?}");
            assert!(unpacked <= limit, "{codec:?}: {unpacked}");
            let reached = if codec == Codec::Snappy { 0 } else { limit - 32 };
            assert!(unpacked >= reached, "{codec:?}: {unpacked}");
            // And where no more is wanted.
            assert!(unpack(kafkas, &packed, limit, &mut |_| false) <= 64 * 1024, "{codec:?}");
        }
    }
}
