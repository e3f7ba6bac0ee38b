//! Things of which there is one in most cases: that one is kept in place, more in memory of their own.

/// Some things, in order.
#[derive(Default)]
pub(crate) enum Few<T> {
    #[default]
    None,
    One(T),
    Many(Vec<T>),
}

impl<T: Copy> Few<T> {
    pub(crate) fn as_slice(&self) -> &[T] {
        match self {
            Self::None => &[],
            Self::One(it) => std::slice::from_ref(it),
            Self::Many(all) => all,
        }
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [T] {
        match self {
            Self::None => &mut [],
            Self::One(it) => std::slice::from_mut(it),
            Self::Many(all) => all,
        }
    }

    pub(crate) fn push(&mut self, it: T) {
        match self {
            Self::None => *self = Self::One(it),
            Self::One(first) => *self = Self::Many(vec![*first, it]),
            Self::Many(all) => all.push(it),
        }
    }

    /// Takes one out; those behind it move up. Nothing where there is none at the place.
    pub(crate) fn remove(&mut self, place: usize) {
        match self {
            Self::One(_) if place == 0 => *self = Self::None,
            Self::Many(all) if place < all.len() => {
                all.remove(place);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Few;

    #[test]
    fn some_are_as_many_as_were_put_in_and_not_taken_out() {
        let mut few = Few::default();
        assert!(few.as_slice().is_empty());
        for it in [1, 2, 3] {
            few.push(it);
            assert_eq!(few.as_slice().last(), Some(&it));
        }
        few.remove(3);
        few.remove(1);
        few.as_mut_slice()[1] = 30;
        assert_eq!(few.as_slice(), [1, 30]);
        let mut one = Few::One(1);
        one.remove(1);
        assert_eq!(one.as_slice(), [1]);
        one.remove(0);
        assert!(one.as_slice().is_empty());
    }
}
