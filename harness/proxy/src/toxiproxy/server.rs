//! What the server is asked to do with one proxy. Each thing is read back, for the driver does not look at answers.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use toxiproxy_rust::client::Client;
use toxiproxy_rust::proxy::ProxyPack;
use toxiproxy_rust::toxic::ToxicPack;

use super::Toxiproxy;
use super::call::{LIMIT, Trouble};
use super::spec::Spec;

impl Toxiproxy {
    /// Makes a proxy, of a name that nobody else has; says where it listens.
    pub(super) async fn create(&self, name: &str, listen: &str, upstream: &str) -> Result<String, Trouble> {
        let asked = format!("make a proxy from {listen} to {upstream}");
        let pack = || ProxyPack::new(name.to_owned(), listen.to_owned(), upstream.to_owned());
        let wanted = pack();
        let populated = self.drive(&asked, move |client| client.populate(vec![wanted]).map(drop)).await;
        match populated {
            // The driver could not read the answer, so it was no: plain HTTP says why.
            Err(Trouble::Refused { .. }) => {
                let body = json!({ "name": name, "listen": listen, "upstream": upstream, "enabled": true });
                self.ask(&asked, Method::POST, "proxies", Some(body)).await?;
            }
            other => other?,
        }
        let made = self.state(name, &asked).await?;
        if !made.enabled || made.upstream != upstream {
            return Err(Trouble::refused(&asked, format!("it says that it has {made:?}")));
        }
        Ok(made.listen)
    }

    /// Adds a toxic; says its name there.
    pub(super) async fn add_toxic(&self, proxy: &str, spec: &Spec) -> Result<String, Trouble> {
        let asked = format!("add a {} toxic {}", spec.kind, spec.stream);
        let (name, wanted) = (proxy.to_owned(), spec.clone());
        let driven = self.drive(&asked, move |client| with_toxic(client, &name, &wanted)).await;
        let toxic = match driven {
            Err(trouble) => return Err(self.why(proxy, trouble).await),
            Ok(Some(toxic)) => toxic,
            // The driver has no reset_peer, and gives each kind and stream the same name. So these go over plain HTTP.
            Ok(None) => {
                let toxic = format!("{}_{}_{:x}", spec.kind, spec.stream, rand::random::<u32>());
                let attributes: serde_json::Map<_, _> =
                    spec.attributes.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
                let body = json!({ "name": toxic, "type": spec.kind, "stream": spec.stream,
                    "toxicity": spec.toxicity, "attributes": attributes });
                self.ask(&asked, Method::POST, &format!("proxies/{proxy}/toxics"), Some(body)).await?;
                toxic
            }
        };
        let toxics = self.toxics(proxy, &asked).await?;
        if !toxics.iter().any(|pack| pack.name == toxic && spec.is(pack)) {
            return Err(Trouble::refused(&asked, format!("it says that it has {toxics:?}")));
        }
        Ok(toxic)
    }

    /// Removes one toxic, which the driver cannot: it only removes all. `longest` is how long the toxic may hold on.
    pub(super) async fn remove_toxic(
        &self,
        proxy: &str,
        toxic: &str,
        longest: Duration,
    ) -> Result<(), Trouble> {
        let asked = format!("remove {toxic}");
        let path = format!("proxies/{proxy}/toxics/{toxic}");
        let limit = LIMIT.saturating_add(longest);
        let removed = self.ask_within(limit, &asked, Method::DELETE, &path, None).await;
        let toxics = self.toxics(proxy, &asked).await?;
        if toxics.iter().any(|pack| pack.name == toxic) {
            return Err(removed.err().unwrap_or_else(|| Trouble::refused(&asked, "it still has it")));
        }
        Ok(())
    }

    /// Enables or disables a proxy.
    pub(super) async fn enable(&self, proxy: &str, enabled: bool) -> Result<(), Trouble> {
        let asked = if enabled { "enable the proxy" } else { "disable the proxy" };
        let name = proxy.to_owned();
        let driven = self.drive(asked, move |client| {
            let proxy = client.find_proxy(&name)?;
            if enabled { proxy.enable() } else { proxy.disable() }
        });
        if let Err(trouble) = driven.await {
            return Err(self.why(proxy, trouble).await);
        }
        if self.state(proxy, asked).await?.enabled == enabled {
            return Ok(());
        }
        // The driver does not say why.
        self.ask(asked, Method::POST, &format!("proxies/{proxy}"), Some(json!({ "enabled": enabled }))).await
    }

    /// Deletes a proxy. The driver would have to find it first, and a proxy that hangs is not found.
    pub(super) async fn delete(&self, proxy: &str) -> Result<(), Trouble> {
        self.ask("delete the proxy", Method::DELETE, &format!("proxies/{proxy}"), None).await
    }

    async fn state(&self, proxy: &str, asked: &str) -> Result<ProxyPack, Trouble> {
        let name = proxy.to_owned();
        match self.drive(asked, move |client| client.find_proxy(&name).map(|proxy| proxy.proxy_pack)).await {
            Ok(pack) => Ok(pack),
            Err(trouble) => Err(self.why(proxy, trouble).await),
        }
    }

    async fn toxics(&self, proxy: &str, asked: &str) -> Result<Vec<ToxicPack>, Trouble> {
        let name = proxy.to_owned();
        match self.drive(asked, move |client| client.find_proxy(&name)?.toxics()).await {
            Ok(toxics) => Ok(toxics),
            Err(trouble) => Err(self.why(proxy, trouble).await),
        }
    }

    /// The driver only says that it could not read an answer: whether there is such a proxy at all, plain HTTP tells.
    async fn why(&self, proxy: &str, trouble: Trouble) -> Trouble {
        match trouble {
            Trouble::Refused { asked, seen } => {
                match self.ask(&asked, Method::GET, &format!("proxies/{proxy}"), None).await {
                    Err(told) => told,
                    Ok(()) => Trouble::Refused { asked, seen },
                }
            }
            away => away,
        }
    }
}

/// Adds a toxic with the driver and says its name, or `None` if the driver cannot.
fn with_toxic(client: &Client, proxy: &str, spec: &Spec) -> Result<Option<String>, String> {
    let proxy = client.find_proxy(proxy)?;
    let name = format!("{}_{}", spec.kind, spec.stream);
    if proxy.proxy_pack.toxics.iter().any(|toxic| toxic.name == name) {
        return Ok(None);
    }
    let (stream, toxicity) = (spec.stream.to_owned(), spec.toxicity);
    let values: Vec<u32> = spec.attributes.iter().map(|(_, value)| *value).collect();
    match (spec.kind, values.as_slice()) {
        ("latency", &[latency, jitter]) => proxy.with_latency(stream, latency, jitter, toxicity),
        ("bandwidth", &[rate]) => proxy.with_bandwidth(stream, rate, toxicity),
        ("slow_close", &[delay]) => proxy.with_slow_close(stream, delay, toxicity),
        ("timeout", &[timeout]) => proxy.with_timeout(stream, timeout, toxicity),
        ("slicer", &[average, variation, delay]) => {
            proxy.with_slicer(stream, average, variation, delay, toxicity)
        }
        ("limit_data", &[bytes]) => proxy.with_limit_data(stream, bytes, toxicity),
        _ => return Ok(None),
    };
    Ok(Some(name))
}
