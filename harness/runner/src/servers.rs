//! The servers of a run: one shared environment for all, and a source–replica pair of its own for a run that bends
//! replication.

use std::sync::Mutex;

use futures::FutureExt;
use pitfall_environment::{DatabasePair, Environment, ReplicationEnds, SharedEnvironment};
use pitfall_model::REPLICATION;
use pitfall_proxy::Protocol;
use pitfall_warden::{Owner, Warden};

use crate::{error::RunError, links::Links, names::Names, replication};

/// Connects to the warden and to the shared servers, starting both if nobody has.
pub(crate) async fn shared(
    environment: Environment,
    progress: &(dyn Fn(&str) + Send + Sync),
) -> Result<(Warden, SharedEnvironment), RunError> {
    let warden = Warden::connect().await?;
    let lasting = |owner: Owner, ends: ReplicationEnds| {
        let warden = warden.clone();
        async move { Ok(replication::start(&warden, owner, Names::draw().address, ends).await?) }.boxed()
    };
    let started = environment.start_shared(&warden, progress, &lasting).await?;
    let took = |part: &pitfall_environment::Part| (part.until - part.from).as_secs_f64();
    let parts = started.parts.iter().filter(|part| took(part) >= 0.1);
    let parts: Vec<String> = parts.map(|part| format!("{} {:.1} s", part.name, took(part))).collect();
    progress(&format!("environment ready in {:.2} s ({})", started.ready_in.as_secs_f64(), parts.join(", ")));
    Ok((warden, started))
}

/// A pair whose replication runs over a link of the run.
pub(crate) async fn own_pair(
    environment: Environment,
    warden: &Warden,
    links: &mut Links,
) -> Result<DatabasePair, RunError> {
    let links = Mutex::new(Some(links));
    let over_a_link = |_: Owner, ends: ReplicationEnds| {
        let links = links.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        async move {
            let links = links.ok_or("the replication link is opened once")?;
            match ends {
                ReplicationEnds::Host { source } => {
                    Ok(links.open(REPLICATION, source, Protocol::Tcp).await?.to_string())
                }
                ReplicationEnds::Containers { toxiproxy, listen, reached, source } => {
                    links.open_between(REPLICATION, toxiproxy, &listen, &source).await?;
                    Ok(reached)
                }
            }
        }
        .boxed()
    };
    Ok(environment.start_pair(warden, Owner::Client, &over_a_link).await?)
}
