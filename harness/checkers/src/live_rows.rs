//! The rows (or messages) of one effect that stand, by order, as the history goes on.

use std::borrow::Cow;

use pitfall_model::{Change, Event};

use crate::{effects::Seen, map::Map};

/// What stands of one effect.
#[derive(Default)]
pub(crate) struct LiveRows<'h> {
    owners: Map<Cow<'h, str>, Cow<'h, str>>,
    orders: Map<Cow<'h, str>, Vec<Seen<'h>>>,
    deleted: Map<Cow<'h, str>, &'h Event>,
}

impl<'h> LiveRows<'h> {
    /// Takes in one appearance. A row whose order column changed moves to the other order.
    pub(crate) fn apply(&mut self, seen: Seen<'h>) {
        let key = seen.key.clone().unwrap_or_else(|| seen.order.clone());
        let gone = seen.change == Change::Delete;
        if let Some(owner) = self.owners.get(&key)
            && (gone || *owner != seen.order)
        {
            if let Some(rows) = self.orders.get_mut(owner) {
                rows.retain(|row| row.key_or_order() != key);
            }
            self.owners.swap_remove(&key);
        }
        if gone {
            self.deleted.insert(seen.order.clone(), seen.event);
            return;
        }
        self.owners.insert(key.clone(), seen.order.clone());
        let rows = self.orders.entry(seen.order.clone()).or_default();
        match rows.iter_mut().find(|row| row.key_or_order() == key) {
            Some(row) => *row = seen,
            None => rows.push(seen),
        }
    }

    /// The order's rows that stand now, each in its last state.
    pub(crate) fn of(&self, order: &str) -> &[Seen<'h>] {
        self.orders.get(order).map_or(&[], Vec::as_slice)
    }

    /// Whether this row of the order stands now.
    pub(crate) fn has(&self, order: &str, key: &str) -> bool {
        self.owners.get(key).is_some_and(|owner| owner == order)
    }

    /// The last deletion of a row of the order.
    pub(crate) fn deleted(&self, order: &str) -> Option<&'h Event> {
        self.deleted.get(order).copied()
    }

    /// Whether the order has or had a row.
    pub(crate) fn ever(&self, order: &str) -> bool {
        self.orders.contains_key(order) || self.deleted.contains_key(order)
    }
}
