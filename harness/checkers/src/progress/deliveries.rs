//! When messages were given to consumers, as links told it: each time that an answer held the message, whoever asked.

use crate::{
    by_partition::ByPartition,
    facts::{Did, Fact, Facts, Name},
    published::Message,
};

/// An answer: where it stands, its first and its last offset.
type Answer = (u32, i64, i64);

/// What was given of one topic, in the order of the history.
pub(super) struct Deliveries {
    topic: Option<Name>,
    answers: ByPartition<Vec<Answer>>,
}

impl Deliveries {
    pub(super) fn new(facts: &Facts, topic: &str) -> Self {
        Self { topic: facts.name(topic), answers: ByPartition::default() }
    }

    /// Takes in the next fact.
    pub(super) fn see(&mut self, fact: &Fact) {
        if let Did::RecordsFetched { topic, partition, first, last, .. } = fact.did
            && Some(topic) == self.topic
        {
            self.answers.entry(partition).push((fact.seq, first, last));
        }
    }

    /// Each answer's partition, first and last offset, partition by partition.
    pub(super) fn stretches(&self) -> impl Iterator<Item = (i32, (i64, i64))> {
        let of_partition = |(partition, answers)| {
            let answers: &Vec<Answer> = answers;
            answers.iter().map(move |(_, first, last)| (partition, (*first, *last)))
        };
        self.answers.iter().flat_map(of_partition)
    }

    /// Where the message was given for the n-th time, counted from 0.
    pub(super) fn nth(&self, message: &Message, n: usize) -> Option<u32> {
        self.of(message).nth(n)
    }

    /// Where it was given last, before a place of the history.
    pub(super) fn last_before(&self, message: &Message, seq: u32) -> Option<u32> {
        self.of(message).rfind(|given| *given < seq)
    }

    fn of(&self, message: &Message) -> impl DoubleEndedIterator<Item = u32> {
        let (offset, answers) = (message.offset, self.answers.get(message.partition));
        let holds = move |(_, first, last): &&Answer| (*first..=*last).contains(&offset);
        answers.into_iter().flatten().filter(holds).map(|(seq, ..)| *seq)
    }
}
