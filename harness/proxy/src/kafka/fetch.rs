//! Fetch: from where on a client wants which partitions.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::fields::{Fields, Malformed};

/// A session has no more partitions.
const MAX_PARTITIONS: usize = 100_000;

/// Offsets by topic and partition.
pub(crate) type Offsets = BTreeMap<Arc<str>, BTreeMap<i32, i64>>;

/// What a client wants to fetch.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fetch {
    /// It names only what has changed since the session's last request (KIP-227).
    is_incremental: bool,
    pub(crate) offsets: Offsets,
    forgotten: Vec<(Arc<str>, Vec<i32>)>,
}

pub(crate) fn fetch(fields: &mut Fields<'_>, version: i16) -> Result<Fetch, Malformed> {
    // The replica's id, waiting time, least and most bytes, isolation level.
    fields.bytes(4 + 4 + 4 + 4 + 1)?;
    let mut is_incremental = false;
    if version >= 7 {
        // Session 0 is none; epoch 0 begins one, -1 ends it.
        let (session, epoch) = (fields.i32()?, fields.i32()?);
        is_incremental = session != 0 && epoch > 0;
    }
    let mut offsets = Offsets::new();
    for _ in 0..fields.array()?.unwrap_or(0) {
        let topic = offsets.entry(fields.text()?).or_default();
        for _ in 0..fields.array()?.unwrap_or(0) {
            let partition = fields.i32()?;
            if version >= 9 {
                fields.i32()?;
            }
            topic.insert(partition, fields.i64()?);
            if version >= 12 {
                fields.i32()?;
            }
            if version >= 5 {
                fields.i64()?;
            }
            fields.i32()?;
            fields.tags()?;
        }
        fields.tags()?;
    }
    let mut forgotten = Vec::new();
    if version >= 7 {
        forgotten = fields.each(|topic| {
            let forgotten = (topic.text()?, topic.each(Fields::i32)?);
            topic.tags()?;
            Ok(forgotten)
        })?;
    }
    if version >= 11 {
        fields.string()?;
    }
    fields.end()?;
    Ok(Fetch { is_incremental, offsets, forgotten })
}

/// From where on a connection's partitions were last asked for.
///
/// A client has one session at a broker and asks in it one thing at a time, so there is one of these for a connection. It is
/// brought forward when an answer comes, which happens in the order of the requests.
#[derive(Default)]
pub(crate) struct Positions {
    offsets: Arc<Offsets>,
}

impl Positions {
    /// What the answer to this request is about.
    pub(crate) fn follow(&mut self, fetch: Fetch) -> Result<Arc<Offsets>, String> {
        if fetch.is_incremental {
            let offsets = Arc::make_mut(&mut self.offsets);
            for (topic, partitions) in &fetch.forgotten {
                if let Some(known) = offsets.get_mut(topic) {
                    known.retain(|partition, _| !partitions.contains(partition));
                }
            }
            for (topic, partitions) in fetch.offsets {
                offsets.entry(topic).or_default().extend(partitions);
            }
            offsets.retain(|_, known| !known.is_empty());
        } else {
            self.offsets = Arc::new(fetch.offsets);
        }
        if self.offsets.values().map(BTreeMap::len).sum::<usize>() > MAX_PARTITIONS {
            return Err(format!("a session that fetches more than {MAX_PARTITIONS} partitions"));
        }
        Ok(self.offsets.clone())
    }
}
