//! Which image is used: the one a variable names, else the official one, else the one that `ci/images` has built here.

use super::docker::{Docker, Image};
use crate::error::EnvironmentError;

/// An image by its role.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choice {
    /// Names another image, with its tag.
    pub(crate) variable: &'static str,
    official: &'static str,
    local: &'static str,
}

pub(crate) const KAFKA: Choice =
    Choice { variable: "PITFALL_IMAGE_KAFKA", official: "apache/kafka:4.3.1", local: "pitfall/kafka:local" };
/// MySQL or MariaDB.
pub(crate) const MYSQL: Choice =
    Choice { variable: "PITFALL_IMAGE_MYSQL", official: "mysql:9", local: "pitfall/mysql:local" };
pub(crate) const TOXIPROXY: Choice = Choice {
    variable: "PITFALL_IMAGE_TOXIPROXY",
    official: "ghcr.io/shopify/toxiproxy:2.12.0",
    local: "pitfall/toxiproxy:local",
};

/// The mocked platform has no official image.
pub(crate) const PLATFORM: Choice = Choice {
    variable: "PITFALL_IMAGE_PLATFORM",
    official: "pitfall/platform:local",
    local: "pitfall/platform:local",
};

impl Choice {
    /// The image's name: what the variable says; else the official image if it is here; else the local one if that is here;
    /// else the official one, to be pulled.
    pub(super) async fn name(self, docker: &Docker) -> Result<String, EnvironmentError> {
        if let Ok(name) = std::env::var(self.variable)
            && !name.is_empty()
        {
            return Ok(name);
        }
        for name in [self.official, self.local] {
            if docker.image(name).await?.is_some() {
                return Ok(name.to_owned());
            }
        }
        Ok(self.official.to_owned())
    }

    /// The image itself; pulls it if it is not here.
    pub(super) async fn image(self, docker: &Docker) -> Result<(String, Image), EnvironmentError> {
        let name = self.name(docker).await?;
        if let Some(image) = docker.image(&name).await? {
            return Ok((name, image));
        }
        docker.pull(&name).await?;
        match docker.image(&name).await? {
            Some(image) => Ok((name, image)),
            None => Err(EnvironmentError::Docker {
                tried: format!("use the image {name}"),
                why: "it was pulled and is not there".into(),
                remedy: format!("name another with {}", self.variable),
            }),
        }
    }
}
