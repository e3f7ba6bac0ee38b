//! The Docker engine: one connection, what is asked of it, and what its refusals mean.

use std::collections::HashMap;
use std::net::IpAddr;

use futures::StreamExt;
use testcontainers::bollard::errors::Error;
use testcontainers::bollard::models::{ContainerConfig, NetworkCreateRequest};
use testcontainers::bollard::query_parameters::{
    CommitContainerOptionsBuilder, CreateImageOptionsBuilder, InspectNetworkOptions,
    ListImagesOptionsBuilder, RemoveImageOptionsBuilder,
};
use testcontainers::core::client::docker_client_instance;

use crate::error::EnvironmentError;

/// Docker 20.10 and newer.
const API: (u32, u32) = (1, 41);

/// A connection to the engine that `DOCKER_HOST` names, else to the local one.
#[derive(Clone, Debug)]
pub(crate) struct Docker(pub(super) testcontainers::bollard::Docker);

/// An image that is there.
#[derive(Clone, Debug)]
pub(super) struct Image {
    /// Names its content.
    pub(super) id: String,
    pub(super) labels: HashMap<String, String>,
}

impl Docker {
    pub(crate) async fn connect() -> Result<Docker, EnvironmentError> {
        let docker = docker_client_instance().await.map_err(|error| EnvironmentError::Docker {
            tried: "reach the Docker engine".into(),
            why: chain(&error),
            remedy: START.into(),
        })?;
        Ok(Docker(docker))
    }

    /// Connects, and looks whether the engine answers and is new enough.
    pub(crate) async fn connect_and_check() -> Result<Docker, EnvironmentError> {
        let docker = Docker::connect().await?;
        let found = docker.0.version().await.map_err(failed("reach the Docker engine"))?;
        let version = found.api_version.unwrap_or_default();
        let mut numbers = version.split('.').map(|number| number.parse().unwrap_or(0));
        if (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) < API {
            return Err(EnvironmentError::Docker {
                tried: "use the Docker engine".into(),
                why: format!("it speaks API {version}, and {}.{} is needed", API.0, API.1),
                remedy: "install Docker 20.10 or newer".into(),
            });
        }
        Ok(docker)
    }

    /// The image of this name, if it is there.
    pub(super) async fn image(&self, name: &str) -> Result<Option<Image>, EnvironmentError> {
        match self.0.inspect_image(name).await {
            Ok(found) => Ok(Some(Image {
                id: found.id.unwrap_or_default(),
                labels: found.config.and_then(|config| config.labels).unwrap_or_default(),
            })),
            Err(Error::DockerResponseServerError { status_code: 404, .. }) => Ok(None),
            Err(error) => Err(failed(format!("look for the image {name}"))(error)),
        }
    }

    /// Fetches an image from its registry.
    pub(super) async fn pull(&self, name: &str) -> Result<(), EnvironmentError> {
        let options = CreateImageOptionsBuilder::new().from_image(name).build();
        let mut steps = self.0.create_image(Some(options), None, None);
        while let Some(step) = steps.next().await {
            step.map_err(|error| EnvironmentError::Docker {
                tried: format!("pull the image {name}, which is not on this machine"),
                why: chain(&error),
                remedy: format!(
                    "build one here with `ci/images` of Pitfall's repository, or name one that can be had: {VARIABLES}"
                ),
            })?;
        }
        Ok(())
    }

    /// Makes an image `repository:tag` of a container's files.
    pub(super) async fn commit(
        &self,
        container: &str,
        repository: &str,
        tag: &str,
        labels: HashMap<String, String>,
    ) -> Result<(), EnvironmentError> {
        let options =
            CommitContainerOptionsBuilder::new().container(container).repo(repository).tag(tag).build();
        let config = ContainerConfig { labels: Some(labels), ..Default::default() };
        let made = self.0.commit_container(options, config).await;
        made.map(drop).map_err(failed(format!("store the image {repository}:{tag}")))
    }

    /// Removes images with this label, save the one that is named; those in use stay.
    pub(super) async fn remove_images(&self, label: &str, but: &str) -> Result<(), EnvironmentError> {
        let filters = HashMap::from([("label".to_owned(), vec![label.to_owned()])]);
        let options = ListImagesOptionsBuilder::new().filters(&filters).build();
        let all = self.0.list_images(Some(options)).await.map_err(failed("list images"))?;
        for tag in all.into_iter().flat_map(|image| image.repo_tags).filter(|tag| tag != but) {
            let options = RemoveImageOptionsBuilder::new().build();
            // Docker refuses what a container uses.
            let _ = self.0.remove_image(&tag, Some(options), None).await;
        }
        Ok(())
    }

    /// Makes a network of this name on a bridge of its own.
    pub(super) async fn create_network(
        &self,
        name: &str,
        labels: HashMap<String, String>,
    ) -> Result<(), EnvironmentError> {
        let request =
            NetworkCreateRequest { name: name.to_owned(), labels: Some(labels), ..Default::default() };
        self.0.create_network(request).await.map(drop).map_err(failed(format!("make the network {name}")))
    }

    /// The host's address in a network.
    pub(super) async fn gateway(&self, network: &str) -> Result<Option<IpAddr>, EnvironmentError> {
        let found = self.0.inspect_network(network, None::<InspectNetworkOptions>).await;
        let found = found.map_err(failed(format!("look at the network {network}")))?;
        let configs = found.ipam.and_then(|ipam| ipam.config).unwrap_or_default();
        Ok(configs.into_iter().find_map(|config| config.gateway?.parse().ok()))
    }
}

const VARIABLES: &str =
    "PITFALL_IMAGE_KAFKA, PITFALL_IMAGE_MYSQL, PITFALL_IMAGE_TOXIPROXY, PITFALL_IMAGE_PLATFORM";

const START: &str = "start Docker (`systemctl start docker`, or `ci/with-docker COMMAND` of Pitfall's repository), or unset \
                     PITFALL_ENVIRONMENT to do without";

/// What was tried, why it failed, and what to do about it.
pub(super) fn failed(tried: impl Into<String>) -> impl FnOnce(Error) -> EnvironmentError {
    let tried = tried.into();
    move |error| {
        let why = match &error {
            Error::DockerResponseServerError { message, .. } => message.clone(),
            other => chain(other),
        };
        EnvironmentError::Docker { tried, remedy: remedy(&why).into(), why }
    }
}

/// What a user can do about a refusal of Docker's.
pub(super) fn remedy(why: &str) -> &'static str {
    let lower = why.to_lowercase();
    let says = |parts: &[&str]| parts.iter().any(|part| lower.contains(part));
    if says(&["permission denied"]) {
        "let this user use Docker: `sudo usermod -aG docker $USER` and log in again"
    } else if says(&["no space left"]) {
        "free the disk of Docker: `docker system df` shows what fills it, `docker system prune` empties it"
    } else if says(&["port is already allocated", "address already in use"]) {
        "stop who holds this port (`ss -ltnp` shows it), or start again: another address is drawn"
    } else if says(&["client version", "is too new", "is too old"]) {
        "install Docker 20.10 or newer"
    } else if says(&["non-overlapping", "could not find an available"]) {
        "remove networks nobody uses: `docker network prune`"
    } else if says(&[
        "connection refused",
        "no such file",
        "not found",
        "client error (connect)",
        "connection closed",
        "connection reset",
        "broken pipe",
    ]) {
        START
    } else {
        "`docker info` and the engine's log tell more"
    }
}

/// An error with all its causes.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::remedy;

    #[test]
    fn what_docker_says_is_known_with_its_remedy() {
        let known = [
            (
                "Error creating temporary file: write /var/lib/docker/tmp/x: no space left on device",
                "docker system prune",
            ),
            (
                "driver failed programming external connectivity on endpoint x: Bind for 127.64.1.1:21092 failed: port is \
                 already allocated",
                "ss -ltnp",
            ),
            ("listen tcp4 127.64.1.1:21092: bind: address already in use", "ss -ltnp"),
            ("error trying to connect: Permission denied (os error 13)", "usermod -aG docker"),
            ("could not find an available, non-overlapping IPv4 address pool", "docker network prune"),
            ("client version 1.53 is too new. Maximum supported API version is 1.24", "20.10 or newer"),
            ("Connection refused (os error 111)", "start Docker"),
            ("something nobody has seen yet", "docker info"),
        ];
        for (why, part) in known {
            assert!(remedy(why).contains(part), "{why}: {}", remedy(why));
        }
    }
}
