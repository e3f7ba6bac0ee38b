//! The holder: a process of the warden's that starts containers, keeps them, and removes them when it is told to end. What
//! owns it thereby owns them, although they are no processes below it.

use std::fs::File;
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use testcontainers::bollard::container::LogOutput;
use testcontainers::bollard::models::{HostConfig, PortBinding};
use testcontainers::bollard::query_parameters::LogsOptionsBuilder;
use testcontainers::core::IntoContainerPort;
use testcontainers::runners::AsyncRunner;
use testcontainers::{GenericImage, ImageExt};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::container::{Container, ContainerId};
use super::docker::{Docker, chain, failed};
use super::label;
use super::spec::{Answer, Request, Spec, Until};
use crate::error::EnvironmentError;

const ARGUMENT: &str = "--pitfall-containers";
/// Clearing up may take this long, even if the engine was started anew meanwhile.
pub(super) const GRACE: Duration = Duration::from_secs(30);
/// Between two tries to clear up.
const AGAIN: Duration = Duration::from_millis(100);

/// To be called in `main` beside [`become_warden_if_asked`](pitfall_warden::become_warden_if_asked): if this program was
/// started to hold containers, it does so and never returns.
pub fn become_holder_if_asked() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, argument, request] = arguments.as_slice()
        && argument == ARGUMENT
    {
        let code = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
            Ok(runtime) => runtime.block_on(hold(Path::new(request))),
            Err(error) => fail(&format!("start a runtime: {error}")),
        };
        // Not a return: containers that are dropped would be removed, and they are gone.
        std::process::exit(code);
    }
}

/// The arguments that make this program a holder.
pub(super) fn arguments(request: &Path) -> Vec<String> {
    vec![ARGUMENT.into(), request.display().to_string()]
}

/// Says why, in its log; the exit code.
fn fail(why: &str) -> i32 {
    eprintln!("holder of containers: {why}");
    1
}

async fn hold(path: &Path) -> i32 {
    let Ok(mut end) = signal(SignalKind::terminate()) else { return fail("no signals") };
    let request = std::fs::read_to_string(path).map_err(|error| error.to_string());
    let request = request.and_then(|text| serde_json::from_str(&text).map_err(|error| error.to_string()));
    let request: Request = match request {
        Ok(request) => request,
        Err(error) => return fail(&format!("{}: {error}", path.display())),
    };
    let mut answers = match File::options().append(true).create(true).open(&request.answers) {
        Ok(file) => file,
        Err(error) => return fail(&format!("{}: {error}", request.answers.display())),
    };
    let mut say = |answer: &Answer| {
        let line = serde_json::to_string(answer).unwrap_or_default();
        if let Err(error) = writeln!(answers, "{line}") {
            eprintln!("holder of containers: cannot answer: {error}");
        }
    };
    let docker = match Docker::connect().await {
        Ok(docker) => docker,
        Err(error) => {
            say(&answer_of(&error));
            return 1;
        }
    };
    let own = label::own();
    let code = match run(&docker, &own, &request, &mut say, &mut end).await {
        Ok(code) => code,
        Err(error) => {
            say(&answer_of(&error));
            1
        }
    };
    let deadline = Instant::now() + GRACE;
    while let Err(error) = label::release(&docker, &own).await {
        if Instant::now() > deadline {
            return fail(&error.to_string());
        }
        tokio::time::sleep(AGAIN).await;
    }
    code
}

/// Starts all, then waits for the end. Whatever was begun when the end comes is awaited, so that nothing appears later.
async fn run(
    docker: &Docker,
    own: &str,
    request: &Request,
    say: &mut impl FnMut(&Answer),
    end: &mut Signal,
) -> Result<i32, EnvironmentError> {
    let sweeping = tokio::spawn({
        let docker = docker.clone();
        async move { label::sweep(&docker).await }
    });
    if !request.joins {
        docker.create_network(&request.network, label::labels(own)).await?;
        say(&Answer::Network { gateway: docker.gateway(&request.network).await? });
    }
    let mut starting: FuturesUnordered<_> =
        request.containers.iter().map(|spec| start(docker, own, &request.network, spec)).collect();
    let (mut running, mut told, mut failure) = (Vec::new(), false, None);
    while !starting.is_empty() {
        tokio::select! {
            _ = end.recv() => told = true,
            Some(started) = starting.next() => match started {
                Ok((container, answer)) => {
                    say(&answer);
                    running.push(container);
                }
                Err(error) => failure = failure.or(Some(error)),
            },
        }
    }
    // What killed holders left is not this one's failure.
    let _ = sweeping.await;
    if let Some(failure) = failure {
        return Err(failure);
    }
    if told {
        return Ok(0);
    }
    match request.until {
        Until::Told => {
            end.recv().await;
            Ok(0)
        }
        Until::AnyEnds => {
            let mut ends: FuturesUnordered<_> = running.iter().map(Container::ended).collect();
            tokio::select! {
                _ = end.recv() => Ok(0),
                _ = ends.next() => Ok(1),
            }
        }
        Until::Attached => match running.first() {
            Some(container) => tokio::select! {
                _ = end.recv() => Ok(0),
                code = attached(container) => code,
            },
            None => Ok(0),
        },
    }
}

/// Passes on what the container writes; its exit code.
async fn attached(container: &Container) -> Result<i32, EnvironmentError> {
    let options = LogsOptionsBuilder::new().follow(true).stdout(true).stderr(true).build();
    let mut logs = container.docker.0.logs(&container.id, Some(options));
    while let Some(piece) = logs.next().await {
        let written = match piece {
            Ok(LogOutput::StdErr { message }) => std::io::stderr().write_all(&message),
            Ok(other) => {
                std::io::stdout().write_all(&other.into_bytes()).and_then(|()| std::io::stdout().flush())
            }
            Err(error) => {
                return Err(failed(format!("read what container {} writes", container.name))(error));
            }
        };
        if written.is_err() {
            break;
        }
    }
    let ended = container.ended().await;
    let code = ended.split_whitespace().nth(2).and_then(|code| code.parse().ok());
    Ok(code.unwrap_or(1))
}

async fn start(
    docker: &Docker,
    own: &str,
    network: &str,
    spec: &Spec,
) -> Result<(Container, Answer), EnvironmentError> {
    let (repository, tag) = match spec.image.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, tag),
        _ => (spec.image.as_str(), "latest"),
    };
    let mut image = GenericImage::new(repository, tag);
    for (port, _) in &spec.publish {
        image = image.with_exposed_port(port.tcp());
    }
    if let Some(entrypoint) = &spec.entrypoint {
        image = image.with_entrypoint(entrypoint);
    }
    let publish = spec.publish.clone();
    let name = format!("{network}-{}", spec.name);
    let mut request = image
        .with_container_name(&name)
        .with_labels(label::labels(own))
        .with_network(if spec.on_host { "host" } else { network })
        .with_host_config_modifier(move |host| bind(host, &publish));
    if spec.as_root {
        request = request.with_user("0:0");
    }
    if !spec.command.is_empty() {
        request = request.with_cmd(spec.command.clone());
    }
    for (key, value) in &spec.env {
        request = request.with_env_var(key, value);
    }
    let started = request.start().await.map_err(|error| EnvironmentError::Docker {
        tried: format!("start {} from image {}", spec.name, spec.image),
        why: chain(&error),
        remedy: String::new(),
    })?;
    let container = Container { docker: docker.clone(), id: started.id().to_owned(), name };
    // This process decides when it goes.
    std::mem::forget(started);
    let answer = describe(&container, spec).await?;
    Ok((container, answer))
}

/// Ports are reached at these addresses and no others.
fn bind(host: &mut HostConfig, publish: &[(u16, SocketAddr)]) {
    let binding = |(port, at): &(u16, SocketAddr)| {
        let at = PortBinding { host_ip: Some(at.ip().to_string()), host_port: Some(at.port().to_string()) };
        (format!("{port}/tcp"), Some(vec![at]))
    };
    host.publish_all_ports = Some(false);
    host.port_bindings = Some(publish.iter().map(binding).collect());
}

async fn describe(container: &Container, spec: &Spec) -> Result<Answer, EnvironmentError> {
    let found = container.docker.0.inspect_container(&container.id, None).await;
    let found = found.map_err(failed(format!("look at container {}", container.name)))?;
    let pid = found.state.and_then(|state| state.pid).and_then(|pid| i32::try_from(pid).ok());
    let holder = nix::unistd::getpid().as_raw();
    Ok(Answer::Runs {
        name: spec.name.clone(),
        container: ContainerId { id: container.id.clone(), name: container.name.clone(), holder },
        pid: pid.unwrap_or(0),
    })
}

fn answer_of(error: &EnvironmentError) -> Answer {
    match error {
        EnvironmentError::Docker { tried, why, .. } => {
            Answer::Failed { tried: tried.clone(), why: why.clone() }
        }
        other => Answer::Failed { tried: "hold containers".into(), why: other.to_string() },
    }
}
