//! What makes a start fast: of each image a second one is made once, on this engine, with prepared data in it. It is made by
//! a container that prepares, ends in good order, and is stored as an image whose tag tells what it was made from.

use std::collections::HashMap;
use std::time::Duration;

use pitfall_warden::{Owner, Warden};

use super::docker::{Docker, Image};
use super::held::{Held, hold};
use super::images::Choice;
use super::spec::Spec;
use crate::cache;
use crate::error::EnvironmentError;

/// What a probe may take.
const PROBE: Duration = Duration::from_secs(60);
/// The label that tells a template's role.
const ROLE: &str = "pitfall.template";

/// What a template is made of.
pub(super) struct Recipe<'a> {
    /// Such as `kafka`.
    pub(super) role: &'static str,
    pub(super) image: Choice,
    /// Prints `name=value` for each thing that must be known of the image.
    pub(super) probe: &'static str,
    /// All that decides what is in the template, besides the image.
    pub(super) inputs: &'a [&'a str],
}

/// A template that is there.
#[derive(Clone, Debug)]
pub(super) struct Template {
    /// `repository:tag`
    pub(super) image: String,
    /// What the probe printed.
    pub(super) facts: HashMap<String, String>,
}

impl Template {
    pub(super) fn fact(&self, name: &str) -> String {
        self.facts.get(name).cloned().unwrap_or_default()
    }
}

/// A container that prepares, as `prepare` has left it: ended in good order.
pub(super) struct Prepared {
    pub(super) held: Held,
    /// Its name among what is held.
    pub(super) container: &'static str,
}

impl Recipe<'_> {
    /// The template; makes it with `prepare` if it is not there. `prepare` gets the image's name and what the probe printed.
    pub(super) async fn get<F>(
        &self,
        warden: &Warden,
        docker: &Docker,
        progress: &(dyn Fn(&str) + Send + Sync),
        prepare: impl FnOnce(Template) -> F,
    ) -> Result<Template, EnvironmentError>
    where
        F: Future<Output = Result<Prepared, EnvironmentError>>,
    {
        let (name, image) = self.image.image(docker).await?;
        let repository = format!("pitfall/template-{}", self.role);
        let tag = cache::fingerprint(&[&[image.id.as_str(), self.probe], self.inputs].concat());
        let template = format!("{repository}:{tag}");
        if let Some(there) = docker.image(&template).await? {
            return Ok(of(template, there));
        }
        let lock = cache::lock(&format!("template-{}-{tag}", self.role)).await?;
        if let Some(there) = docker.image(&template).await? {
            return Ok(of(template, there));
        }
        progress(&format!("preparing an image from {name} (once)"));
        let mut labels = self.probe(warden, &name).await?;
        let prepared = prepare(Template { image: name.clone(), facts: labels.clone() }).await?;
        labels.insert(ROLE.into(), format!("{}/{name}", self.role));
        let container = prepared.held.container(prepared.container);
        docker.commit(&container.id, &repository, &tag, labels).await?;
        docker.remove_images(&format!("{ROLE}={}/{name}", self.role), &template).await?;
        prepared.held.holder.kill().await?;
        drop(lock);
        let there = docker.image(&template).await?;
        there.map(|there| of(template.clone(), there)).ok_or_else(|| EnvironmentError::Docker {
            tried: format!("use the image {template}"),
            why: "it was stored and is not there".into(),
            remedy: "free the disk of Docker".into(),
        })
    }

    /// What the image says of itself.
    async fn probe(&self, warden: &Warden, image: &str) -> Result<HashMap<String, String>, EnvironmentError> {
        let spec = Spec::new("probe", image).script(self.probe);
        let held = hold(warden, &Owner::Client, vec![spec]).await?;
        let probe = held.container("probe").live().await?;
        let said = match tokio::time::timeout(PROBE, probe.ended()).await {
            Ok(_) => probe.tail().await,
            Err(_) => String::new(),
        };
        held.holder.kill().await?;
        Ok(said
            .lines()
            .filter_map(|line| line.split_once('='))
            .map(|(a, b)| (a.into(), b.trim().into()))
            .collect())
    }
}

fn of(image: String, there: Image) -> Template {
    Template { image, facts: there.labels }
}
