//! What a link told of a client, held against what the client says.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use pitfall_proxy::{KafkaEvent, KafkaSaid, LinkEvent, Wire};

use crate::connections::Connection;
use crate::report::Report;
use crate::{CODECS, RECORDS};

pub(crate) struct Told {
    /// Also the group's name.
    topic: String,
    link: SocketAddr,
    events: Vec<LinkEvent>,
}

/// A member, and the generation in which it commits.
pub(crate) type Member = (String, i32);

impl Told {
    pub(crate) fn new(topic: String, link: SocketAddr, events: Vec<LinkEvent>) -> Told {
        Told { topic, link, events }
    }

    /// What was said, by a client of this name.
    fn said(&self, by: &str) -> Vec<&KafkaSaid> {
        let said = self.events.iter().filter_map(|event| match event {
            LinkEvent::Read { what: Wire::Kafka(KafkaEvent { client, said }), .. } => {
                (client.as_deref() == Some(by)).then_some(said)
            }
            _ => None,
        });
        said.collect()
    }

    /// The client knows no other address and was at no other, each of its connections was seen, and none was unreadable.
    pub(crate) fn nothing_passed_by(&self, report: &Report, connections: &BTreeSet<Connection>) {
        assert_eq!(report.brokers, BTreeSet::from([self.link]));
        let mut opened = BTreeSet::new();
        for event in &self.events {
            match event {
                LinkEvent::Opened { client, .. } => {
                    opened.insert(*client);
                }
                LinkEvent::Blind { .. } | LinkEvent::UpstreamFailed { .. } => panic!("{event:?}"),
                _ => {}
            }
        }
        for (own, other) in connections {
            assert!(
                *other == self.link && opened.contains(own),
                "{own} to {other}; the link told {opened:?}"
            );
        }
    }

    /// Each record of each compression, where the client says that it is.
    pub(crate) fn produced(&self, report: &Report) {
        for codec in CODECS {
            let said = report.produced.iter().filter(|(of, ..)| of == codec);
            let said: Vec<(i32, i64)> = said.map(|(_, partition, offset, _)| (*partition, *offset)).collect();
            assert_eq!(said.len(), RECORDS);
            let told = self.said(&format!("producer-{codec}")).into_iter().flat_map(|said| match said {
                KafkaSaid::Produced { topic, partition, offset: Some(first), records, error: None } => {
                    assert_eq!(**topic, *self.topic);
                    (0..*records as i64).map(|at| (*partition, first + at)).collect::<Vec<_>>()
                }
                other => panic!("{codec}: {other:?}"),
            });
            let mut told: Vec<(i32, i64)> = told.collect();
            told.sort();
            assert_eq!(told, said, "{codec}");
        }
    }

    /// JoinGroup, SyncGroup, LeaveGroup: one member, which has both partitions.
    pub(crate) fn joined_synced_and_left(&self) -> Member {
        let mut members = self.said("consumer").into_iter().filter_map(|said| match said {
            KafkaSaid::Joined { group, member, generation, protocol, leader, error: None } => {
                assert!(**group == *self.topic && leader == member && protocol.is_some(), "{said:?}");
                Some((member.to_string(), *generation))
            }
            _ => None,
        });
        let joined = members.next_back().expect("nobody joined");
        let synced = self.said("consumer").into_iter().any(|said| match said {
            KafkaSaid::Synced { member, generation, assignment: Some(given), error: None, .. } => {
                let mut given = given.clone();
                given.iter_mut().for_each(|(_, partitions)| partitions.sort());
                (member.to_string(), *generation) == joined
                    && given == [(self.topic.as_str().into(), vec![0, 1])]
            }
            _ => false,
        });
        assert!(synced, "{joined:?}: {:#?}", self.said("consumer"));
        let left = self.said("consumer").into_iter().any(|said| match said {
            KafkaSaid::Left { group, member, error: None } => **group == *self.topic && **member == joined.0,
            _ => false,
        });
        assert!(left, "{joined:?}: {:#?}", self.said("consumer"));
        joined
    }

    /// ConsumerGroupHeartbeat: one member, which has both partitions.
    pub(crate) fn joined_and_left_by_heartbeats(&self) -> Member {
        let heartbeats = self.said("consumer").into_iter().filter_map(|said| match said {
            KafkaSaid::GroupHeartbeat { group, member, asked, epoch, assignment, error } => {
                assert!(**group == *self.topic && error.is_none(), "{said:?}");
                Some((member, *asked, *epoch, assignment))
            }
            _ => None,
        });
        let heartbeats: Vec<_> = heartbeats.collect();
        let (member, _, epoch, _) =
            heartbeats.iter().find(|(_, asked, ..)| *asked == 0).expect("nobody joined");
        let given = heartbeats.iter().any(|(by, _, _, given)| {
            let given = given.as_ref().map(|topics| topics.iter().flat_map(|(_, given)| given.clone()));
            by == member && given.map(|given| given.collect::<BTreeSet<_>>()) == Some(BTreeSet::from([0, 1]))
        });
        let left = heartbeats.iter().any(|(by, asked, ..)| by == member && *asked == -1);
        assert!(*epoch > 0 && given && left, "{heartbeats:#?}");
        (member.to_string(), *epoch)
    }

    /// One commit of all, by the member.
    pub(crate) fn committed(&self, report: &Report, member: &Member) {
        let mut ends = BTreeMap::new();
        for (_, partition, offset, _) in &report.produced {
            let end = ends.entry(*partition).or_insert(0);
            *end = (*end).max(offset + 1);
        }
        assert_eq!((&report.committed, ends.len()), (&ends, 2));
        let told = self.said("consumer").into_iter().filter_map(|said| match said {
            KafkaSaid::Committed { group, member: by, generation, topic, partition, offset, error } => {
                assert!(**group == *self.topic && **topic == *self.topic && error.is_none(), "{said:?}");
                assert_eq!((by.to_string(), *generation), *member);
                Some((*partition, *offset))
            }
            _ => None,
        });
        let mut told: Vec<(i32, i64)> = told.collect();
        told.sort();
        assert_eq!(told, ends.into_iter().collect::<Vec<_>>());
    }

    pub(crate) fn refused_a_commit(&self) {
        let told = self.said("stranger").into_iter().filter_map(|said| match said {
            KafkaSaid::Committed { group, generation, partition, offset, error, .. } => {
                assert_eq!((&**group, *generation), (&*self.topic, -1));
                Some((*partition, *offset, error.map(|error| error.to_string())))
            }
            _ => None,
        });
        let told: Vec<_> = told.collect();
        assert_eq!(told, [(0, 0, Some("error 25 UnknownMemberId".to_owned()))]);
    }
}
