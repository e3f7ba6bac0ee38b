//! A toxic as Toxiproxy takes it.

use std::time::Duration;

use toxiproxy_rust::toxic::ToxicPack;

use crate::toxic::{Direction, Toxic, ToxicKind};

/// A toxic as Toxiproxy takes it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Spec {
    pub(super) kind: &'static str,
    pub(super) stream: &'static str,
    pub(super) toxicity: f32,
    pub(super) attributes: Vec<(&'static str, u32)>,
}

impl Spec {
    /// `None` for [`ToxicKind::Down`], which is no toxic there; an error says what it cannot take.
    pub(super) fn of(toxic: &Toxic) -> Result<Option<Self>, String> {
        let (kind, attributes) = match toxic.kind {
            ToxicKind::Down => return Ok(None),
            ToxicKind::Latency { latency, jitter } => {
                ("latency", vec![("latency", millis(latency)?), ("jitter", millis(jitter)?)])
            }
            ToxicKind::Bandwidth { rate_kb_s } => {
                ("bandwidth", vec![("rate", number("rate", rate_kb_s.into())?)])
            }
            ToxicKind::SlowClose { delay } => ("slow_close", vec![("delay", millis(delay)?)]),
            ToxicKind::Timeout { timeout } => ("timeout", vec![("timeout", millis(timeout)?)]),
            ToxicKind::ResetPeer { timeout } => ("reset_peer", vec![("timeout", millis(timeout)?)]),
            ToxicKind::Slicer { average_size, size_variation, delay } => {
                let average = number("average_size", average_size as u128)?;
                let variation = number("size_variation", size_variation as u128)?;
                let delay = number("delay in µs", delay.as_nanos().div_ceil(1000))?;
                ("slicer", vec![("average_size", average), ("size_variation", variation), ("delay", delay)])
            }
            ToxicKind::LimitData { bytes } => ("limit_data", vec![("bytes", number("bytes", bytes.into())?)]),
        };
        let stream = match toxic.direction {
            Direction::Upstream => "upstream",
            Direction::Downstream => "downstream",
        };
        Ok(Some(Self { kind, stream, toxicity: toxic.toxicity as f32, attributes }))
    }

    /// Whether this is what the server says it has.
    pub(super) fn is(&self, pack: &ToxicPack) -> bool {
        pack.r#type == self.kind
            && pack.stream == self.stream
            && pack.attributes.len() == self.attributes.len()
            && self.attributes.iter().all(|(name, value)| pack.attributes.get(*name) == Some(value))
    }
}

/// Toxiproxy counts in whole milliseconds: a part of one is made whole, so that it is never less than was asked.
fn millis(time: Duration) -> Result<u32, String> {
    number("time in ms", time.as_nanos().div_ceil(1_000_000))
}

fn number(what: &str, value: u128) -> Result<u32, String> {
    u32::try_from(value).map_err(|_| {
        format!("{what} {value} is too much for Toxiproxy's driver; at most {} can be asked", u32::MAX)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn spec(kind: ToxicKind) -> Result<Option<Spec>, String> {
        Spec::of(&Toxic { name: "t".into(), kind, direction: Direction::Upstream, toxicity: 0.5 })
    }

    #[test]
    fn times_are_never_less_than_asked() {
        let kind = ToxicKind::Latency { latency: Duration::from_micros(1500), jitter: Duration::ZERO };
        let latency = spec(kind).unwrap().unwrap();
        assert_eq!(latency.attributes, [("latency", 2), ("jitter", 0)]);
        assert_eq!((latency.stream, latency.toxicity), ("upstream", 0.5));
        let delay = Duration::from_nanos(1_000_001);
        let slicer = spec(ToxicKind::Slicer { average_size: 9, size_variation: 3, delay }).unwrap().unwrap();
        assert_eq!(slicer.attributes, [("average_size", 9), ("size_variation", 3), ("delay", 1001)]);
    }

    #[test]
    fn what_it_cannot_take_is_said() {
        let reason = spec(ToxicKind::LimitData { bytes: 1 << 32 }).unwrap_err();
        assert!(reason.starts_with("bytes 4294967296 is too much"), "{reason}");
        spec(ToxicKind::Timeout { timeout: Duration::from_secs(60 * 24 * 3600) }).unwrap_err();
        assert_eq!(spec(ToxicKind::Down), Ok(None));
    }
}
