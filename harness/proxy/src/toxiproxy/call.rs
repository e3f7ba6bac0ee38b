//! One call to the server, by either way, and how it can fail.

use std::error::Error;
use std::time::Duration;

use reqwest::Method;
use serde_json::Value;
use tokio::time::timeout;
use toxiproxy_rust::client::Client;

use super::Toxiproxy;
use crate::error::LinkError;

/// How long one call may take.
pub(super) const LIMIT: Duration = Duration::from_secs(10);

/// How a call can fail.
#[derive(Debug)]
pub(super) enum Trouble {
    /// There was no answer.
    Away(String),
    /// The answer was no.
    Refused { asked: String, seen: String },
}

impl Trouble {
    pub(super) fn refused(asked: &str, seen: impl Into<String>) -> Self {
        Self::Refused { asked: asked.to_owned(), seen: seen.into() }
    }
}

impl Toxiproxy {
    /// Says on which link it happened, and what to do.
    pub(super) fn error(&self, link: &str, trouble: Trouble) -> LinkError {
        let (link, api) = (link.to_owned(), self.api);
        match trouble {
            Trouble::Away(seen) => LinkError::ToxiproxyAway { link, api, seen },
            Trouble::Refused { asked, seen } => {
                let remedy = remedy(&seen);
                LinkError::ToxiproxyRefused { link, api, asked, seen, remedy }
            }
        }
    }

    /// Lets the driver do something, on a thread where it may block.
    pub(super) async fn drive<T: Send + 'static>(
        &self,
        asked: &str,
        work: impl FnOnce(&Client) -> Result<T, String> + Send + 'static,
    ) -> Result<T, Trouble> {
        let (api, drivers) = (self.api, self.drivers.clone());
        let task = tokio::task::spawn_blocking(move || {
            let client = drivers.take().unwrap_or_else(|| Client::new(api));
            let done = work(&client).map_err(|seen| (seen, client.is_running()));
            if done.is_ok() {
                drivers.put(client);
            }
            done
        });
        match timeout(LIMIT, task).await {
            Ok(Ok(Ok(done))) => Ok(done),
            Ok(Ok(Err((seen, true)))) => Err(Trouble::refused(asked, seen)),
            Ok(Ok(Err((seen, false)))) => Err(Trouble::Away(seen)),
            Ok(Err(panicked)) => Err(Trouble::Away(format!("its driver gave up: {panicked}"))),
            Err(_) => Err(Trouble::Away(format!("nothing within {LIMIT:?} after it was asked to {asked}"))),
        }
    }

    /// Asks the server over plain HTTP.
    pub(super) async fn ask(
        &self,
        asked: &str,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<(), Trouble> {
        self.ask_within(LIMIT, asked, method, path, body).await
    }

    pub(super) async fn ask_within(
        &self,
        limit: Duration,
        asked: &str,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<(), Trouble> {
        let mut request = self.http.request(method, format!("http://{}/{path}", self.api)).timeout(limit);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.map_err(|error| Trouble::Away(chain(&error)))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        let text = answer.text().await.unwrap_or_default();
        let said = serde_json::from_str::<Value>(&text).ok();
        let said = said.as_ref().and_then(|said| said["error"].as_str()).unwrap_or(&text);
        Err(Trouble::refused(asked, format!("{status}: {said}")))
    }
}

fn remedy(seen: &str) -> &'static str {
    if seen.contains("address already in use") {
        "name a free address, or port 0"
    } else if seen.contains("bind:") || seen.contains("listen tcp") {
        "name an address of the machine it runs on"
    } else if seen.contains("proxy not found") {
        "it was started anew, or somebody deleted the proxy: open the link again"
    } else {
        "its log may tell more"
    }
}

/// An error with what led to it.
fn chain(error: &dyn Error) -> String {
    match error.source() {
        None => error.to_string(),
        Some(cause) => format!("{error}: {}", chain(cause)),
    }
}
