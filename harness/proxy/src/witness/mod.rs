//! Witnesses: what a link that reads before a Toxiproxy proxy can say of the toxics there.
//!
//! Toxiproxy tells nobody what its toxics do. But all that they do to a connection shows on our side of it: when bytes
//! come back, how many, and how the connection ends. A witness watches that for one toxic on one connection and says
//! what it has measured, beside what was asked; measured too little, it says nothing. It cannot look behind the toxic: a
//! server that is slow by itself looks just like one behind a latency.

mod bandwidth;
mod burst;
mod down;
mod latency;
mod limit_data;
mod reset_peer;
mod silence;
mod slicer;
mod slow_close;
mod timeout;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::chain::Bite;
use crate::item::{Cut, Item, Manner};
use crate::toxic::{Toxic, ToxicKind};

/// One thing that is seen of a connection, on the side of the proxy behind us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sight {
    /// So many bytes were handed to it.
    Sent(usize),
    /// The client's end was handed to it.
    Finished,
    /// So many bytes came from it.
    Came(usize),
    /// It has closed or reset the connection.
    Ended,
    /// It did not take the connection.
    Refused,
    /// Time has passed.
    Tick,
    /// The toxic is about to be removed.
    Healing,
}

/// What a witness has found out.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Finding {
    /// The toxic bit: what was measured.
    Bit(String),
    /// The toxic ended the connection: how, and what was measured.
    Ended(Manner, String),
}

/// Watches one toxic on one connection.
trait Witness: Send {
    /// Sees one thing.
    fn see(&mut self, sight: Sight, now: Instant) -> Option<Finding>;

    /// When it wants to see a [`Sight::Tick`].
    fn due(&self) -> Option<Instant> {
        None
    }
}

struct Watch {
    toxic: Arc<str>,
    witness: Box<dyn Witness>,
    /// Chance may spare the connection.
    by_chance: bool,
    has_bitten: bool,
}

/// All witnesses of one connection.
#[derive(Default)]
pub(crate) struct Witnesses {
    all: Vec<Watch>,
    bites: Vec<Bite>,
    cut: Option<Cut>,
    /// The client has closed its side.
    finished: bool,
}

impl Witnesses {
    /// Watches a toxic, from before it begins to act. A connection is fresh while nothing can have passed on it.
    pub(crate) fn add(&mut self, toxic: &Toxic, fresh: bool, now: Instant) {
        self.all.extend(witness(toxic, fresh, now).map(|witness| Watch {
            toxic: toxic.name.as_str().into(),
            witness,
            by_chance: toxic.toxicity < 1.0,
            has_bitten: false,
        }));
    }

    /// The toxic no longer acts.
    pub(crate) fn remove(&mut self, toxic: &str) {
        self.all.retain(|watch| &*watch.toxic != toxic);
    }

    /// Shows them something.
    pub(crate) fn see(&mut self, sight: Sight, now: Instant) {
        self.finished |= sight == Sight::Finished;
        for watch in &mut self.all {
            match watch.witness.see(sight, now) {
                Some(Finding::Bit(what)) if !watch.has_bitten => {
                    watch.has_bitten = true;
                    self.bites.push((watch.toxic.clone(), what));
                }
                // A client that closes ends a spared connection just as well.
                Some(Finding::Ended(..)) if watch.by_chance && self.finished => {}
                Some(Finding::Ended(manner, what)) if self.cut.is_none() => {
                    self.cut = Some(Cut { toxic: watch.toxic.clone(), manner, what });
                }
                _ => {}
            }
        }
    }

    /// Something has come from the proxy behind us. If that is an end: how and by which toxic, if one is known.
    pub(crate) fn came(&mut self, item: &Item) -> Option<Cut> {
        let sight = match item {
            Item::Data(bytes) => Sight::Came(bytes.len()),
            _ => Sight::Ended,
        };
        // The time is taken after reading: what is measured is never less than it was.
        self.see(sight, Instant::now());
        self.cut()
    }

    /// The proxy behind us did not take the connection.
    pub(crate) fn refused(&mut self, now: Instant) {
        self.see(Sight::Refused, now);
    }

    /// Lets those look at the clock whose time has come.
    pub(crate) fn tick(&mut self, now: Instant) {
        if self.due().is_some_and(|due| due <= now) {
            self.see(Sight::Tick, now);
        }
    }

    /// A toxic is about to be removed.
    pub(crate) fn heal(&mut self, toxic: &str, now: Instant) {
        for watch in self.all.iter_mut().filter(|watch| &*watch.toxic == toxic) {
            if let Some(Finding::Ended(manner, what)) = watch.witness.see(Sight::Healing, now) {
                self.cut = Some(Cut { toxic: watch.toxic.clone(), manner, what });
            }
        }
    }

    /// When one of them next wants to look at the clock.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.all.iter().filter_map(|watch| watch.witness.due()).min()
    }

    /// How the connection is to end, if one of them says so.
    pub(crate) fn cut(&mut self) -> Option<Cut> {
        self.cut.take()
    }

    /// What was found out since the last call.
    pub(crate) fn bites(&mut self) -> Vec<Bite> {
        std::mem::take(&mut self.bites)
    }
}

fn witness(toxic: &Toxic, fresh: bool, now: Instant) -> Option<Box<dyn Witness>> {
    let direction = toxic.direction;
    // Where chance may spare the connection, no witness may end what the toxic would have ended.
    let certain = toxic.toxicity >= 1.0;
    let opened = fresh.then_some(now);
    Some(match toxic.kind {
        ToxicKind::Latency { latency, jitter } => {
            Box::new(latency::Latency::new(latency, jitter, direction, opened)?)
        }
        ToxicKind::Bandwidth { rate_kb_s } => {
            Box::new(bandwidth::Bandwidth::new(rate_kb_s, direction, opened))
        }
        ToxicKind::SlowClose { delay } => Box::new(slow_close::SlowClose::new(delay, direction, now)),
        ToxicKind::Timeout { timeout } => Box::new(timeout::Timeout::new(timeout, certain, now)),
        ToxicKind::ResetPeer { timeout } => {
            Box::new(reset_peer::ResetPeer::new(timeout, direction, certain, now))
        }
        ToxicKind::Slicer { average_size, size_variation, delay } => {
            Box::new(slicer::Slicer::new(average_size, size_variation, delay, direction, opened))
        }
        ToxicKind::LimitData { bytes } => Box::new(limit_data::LimitData::new(bytes, direction)),
        ToxicKind::Down => Box::new(down::Down),
    })
}

/// A time as it is told.
fn ms(time: Duration) -> String {
    format!("{} ms", time.as_millis())
}
