//! Toxiproxy's API over links, served.

use std::error::Error;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use pitfall_proxy_api::Api;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

const EXAMPLES: &str = r#"Examples:
  pitfall-proxy
  pitfall-proxy --port 0                        # any free port; it is printed
  pitfall-proxy --config proxies.json           # [{"name": "redis", "listen": "127.0.0.1:26379", "upstream": "redis:6379"}]

  toxiproxy-cli create --listen 127.0.0.1:26379 --upstream 127.0.0.1:6379 redis
  toxiproxy-cli toxic add --type latency --attribute latency=1000 redis
  curl -X POST -d '{"type": "timeout", "attributes": {"timeout": 500}}' http://127.0.0.1:8474/proxies/redis/toxics
  curl -X POST -d '{"name": "web", "upstream": "127.0.0.1:80", "protocol": "http"}' http://127.0.0.1:8474/proxies
  curl -X POST -d '{"type": "http_status", "attributes": {"on": "http-request", "status": 503}}' http://127.0.0.1:8474/proxies/web/toxics
  curl -X PATCH -d '{"enabled": false}' http://127.0.0.1:8474/proxies/redis

Who reaches the API can make this machine listen and connect anywhere: beyond loopback name a host only in a network you trust.
Ctrl-C or SIGTERM closes all proxies and ends it."#;

/// Proxies that bend TCP, driven over HTTP as Toxiproxy is.
#[derive(Parser)]
#[command(name = "pitfall-proxy", version, after_help = EXAMPLES)]
struct Arguments {
    /// Where the API listens
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// On which port; 0 takes a free one
    #[arg(long, default_value_t = 8474)]
    port: u16,
    /// A JSON file of proxies to make at the start
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pitfall-proxy: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    // In a container it is process 1, which no signal ends that it does not ask for.
    let (mut terminated, mut interrupted) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let api = Api::default();
    let served = tokio::select! {
        served = serve(&api, &arguments) => served,
        _ = terminated.recv() => Ok(()),
        _ = interrupted.recv() => Ok(()),
    };
    api.close().await;
    served
}

async fn serve(api: &Api, arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let Arguments { host, port, config } = arguments;
    let listener = TcpListener::bind((host.as_str(), *port)).await.map_err(|error| {
        format!("cannot listen on {host} port {port}: {error}; name another with --host and --port")
    })?;
    if let Some(config) = config {
        println!("made {} proxies from {}", populate(api, config).await?, config.display());
    }
    let address: SocketAddr = listener.local_addr()?;
    println!("listening on http://{address}");
    Ok(axum::serve(listener, api.router()).await?)
}

async fn populate(api: &Api, config: &Path) -> Result<usize, Box<dyn Error>> {
    let failed = |error: &dyn Error| {
        format!(
            "--config {}: {error}; it must be a JSON array of proxies that can be made (see --help)",
            config.display()
        )
    };
    let json = tokio::fs::read(config).await.map_err(|error| failed(&error))?;
    Ok(api.populate(&json).await.map_err(|error| failed(&error))?)
}
