//! MySQL on a link: statements and their outcomes are read. What would hide them is taken out of the greeting.

mod answers;
mod command;
#[cfg(test)]
mod conversation;
mod dialogue;
mod event;
mod masks;
mod packets;
mod parameters;
mod requests;
mod session;
#[cfg(test)]
mod session_tests;
mod statements;
mod text;

pub use event::{MysqlEvent, MysqlOutcome, SqlError};
pub(crate) use session::Session;
