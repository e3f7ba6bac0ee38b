//! The run's mocked platform: in this process, or in a container where servers are.

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use pitfall_environment::{Environment, PlatformContainer, start_platform};
use pitfall_model::{Place, Target};
use pitfall_platform::{Config, Platform, Seen};
use pitfall_warden::Owner;

use crate::{error::RunError, run::Run};

/// Ports in the container: of control, and of the first link.
const CONTROL: u16 = 8000;
/// It must answer within this.
const READY: Duration = Duration::from_secs(60);

/// Starts it for the links of the plan that lead to it; with its container, if it has one.
pub(crate) async fn start(run: &Run<'_>) -> Result<(Platform, Option<PlatformContainer>), RunError> {
    let (data, seed, recorder) = (run.plan.platform.clone(), run.seed, run.recorder.clone());
    let observer = move |Seen { link, order, what }| {
        recorder.record(Place { link: Some(link), conn: None, order }, what);
    };
    let leads_to_it = |target: &Target| matches!(target, Target::Platform | Target::Alerts);
    let names = run.plan.links.iter().filter(|link| leads_to_it(&link.target)).map(|link| link.name());
    let links: BTreeMap<String, u16> = names.zip(CONTROL + 1..).collect();
    if run.environment == Environment::Processes || links.is_empty() {
        return Ok((Platform::here(data, seed, run.names.address, observer), None));
    }
    let config = Config { data, seed, links: links.clone(), control: CONTROL };
    let ports: Vec<u16> = links.values().copied().chain([CONTROL]).collect();
    let container = start_platform(run.warden, &Owner::Client, config.to_env(), &ports).await?;
    let at = |port| SocketAddr::new(container.address, port);
    let links = links.into_iter().map(|(name, port)| (name, at(port))).collect();
    let platform = Platform::remote(at(CONTROL), links, READY, observer).await?;
    Ok((platform, Some(container)))
}
