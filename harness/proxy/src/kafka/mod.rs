//! Kafka on a link: what concerns groups, commits, produced and fetched records is read, the answers that name brokers are
//! rewritten; requests and answers can be held, refused and changed.

mod addresses;
mod answering;
mod answers;
mod api;
mod asked;
mod asking;
mod batch;
mod batches;
mod brokers;
mod commits;
mod cursor;
mod event;
#[cfg(test)]
mod exchanges;
mod fetch;
#[cfg(test)]
mod fetch_exchanges;
#[cfg(test)]
mod fetch_tests;
mod fetch_walk;
mod fields;
mod frames;
mod group_heartbeat;
mod groups;
mod head;
#[cfg(test)]
mod holding_tests;
mod limits;
mod offset_fetch;
#[cfg(test)]
mod offset_fetch_exchanges;
mod produce;
#[cfg(test)]
mod produce_tests;
mod produce_walk;
mod question;
#[cfg(test)]
mod reading_tests;
mod records;
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
mod unknown;
mod unpack;
mod unread;
#[cfg(test)]
mod unread_tests;
mod walk;

pub(crate) use addresses::BrokerAddresses;
pub use brokers::KafkaBrokers;
pub use event::{Assignment, KafkaError, KafkaEvent, KafkaSaid, RecordKey};
pub(crate) use session::Session;
