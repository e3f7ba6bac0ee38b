//! Taps on Kafka: the messages of topics, and the commits of groups.

mod client;
mod commits;
mod follower;
mod offsets;
mod probe;
mod topics;

pub use commits::{CommitsInput, CommitsTap};
pub use topics::{Topic, TopicsInput, TopicsTap};
