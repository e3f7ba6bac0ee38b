//! HTTP/1.x on a link: requests and the heads of their answers are read; bodies stream through, unless they are to be held.

mod body;
mod chunks;
mod event;
mod exchanges;
mod flow;
mod head;
mod message;
mod partial;
mod session;
#[cfg(test)]
mod session_tests;
#[cfg(test)]
mod speaking_tests;
mod status;
#[cfg(test)]
mod testing;

pub use event::HttpEvent;
pub(crate) use event::{ANSWERED, ASKED};
pub(crate) use session::Session;
