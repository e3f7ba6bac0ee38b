//! The settings of brokers: fast groups, nothing vanishes; of one that is alone, and of a cluster's.

pub(crate) const PROPERTIES: &str = "server.properties";
pub(crate) const LOGGING: &str = "log4j2.properties";
/// Few, so that the coordinator loads them fast; each is asked before the broker counts as ready.
pub(crate) const OFFSETS_PARTITIONS: i32 = 4;
/// The node id of a cluster's controller; its brokers count from 1.
pub(crate) const CONTROLLER_NODE: i32 = 100;

/// The settings of a broker that is also the controller; `broker` and `controller` are where it listens, `advertised` what
/// clients are told.
pub(crate) fn properties(broker: &str, controller: &str, advertised: &str, data: &str) -> String {
    let settings = settings(1);
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

{settings}"
    )
}

/// The settings of a cluster's controller, which listens at `controller`.
pub(crate) fn of_controller(brokers: usize, controller: &str, data: &str) -> String {
    let settings = settings(brokers);
    format!(
        "\
process.roles=controller
node.id={CONTROLLER_NODE}
controller.quorum.voters={CONTROLLER_NODE}@{controller}
listeners=CONTROLLER://{controller}
listener.security.protocol.map=BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs={data}

{settings}"
    )
}

/// The settings of one of a cluster's brokers, which listens at `broker`.
pub(crate) fn of_broker(node: i32, brokers: usize, broker: &str, controller: &str, data: &str) -> String {
    let settings = settings(brokers);
    format!(
        "\
process.roles=broker
node.id={node}
controller.quorum.voters={CONTROLLER_NODE}@{controller}
listeners=BROKER://{broker}
advertised.listeners=BROKER://{broker}
listener.security.protocol.map=BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=BROKER
controller.listener.names=CONTROLLER
log.dirs={data}

{settings}"
    )
}

/// What all nodes of a cluster of so many brokers have in common. With three, one may be lost: what was acknowledged
/// (`acks=all`) is on two.
fn settings(brokers: usize) -> String {
    let replicas = brokers.min(3);
    let in_sync = replicas.div_ceil(2);
    format!(
        "\
# A topic that nobody made is a mistake that must show.
auto.create.topics.enable=false
num.partitions=1
default.replication.factor={replicas}
min.insync.replicas={in_sync}
offsets.topic.num.partitions={OFFSETS_PARTITIONS}
offsets.topic.replication.factor={replicas}
transaction.state.log.num.partitions=2
transaction.state.log.replication.factor={replicas}
transaction.state.log.min.isr={in_sync}
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor={replicas}
share.coordinator.state.topic.min.isr={in_sync}

# A machine so loaded that heartbeats are late is no dead broker.
broker.session.timeout.ms=60000

# Scenarios scale time down: minutes become seconds.
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=100
group.consumer.min.session.timeout.ms=100
group.consumer.min.heartbeat.interval.ms=50
# Of groups of the newer protocol, whose members cannot say.
group.consumer.session.timeout.ms=3000
group.consumer.heartbeat.interval.ms=500

# Nothing vanishes while a run may still read it …
log.retention.ms=-1
log.retention.bytes=-1
# … but from topics that are told to forget or to compact: those do it now, and not in minutes.
log.initial.task.delay.ms=500
log.retention.check.interval.ms=500
log.cleaner.backoff.ms=500

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
