//! MySQL on a link: statements and their outcomes are read, held, and answered by the link itself. What would hide them is
//! taken out of the greeting.

mod answers;
mod command;
#[cfg(test)]
pub(crate) mod conversation;
mod dialogue;
mod event;
mod execution;
mod frames;
#[cfg(test)]
mod holding_tests;
mod listeners;
mod masks;
mod packets;
mod parameters;
mod passage;
mod refusal;
mod requests;
mod session;
#[cfg(test)]
mod session_tests;
#[cfg(test)]
mod speaking_tests;
mod statements;
mod text;

pub use event::{MysqlEvent, MysqlOutcome, SqlError};
pub(crate) use session::Session;
