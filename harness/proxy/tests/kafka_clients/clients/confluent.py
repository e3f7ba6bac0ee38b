"""A client of confluent-kafka, which is librdkafka. What all of these clients do and print stands in `../report.rs`."""

import os
import sys
import time

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

bootstrap, topic, protocol, go, records, *codecs = sys.argv[1:]
records = int(records)


def say(*words):
    print(*words, flush=True)


def settings(client_id, **more):
    more = {key.replace("_", "."): value for key, value in more.items()}
    return {"bootstrap.servers": bootstrap, "client.id": client_id, **more}


def produced(error, message):
    if error is not None:
        raise KafkaException(error)
    say("produced", message.value().decode(), message.partition(), message.offset(), message.key().decode())


def produce(codec):
    producer = Producer(settings(f"producer-{codec}", compression_type=codec))
    for i in range(records):
        producer.produce(topic, key=f"key-{i}", value=codec, on_delivery=produced)
    producer.flush()


def consumer(client_id):
    group = {"group_id": topic, "group_protocol": protocol}
    return Consumer(settings(client_id, **group, auto_offset_reset="earliest", enable_auto_commit=False))


def consume(count):
    member = consumer("consumer")
    member.subscribe([topic])
    while count:
        message = member.poll(0.1)
        if message is None:
            continue
        if message.error():
            raise KafkaException(message.error())
        say("consumed", message.value().decode(), message.partition(), message.offset(), message.key().decode())
        count -= 1
    for at in member.commit(offsets=member.position(member.assignment()), asynchronous=False):
        if at.error:
            raise KafkaException(at.error)
        say("committed", at.partition, at.offset)
    for broker in member.list_topics(topic).brokers.values():
        say("broker", f"{broker.host}:{broker.port}")
    commit_as_no_member()
    say("waiting")
    while not os.path.exists(go):
        time.sleep(0.01)
    member.close()
    say("left")


def commit_as_no_member():
    """A group that has members takes no commits of others."""
    stranger = consumer("stranger")
    at = TopicPartition(topic, 0, 0)
    stranger.assign([at])
    try:
        stranger.commit(offsets=[at], asynchronous=False)
    except KafkaException as error:
        print(error, file=sys.stderr)
        say("refused")
    stranger.close()


for codec in codecs:
    produce(codec)
consume(records * len(codecs))
