//! Toxiproxy's HTTP API over links, so that Toxiproxy's clients and its command line drive links as they drive Toxiproxy.
//!
//! Each proxy is a [`pitfall_proxy::Link`], each toxic one of its toxics or of its protocol faults. [`Api::router`] answers as Toxiproxy 2.12 does,
//! but for what the room's README names; the program `pitfall-proxy` serves it.
//!
//! ```
//! use pitfall_proxy_api::Api;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let api = Api::default();
//! let proxies = br#"[{ "name": "redis", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:6379" }]"#;
//! assert_eq!(api.populate(proxies).await?, 1);
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! let serving = tokio::spawn(axum::serve(listener, api.router()).into_future());
//! # serving.abort();
//! api.close().await;
//! # Ok(())
//! # }
//! ```

mod address;
mod body;
mod collection;
mod error;
mod kind;
mod matching;
mod message;
mod proxy;
mod routes;
mod spoken;
mod told;
mod toxic;

use std::sync::Arc;

use axum::Router;
use tokio::sync::Mutex;

use crate::collection::Collection;

pub use error::ApiError;

/// What `GET /version` says: the Toxiproxy whose answers ours are tested against, and who gives them.
pub const VERSION: &str = concat!("2.12.0+pitfall-", env!("CARGO_PKG_VERSION"));

/// The proxies that an API knows. Dropping it, and its routers, ends them; [`Api::close`] waits for that.
#[derive(Debug, Default)]
pub struct Api {
    /// One request at a time changes something or looks.
    collection: Arc<Mutex<Collection>>,
}

impl Api {
    /// Makes proxies from a JSON array, as `POST /populate` does; says how many it names. One that is there and listens and
    /// forwards as asked is left alone, with its toxics; one that does not is replaced.
    ///
    /// # Errors
    ///
    /// [`ApiError`] if the array cannot be read, before anything is made; or if a proxy cannot be started: those before it
    /// stay, those behind it are not made.
    pub async fn populate(&self, json: &[u8]) -> Result<usize, ApiError> {
        let mut made = Vec::new();
        self.collection.lock().await.populate(json, &mut made).await?;
        Ok(made.len())
    }

    /// All routes of the API, to be served by axum.
    pub fn router(&self) -> Router {
        routes::router(Arc::clone(&self.collection))
    }

    /// Ends all proxies: returns when what was asked before is done, addresses are free and connections closed.
    pub async fn close(self) {
        self.collection.lock().await.clear().await;
    }
}
