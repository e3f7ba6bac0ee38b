//! Every container and network carries who holds it; what nobody holds any more is swept.

use std::collections::HashMap;

use futures::future::join_all;
use testcontainers::bollard::query_parameters::{
    ListContainersOptionsBuilder, ListNetworksOptionsBuilder, ListVolumesOptionsBuilder,
    RemoveContainerOptionsBuilder, RemoveVolumeOptionsBuilder,
};

use super::docker::{Docker, failed};
use crate::error::EnvironmentError;

/// The label's name. Its value: `host/user id/process id/when that process started`.
pub(super) const LABEL: &str = "pitfall.holder";

/// This process, as a label's value.
pub(super) fn own() -> String {
    let pid = std::process::id();
    let started = started(&pid.to_string()).unwrap_or_default();
    format!("{}/{pid}/{started}", here())
}

pub(super) fn labels(value: &str) -> HashMap<String, String> {
    HashMap::from([(LABEL.to_owned(), value.to_owned())])
}

/// The host and user that a process can say of whether its processes live.
fn here() -> String {
    let host = nix::unistd::gethostname().unwrap_or_default();
    format!("{}/{}", host.to_string_lossy(), nix::unistd::geteuid())
}

/// When a living process started, in the kernel's ticks: tells it from a later one with its number.
fn started(pid: &str) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name stands in parentheses and may itself hold anything.
    let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
    // Dead, but not yet reaped.
    if matches!(fields.first(), Some(&"Z" | &"X")) {
        None
    } else {
        fields.get(19).map(|field| (*field).to_owned())
    }
}

/// Whether this label's holder was a process of this host and user that has ended.
fn is_abandoned(value: &str) -> bool {
    let Some((pid, start)) =
        value.strip_prefix(&here()).and_then(|rest| rest.strip_prefix('/')?.split_once('/'))
    else {
        return false;
    };
    started(pid).is_none_or(|now| now != start)
}

/// Removes what holders of this host and user left that were killed; answers with the number of containers. Touches nothing
/// that has no label of ours or whose holder lives.
pub(super) async fn sweep(docker: &Docker) -> Result<usize, EnvironmentError> {
    remove(docker, LABEL, is_abandoned).await
}

/// Removes all that this holder holds.
pub(super) async fn release(docker: &Docker, holder: &str) -> Result<usize, EnvironmentError> {
    remove(docker, &format!("{LABEL}={holder}"), |_| true).await
}

async fn remove(
    docker: &Docker,
    label: &str,
    chosen: impl Fn(&str) -> bool,
) -> Result<usize, EnvironmentError> {
    let filters = HashMap::from([("label".to_owned(), vec![label.to_owned()])]);
    let is_chosen = |labels: &Option<HashMap<String, String>>| {
        labels.as_ref().and_then(|labels| labels.get(LABEL)).is_some_and(|value| chosen(value))
    };
    let options = ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
    let containers = docker.0.list_containers(Some(options)).await.map_err(failed("list containers"))?;
    let ids = containers.into_iter().filter(|one| is_chosen(&one.labels)).filter_map(|one| one.id);
    let removed = ids.map(|id| async move {
        let options = RemoveContainerOptionsBuilder::new().force(true).v(true).build();
        docker.0.remove_container(&id, Some(options)).await
    });
    let removed = join_all(removed).await;
    let options = ListNetworksOptionsBuilder::new().filters(&filters).build();
    let networks = docker.0.list_networks(Some(options)).await.map_err(failed("list networks"))?;
    for id in networks.into_iter().filter(|one| is_chosen(&one.labels)).filter_map(|one| one.id) {
        // Another sweep may have been faster.
        let _ = docker.0.remove_network(&id).await;
    }
    let options = ListVolumesOptionsBuilder::new().filters(&filters).build();
    let volumes = docker.0.list_volumes(Some(options)).await.map_err(failed("list volumes"))?;
    for one in volumes.volumes.unwrap_or_default() {
        if is_chosen(&Some(one.labels)) {
            let options = RemoveVolumeOptionsBuilder::new().force(true).build();
            let _ = docker.0.remove_volume(&one.name, Some(options)).await;
        }
    }
    Ok(removed.iter().filter(|removed| removed.is_ok()).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_dead_process_of_this_host_and_user_held_is_abandoned() {
        assert!(!is_abandoned(&own()));
        assert!(
            is_abandoned(&format!("{}/{}/1", here(), std::process::id())),
            "an earlier process of our number"
        );
        assert!(is_abandoned(&format!("{}/4999999/77", here())));
        for other in ["elsewhere/0/4999999/77", "", "x", &here(), &format!("{}1/4999999/77", here())] {
            assert!(!is_abandoned(other), "{other}");
        }
    }
}
