//! An error for all topics in an answer to Metadata.

use super::fields::{Fields, Malformed};

/// The answer with it: everything after the correlation id. A topic with an error has no partitions.
pub(super) fn set(answer: &[u8], version: i16, code: i16) -> Result<Vec<u8>, Malformed> {
    let flexible = version >= 9;
    let none: &[u8] = if flexible { &[1] } else { &[0; 4] };
    let fields = &mut Fields::new(answer, flexible);
    let (mut copy, mut copied) = (Vec::with_capacity(answer.len()), 0);
    let position = |fields: &Fields<'_>| answer.len() - fields.rest().len();
    // The header's.
    fields.tags()?;
    before_topics(fields, version)?;
    for _ in 0..fields.array()?.unwrap_or(0) {
        copy.extend_from_slice(&answer[copied..position(fields)]);
        copy.extend_from_slice(&code.to_be_bytes());
        fields.i16()?;
        copied = position(fields);
        fields.string()?;
        if version >= 10 {
            fields.uuid()?;
        }
        if version >= 1 {
            fields.i8()?;
        }
        copy.extend_from_slice(&answer[copied..position(fields)]);
        copy.extend_from_slice(none);
        fields.each(|fields| partition(fields, version))?;
        copied = position(fields);
        if version >= 8 {
            fields.i32()?;
        }
        fields.tags()?;
    }
    copy.extend_from_slice(&answer[copied..]);
    Ok(copy)
}

fn before_topics(fields: &mut Fields<'_>, version: i16) -> Result<(), Malformed> {
    if version >= 3 {
        fields.i32()?;
    }
    fields.each(|broker| {
        broker.i32()?;
        broker.string()?;
        broker.i32()?;
        if version >= 1 {
            broker.string()?;
        }
        broker.tags()
    })?;
    if version >= 2 {
        fields.string()?;
    }
    if version >= 1 {
        fields.i32()?;
    }
    Ok(())
}

fn partition(fields: &mut Fields<'_>, version: i16) -> Result<(), Malformed> {
    fields.i16()?;
    // Its number and its leader.
    fields.i32()?;
    fields.i32()?;
    if version >= 7 {
        fields.i32()?;
    }
    // Replicas, those in sync, those that are away.
    for _ in 0..if version >= 5 { 3 } else { 2 } {
        fields.each(Fields::i32)?;
    }
    fields.tags()
}
