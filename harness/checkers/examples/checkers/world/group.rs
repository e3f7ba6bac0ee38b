//! The consumer group: its members come and go, and commit.

use std::collections::BTreeMap;

use pitfall_model::What;

use super::{PARTITIONS, Tell, WAVE, World};

/// Processes of the role, each a member.
pub(super) const MEMBERS: u32 = 4;

impl World {
    /// One process ends and starts again, and the group gives every member its partitions anew.
    pub(super) fn change_members(&mut self, tell: Tell<'_>, wave: u64) {
        let (role, instance) = (|| "consumer".to_owned(), 1 + (wave % u64::from(MEMBERS)) as u32);
        self.say(tell, What::ProcessExited { role: role(), instance, exit: "0".into() });
        self.say(tell, What::ProcessStarted { role: role(), instance, pid: 100 });
        self.generation += 1;
        let (generation, error, link) = (self.generation, None, Some(("consumer->kafka", Some(1))));
        for number in 0..u64::from(MEMBERS) {
            let (client, group, member, error_name) = (None, "kitchen".into(), member(number), None);
            let joined = What::GroupJoined { client, group, member, generation, error, error_name };
            self.on(tell, link, None, joined);
        }
        for number in 0..u64::from(MEMBERS) {
            let (client, group, member, error_name) = (None, "kitchen".into(), member(number), None);
            let given = (0..PARTITIONS).filter(|partition| partition % u64::from(MEMBERS) == number);
            let given = given.map(|partition| partition as i32).collect();
            let assignment = BTreeMap::from([("order".to_owned(), given)]);
            let synced =
                What::GroupSynced { client, group, member, generation, assignment, error, error_name };
            self.on(tell, link, None, synced);
        }
    }

    /// Every partition's offsets: what was fetched, what the broker answered, what it stored. A commit for each message.
    pub(super) fn commit(&mut self, tell: Tell<'_>) {
        for partition in 0..PARTITIONS {
            let end = self.ends[partition as usize];
            for offset in (end - (WAVE / PARTITIONS) as i64).max(0)..end {
                self.take(tell, partition, offset);
            }
        }
    }

    fn take(&mut self, tell: Tell<'_>, partition: u64, offset: i64) {
        let (link, topic) = (Some(("consumer->kafka", Some(1))), || "order".to_owned());
        let (member, partition, error) = (member(partition % u64::from(MEMBERS)), partition as i32, None);
        let fetched = What::RecordsFetched {
            client: None,
            topic: topic(),
            partition,
            first_offset: Some(offset),
            last_offset: Some(offset),
            records: 1,
            keys: Vec::new(),
            error,
            error_name: None,
        };
        self.on(tell, link, None, fetched);
        let (client, error_name, generation, offset) = (None, None, self.generation, offset + 1);
        let (group, topic) = ("kitchen".to_owned(), topic());
        let stored = What::Committed { group: group.clone(), topic: topic.clone(), partition, offset };
        let commit = What::OffsetCommit {
            client,
            group,
            member,
            generation,
            topic,
            partition,
            offset,
            error,
            error_name,
        };
        self.on(tell, link, None, commit);
        self.say(tell, stored);
    }
}

fn member(number: u64) -> String {
    format!("kitchen-{number}")
}
