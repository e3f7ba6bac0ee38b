//! The messages that stand in one topic, by order, in publishing order.

use pitfall_model::{Event, What};

use crate::map::Map;

/// One message of the topic.
#[derive(Clone, Copy)]
pub(crate) struct Message<'h> {
    pub(crate) event: &'h Event,
    pub(crate) topic: &'h str,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    pub(crate) status: Option<&'h str>,
}

impl Message<'_> {
    /// `placed (order/2 offset 12)`, or without a status `order/2 offset 12`.
    pub(crate) fn label(&self) -> String {
        let place = format!("{}/{} offset {}", self.topic, self.partition, self.offset);
        match self.status {
            Some(status) => format!("{status} ({place})"),
            None => place,
        }
    }
}

/// Gathers the messages of one topic; those without an order id bind nobody and are left out.
pub(crate) struct Published<'h, 'j> {
    topic: &'j str,
    orders: Map<&'h str, Vec<Message<'h>>>,
}

impl<'h, 'j> Published<'h, 'j> {
    pub(crate) fn new(topic: &'j str) -> Self {
        Self { topic, orders: Map::default() }
    }

    pub(crate) fn see(&mut self, event: &'h Event) {
        let What::Produced { topic, partition, offset, status, .. } = &event.what else {
            return;
        };
        let Some(order) = event.order.as_deref() else {
            return;
        };
        if topic == self.topic {
            let (partition, offset, status) = (*partition, *offset, status.as_deref());
            self.orders.entry(order).or_default().push(Message { event, topic, partition, offset, status });
        }
    }

    /// Every order with its messages in publishing order.
    pub(crate) fn into_orders(mut self) -> Map<&'h str, Vec<Message<'h>>> {
        self.orders.values_mut().for_each(|messages| sort(messages));
        self.orders
    }
}

/// Within a partition by offset; across partitions by time, where a message counts as no earlier than the one before it in
/// its own partition (the two rules alone could contradict each other).
fn sort(messages: &mut [Message<'_>]) {
    messages.sort_by_key(|m| (m.partition, m.offset));
    let one_partition = messages.windows(2).all(|pair| pair[0].partition == pair[1].partition);
    if one_partition {
        return;
    }
    let mut times: Map<(i32, i64), u64> = Map::default();
    let mut last = (i32::MIN, 0);
    for message in messages.iter() {
        let at = if message.partition == last.0 { last.1.max(message.event.at) } else { message.event.at };
        last = (message.partition, at);
        times.insert((message.partition, message.offset), at);
    }
    messages.sort_by_key(|m| (times.get(&(m.partition, m.offset)).copied(), m.partition, m.offset));
}

#[cfg(test)]
mod tests {
    use pitfall_model::{Event, What};

    use super::Published;

    fn produced(seq: u64, at: u64, partition: i32, offset: i64) -> Event {
        let topic = "order".to_owned();
        let what = What::Produced { topic, partition, offset, key: None, status: None, bytes: 1 };
        Event { seq, at, link: None, conn: None, order: Some("1".to_owned()), what }
    }

    #[test]
    fn offsets_decide_within_a_partition_and_time_across() {
        let events =
            [produced(0, 30, 0, 1), produced(1, 10, 0, 2), produced(2, 20, 1, 0), produced(3, 40, 1, 1)];
        let mut published = Published::new("order");
        events.iter().for_each(|event| published.see(event));
        let orders = published.into_orders();
        let places: Vec<_> = orders["1"].iter().map(|m| (m.partition, m.offset)).collect();
        assert_eq!(places, [(1, 0), (0, 1), (0, 2), (1, 1)]);
    }
}
