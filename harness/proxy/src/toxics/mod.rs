//! The registry of toxics: from what was asked to what acts.

mod bandwidth;
mod down;
mod latency;
mod limit_data;
mod reset_peer;
mod slicer;
mod slow_close;
mod timeout;

use std::sync::Arc;

use tokio::time::Instant;

use crate::draw;
use crate::stage::{Act, Stage};
use crate::toxic::{Toxic, ToxicKind};

pub(crate) use down::{CUT, take_down};

/// A toxic's stage on one connection, or `None` where it does not act on this connection's bytes: chance spares it, or
/// it acts on the link as a whole.
pub(crate) fn stage(toxic: &Toxic, seed: u64, conn: u64, now: Instant) -> Option<Stage> {
    let mut rng = draw::generator(seed, conn, &toxic.name);
    if !draw::hits(&mut rng, toxic.toxicity) {
        return None;
    }
    let name: Arc<str> = toxic.name.as_str().into();
    let act: Box<dyn Act> = match toxic.kind {
        ToxicKind::Latency { latency, jitter } => Box::new(latency::Latency::new(latency, jitter, rng)),
        ToxicKind::Bandwidth { rate_kb_s } => Box::new(bandwidth::Bandwidth::new(rate_kb_s)),
        ToxicKind::SlowClose { delay } => Box::new(slow_close::SlowClose::new(delay)),
        ToxicKind::Timeout { timeout } => Box::new(timeout::Timeout::new(name.clone(), timeout)),
        ToxicKind::ResetPeer { timeout } => Box::new(reset_peer::ResetPeer::new(name.clone(), timeout)),
        ToxicKind::Slicer { average_size, size_variation, delay } => {
            Box::new(slicer::Slicer::new(average_size, size_variation, delay, rng))
        }
        ToxicKind::LimitData { bytes } => Box::new(limit_data::LimitData::new(name.clone(), bytes)),
        ToxicKind::Down => return None,
    };
    Some(Stage::new(name, act, now))
}
