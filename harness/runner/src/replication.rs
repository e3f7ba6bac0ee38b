//! The link that replication of the shared servers runs over. It must outlive the test process that started the
//! servers, so it is a process of its own, owned by the warden: this executable with a hidden argument.

use std::{
    net::{IpAddr, SocketAddr},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use pitfall_environment::ReplicationEnds;
use pitfall_model::REPLICATION;
use pitfall_proxy::{Link, LinkConfig, LinkEvent, Protocol, Toxiproxy};
use pitfall_warden::{Owner, Spawn, Warden};
use tokio::{net::TcpStream, time::Instant};

use crate::error::RunError;

const ARGUMENT: &str = "--pitfall-link";

/// The first call in `main` of a program that runs scenarios: serves as warden, as holder of containers or as link, if it was started as such,
/// and then never returns.
pub fn become_helper_if_asked() {
    pitfall_warden::become_warden_if_asked();
    pitfall_environment::become_holder_if_asked();
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, argument, listen, upstream] = arguments.as_slice()
        && argument == ARGUMENT
    {
        let failed = |error: &dyn std::fmt::Display| {
            eprintln!("link {listen} -> {upstream}: {error}");
            std::process::exit(1);
        };
        let _: ExitCode = match (listen.parse(), upstream.parse()) {
            (Ok(listen), Ok(upstream)) => match serve(listen, upstream) {
                Ok(never) => match never {},
                Err(error) => failed(&error),
            },
            (Err(error), _) | (_, Err(error)) => failed(&error),
        };
    }
}

fn serve(
    listen: SocketAddr,
    upstream: SocketAddr,
) -> Result<std::convert::Infallible, Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let config = LinkConfig {
            name: REPLICATION.into(),
            listen,
            upstream,
            protocol: Protocol::Tcp,
            seed: 0,
            strict: false,
        };
        let _link = Link::open(config, Arc::new(|_: LinkEvent| {})).await?;
        std::future::pending().await
    })
}

/// Starts the link that replication of shared servers runs over, so that it lives as long as they; where the replica connects.
pub(crate) async fn start(
    warden: &Warden,
    owner: Owner,
    address: IpAddr,
    ends: ReplicationEnds,
) -> Result<String, RunError> {
    match ends {
        ReplicationEnds::Host { source } => {
            Ok(start_process(warden, owner, address, source).await?.to_string())
        }
        ReplicationEnds::Containers { toxiproxy, listen, reached, source } => {
            // The proxy lives in its server, and that among the containers.
            Link::between(REPLICATION, &Toxiproxy::at(toxiproxy), &listen, &source).await?;
            Ok(reached)
        }
    }
}

/// Starts the link as a process of `owner`, listening on `address`; returns when it takes connections.
async fn start_process(
    warden: &Warden,
    owner: Owner,
    address: IpAddr,
    upstream: SocketAddr,
) -> Result<SocketAddr, RunError> {
    let failed = |error: String| RunError::server("start the replication link")(error.into());
    let listen = SocketAddr::new(address, upstream.port());
    let args = vec![ARGUMENT.into(), listen.to_string(), upstream.to_string()];
    let mut spawn = Spawn::this_program(REPLICATION, args);
    spawn.owner = owner;
    let process = warden.spawn(spawn).await?;
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        match TcpStream::connect(listen).await {
            Ok(_) => return Ok(listen),
            Err(error) if Instant::now() > deadline || process.exit().is_some() => {
                return Err(failed(format!("{listen} takes no connections: {error}")));
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }
}
