// A client of Kafka's own Java library. What all of these clients do and print stands in `../report.rs`.

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;

public class Client {
    static final String STRING = "org.apache.kafka.common.serialization.String";

    final String bootstrap, topic, protocol;
    final Path go;
    final int records;

    Client(String[] args) {
        bootstrap = args[0];
        topic = args[1];
        protocol = args[2];
        go = Path.of(args[3]);
        records = Integer.parseInt(args[4]);
    }

    public static void main(String[] args) throws Exception {
        Client client = new Client(args);
        String[] codecs = Arrays.copyOfRange(args, 5, args.length);
        for (String codec : codecs) {
            client.produce(codec);
        }
        client.consume(codecs.length * client.records);
    }

    void produce(String codec) throws Exception {
        Properties properties = properties("producer-" + codec);
        properties.put("compression.type", codec);
        properties.put("key.serializer", STRING + "Serializer");
        properties.put("value.serializer", STRING + "Serializer");
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(properties)) {
            for (int i = 0; i < records; i++) {
                String key = "key-" + i;
                producer.send(new ProducerRecord<>(topic, key, codec), (sent, error) -> {
                    if (error != null) {
                        error.printStackTrace();
                    } else {
                        say("produced", codec, sent.partition(), sent.offset(), key);
                    }
                });
            }
            producer.flush();
        }
    }

    void consume(int all) throws Exception {
        try (Consumer<String, String> consumer = consumer("consumer")) {
            consumer.subscribe(Arrays.asList(topic));
            for (int seen = 0; seen < all;) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(100))) {
                    say("consumed", record.value(), record.partition(), record.offset(), record.key());
                    seen++;
                }
            }
            Map<TopicPartition, OffsetAndMetadata> offsets = consumer.assignment().stream()
                .collect(Collectors.toMap(at -> at, at -> new OffsetAndMetadata(consumer.position(at))));
            consumer.commitSync(offsets);
            offsets.forEach((at, offset) -> say("committed", at.partition(), offset.offset()));
            for (PartitionInfo partition : consumer.partitionsFor(topic)) {
                say("broker", partition.leader().host() + ":" + partition.leader().port());
            }
            commitAsNoMember();
            say("waiting");
            while (!Files.exists(go)) {
                Thread.sleep(10);
            }
        }
        say("left");
    }

    /** A group that has members takes no commits of others. */
    void commitAsNoMember() {
        try (Consumer<String, String> stranger = consumer("stranger")) {
            TopicPartition at = new TopicPartition(topic, 0);
            stranger.assign(Arrays.asList(at));
            stranger.commitSync(Map.of(at, new OffsetAndMetadata(0)));
        } catch (KafkaException error) {
            System.err.println(error);
            say("refused");
        }
    }

    Consumer<String, String> consumer(String id) {
        Properties properties = properties(id);
        properties.put("group.id", topic);
        properties.put("auto.offset.reset", "earliest");
        properties.put("enable.auto.commit", "false");
        properties.put("key.deserializer", STRING + "Deserializer");
        properties.put("value.deserializer", STRING + "Deserializer");
        if (!protocol.equals("classic")) {
            properties.put("group.protocol", protocol);
        }
        return new KafkaConsumer<>(properties);
    }

    Properties properties(String id) {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", bootstrap);
        properties.put("client.id", id);
        return properties;
    }

    static void say(Object... words) {
        System.out.println(Arrays.stream(words).map(Object::toString).collect(Collectors.joining(" ")));
    }
}
