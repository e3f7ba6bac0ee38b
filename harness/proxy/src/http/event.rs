//! What was read of HTTP.

use std::time::Duration;

/// The kind of [`HttpEvent::Asked`].
pub(crate) const ASKED: &str = "http-request";
/// The kind of [`HttpEvent::Answered`].
pub(crate) const ANSWERED: &str = "http-answered";

/// What was said on a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HttpEvent {
    /// A request is about to go to the server: its head is there, its body may still be coming.
    Asked {
        /// Its number on the connection, from 1.
        request: u64,
        /// Its method.
        method: String,
        /// Path and query as the client sent them, or the first 4,096 bytes of them.
        path: String,
    },
    /// The head of the answer has come from the server. Interim answers (100 to 199, but for 101) are not told.
    Answered {
        /// Which request.
        request: u64,
        /// The request's method.
        method: String,
        /// The request's path and query.
        path: String,
        /// The status.
        status: u16,
        /// From when the request's head was forwarded to when the answer's had come.
        took: Duration,
    },
}
