//! The messages that stand in one topic, by order, in publishing order.

use crate::{
    facts::{Did, Fact, Facts, Name},
    grouped::{Gathered, Grouped},
    map::Map,
};

/// One message of the topic.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Message {
    pub(crate) at: u64,
    pub(crate) offset: i64,
    pub(crate) seq: u32,
    pub(crate) partition: i32,
    pub(crate) topic: Name,
    pub(crate) order: Name,
    pub(crate) status: Option<Name>,
    pub(crate) version: Option<Name>,
}

impl Message {
    /// The message of the topic that the fact tells, if it does and the message has an order id.
    pub(crate) fn told(fact: &Fact, topic: Option<Name>) -> Option<Self> {
        let Did::Produced { topic: of, partition, offset, status, version, .. } = fact.did else {
            return None;
        };
        let order = fact.order.filter(|_| Some(of) == topic)?;
        let (at, seq) = (fact.at, fact.seq);
        Some(Self { at, offset, seq, partition, topic: of, order, status, version })
    }

    /// `placed (order/2 offset 12)`, or without a status `order/2 offset 12`.
    pub(crate) fn label(&self, facts: &Facts) -> String {
        let place = format!("{}/{} offset {}", facts.text(self.topic), self.partition, self.offset);
        match self.status {
            Some(status) => format!("{} ({place})", facts.text(status)),
            None => place,
        }
    }
}

/// Every order with its messages.
pub(crate) type Orders = Grouped<Message>;

/// Gathers the messages of one topic; those without an order id bind nobody and are left out.
pub(crate) struct Published {
    /// None where no event names the topic.
    topic: Option<Name>,
    messages: Gathered<Message>,
}

impl Published {
    pub(crate) fn new(facts: &Facts, topic: &str) -> Self {
        Self { topic: facts.name(topic), messages: Gathered::default() }
    }

    /// Takes in the next fact.
    pub(crate) fn see(&mut self, fact: &Fact) {
        if let Some(message) = Message::told(fact, self.topic) {
            self.messages.push(message.order, message);
        }
    }

    /// Every order with its messages in publishing order.
    pub(crate) fn into_orders(self) -> Orders {
        let mut orders = self.messages.grouped();
        orders.for_each_mut(sort);
        orders
    }
}

/// Within a partition by offset; across partitions by time, where a message counts as no earlier than the one before it in
/// its own partition (the two rules alone could contradict each other).
fn sort(messages: &mut [Message]) {
    if !messages.is_sorted_by_key(|m| (m.partition, m.offset)) {
        messages.sort_by_key(|m| (m.partition, m.offset));
    }
    let one_partition = messages.windows(2).all(|pair| pair[0].partition == pair[1].partition);
    if one_partition {
        return;
    }
    let mut times: Map<(i32, i64), u64> = Map::default();
    let mut last = (i32::MIN, 0);
    for message in messages.iter() {
        let at = if message.partition == last.0 { last.1.max(message.at) } else { message.at };
        last = (message.partition, at);
        times.insert((message.partition, message.offset), at);
    }
    messages.sort_by_key(|m| (times.get(&(m.partition, m.offset)).copied(), m.partition, m.offset));
}

#[cfg(test)]
mod tests {
    use pitfall_model::{Event, What};

    use super::Published;
    use crate::facts::Facts;

    fn produced(seq: u64, at: u64, partition: i32, offset: i64) -> Event {
        let topic = "order".to_owned();
        let (key, status, version) = (None, None, None);
        let what = What::Produced { topic, partition, offset, key, status, version, bytes: 1 };
        Event { seq, at, link: None, conn: None, order: Some("1".to_owned()), what }
    }

    #[test]
    fn offsets_decide_within_a_partition_and_time_across() {
        let mut facts = Facts::default();
        [produced(0, 30, 0, 1), produced(1, 10, 0, 2), produced(2, 20, 1, 0), produced(3, 40, 1, 1)]
            .iter()
            .for_each(|event| facts.see(event));
        let mut published = Published::new(&facts, "order");
        facts.all().iter().for_each(|fact| published.see(fact));
        let orders = published.into_orders();
        let places: Vec<_> =
            orders.iter().flat_map(|(_, messages)| messages).map(|m| (m.partition, m.offset)).collect();
        assert_eq!(places, [(1, 0), (0, 1), (0, 2), (1, 1)]);
    }
}
