//! The toxics of one direction of one connection, in the order they were added.

use std::sync::Arc;

use tokio::time::Instant;

use crate::item::Item;
use crate::stage::Stage;

/// What a toxic did: its name and what, for a reader.
pub(crate) type Bite = (Arc<str>, String);

/// The toxics of one direction of one connection, in the order they were added.
#[derive(Default)]
pub(crate) struct Chain {
    stages: Vec<Stage>,
    bites: Vec<Bite>,
}

impl Chain {
    pub(crate) fn add(&mut self, stage: Stage) {
        self.stages.push(stage);
    }

    /// Takes a toxic out, if it is here. What waited in it goes on to the next one; returned is what leaves the chain.
    pub(crate) fn remove(&mut self, toxic: &str, now: Instant) -> Vec<Item> {
        let Some(at) = self.stages.iter().position(|stage| &**stage.name() == toxic) else {
            return Vec::new();
        };
        let stage = self.stages.remove(at);
        let name = stage.name().clone();
        let (items, bites) = stage.heal(now);
        self.bites.extend(bites.into_iter().map(|what| (name.clone(), what)));
        match self.stages.get_mut(at) {
            None => items,
            Some(next) => {
                items.into_iter().for_each(|item| next.take(item, now));
                Vec::new()
            }
        }
    }

    /// Takes one item in; gives it back where there is no toxic.
    pub(crate) fn put(&mut self, item: Item, now: Instant) -> Option<Item> {
        match self.stages.first_mut() {
            None => Some(item),
            Some(first) => {
                first.take(item, now);
                None
            }
        }
    }

    /// Whether it takes more; without toxics that is for `out_has_room` to say.
    pub(crate) fn has_room(&self, out_has_room: bool) -> bool {
        self.stages.first().map_or(out_has_room, Stage::has_room)
    }

    /// The next item that leaves the chain, if its time has come and there is room for it.
    pub(crate) fn pop(&mut self, now: Instant, out_has_room: bool) -> Option<Item> {
        self.step(now);
        let last = self.stages.last_mut()?;
        if out_has_room || last.is_urgent() { last.pop(now) } else { None }
    }

    /// Moves what is due from each toxic to the next, as far as there is room.
    fn step(&mut self, now: Instant) {
        for at in (1..self.stages.len()).rev() {
            let (before, from) = self.stages.split_at_mut(at);
            let (Some(giver), Some(taker)) = (before.last_mut(), from.first_mut()) else {
                continue;
            };
            while taker.has_room() || giver.is_urgent() {
                match giver.pop(now) {
                    Some(item) => taker.take(item, now),
                    None => break,
                }
            }
        }
    }

    /// When something can next move by itself.
    pub(crate) fn due(&self, out_has_room: bool) -> Option<Instant> {
        let room_after = self.stages.iter().skip(1).map(Stage::has_room).chain([out_has_room]);
        let movable = self.stages.iter().zip(room_after).filter(|(stage, room)| *room || stage.is_urgent());
        movable.filter_map(|(stage, _)| stage.due()).min()
    }

    /// Throws away what waits.
    pub(crate) fn clear(&mut self) {
        self.stages.iter_mut().for_each(Stage::clear);
    }

    /// What its toxics did since the last call.
    pub(crate) fn bites(&mut self) -> Vec<Bite> {
        let mut bites = std::mem::take(&mut self.bites);
        for stage in &mut self.stages {
            let name = stage.name().clone();
            bites.extend(stage.bites().into_iter().map(|what| (name.clone(), what)));
        }
        bites
    }
}
