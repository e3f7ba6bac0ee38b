//! Which records of a Fetch are told, whatever they look like.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use bytes::Bytes;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::fetch_response::PartitionData;
use kafka_protocol::records::Record;
use rand::RngExt;

use super::api::Api;
use super::event::{KafkaError, KafkaSaid, RecordKey};
use super::fetch::Offsets;
use super::fetch_exchanges::{
    CODECS, Codec, aborted, answer, batch, exchanges, incremental, made, partition, record, request,
};
use super::fetch_walk::FetchWalk;
use super::head::head;
use super::question::Question;
use super::testing::{exchange, session, tell, told, up};

type Keys<'a> = &'a [(i64, Option<&'a [u8]>)];

fn fetched(
    partition: i32,
    offsets: Option<(i64, i64)>,
    records: u64,
    keys: Keys<'_>,
    code: i16,
) -> KafkaSaid {
    let key = |(offset, key): &(i64, Option<&[u8]>)| RecordKey {
        offset: *offset,
        key: key.map(Bytes::copy_from_slice),
    };
    KafkaSaid::Fetched {
        topic: "orders".into(),
        partition,
        first: offsets.map(|(first, _)| first),
        last: offsets.map(|(_, last)| last),
        records,
        keys: keys.iter().map(key).collect(),
        error: KafkaError::of(code),
    }
}

/// What is told of one answer, in version 12.
fn said(asked: &[(i32, i64)], partitions: Vec<PartitionData>) -> Vec<KafkaSaid> {
    let exchange = made(12, asked, partitions);
    let events = tell(&exchange, 1 << 20).unwrap();
    assert_eq!(tell(&exchange, 7).unwrap(), events);
    events.into_iter().map(|event| event.said).collect()
}

/// What is told of the records of one partition.
fn of(asked: i64, batches: &[Bytes]) -> KafkaSaid {
    let mut said = said(&[(0, asked)], vec![partition(0, 0, Bytes::from(batches.concat()))]);
    assert_eq!(said.len(), 1);
    said.remove(0)
}

fn plain(offset: i64) -> Record {
    record(offset, Some(b"k"), 10)
}

#[test]
fn every_version_and_codec_is_read() {
    let from = 1 << 33;
    let keys: Keys<'_> = &[
        (from + 1, None),
        (from + 2, Some(b"c")),
        (from + 3, Some(b"a")),
        (from + 4, None),
        (from + 5, Some(b"c")),
    ];
    let expected = [fetched(0, Some((from + 1, from + 5)), 5, keys, 0), fetched(1, None, 0, &[], 1)];
    for exchange in exchanges() {
        for piece in [1, 1 << 20] {
            let events = tell(&exchange, piece).unwrap();
            assert!(events.iter().all(|event| event.client.as_deref() == Some("test")));
            let said = events.into_iter().map(|event| event.said).collect::<Vec<_>>();
            assert_eq!(said, expected, "{piece}");
        }
        // Also of an answer that is there as a whole.
        let head = head(&exchange.request, exchange.request.len()).unwrap().unwrap();
        let question = Question::read(Api::Fetch, head.version, &exchange.request[head.body..]).unwrap();
        assert_eq!(question.answered(head.version, &exchange.answer[8..]).unwrap(), expected);
    }
}

#[test]
fn of_many_records_the_first_keys_are_told_and_all_are_counted() {
    for codec in CODECS {
        let records = (0..5000).map(plain).collect::<Vec<_>>();
        let batches = records.chunks(1000).map(|records| batch(codec, records)).collect::<Vec<_>>();
        let keys = (10..110).map(|offset| (offset, Some(&b"k"[..]))).collect::<Vec<_>>();
        assert_eq!(of(10, &batches), fetched(0, Some((10, 4999)), 4990, &keys, 0), "{codec:?}");
    }
}

#[test]
fn a_batch_before_the_offset_asked_for_and_one_that_is_cut_off_do_not_count() {
    let whole = [batch(Codec::None, &[plain(3), plain(4)]), batch(Codec::Lz4, &[plain(5)])];
    let next = batch(Codec::None, &[plain(6), plain(7)]);
    for cut in 0..next.len() {
        let batches = [whole[0].clone(), whole[1].clone(), next.slice(..cut)];
        assert_eq!(of(5, &batches), fetched(0, Some((5, 5)), 1, &[(5, Some(b"k"))], 0), "{cut}");
    }
    assert_eq!(said(&[(0, 8)], vec![partition(0, 0, next)]), []);
}

#[test]
fn a_compacted_batch_is_counted_record_by_record() {
    for codec in CODECS {
        let records = [10, 12, 15, 17].map(plain);
        let keys: Keys<'_> = &[(12, Some(b"k")), (15, Some(b"k")), (17, Some(b"k"))];
        assert_eq!(of(11, &[batch(codec, &records)]), fetched(0, Some((12, 17)), 3, keys, 0), "{codec:?}");
        // Also where no key is wanted any more.
        let many = (0..100).map(plain).collect::<Vec<_>>();
        let KafkaSaid::Fetched { records, .. } = of(0, &[batch(codec, &many), batch(codec, &records)]) else {
            panic!("not fetched");
        };
        assert_eq!(records, 104);
    }
}

#[test]
fn transactions_ends_and_what_was_aborted_do_not_count() {
    let of_producer = |producer_id, offset, control| {
        let record = Record { producer_id, producer_epoch: 0, transactional: true, control, ..plain(offset) };
        batch(Codec::None, &[record])
    };
    // Of producer 1, one is aborted and one is not; of producer 2, both are.
    let batches = [
        of_producer(1, 0, false),
        of_producer(2, 1, false),
        of_producer(1, 2, true),
        of_producer(1, 3, false),
        of_producer(2, 4, true),
        of_producer(1, 5, true),
        of_producer(2, 6, false),
        batch(Codec::None, &[plain(7)]),
        of_producer(2, 8, true),
    ];
    let all = partition(0, 0, Bytes::from(batches.concat()));
    let keys: Keys<'_> = &[(3, Some(b"k")), (7, Some(b"k"))];
    let aborted = vec![aborted(1, 0), aborted(2, 1), aborted(2, 6)];
    let committed = all.clone().with_aborted_transactions(Some(aborted));
    assert_eq!(said(&[(0, 0)], vec![committed]), [fetched(0, Some((3, 7)), 2, keys, 0)]);
    // Who reads what is not committed takes it all.
    let keys = [0, 1, 3, 6, 7].map(|offset| (offset, Some(&b"k"[..])));
    assert_eq!(said(&[(0, 0)], vec![all]), [fetched(0, Some((0, 7)), 5, &keys, 0)]);
}

#[test]
fn what_an_incremental_fetch_leaves_out_is_known_from_before() {
    let mut session = session();
    let mut pass = |request, partitions| {
        let exchange = exchange(ApiKey::Fetch, 12, &request, &answer(partitions));
        up(&mut session, &exchange.request);
        super::testing::down(&mut session, &exchange.answer);
        told(&mut session).into_iter().map(|event| event.said).collect::<Vec<_>>()
    };
    let straddling = || batch(Codec::None, &[plain(4), plain(5)]);
    assert_eq!(pass(request(&[(0, 5), (1, 5)]).with_session_epoch(0), vec![]), []);
    let from = |first| {
        let keys = (first..=5).map(|offset| (offset, Some(&b"k"[..]))).collect::<Vec<_>>();
        vec![fetched(1, Some((first, 5)), 6 - first as u64, &keys, 0)]
    };
    assert_eq!(pass(incremental(&[(0, 9)], &[]), vec![partition(1, 0, straddling())]), from(5));
    // What is not known is told from the batch's beginning.
    assert_eq!(pass(incremental(&[], &[1]), vec![partition(1, 0, straddling())]), from(4));
    assert_eq!(pass(incremental(&[(1, 6)], &[]), vec![partition(1, 0, straddling())]), []);
    assert_eq!(pass(request(&[(1, 5)]), vec![partition(1, 0, straddling())]), from(5));
}

#[test]
fn what_cannot_be_looked_into_is_told_as_its_head_has_it() {
    let mut noise = vec![0; 1 << 20];
    rand::rng().fill(&mut noise[..]);
    let large = [Record { value: Some(noise.into()), ..plain(0) }, plain(1), plain(2)];
    let small = batch(Codec::Zstd, &[plain(3)]);
    for codec in CODECS {
        let keys: Keys<'_> = match codec {
            Codec::None => &[(1, Some(b"k")), (2, Some(b"k")), (3, Some(b"k"))],
            // Compressed, it is longer than 1 MiB.
            _ => &[(3, Some(b"k"))],
        };
        assert_eq!(of(1, &[batch(codec, &large), small.clone()]), fetched(0, Some((1, 3)), 3, keys, 0));
    }
    // Compressed with something unknown, or not as it says.
    for byte in [4, 5, 6, 7] {
        let mut odd = batch(Codec::Lz4, &[plain(0), plain(1), plain(2)]).to_vec();
        odd[22] = byte;
        assert_eq!(of(1, &[odd.into(), small.clone()]), fetched(0, Some((1, 3)), 3, &[(3, Some(b"k"))], 0));
    }
}

#[test]
fn a_long_key_is_told_in_part() {
    let long = record(0, Some(&[b'x'; 3000]), 10);
    let key = &[b'x'; 1024][..];
    let told = of(0, &[batch(Codec::None, &[long, plain(1)])]);
    assert_eq!(told, fetched(0, Some((0, 1)), 2, &[(0, Some(key)), (1, Some(b"k"))], 0));
}

#[test]
fn an_old_format_blinds() {
    let mut old = batch(Codec::None, &[plain(0)]).to_vec();
    old[16] = 1;
    let reason = "server: an answer to Fetch version 12 cannot be read: its version is not known";
    let blind =
        |records: Vec<u8>| tell(&made(12, &[(0, 0)], vec![partition(0, 0, Bytes::from(records))]), 99);
    assert_eq!(blind(old), Err(reason.into()));
    // A message of 34 bytes, shorter than the head of a batch.
    let short = [&[0; 8][..], &[0, 0, 0, 22], &[0, 0, 0, 0, 1], &[0; 17]].concat();
    assert_eq!(blind(short), Err(reason.into()));
}

#[test]
fn an_answer_of_60_mb_is_not_held() {
    let value = 700_000;
    for codec in [Codec::None, Codec::Lz4] {
        let batches = (0..90).map(|offset| batch(codec, &[record(offset, Some(b"k"), value)]));
        let mut records = batches.collect::<Vec<_>>().concat();
        if codec == Codec::None {
            assert!(records.len() > 60 << 20);
        }
        records.extend_from_slice(&batch(codec, &[plain(90)]));
        let exchange = made(12, &[(0, 0)], vec![partition(0, 0, Bytes::from(records))]);
        let offsets = Offsets::from([("orders".into(), [(0, 0)].into())]);
        let (mut walk, mut peak) = (FetchWalk::new(12, Arc::new(offsets)), 0);
        for piece in exchange.answer[8..].chunks(64 * 1024) {
            walk.read(piece).unwrap();
            peak = peak.max(walk.held());
        }
        assert!(peak < 1 << 16, "{codec:?}: {peak} bytes held");
        let said = walk.finish().unwrap();
        let keys = (0..=90).map(|offset| (offset, Some(&b"k"[..]))).collect::<Vec<_>>();
        assert_eq!(said, [fetched(0, Some((0, 90)), 91, &keys, 0)]);
    }
}
