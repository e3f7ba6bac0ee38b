//! Where the toxics of a link act.

use std::net::SocketAddr;
use std::sync::Arc;

use pitfall_proxy::{Link, LinkConfig, LinkError, Observer, Toxiproxy};

/// Where the toxics of a link act.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Backend {
    /// In the link.
    Own,
    /// On the Toxiproxy server that is driven there.
    Toxiproxy(SocketAddr),
}

impl Backend {
    pub(crate) fn is_own(self) -> bool {
        matches!(self, Self::Own)
    }

    /// Where the Toxiproxy server is driven.
    pub(crate) fn api(self) -> SocketAddr {
        match self {
            Self::Own => panic!("there is no server"),
            Self::Toxiproxy(api) => api,
        }
    }

    pub(crate) async fn open(
        self,
        config: LinkConfig,
        observer: Arc<dyn Observer>,
    ) -> Result<Link, LinkError> {
        match self {
            Self::Own => Link::open(config, observer).await,
            Self::Toxiproxy(api) => Link::open_on(config, &Toxiproxy::at(api), observer).await,
        }
    }

    /// Whether the server has a proxy of this name.
    pub(crate) async fn has(self, proxy: &str) -> bool {
        let answer = self.ask(reqwest::Method::GET, proxy).await;
        assert!(answer.is_success() || answer == 404, "{answer}");
        answer.is_success()
    }

    /// Deletes a proxy behind a link's back.
    pub(crate) async fn delete(self, proxy: &str) {
        assert_eq!(self.ask(reqwest::Method::DELETE, proxy).await, 204);
    }

    async fn ask(self, method: reqwest::Method, proxy: &str) -> reqwest::StatusCode {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let url = format!("http://{}/proxies/{proxy}", self.api());
        client.request(method, url).send().await.unwrap().status()
    }
}

/// The name of a link's proxy and where it listens, as the link shows them.
pub(crate) fn proxy(link: &Link) -> (String, String) {
    let shown = format!("{link:?}");
    let (_, shown) = shown.split_once("Proxy { ").expect("no proxy behind it");
    let field = |name: &str| {
        let (_, value) = shown.rsplit_once(&format!("{name}: ")).unwrap();
        value.trim_start_matches('"').split(['"', ',', ' ']).next().unwrap().to_owned()
    };
    (field(" name"), field("address"))
}
