//! Requests, and what is expected of their answers.

use std::net::SocketAddr;

use reqwest::{Client, Method, header};
use serde_json::{Value, json};

use crate::server::LIMIT;

/// An API, driven with plain HTTP.
pub(crate) struct Api {
    base: String,
    client: Client,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) text: String,
}

impl Answer {
    /// Without what Toxiproxy shows by accident.
    pub(crate) fn json(&self) -> Value {
        let mut json = serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"));
        forget(&mut json, "Logger");
        json
    }
}

fn forget(json: &mut Value, key: &str) {
    match json {
        Value::Object(fields) => {
            fields.remove(key);
            fields.values_mut().for_each(|value| forget(value, key));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| forget(value, key)),
        _ => {}
    }
}

impl Api {
    pub(crate) fn at(address: SocketAddr) -> Self {
        let client = Client::builder().timeout(LIMIT).no_proxy().user_agent("contract").build().unwrap();
        Self { base: format!("http://{address}"), client }
    }

    pub(crate) async fn call(&self, method: &str, path: &str, body: &str) -> Answer {
        self.call_as("contract", method, path, body).await
    }

    pub(crate) async fn call_as(&self, agent: &str, method: &str, path: &str, body: &str) -> Answer {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let request = self.client.request(method, format!("{}{path}", self.base)).body(body.to_owned());
        let answer = request.header(header::USER_AGENT, agent).send().await.unwrap();
        let content_type =
            answer.headers().get(header::CONTENT_TYPE).map(|it| it.to_str().unwrap().to_owned());
        let status = answer.status().as_u16();
        Answer { status, content_type: content_type.unwrap_or_default(), text: answer.text().await.unwrap() }
    }

    /// It is done, and answered with JSON.
    pub(crate) async fn done(&self, status: u16, method: &str, path: &str, body: impl ToString) -> Value {
        let body = body.to_string();
        let answer = self.call(method, path, &body).await;
        assert_eq!(
            (answer.status, answer.content_type.as_str()),
            (status, "application/json"),
            "{method} {path} {body}: {answer:?}"
        );
        answer.json()
    }

    /// It is done, and nothing more to be said.
    pub(crate) async fn silent(&self, method: &str, path: &str) {
        let answer = self.call(method, path, "").await;
        assert_eq!((answer.status, answer.text.as_str()), (204, ""), "{method} {path}: {answer:?}");
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.done(200, "GET", path, "").await
    }

    /// It is refused with these words, or, if they end with `…`, with words that begin so.
    pub(crate) async fn refused(
        &self,
        status: u16,
        words: &str,
        method: &str,
        path: &str,
        body: impl ToString,
    ) {
        let body = body.to_string();
        let answer = self.call(method, path, &body).await;
        let asked = format!("{method} {path} {body}: {answer:?}");
        assert_eq!(answer.status, status, "{asked}");
        assert_eq!(answer.content_type, "text/plain; charset=utf-8", "{asked}");
        assert!(answer.text.ends_with("}\n"), "{asked}");
        let json = answer.json();
        match words.strip_suffix('…') {
            None => assert_eq!(json, json!({ "error": words, "status": status }), "{asked}"),
            Some(begin) => {
                assert!(json["error"].as_str().unwrap().starts_with(begin), "{asked}");
                assert_eq!(json["status"], status, "{asked}");
                assert_eq!(json.as_object().unwrap().len(), 2, "{asked}");
            }
        }
    }

    /// Makes a proxy; says where it listens.
    pub(crate) async fn proxy(&self, name: &str, listen: impl ToString, upstream: impl ToString) -> String {
        let asked = json!({ "name": name, "listen": listen.to_string(), "upstream": upstream.to_string() });
        self.done(201, "POST", "/proxies", asked).await["listen"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn toxic(&self, proxy: &str, toxic: Value) -> Value {
        self.done(200, "POST", &format!("/proxies/{proxy}/toxics"), toxic).await
    }
}
