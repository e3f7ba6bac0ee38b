//! Kafka's own measuring tools, through a link that reads and through one that does not.

use std::net::SocketAddr;

use crate::Failure;
use crate::broker::{Broker, NAMES};
use crate::figures::{Asked, each, row, verdict};
use crate::tools::Tools;

/// Records of 1,000 bytes that are produced in a turn and count; as many as half of them come before, to warm up.
const PRODUCED: usize = 300_000;
/// Those that are consumed in a turn: what the first producers have left.
const CONSUMED: usize = 600_000;

/// Prints what ProducerPerformance and ConsumerPerformance say on each way, in turns.
pub(crate) async fn measure(broker: &Broker, tools: &Tools, rounds: usize) -> Result<(), Failure> {
    broker.make("consumed").await?;
    produce(tools, broker.addresses[0], "consumed", CONSUMED).await?;
    let (mut produced, mut consumed) = ([const { Vec::new() }; 3], [const { Vec::new() }; 3]);
    for round in 0..=rounds {
        for (way, address) in broker.addresses.into_iter().enumerate() {
            let topic = format!("produced-{round}-{way}");
            broker.make(&topic).await?;
            let producing = produce(tools, address, &topic, PRODUCED).await?;
            broker.delete(&topic).await?;
            let consuming = consume(tools, address, &topic).await?;
            // In the first round the broker warms up.
            if round > 0 {
                produced[way].push(producing);
                consumed[way].push(consuming);
            }
        }
    }
    for (tool, speeds) in [("ProducerPerformance", produced), ("ConsumerPerformance", consumed)] {
        println!("{tool}, records of 1,000 bytes, MB/s");
        for (name, speeds) in NAMES.iter().zip(&speeds) {
            row(name, speeds, 1);
        }
        let shares = each(&speeds[2], &speeds[1], |reading, plain| reading / plain);
        verdict("reading link / plain link", &shares, &Asked::AtLeast(0.8));
    }
    Ok(())
}

/// MB/s.
async fn produce(tools: &Tools, at: SocketAddr, topic: &str, records: usize) -> Result<f64, Failure> {
    let (all, warm, at) = ((records + records / 2).to_string(), (records / 2).to_string(), at.to_string());
    let arguments =
        ["--bootstrap-server", &at, "--topic", topic, "--throughput", "-1", "--record-size", "1000"];
    let numbers = ["--num-records", &all, "--warmup-records", &warm];
    let arguments: Vec<String> = arguments.iter().chain(&numbers).map(|text| (*text).to_owned()).collect();
    let said = tools.run("org.apache.kafka.tools.ProducerPerformance", &arguments).await?;
    let last = said.lines().rfind(|line| line.contains(" MB/sec)") && line.contains("steady state"));
    let speed = last.and_then(|line| line.split_once(" MB/sec)")?.0.rsplit('(').next()?.parse().ok());
    speed.ok_or_else(|| format!("ProducerPerformance said no speed: {said}").into())
}

/// MB/s, without the time it takes to join the group.
async fn consume(tools: &Tools, at: SocketAddr, group: &str) -> Result<f64, Failure> {
    let (records, at) = (CONSUMED.to_string(), at.to_string());
    let arguments =
        ["--bootstrap-server", &at, "--topic", "consumed", "--group", group, "--num-records", &records];
    let arguments = arguments.map(str::to_owned);
    let said = tools.run("org.apache.kafka.tools.ConsumerPerformance", &arguments).await?;
    let mut rows = said.lines().map(|line| line.split(", ").collect::<Vec<_>>());
    let column = rows.find_map(|row| row.iter().position(|name| *name == "fetch.MB.sec"));
    let speed = column.and_then(|column| rows.find_map(|row| row.get(column)?.trim().parse().ok()));
    speed.ok_or_else(|| format!("ConsumerPerformance said no speed: {said}").into())
}
