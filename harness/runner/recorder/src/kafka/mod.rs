//! Taps on Kafka: the messages of topics, the commits of groups, and what groups look like.

mod client;
mod commits;
mod described;
mod follower;
mod groups;
mod offsets;
mod probe;
mod topics;
mod wire;

pub use commits::{CommitsInput, CommitsTap};
pub use described::Described;
pub use groups::{GroupsInput, GroupsTap};
pub use topics::{Topic, TopicsInput, TopicsTap};
pub use wire::Connection;
