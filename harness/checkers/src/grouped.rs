//! Several things for each name: gathered in one list as they come, then laid out name by name.
//!
//! A list for each name would be a hundred thousand small pieces of memory, all over the place; this is one, read from front to back.

use crate::{by_name::ByName, facts::Name};

/// Things of names, as they come.
pub(crate) struct Gathered<T> {
    /// How many each name has.
    counts: ByName<u32>,
    all: Vec<T>,
    /// For each of them, its name's place in `counts`.
    of: Vec<u32>,
}

impl<T> Default for Gathered<T> {
    fn default() -> Self {
        Self { counts: ByName::default(), all: Vec::new(), of: Vec::new() }
    }
}

impl<T> Gathered<T> {
    /// One more for the name; returned is its place among all.
    pub(crate) fn push(&mut self, name: Name, it: T) -> usize {
        let place = self.counts.place_of(name);
        *self.counts.at_mut(place) += 1;
        // Never more than there are names, and those are numbered by 32 bits.
        self.of.push(place as u32);
        self.all.push(it);
        self.all.len() - 1
    }

    /// What came at this place, to change it.
    pub(crate) fn get_mut(&mut self, place: usize) -> Option<&mut T> {
        self.all.get_mut(place)
    }

    /// Laid out name by name: names in the order in which they came, what one has likewise.
    pub(crate) fn grouped(self) -> Grouped<T> {
        let Self { counts: mut ends, mut all, of: mut goes } = self;
        let mut start = 0;
        for end in ends.values_mut() {
            start += std::mem::replace(end, start);
        }
        for to in &mut goes {
            let end = ends.at_mut(*to as usize);
            *to = *end;
            *end += 1;
        }
        // Where they lie, without a second list: each exchange brings one to where it goes.
        for place in 0..all.len() {
            while goes[place] as usize != place {
                let to = goes[place] as usize;
                all.swap(place, to);
                goes.swap(place, to);
            }
        }
        Grouped { ends, all }
    }
}

/// Every name with what it has.
pub(crate) struct Grouped<T> {
    /// Where each name's end; they begin where those of the name before end.
    ends: ByName<u32>,
    all: Vec<T>,
}

impl<T> Grouped<T> {
    /// What the name has; nothing where it never came.
    pub(crate) fn of(&self, name: Name) -> &[T] {
        let Some((start, end)) = self.ends.place(name).and_then(|place| self.bounds(place)) else {
            return &[];
        };
        &self.all[start..end]
    }

    /// Whether the name has anything.
    pub(crate) fn has(&self, name: Name) -> bool {
        self.ends.has(name)
    }

    /// Every name with what it has.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Name, &[T])> {
        let mut start = 0;
        self.ends.iter().map(move |(name, end)| {
            let end = *end as usize;
            (name, &self.all[std::mem::replace(&mut start, end)..end])
        })
    }

    /// What each name has, to change it.
    pub(crate) fn for_each_mut(&mut self, mut change: impl FnMut(&mut [T])) {
        let mut rest = self.all.as_mut_slice();
        let mut start = 0;
        for (_, end) in self.ends.iter() {
            let (group, behind) = rest.split_at_mut((*end - std::mem::replace(&mut start, *end)) as usize);
            change(group);
            rest = behind;
        }
    }

    fn bounds(&self, place: usize) -> Option<(usize, usize)> {
        let end = *self.ends.at(place)?;
        let before = place.checked_sub(1).and_then(|before| self.ends.at(before));
        Some((before.copied().unwrap_or_default() as usize, end as usize))
    }
}

#[cfg(test)]
mod tests {
    use pitfall_model::{Event, What};

    use super::Gathered;
    use crate::facts::{Facts, Name};

    fn names(texts: &[&str]) -> Vec<Name> {
        let mut facts = Facts::default();
        for text in texts {
            let what = What::Alert { text: (*text).to_owned() };
            facts.see(&Event { seq: 0, at: 0, link: None, conn: None, order: None, what });
        }
        texts.iter().filter_map(|text| facts.name(text)).collect()
    }

    #[test]
    fn each_name_has_its_own_as_they_came() {
        let names = names(&["a", "b", "c", "d"]);
        let mut gathered = Gathered::default();
        for (name, it) in [(1, 10), (0, 20), (1, 11), (3, 30), (1, 12)] {
            gathered.push(names[name], it);
        }
        if let Some(it) = gathered.get_mut(2) {
            *it += 100;
        }
        let mut grouped = gathered.grouped();
        assert_eq!(grouped.of(names[1]), [10, 111, 12]);
        assert_eq!((grouped.of(names[0]), grouped.of(names[2])), (&[20][..], &[][..]));
        assert!(grouped.has(names[3]) && !grouped.has(names[2]));
        grouped.for_each_mut(<[_]>::reverse);
        let all: Vec<_> = grouped.iter().map(|(name, group)| (name, group.to_vec())).collect();
        assert_eq!(all, [(names[1], vec![12, 111, 10]), (names[0], vec![20]), (names[3], vec![30])]);
    }

    #[test]
    fn nothing_gathered_is_nothing_for_any_name() {
        let names = names(&["a"]);
        let grouped = Gathered::<u32>::default().grouped();
        assert!(grouped.of(names[0]).is_empty() && grouped.iter().next().is_none());
    }
}
