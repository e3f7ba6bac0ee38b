//! Records of `__consumer_offsets`, decoded by hand: who committed which offset.
//!
//! From Kafka's `OffsetCommitKey.json` and `OffsetCommitValue.json` (broker 4.3).

/// A committed offset, by real names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Commit {
    pub(super) group: String,
    pub(super) topic: String,
    pub(super) partition: i32,
    pub(super) offset: i64,
}

/// Why a record could not be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum OffsetsError {
    #[error("a record of __consumer_offsets ends within its {0}")]
    Short(&'static str),
    #[error("a record of __consumer_offsets has no UTF-8 in its {0}")]
    Text(&'static str),
    #[error("a commit in __consumer_offsets has value version {0}, known are 0 to 4")]
    Version(i16),
}

/// The commit in a record; `None` for what is none: group metadata (key version 2 and up) and tombstones.
pub(super) fn decode(key: &[u8], value: Option<&[u8]>) -> Result<Option<Commit>, OffsetsError> {
    let mut key = Bytes(key);
    let (0 | 1) = key.short("key version")? else { return Ok(None) };
    let group = key.string("group")?;
    let topic = key.string("topic")?;
    let partition = i32::from_be_bytes(key.take("partition")?);
    let Some(value) = value else { return Ok(None) };
    let mut value = Bytes(value);
    let version = value.short("value version")?;
    if !(0..=4).contains(&version) {
        return Err(OffsetsError::Version(version));
    }
    // In every version the offset comes first; leader epoch, metadata and times follow.
    let offset = i64::from_be_bytes(value.take("offset")?);
    Ok(Some(Commit { group, topic, partition, offset }))
}

/// The partition of `__consumer_offsets` that a group's commits go to: Java's `String.hashCode`, absolute.
pub(super) fn partition_of(group: &str, partitions: i32) -> i32 {
    let hash =
        group.encode_utf16().fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)));
    hash.checked_abs().unwrap_or(0) % partitions.max(1)
}

struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn slice(&mut self, count: usize, field: &'static str) -> Result<&'a [u8], OffsetsError> {
        let (head, tail) = self.0.split_at_checked(count).ok_or(OffsetsError::Short(field))?;
        self.0 = tail;
        Ok(head)
    }

    fn take<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], OffsetsError> {
        self.slice(N, field)?.try_into().map_err(|_| OffsetsError::Short(field))
    }

    fn short(&mut self, field: &'static str) -> Result<i16, OffsetsError> {
        self.take(field).map(i16::from_be_bytes)
    }

    fn string(&mut self, field: &'static str) -> Result<String, OffsetsError> {
        let length = usize::try_from(self.short(field)?).map_err(|_| OffsetsError::Short(field))?;
        let text = std::str::from_utf8(self.slice(length, field)?);
        text.map(str::to_owned).map_err(|_| OffsetsError::Text(field))
    }
}

#[cfg(test)]
#[path = "offsets_tests.rs"]
mod tests;
