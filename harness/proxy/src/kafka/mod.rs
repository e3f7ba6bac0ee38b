//! Kafka on a link: what concerns groups, commits and produced records is read, the answers that name brokers are
//! rewritten; requests and answers can be held, refused and changed.

mod addresses;
mod answering;
mod answers;
mod api;
mod asked;
mod asking;
mod commits;
mod cursor;
mod event;
#[cfg(test)]
mod exchanges;
mod fields;
mod frames;
mod group_heartbeat;
mod groups;
mod head;
#[cfg(test)]
mod holding_tests;
mod limits;
mod produce;
#[cfg(test)]
mod produce_tests;
mod produce_walk;
mod question;
#[cfg(test)]
mod reading_tests;
mod refusal;
#[cfg(test)]
mod refusal_tests;
mod requests;
mod rewrite;
#[cfg(test)]
mod rewrite_tests;
mod session;
#[cfg(test)]
mod session_tests;
mod subject;
#[cfg(test)]
mod testing;
mod throttle;
#[cfg(test)]
mod throttle_tests;
mod topic_errors;
#[cfg(test)]
mod turn_tests;
mod unread;
#[cfg(test)]
mod unread_tests;

pub(crate) use addresses::BrokerAddresses;
pub use event::{Assignment, KafkaError, KafkaEvent, KafkaSaid};
pub(crate) use session::Session;
