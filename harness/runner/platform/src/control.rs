//! The client of the program's control port.

use std::{net::SocketAddr, time::Duration};

use reqwest::{Client, RequestBuilder, Response, StatusCode};
use tokio::time::timeout;

use crate::{
    delays::Times,
    error::{PlatformError, in_full},
    wire::{ANSWER_TIMES, EVENTS, HEALTH, Health, WereSet},
};

/// The control port of one program.
#[derive(Clone)]
pub(crate) struct Control {
    pub(crate) address: SocketAddr,
    client: Client,
}

impl Control {
    pub(crate) fn new(address: SocketAddr) -> Result<Self, PlatformError> {
        // The way to it is never through a proxy, whatever the environment says.
        let client = Client::builder().no_proxy().build().map_err(PlatformError::Client)?;
        Ok(Self { address, client })
    }

    pub(crate) async fn health(&self, limit: Duration) -> Result<Health, PlatformError> {
        let tried = "ask for the health";
        let request = self.client.get(self.url(HEALTH)).timeout(limit);
        self.json(tried, self.ask(tried, request).await?).await
    }

    /// Of this process, if it still is the one.
    pub(crate) async fn set(
        &self,
        instance: u64,
        times: &Times,
        limit: Duration,
    ) -> Result<WereSet, PlatformError> {
        let tried = "set the answer times";
        let url = self.url(ANSWER_TIMES) + &format!("?instance={instance}");
        let request = self.client.post(url).json(times).timeout(limit);
        self.json(tried, self.ask(tried, request).await?).await
    }

    /// The stream of this process's events from a number on; `limit` is for its beginning.
    pub(crate) async fn events(
        &self,
        instance: u64,
        from: u64,
        limit: Duration,
    ) -> Result<Response, PlatformError> {
        let tried = "follow the events";
        let url = self.url(EVENTS) + &format!("?from={from}&instance={instance}");
        match timeout(limit, self.ask(tried, self.client.get(url))).await {
            Ok(answer) => answer,
            Err(_) => Err(self.unreachable(tried, format!("no answer within {limit:?}"))),
        }
    }

    async fn ask(&self, tried: &'static str, request: RequestBuilder) -> Result<Response, PlatformError> {
        let answer = request.send().await.map_err(|error| self.unreachable(tried, in_full(&error)))?;
        match answer.status() {
            StatusCode::OK => Ok(answer),
            StatusCode::GONE => Err(PlatformError::Restarted { control: self.address }),
            status => {
                let text = answer.text().await.unwrap_or_else(|error| in_full(&error));
                Err(self.unreachable(tried, format!("{status}: {text}")))
            }
        }
    }

    async fn json<T: serde::de::DeserializeOwned>(
        &self,
        tried: &'static str,
        answer: Response,
    ) -> Result<T, PlatformError> {
        answer.json().await.map_err(|error| self.unreachable(tried, in_full(&error)))
    }

    fn unreachable(&self, tried: &'static str, error: String) -> PlatformError {
        PlatformError::Unreachable { control: self.address, tried, error }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}
