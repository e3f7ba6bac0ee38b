//! Kafka in a container: the same settings and the same preparation as in a process.

use std::net::{Ipv4Addr, SocketAddr};

use pitfall_warden::{Owner, Warden};

use super::docker::Docker;
use super::held::{Held, hold};
use super::images;
use super::spec::Spec;
use super::template::{Prepared, Recipe, Template};
use crate::clock::Clock;
use crate::error::EnvironmentError;
use crate::kafka::{self, CONTROLLER, JVM, KafkaServer, PORT};
use crate::loopback;

/// Where data and settings are in the container.
const HOME: &str = "/pitfall/kafka";
const NAME: &str = "kafka";
const PROBE: &str = "cd /opt/kafka/libs && for jar in kafka_2.13-[0-9]*.jar; do v=${jar#kafka_2.13-}; echo kafka=${v%.jar}; done; \
                     java -version 2>&1 | sed -n 's/.*version \"\\([^\"]*\\)\".*/java=\\1/p'";
const HINT: &str =
    "if this recurs, make its image anew: docker image rm $(docker image ls -q pitfall/template-kafka)";

pub(super) async fn template(
    warden: &Warden,
    docker: &Docker,
    progress: &(dyn Fn(&str) + Send + Sync),
) -> Result<Template, EnvironmentError> {
    let settings = settings();
    let inputs = [settings.as_str()];
    let recipe = Recipe { role: NAME, image: images::KAFKA, probe: PROBE, inputs: &inputs };
    recipe.get(warden, docker, progress, |image| prepare(warden, image)).await
}

/// All that decides how a broker runs.
pub(super) fn settings() -> String {
    [properties(), kafka::config::logging().into(), script(true), script(false)].concat()
}

/// Formats the storage, starts a broker on it until groups can be used, and ends it: the JVM writes its archive of classes then.
async fn prepare(warden: &Warden, image: Template) -> Result<Prepared, EnvironmentError> {
    let address = loopback::draw(&[PORT])?;
    let mut spec = spec(&image.image, address, true);
    spec.env.push(("PROPERTIES".into(), properties()));
    spec.env.push(("LOGGING".into(), kafka::config::logging().into()));
    let held = hold(warden, &Owner::Client, vec![spec]).await?;
    let server = held.server(NAME, "Kafka", HINT);
    kafka::readiness::ready(&server.started(warden).await?, (address, PORT).into(), 1).await?;
    server.stop(warden).await?;
    Ok(Prepared { held, container: NAME })
}

fn properties() -> String {
    let (broker, controller) = (format!("0.0.0.0:{PORT}"), format!("127.0.0.1:{CONTROLLER}"));
    kafka::config::properties(&broker, &controller, &format!("127.0.0.1:{PORT}"), &format!("{HOME}/data"))
}

/// What is run: with `prepares`, on storage and settings that it makes first.
fn script(prepares: bool) -> String {
    let [properties, logging] =
        [kafka::config::PROPERTIES, kafka::config::LOGGING].map(|name| format!("{HOME}/{name}"));
    let java = |options: &str, main: &str| {
        let (jvm, jars) = (JVM.join(" "), "\"$(printf '%s:' /opt/kafka/libs/*.jar)\"");
        format!("java {jvm} {options} -Dlog4j2.configurationFile={logging} -cp {jars} {main}")
    };
    let broker =
        format!("kafka.Kafka {properties} --override advertised.listeners=BROKER://$ADDRESS $ARGUMENTS");
    if !prepares {
        return format!("exec {}", java(&format!("-XX:SharedArchiveFile={HOME}/kafka.jsa"), &broker));
    }
    let format = format!("kafka.tools.StorageTool format -t {} -c {properties}", kafka::CLUSTER);
    format!(
        "set -e; mkdir -p {HOME}; printf %s \"$PROPERTIES\" > {properties}; printf %s \"$LOGGING\" > {logging}; {}; exec {}",
        java("", &format),
        java(&format!("-XX:ArchiveClassesAtExit={HOME}/kafka.jsa"), &broker)
    )
}

fn spec(image: &str, address: Ipv4Addr, prepares: bool) -> Spec {
    let at = SocketAddr::from((address, PORT));
    let mut spec = Spec::new(NAME, image).script(script(prepares));
    spec.env.push(("ADDRESS".into(), at.to_string()));
    spec.publish.push((PORT, at));
    spec
}

/// What is to be started for a broker that is reached at `address`; `arguments` overrule settings.
pub(super) fn container(template: &Template, address: Ipv4Addr, arguments: &[&str]) -> Spec {
    let mut spec = spec(&template.image, address, false);
    spec.env.push(("ARGUMENTS".into(), arguments.join(" ")));
    spec
}

/// Waits for the broker among what is held.
pub(super) async fn ready(
    warden: &Warden,
    held: &Held,
    template: &Template,
    address: Ipv4Addr,
    clock: &Clock,
) -> Result<KafkaServer, EnvironmentError> {
    let server = held.server(NAME, "Kafka", HINT);
    let kafka =
        KafkaServer { node_id: 1, address: (address, PORT).into(), version: template.fact("kafka"), server };
    clock.note("Kafka: container to ready", kafka.ready(warden)).await?;
    Ok(kafka)
}
