//! What the API refuses, as Toxiproxy says it.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use pitfall_proxy::LinkError;
use serde::Serialize;

/// Why something was not done, and the HTTP status that says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// In words: where, why, and if it is not plain, what to do.
    #[serde(rename = "error")]
    pub message: String,
    /// 400, 404, 409, or 500 when an address cannot be had.
    pub status: u16,
}

impl ApiError {
    pub(crate) fn bad_body(why: impl std::fmt::Display) -> Self {
        Self { message: format!("bad request body: {why}"), status: 400 }
    }

    pub(crate) fn missing_field(field: impl std::fmt::Display) -> Self {
        Self { message: format!("missing required field: {field}"), status: 400 }
    }

    pub(crate) fn invalid_stream() -> Self {
        let message = "stream was invalid, can be either upstream or downstream".to_owned();
        Self { message, status: 400 }
    }

    pub(crate) fn invalid_type() -> Self {
        Self { message: "invalid toxic type".to_owned(), status: 400 }
    }

    pub(crate) fn no_proxy() -> Self {
        Self { message: "proxy not found".to_owned(), status: 404 }
    }

    pub(crate) fn no_toxic() -> Self {
        Self { message: "toxic not found".to_owned(), status: 404 }
    }

    pub(crate) fn proxy_exists() -> Self {
        Self { message: "proxy already exists".to_owned(), status: 409 }
    }

    pub(crate) fn toxic_exists() -> Self {
        Self { message: "toxic already exists".to_owned(), status: 409 }
    }

    pub(crate) fn failed(message: String) -> Self {
        Self { message, status: 500 }
    }

    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl From<LinkError> for ApiError {
    fn from(error: LinkError) -> Self {
        Self::failed(error.to_string())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let json = serde_json::json!({ "error": self.message, "status": self.status });
        // It is JSON, but Toxiproxy calls it so, with a line's end.
        (self.status(), [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], format!("{json}\n"))
            .into_response()
    }
}
