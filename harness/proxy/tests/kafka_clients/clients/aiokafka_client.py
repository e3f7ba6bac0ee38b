"""A client of aiokafka. What all of these clients do and print stands in `../report.rs`."""

import asyncio
import os
import sys

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

bootstrap, topic, protocol, go, records, *codecs = sys.argv[1:]
records = int(records)
assert protocol == "classic", "it has no other"


def say(*words):
    print(*words, flush=True)


async def produce(codec):
    compression = None if codec == "none" else codec
    async with AIOKafkaProducer(
        bootstrap_servers=bootstrap, client_id=f"producer-{codec}", compression_type=compression
    ) as producer:
        keys = [f"key-{i}" for i in range(records)]
        sending = [await producer.send(topic, codec.encode(), key.encode()) for key in keys]
        for key, sent in zip(keys, await asyncio.gather(*sending)):
            say("produced", codec, sent.partition, sent.offset, key)


def consumer(client_id):
    return AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        client_id=client_id,
        group_id=topic,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )


async def consume(count):
    async with consumer("consumer") as member:
        member.subscribe([topic])
        while count:
            message = await member.getone()
            say("consumed", message.value.decode(), message.partition, message.offset, message.key.decode())
            count -= 1
        offsets = {at: await member.position(at) for at in member.assignment()}
        await member.commit(offsets)
        for at, offset in offsets.items():
            say("committed", at.partition, offset)
        for broker in member._client.cluster.brokers():
            say("broker", f"{broker.host}:{broker.port}")
        await commit_as_no_member()
        say("waiting")
        while not os.path.exists(go):
            await asyncio.sleep(0.01)
    say("left")


async def commit_as_no_member():
    """A group that has members takes no commits of others."""
    at = TopicPartition(topic, 0)
    async with consumer("stranger") as stranger:
        stranger.assign([at])
        try:
            await stranger.commit({at: 0})
        except KafkaError as error:
            print(repr(error), file=sys.stderr)
            say("refused")


async def main():
    for codec in codecs:
        await produce(codec)
    await consume(records * len(codecs))


asyncio.run(main())
