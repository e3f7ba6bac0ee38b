//! The broker's settings: fast groups, nothing vanishes, one node, one address.

pub(crate) const PROPERTIES: &str = "server.properties";
pub(crate) const LOGGING: &str = "log4j2.properties";
/// Few, so that the coordinator loads them fast; each is asked before the broker counts as ready.
pub(crate) const OFFSETS_PARTITIONS: i32 = 4;

/// The settings; `broker` and `controller` are where it listens, `advertised` what clients are told.
pub(crate) fn properties(broker: &str, controller: &str, advertised: &str, data: &str) -> String {
    format!(
        "\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{controller}
listeners=BROKER://{broker},CONTROLLER://{controller}
advertised.listeners=BROKER://{advertised}
listener.security.protocol.map=BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=BROKER
controller.listener.names=CONTROLLER
log.dirs={data}

# A topic that nobody made is a mistake that must show.
auto.create.topics.enable=false
num.partitions=1
default.replication.factor=1
min.insync.replicas=1
offsets.topic.num.partitions={OFFSETS_PARTITIONS}
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=2
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1

# A machine so loaded that heartbeats are late is no dead broker.
broker.session.timeout.ms=60000

# Scenarios scale time down: minutes become seconds.
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=100
group.consumer.min.session.timeout.ms=100
group.consumer.min.heartbeat.interval.ms=50

# Nothing vanishes while a run may still read it.
log.retention.ms=-1
log.retention.bytes=-1

# Small: many runs share two cores with it.
num.network.threads=2
num.io.threads=4
background.threads=2
num.recovery.threads.per.data.dir=1
group.coordinator.threads=2
log.cleaner.threads=1
log.cleaner.dedupe.buffer.size=4194304
metric.reporters=
"
    )
}

/// To standard output, which is the server's log file.
pub(crate) fn logging() -> &'static str {
    "\
appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d{HH:mm:ss.SSS} %p %c{1} %m%n
rootLogger.level=INFO
rootLogger.appenderRef.out.ref=out
logger.config.name=org.apache.kafka.common.config.AbstractConfig
logger.config.level=WARN
logger.kafkaconfig.name=kafka.server.KafkaConfig
logger.kafkaconfig.level=WARN
"
}
