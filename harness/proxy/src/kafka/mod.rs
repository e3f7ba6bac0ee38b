//! Kafka on a link: requests are read, the answers that name brokers are rewritten.

mod addresses;
mod answers;
mod cursor;
mod limits;
mod requests;
mod rewrite;
#[cfg(test)]
mod rewrite_tests;
mod session;
#[cfg(test)]
mod session_tests;

pub(crate) use addresses::BrokerAddresses;
pub(crate) use session::Session;
