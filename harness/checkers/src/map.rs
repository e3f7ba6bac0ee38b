//! The one map of this room: iterates in insertion order, so that findings are the same at every judging.

/// Fast, and ordered by insertion.
pub(crate) type Map<K, V> = indexmap::IndexMap<K, V, foldhash::fast::FixedState>;
