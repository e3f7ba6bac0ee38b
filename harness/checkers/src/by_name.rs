//! Something for each name: found by the name's number, no hashing; iterates in the order in which the names came.

use crate::facts::Name;

/// Something for each name that has come.
pub(crate) struct ByName<T> {
    /// By the name's number: 0, or one more than its place in `all`.
    places: Vec<u32>,
    all: Vec<(Name, T)>,
}

impl<T> Default for ByName<T> {
    fn default() -> Self {
        Self { places: Vec::new(), all: Vec::new() }
    }
}

impl<T> ByName<T> {
    /// What the name has.
    pub(crate) fn get(&self, name: Name) -> Option<&T> {
        let place = self.place(name)?;
        self.all.get(place).map(|(_, it)| it)
    }

    /// What the name has, to change it.
    pub(crate) fn get_mut(&mut self, name: Name) -> Option<&mut T> {
        let place = self.place(name)?;
        self.all.get_mut(place).map(|(_, it)| it)
    }

    /// Whether the name has come.
    pub(crate) fn has(&self, name: Name) -> bool {
        self.place(name).is_some()
    }

    /// What the name has; made now where it had nothing.
    pub(crate) fn or_insert_with(&mut self, name: Name, make: impl FnOnce() -> T) -> &mut T {
        let place = self.place_made_with(name, make);
        &mut self.all[place].1
    }

    /// The name's place among those that have come; what it has is the default, made now, where it had nothing.
    pub(crate) fn place_of(&mut self, name: Name) -> usize
    where
        T: Default,
    {
        self.place_made_with(name, T::default)
    }

    /// What the name at the place has.
    pub(crate) fn at(&self, place: usize) -> Option<&T> {
        self.all.get(place).map(|(_, it)| it)
    }

    /// What the name at the place has, to change it. Only for places that were told here.
    pub(crate) fn at_mut(&mut self, place: usize) -> &mut T {
        &mut self.all[place].1
    }

    /// What the name has; the default, made now, where it had nothing.
    pub(crate) fn entry(&mut self, name: Name) -> &mut T
    where
        T: Default,
    {
        self.or_insert_with(name, T::default)
    }

    /// Every name with what it has.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Name, &T)> {
        self.all.iter().map(|(name, it)| (*name, it))
    }

    /// What every name has, to change it.
    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.all.iter_mut().map(|(_, it)| it)
    }

    /// The name's place among those that have come.
    pub(crate) fn place(&self, name: Name) -> Option<usize> {
        let place = *self.places.get(name.index())?;
        (place as usize).checked_sub(1)
    }

    fn place_made_with(&mut self, name: Name, make: impl FnOnce() -> T) -> usize {
        self.place(name).unwrap_or_else(|| {
            self.all.push((name, make()));
            if self.places.len() <= name.index() {
                self.places.resize(name.index() + 1, 0);
            }
            // Never more than there are names, and those are numbered by 32 bits.
            self.places[name.index()] = self.all.len() as u32;
            self.all.len() - 1
        })
    }
}
