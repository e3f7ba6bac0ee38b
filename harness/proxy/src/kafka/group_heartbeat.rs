//! ConsumerGroupHeartbeat: the newer group protocol (KIP-848) in one request.

use std::sync::Arc;

use super::event::{KafkaError, KafkaSaid};
use super::fields::{Fields, Malformed, text};
use super::groups::{Member, throttle};

/// The beginning of the request; the rest is what the client can do and has.
pub(crate) fn heartbeat(fields: &mut Fields<'_>) -> Result<Member, Malformed> {
    let (group, member, generation) = (fields.text()?, fields.text()?, fields.i32()?);
    Ok(Member { group, member, generation })
}

pub(crate) fn heard(asked: Member, fields: &mut Fields<'_>) -> Result<Option<KafkaSaid>, Malformed> {
    throttle(fields, true)?;
    let error = KafkaError::of(fields.i16()?);
    fields.string()?;
    let named = fields.text()?;
    let epoch = fields.i32()?;
    fields.i32()?;
    let assignment = match fields.i8()? {
        -1 => None,
        _ => {
            let topics = fields.each(|topic| {
                let id = topic_id(topic.uuid()?);
                let partitions = topic.each(Fields::i32)?;
                topic.tags()?;
                Ok((id, partitions))
            })?;
            fields.tags()?;
            Some(topics)
        }
    };
    fields.end()?;
    let (group, asked, member) =
        (asked.group, asked.generation, if named.is_empty() { asked.member } else { named });
    let is_news = error.is_some() || assignment.is_some() || epoch != asked || asked < 0;
    Ok(is_news.then_some(KafkaSaid::GroupHeartbeat { group, member, asked, epoch, assignment, error }))
}

/// A topic's id as Kafka's tools print it: Base64 with `-` and `_`, not padded.
fn topic_id(id: [u8; 16]) -> Arc<str> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    // 128 bits are 22 digits of 6 bits, the last with 4 bits to spare.
    let bits = u128::from_be_bytes(id);
    let digit = |i: u32| {
        let at = if i < 21 { bits >> (122 - 6 * i) } else { bits << 4 };
        DIGITS[(at & 63) as usize]
    };
    text(&(0..22).map(digit).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::topic_id;

    #[test]
    fn ids_are_printed_as_kafka_does() {
        // The cluster's metadata topic, and the bytes 0, 1, 2 ….
        assert_eq!(&*topic_id(1u128.to_be_bytes()), "AAAAAAAAAAAAAAAAAAAAAQ");
        assert_eq!(&*topic_id(std::array::from_fn(|i| i as u8)), "AAECAwQFBgcICQoLDA0ODw");
        assert_eq!(&*topic_id([0xff; 16]), "_____________________w");
    }
}
