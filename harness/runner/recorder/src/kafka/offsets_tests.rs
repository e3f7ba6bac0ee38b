//! Literal records of `__consumer_offsets`, and bytes that are none.

use proptest::prelude::*;

use super::*;

/// Version 1, group `g1`, topic `order`, partition 2.
const KEY: &[u8] = b"\x00\x01\x00\x02g1\x00\x05order\x00\x00\x00\x02";

fn commit(offset: i64) -> Result<Option<Commit>, OffsetsError> {
    Ok(Some(Commit { group: "g1".into(), topic: "order".into(), partition: 2, offset }))
}

#[test]
fn values_of_every_version() {
    let time = b"\x00\x00\x01\x8f\x00\x00\x00\x00";
    let v0 = [b"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x07\x00\x00", &time[..]].concat();
    let v1 = [b"\x00\x01\x00\x00\x00\x00\x00\x00\x00\x08\x00\x00", &time[..], &time[..]].concat();
    let v2 = [b"\x00\x02\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00", &time[..]].concat();
    let v3 = [b"\x00\x03\x00\x00\x00\x00\x00\x00\x00\x09\xff\xff\xff\xff\x00\x00", &time[..]].concat();
    let v4 = [b"\x00\x04\x00\x00\x00\x00\x00\x00\x00\x0a\xff\xff\xff\xff\x01", &time[..], b"\x00"].concat();
    for (value, offset) in [(v0, 7), (v1, 8), (v2, 256), (v3, 9), (v4, 10)] {
        assert_eq!(decode(KEY, Some(&value)), commit(offset));
    }
}

#[test]
fn key_version_0_is_the_same() {
    let mut key = KEY.to_vec();
    key[1] = 0;
    assert_eq!(decode(&key, Some(b"\x00\x03\x00\x00\x00\x00\x00\x00\x00\x09")), commit(9));
}

#[test]
fn group_metadata_and_tombstones_are_no_commits() {
    assert_eq!(decode(b"\x00\x02\x00\x02g1", Some(b"whatever")), Ok(None));
    assert_eq!(decode(b"\x00\x0f\xff", Some(b"whatever")), Ok(None));
    assert_eq!(decode(KEY, None), Ok(None));
}

#[test]
fn what_is_cut_off_or_unknown_is_an_error() {
    assert_eq!(decode(b"", None), Err(OffsetsError::Short("key version")));
    assert_eq!(decode(&KEY[..9], None), Err(OffsetsError::Short("topic")));
    assert_eq!(decode(b"\x00\x01\xff\xff", None), Err(OffsetsError::Short("group")));
    assert_eq!(decode(b"\x00\x01\x00\x01\xff", None), Err(OffsetsError::Text("group")));
    assert_eq!(decode(KEY, Some(b"\x00\x03\x00")), Err(OffsetsError::Short("offset")));
    assert_eq!(decode(KEY, Some(b"\x00\x05")), Err(OffsetsError::Version(5)));
}

#[test]
fn partitions_are_java_s() {
    // "hello".hashCode() == 99162322; "polygenelubricants".hashCode() == Integer.MIN_VALUE, whose abs is 0.
    assert_eq!(partition_of("hello", 50), 99_162_322 % 50);
    assert_eq!(partition_of("polygenelubricants", 50), 0);
    assert_eq!(partition_of("", 50), 0);
    assert_eq!(partition_of("a", 0), 0);
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(key: Vec<u8>, value: Option<Vec<u8>>) {
        let _ = decode(&key, value.as_deref());
    }

    #[test]
    fn nearly_right_bytes_never_panic(cut in 0..KEY.len(), tail: Vec<u8>, value: Vec<u8>) {
        let key = [&KEY[..cut], &tail[..]].concat();
        let _ = decode(&key, Some(&value));
    }

    #[test]
    fn every_group_has_a_partition(group: String, partitions in 1..200) {
        prop_assert!((0..partitions).contains(&partition_of(&group, partitions)));
    }
}
