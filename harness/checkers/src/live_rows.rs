//! The rows (or messages) of one effect that stand, by order, as the history goes on.

use pitfall_model::Change;

use crate::{by_name::ByName, effects::Seen, facts::Name, few::Few};

/// What stands of one effect.
#[derive(Default)]
pub(crate) struct LiveRows {
    /// Whose row a key is now, and its place among the order's rows; none where it went.
    owners: ByName<Option<(Name, u32)>>,
    orders: ByName<Few<Seen>>,
    deleted: ByName<Seen>,
}

impl LiveRows {
    /// Takes in one appearance. A row whose order column changed moves to the other order.
    pub(crate) fn apply(&mut self, seen: Seen) {
        let key = seen.key_or_order();
        let owner = *self.owners.entry(key);
        match owner {
            Some((order, place)) if seen.change == Change::Delete || order != seen.order => {
                self.take_out(key, order, place as usize);
            }
            Some((order, place)) => {
                let rows = self.orders.get_mut(order).map(Few::as_mut_slice);
                if let Some(row) = rows.and_then(|rows| rows.get_mut(place as usize)) {
                    *row = seen;
                    return;
                }
            }
            None => {}
        }
        if seen.change == Change::Delete {
            *self.deleted.or_insert_with(seen.order, || seen) = seen;
            return;
        }
        let rows = self.orders.entry(seen.order);
        // A place is a number of events at most, and those are counted in 32 bits.
        *self.owners.entry(key) = Some((seen.order, rows.as_slice().len() as u32));
        rows.push(seen);
    }

    /// The row goes; those behind it move up.
    fn take_out(&mut self, key: Name, order: Name, place: usize) {
        *self.owners.entry(key) = None;
        let Some(rows) = self.orders.get_mut(order) else { return };
        rows.remove(place);
        for row in rows.as_slice().get(place..).unwrap_or_default() {
            if let Some(Some((_, place))) = self.owners.get_mut(row.key_or_order()) {
                *place -= 1;
            }
        }
    }

    /// The order's rows that stand now, each in its last state.
    pub(crate) fn of(&self, order: Name) -> &[Seen] {
        self.orders.get(order).map_or(&[], Few::as_slice)
    }

    /// Whether this row of the order stands now.
    pub(crate) fn has(&self, order: Name, key: Name) -> bool {
        self.owners.get(key).is_some_and(|owner| owner.is_some_and(|(owner, _)| owner == order))
    }

    /// The last deletion of a row of the order.
    pub(crate) fn deleted(&self, order: Name) -> Option<Seen> {
        self.deleted.get(order).copied()
    }

    /// Whether the order has or had a row.
    pub(crate) fn ever(&self, order: Name) -> bool {
        self.orders.has(order) || self.deleted.has(order)
    }
}
