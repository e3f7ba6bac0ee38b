//! A proxy: a link while it is enabled, and the toxics that it keeps while it is not.

use std::io::ErrorKind;
use std::sync::Arc;

use pitfall_proxy::{Direction, Link, LinkConfig, LinkError, LinkEvent};
use serde::Serialize;

use crate::address;
use crate::error::ApiError;
use crate::spoken::Spoken;
use crate::toxic::Toxic;

#[derive(Debug)]
pub(crate) struct Proxy {
    pub(crate) name: String,
    /// As it was asked for; once it has listened, where that was.
    pub(crate) listen: String,
    pub(crate) upstream: String,
    pub(crate) protocol: Spoken,
    /// There while the proxy is enabled.
    link: Option<Link>,
    /// In the order in which they act, each in its direction.
    toxics: Vec<Toxic>,
}

/// A proxy as the API shows it.
#[derive(Serialize)]
pub(crate) struct Shown<'a> {
    name: &'a str,
    listen: &'a str,
    upstream: &'a str,
    #[serde(skip_serializing_if = "Spoken::is_tcp")]
    protocol: Spoken,
    enabled: bool,
    toxics: Vec<&'a Toxic>,
}

impl Proxy {
    /// One that is disabled.
    pub(crate) fn new(name: String, listen: String, upstream: String, protocol: Spoken) -> Self {
        Self { name, listen, upstream, protocol, link: None, toxics: Vec::new() }
    }

    pub(crate) fn enabled(&self) -> bool {
        self.link.is_some()
    }

    /// Listens, unless it does.
    pub(crate) async fn start(&mut self) -> Result<(), ApiError> {
        if self.enabled() {
            return Ok(());
        }
        let link = self.open().await?;
        for toxic in self.toxics.iter().filter_map(Toxic::acting) {
            toxic.begin(&link).await?;
        }
        self.listen = link.address().to_string();
        self.link = Some(link);
        Ok(())
    }

    async fn open(&self) -> Result<Link, ApiError> {
        let upstream = address::upstream(&self.upstream).await?;
        let candidates = address::listen(&self.listen).await?;
        let last = candidates.len() - 1;
        for (index, listen) in candidates.into_iter().enumerate() {
            let (name, protocol, seed) = (self.name.clone(), self.protocol.into(), rand::random());
            let config = LinkConfig { name, listen, upstream, protocol, seed, strict: false };
            match Link::open(config, Arc::new(|_: LinkEvent| ())).await {
                // A machine without IPv6 has all its addresses in IPv4.
                Err(LinkError::Bind { source, .. })
                    if index < last && source.kind() != ErrorKind::AddrInUse => {}
                opened => return Ok(opened?),
            }
        }
        Err(ApiError::failed(format!("cannot listen on `{}`: there is no such address", self.listen)))
    }

    /// Lets go of its address and closes its connections.
    pub(crate) async fn stop(&mut self) {
        if let Some(link) = self.link.take() {
            link.close().await;
        }
    }

    /// Whether other addresses are asked for than it has.
    pub(crate) async fn differs(&self, listen: &str, upstream: &str) -> Result<bool, ApiError> {
        Ok(self.listen != address::compared(listen).await? || self.upstream != upstream)
    }

    /// Takes other addresses, if they are others, for which it stops; and starts or stops as asked. With an error it is
    /// left disabled, with the addresses that were asked for.
    pub(crate) async fn update(
        &mut self,
        listen: String,
        upstream: String,
        enabled: bool,
    ) -> Result<(), ApiError> {
        if self.differs(&listen, &upstream).await? {
            self.stop().await;
            (self.listen, self.upstream) = (listen, upstream);
        }
        if enabled {
            return self.start().await;
        }
        self.stop().await;
        Ok(())
    }

    /// Those upstream first.
    pub(crate) fn toxics(&self) -> Vec<&Toxic> {
        let (up, down): (Vec<_>, Vec<_>) =
            self.toxics.iter().partition(|toxic| toxic.direction == Direction::Upstream);
        [up, down].concat()
    }

    pub(crate) fn toxic(&self, name: &str) -> Result<&Toxic, ApiError> {
        Ok(&self.toxics[self.position(name)?])
    }

    pub(crate) async fn add_toxic(&mut self, toxic: Toxic) -> Result<(), ApiError> {
        toxic.fits(self.protocol, &self.name)?;
        if self.position(&toxic.name).is_ok() {
            return Err(ApiError::toxic_exists());
        }
        if let (Some(link), Some(toxic)) = (&self.link, toxic.acting()) {
            toxic.begin(link).await?;
        }
        self.toxics.push(toxic);
        Ok(())
    }

    /// A link's toxics cannot be changed and new ones act last. So this one and those that act behind it go and come again.
    pub(crate) async fn update_toxic(&mut self, name: &str, json: &[u8]) -> Result<&Toxic, ApiError> {
        let position = self.position(name)?;
        let changed = self.toxics[position].changed(json)?;
        if changed == self.toxics[position] {
            return Ok(&self.toxics[position]);
        }
        changed.fits(self.protocol, &self.name)?;
        let same_way = |toxic: &&Toxic| toxic.is_in_row_with(&changed);
        let behind: Vec<_> =
            self.toxics[position + 1..].iter().filter(same_way).filter_map(Toxic::acting).collect();
        if let (Some(link), Some(acting)) = (&self.link, changed.acting()) {
            for toxic in behind.iter().rev().chain([&acting]) {
                link.remove(toxic.name()).await?;
            }
            for toxic in [acting].into_iter().chain(behind) {
                toxic.begin(link).await?;
            }
        }
        self.toxics[position] = changed;
        Ok(&self.toxics[position])
    }

    pub(crate) async fn remove_toxic(&mut self, name: &str) -> Result<(), ApiError> {
        let position = self.position(name)?;
        if let Some(link) = &self.link
            && self.toxics[position].acting().is_some()
        {
            link.remove(name).await?;
        }
        self.toxics.remove(position);
        Ok(())
    }

    /// Starts it and removes all its toxics.
    pub(crate) async fn reset(&mut self) -> Result<(), ApiError> {
        self.start().await?;
        while let Some(toxic) = self.toxics.first() {
            let name = toxic.name.clone();
            self.remove_toxic(&name).await?;
        }
        Ok(())
    }

    /// As the API shows it.
    pub(crate) fn shown(&self) -> Shown<'_> {
        let Self { name, listen, upstream, protocol, .. } = self;
        Shown { name, listen, upstream, protocol: *protocol, enabled: self.enabled(), toxics: self.toxics() }
    }

    fn position(&self, name: &str) -> Result<usize, ApiError> {
        self.toxics.iter().position(|toxic| toxic.name == name).ok_or_else(ApiError::no_toxic)
    }
}
