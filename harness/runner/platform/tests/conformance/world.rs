//! A platform in one of its forms, its links, and what it told.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
    time::Duration,
};

use indexmap::IndexMap;
use pitfall_model::Platform as Data;
use pitfall_platform::{Config, Platform, Seen};
use serde_json::Value;

use crate::program::Program;

/// Every wait's limit: the machine may be busy.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

pub(crate) const SEED: u64 = 7;
pub(crate) const COLLECT: &str = "collect->platform";
pub(crate) const ALERTS: &str = "save->alerts";

pub(crate) struct World {
    pub(crate) platform: Platform,
    pub(crate) links: BTreeMap<String, SocketAddr>,
    told: Told,
    client: reqwest::Client,
    /// Ends with it.
    pub(crate) program: Option<Program>,
}

/// What an observer was told.
#[derive(Clone, Default)]
pub(crate) struct Told(Arc<Mutex<Vec<Seen>>>);

impl Told {
    pub(crate) fn observer(&self) -> impl Fn(Seen) + Send + Sync + 'static {
        let told = self.clone();
        move |seen| told.0.lock().unwrap().push(seen)
    }

    pub(crate) fn so_far(&self) -> Vec<Seen> {
        self.0.lock().unwrap().clone()
    }
}

/// 130 orders shipped, then 20 completed: not in the alphabet's order.
pub(crate) fn data() -> Data {
    Data {
        orders: IndexMap::from([("shipped".to_owned(), 130), ("completed".to_owned(), 20)]),
        ..Data::default()
    }
}

pub(crate) fn config() -> Config {
    config_with(data())
}

fn config_with(data: Data) -> Config {
    let links = [COLLECT, ALERTS].map(|link| (link.to_owned(), 0));
    Config { data, seed: SEED, links: BTreeMap::from(links), control: 0 }
}

impl World {
    pub(crate) async fn here_with(data: Data) -> Self {
        let told = Told::default();
        let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
        Self::of(Platform::here(data, SEED, address, told.observer()), told, None).await
    }

    pub(crate) async fn remote() -> Self {
        Self::remote_with(data()).await
    }

    pub(crate) async fn remote_with(data: Data) -> Self {
        let program = Program::start(&config_with(data)).await;
        let control = program.control();
        Self::remote_by(program, control).await
    }

    /// Of a program whose control port is reached at `control`.
    pub(crate) async fn remote_by(program: Program, control: SocketAddr) -> Self {
        let told = Told::default();
        let platform = Platform::remote(control, program.links(), LIMIT, told.observer()).await.unwrap();
        Self::of(platform, told, Some(program)).await
    }

    async fn of(mut platform: Platform, told: Told, program: Option<Program>) -> Self {
        let mut links = BTreeMap::new();
        for link in [COLLECT, ALERTS] {
            links.insert(link.to_owned(), platform.serve(link).await.unwrap());
        }
        let client = reqwest::Client::builder().no_proxy().timeout(LIMIT).build().unwrap();
        Self { platform, links, told, client, program }
    }

    /// Status and body of a GET.
    pub(crate) async fn get(&self, link: &str, path: &str) -> (u16, Value) {
        self.send(self.client.get(self.url(link, path))).await
    }

    /// Status and body of a POST.
    pub(crate) async fn post(&self, link: &str, path: &str, body: &str) -> (u16, Value) {
        self.send(self.client.post(self.url(link, path)).body(body.to_owned())).await
    }

    /// An order is to be shipped: the answer's status, its `Retry-After`, its body.
    pub(crate) async fn ship(&self, link: &str, order: &str) -> (u16, Option<String>, Value) {
        let request = self.client.post(self.url(link, &format!("/shop/orders/{order}/ship")));
        let answer = request.send().await.unwrap();
        let retry_after = answer.headers().get("retry-after").map(|text| text.to_str().unwrap().to_owned());
        (answer.status().as_u16(), retry_after, answer.json().await.unwrap())
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> (u16, Value) {
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    fn url(&self, link: &str, path: &str) -> String {
        format!("http://{}{path}", self.links[link])
    }

    /// What was told, once the platform has caught up.
    pub(crate) async fn told(&self) -> Vec<Seen> {
        self.platform.caught_up(LIMIT).await.unwrap();
        self.told.so_far()
    }

    /// What was told so far.
    pub(crate) fn told_so_far(&self) -> Vec<Seen> {
        self.told.so_far()
    }
}
