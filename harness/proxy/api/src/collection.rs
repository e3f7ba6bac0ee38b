//! All proxies, by name.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::body::{self, Fields};
use crate::error::ApiError;
use crate::proxy::Proxy;
use crate::spoken::Spoken;

#[derive(Debug, Default)]
pub(crate) struct Collection {
    proxies: BTreeMap<String, Proxy>,
}

/// What is said of a proxy that is to be.
struct Wanted {
    name: String,
    listen: String,
    upstream: String,
    protocol: Spoken,
    enabled: bool,
}

impl Wanted {
    /// Enabled, listening anywhere and speaking TCP, unless it says something else. A name and an upstream it must have.
    fn read(fields: &Fields, whose: &str) -> Result<Self, ApiError> {
        let text = |name| fields.get::<String>(name).map(Option::unwrap_or_default);
        let (name, listen, upstream) = (text("name")?, text("listen")?, text("upstream")?);
        let enabled = fields.get("enabled")?.unwrap_or(true);
        let protocol = fields.get("protocol")?.unwrap_or_default();
        if name.is_empty() {
            return Err(ApiError::missing_field(format_args!("name{whose}")));
        }
        if upstream.is_empty() {
            return Err(ApiError::missing_field(format_args!("upstream{whose}")));
        }
        Ok(Self { name, listen, upstream, protocol, enabled })
    }

    /// Makes it; it is disabled if that is wanted.
    async fn proxy(self) -> Result<Proxy, ApiError> {
        let mut proxy = Proxy::new(self.name, self.listen, self.upstream, self.protocol);
        if self.enabled {
            proxy.start().await?;
        }
        Ok(proxy)
    }
}

impl Collection {
    pub(crate) fn proxies(&self) -> impl Iterator<Item = &Proxy> {
        self.proxies.values()
    }

    pub(crate) fn get(&self, name: &str) -> Result<&Proxy, ApiError> {
        self.proxies.get(name).ok_or_else(ApiError::no_proxy)
    }

    pub(crate) fn get_mut(&mut self, name: &str) -> Result<&mut Proxy, ApiError> {
        self.proxies.get_mut(name).ok_or_else(ApiError::no_proxy)
    }

    pub(crate) async fn create(&mut self, json: &[u8]) -> Result<&Proxy, ApiError> {
        let wanted = Wanted::read(&Fields::read(json)?, "")?;
        if self.proxies.contains_key(&wanted.name) {
            return Err(ApiError::proxy_exists());
        }
        let proxy = wanted.proxy().await?;
        Ok(self.proxies.entry(proxy.name.clone()).or_insert(proxy))
    }

    pub(crate) async fn update(&mut self, name: &str, json: &[u8]) -> Result<&Proxy, ApiError> {
        let proxy = self.get_mut(name)?;
        let fields = Fields::read(json)?;
        let protocol = fields.get("protocol")?.unwrap_or(proxy.protocol);
        if protocol != proxy.protocol {
            let why = format_args!(
                "protocol: proxy `{name}` speaks {}, and goes on so; delete it, and create it with the other",
                proxy.protocol
            );
            return Err(ApiError::bad_body(why));
        }
        let listen = fields.get("listen")?.unwrap_or_else(|| proxy.listen.clone());
        let upstream = fields.get("upstream")?.unwrap_or_else(|| proxy.upstream.clone());
        let enabled = fields.get("enabled")?.unwrap_or_else(|| proxy.enabled());
        proxy.update(listen, upstream, enabled).await?;
        Ok(proxy)
    }

    pub(crate) async fn delete(&mut self, name: &str) -> Result<(), ApiError> {
        self.get_mut(name)?.stop().await;
        self.proxies.remove(name);
        Ok(())
    }

    /// Makes many; `done` has the names of those that are as asked, also after an error.
    pub(crate) async fn populate(&mut self, json: &[u8], done: &mut Vec<String>) -> Result<(), ApiError> {
        let all = body::first::<Option<Vec<Value>>>(json)?.unwrap_or_default();
        // All are read before any is made.
        let read = |(index, value)| Wanted::read(&Fields::of(value)?, &format!(" at proxy {}", index + 1));
        let all: Vec<Wanted> = all.into_iter().enumerate().map(read).collect::<Result<_, _>>()?;
        for wanted in all {
            let name = wanted.name.clone();
            self.add_or_replace(wanted).await?;
            done.push(name);
        }
        Ok(())
    }

    async fn add_or_replace(&mut self, wanted: Wanted) -> Result<(), ApiError> {
        if let Some(existing) = self.proxies.get_mut(&wanted.name) {
            let differs = existing.differs(&wanted.listen, &wanted.upstream).await?;
            if !differs && existing.protocol == wanted.protocol {
                return Ok(());
            }
            existing.stop().await;
        }
        let proxy = wanted.proxy().await?;
        self.proxies.insert(proxy.name.clone(), proxy);
        Ok(())
    }

    /// Starts all and removes all toxics; ends at the first that cannot be started.
    pub(crate) async fn reset(&mut self) -> Result<(), ApiError> {
        for proxy in self.proxies.values_mut() {
            proxy.reset().await?;
        }
        Ok(())
    }

    /// Ends all.
    pub(crate) async fn clear(&mut self) {
        while let Some((_, mut proxy)) = self.proxies.pop_first() {
            proxy.stop().await;
        }
    }
}
