//! Whether what came out is what went in, but for what a reader is there to change.

use std::collections::BTreeSet;

use super::{Said, Spoken, whole};
use crate::corpus::passing::Passed;
use crate::toxic::Direction::{Downstream, Upstream};

/// ApiVersions, Metadata, FindCoordinator, DescribeCluster.
const REWRITTEN: [u16; 4] = [18, 3, 10, 60];

/// Says what is not the same.
pub(super) fn is_same(spoken: Spoken, said: &Said, passed: &Passed) -> Result<(), String> {
    let (up, down) = (whole(said, Upstream), whole(said, Downstream));
    match spoken {
        Spoken::Http => equal("client", &up, &passed.up).and_then(|()| equal("server", &down, &passed.down)),
        // Bits are cleared at the start of the first packet.
        Spoken::Mysql => equal_but("client", &up, &passed.up, 36)
            .and_then(|()| equal_but("server", &down, &passed.down, 256)),
        Spoken::Kafka => equal("client", &up, &passed.up).and_then(|()| frames(&up, &down, &passed.down)),
    }
}

fn equal(whose: &str, came: &[u8], went: &[u8]) -> Result<(), String> {
    if came == went {
        return Ok(());
    }
    let at = came.iter().zip(went).take_while(|(came, went)| came == went).count();
    Err(format!("{whose}: {} bytes came, {} went on; they differ from {at}", came.len(), went.len()))
}

fn equal_but(whose: &str, came: &[u8], went: &[u8], start: usize) -> Result<(), String> {
    let start = start.min(came.len()).min(went.len());
    let is_cleared = came.iter().zip(went).take(start).all(|(came, went)| came & went == *went);
    if !is_cleared {
        return Err(format!("{whose}: bits are set that were not"));
    }
    equal(whose, &came[start..], &went[start..])
}

/// Only answers that name brokers or versions may be other ones.
fn frames(asked: &[u8], came: &[u8], went: &[u8]) -> Result<(), String> {
    // Of the last request the head is enough.
    let (requests, last) = split(asked);
    let rewritten: BTreeSet<&[u8]> = requests
        .into_iter()
        .chain([last])
        .filter(|request| {
            request.get(4..6).is_some_and(|key| REWRITTEN.contains(&u16::from_be_bytes([key[0], key[1]])))
        })
        .filter_map(|request| request.get(8..12))
        .collect();
    let ((came, came_tail), (went, went_tail)) = (split(came), split(went));
    if came.len() != went.len() {
        return Err(format!("{} answers came, {} went on", came.len(), went.len()));
    }
    for (number, (came, went)) in came.iter().zip(&went).enumerate() {
        let is_rewritten =
            came.get(4..8) == went.get(4..8) && came.get(4..8).is_some_and(|id| rewritten.contains(id));
        if came != went && !is_rewritten {
            return Err(format!("answer {number} is another one"));
        }
    }
    equal("the server's last bytes", came_tail, went_tail)
}

/// Frames, and what is none at the end.
fn split(mut bytes: &[u8]) -> (Vec<&[u8]>, &[u8]) {
    let mut frames = Vec::new();
    while let Some(length) = bytes.first_chunk() {
        let Some((frame, rest)) =
            bytes.split_at_checked(4_usize.saturating_add(u32::from_be_bytes(*length) as usize))
        else {
            break;
        };
        frames.push(frame);
        bytes = rest;
    }
    (frames, bytes)
}
