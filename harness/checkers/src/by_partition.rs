//! Something for each partition of a topic.

use crate::map::Map;

/// More partitions than this no topic of Kafka has in practice; a number beyond it (of a damaged history) takes no more room than any.
const NEAR: usize = 4096;

/// Something for each partition: Kafka numbers them from 0, without gaps, so most are found by their place.
#[derive(Debug)]
pub(crate) struct ByPartition<T> {
    near: Vec<T>,
    far: Map<i32, T>,
}

impl<T> Default for ByPartition<T> {
    fn default() -> Self {
        Self { near: Vec::new(), far: Map::default() }
    }
}

impl<T: Default> ByPartition<T> {
    /// What the partition has; the default, made now, where it had nothing.
    pub(crate) fn entry(&mut self, partition: i32) -> &mut T {
        match near(partition) {
            Some(place) => {
                if self.near.len() <= place {
                    self.near.resize_with(place + 1, T::default);
                }
                &mut self.near[place]
            }
            None => self.far.entry(partition).or_default(),
        }
    }

    /// What the partition has; the default counts as nothing.
    pub(crate) fn get(&self, partition: i32) -> Option<&T> {
        match near(partition) {
            Some(place) => self.near.get(place),
            None => self.far.get(&partition),
        }
    }

    /// Each partition, and some between them that have the default.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (i32, &T)> {
        (0..).zip(&self.near).chain(self.far.iter().map(|(partition, it)| (*partition, it)))
    }

    /// The same, to change them.
    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.near.iter_mut().chain(self.far.values_mut())
    }
}

fn near(partition: i32) -> Option<usize> {
    usize::try_from(partition).ok().filter(|place| *place < NEAR)
}

#[cfg(test)]
mod tests {
    use super::ByPartition;

    #[test]
    fn any_number_is_a_partition_and_none_takes_more_room_than_another() {
        let mut all = ByPartition::<u32>::default();
        for partition in [3, i32::MAX, -1, 3] {
            *all.entry(partition) += 1;
        }
        assert_eq!((all.get(3), all.get(i32::MAX), all.get(-1)), (Some(&2), Some(&1), Some(&1)));
        assert_eq!((all.get(7), all.get(5000)), (None, None));
        assert_eq!(all.iter().filter(|(_, count)| **count > 0).count(), 3);
        all.values_mut().for_each(|count| *count = 0);
        assert!(all.iter().all(|(_, count)| *count == 0));
    }
}
