//! How captured connections are changed.

use proptest::prelude::*;
use proptest::sample::Index;

use super::Said;

/// One change.
#[derive(Debug, Clone)]
pub(super) enum Mutation {
    /// One bit is another.
    Flip {
        piece: Index,
        at: Index,
        bit: u8,
    },
    /// A piece ends early.
    Cut {
        piece: Index,
        at: Index,
    },
    Drop {
        piece: Index,
    },
    Double {
        piece: Index,
    },
    /// A part of a piece of another connection comes before this one.
    Splice {
        piece: Index,
        from: (Index, Index),
        part: (Index, Index),
    },
    /// What may be a length is an extreme one; at the beginning of a piece it is one.
    Length {
        piece: Index,
        at: Option<Index>,
        value: u64,
        bytes: usize,
    },
    Noise {
        piece: Index,
        at: Index,
        noise: Vec<u8>,
    },
}

pub(super) fn mutation() -> impl Strategy<Value = Mutation> {
    let values = prop::sample::select(vec![
        0,
        1,
        2,
        3,
        4,
        7,
        8,
        0x10,
        0x7f,
        0x80,
        0xff,
        0x7fff,
        0x8000,
        0xffff,
        0xff_ffff,
        0x7fff_ffff,
        0x8000_0000,
        0xffff_ffff,
        0x10_0000,
        0x0640_0000,
        0x1000_0000,
        u64::MAX,
        0x7fff_ffff_ffff_ffff,
    ]);
    let index = any::<Index>;
    prop_oneof![
        3 => (index(), index(), 0..8_u8).prop_map(|(piece, at, bit)| Mutation::Flip { piece, at, bit }),
        1 => (index(), index()).prop_map(|(piece, at)| Mutation::Cut { piece, at }),
        1 => index().prop_map(|piece| Mutation::Drop { piece }),
        1 => index().prop_map(|piece| Mutation::Double { piece }),
        1 => (index(), any::<(Index, Index)>(), any::<(Index, Index)>())
            .prop_map(|(piece, from, part)| Mutation::Splice { piece, from, part }),
        4 => (index(), any::<Option<Index>>(), values, prop::sample::select(vec![1_usize, 2, 3, 4, 8]))
            .prop_map(|(piece, at, value, bytes)| Mutation::Length { piece, at, value, bytes }),
        1 => (index(), index(), prop::collection::vec(any::<u8>(), 1..40))
            .prop_map(|(piece, at, noise)| Mutation::Noise { piece, at, noise }),
    ]
}

impl Mutation {
    /// Changes a connection; `others` are all that there are.
    pub(super) fn apply(&self, said: &mut Said, others: &[Said]) {
        if said.is_empty() {
            return;
        }
        let count = said.len();
        match self {
            Self::Flip { piece, at, bit } => {
                let bytes = &mut said[piece.index(count)].1;
                if let Some(byte) = at_of(*at, bytes.len()).and_then(|at| bytes.get_mut(at)) {
                    *byte ^= 1 << bit;
                }
            }
            Self::Cut { piece, at } => {
                let bytes = &mut said[piece.index(count)].1;
                bytes.truncate(at_of(*at, bytes.len()).unwrap_or_default());
            }
            Self::Drop { piece } => drop(said.remove(piece.index(count))),
            Self::Double { piece } => {
                let piece = piece.index(count);
                said.insert(piece, said[piece].clone());
            }
            Self::Splice { piece, from, part } => {
                let piece = piece.index(count);
                let other = &others[from.0.index(others.len())];
                let bytes = &other[from.1.index(other.len())].1;
                let (one, two) = (part.0.index(bytes.len() + 1), part.1.index(bytes.len() + 1));
                said.insert(piece, (said[piece].0, bytes[one.min(two)..one.max(two)].to_vec()));
            }
            Self::Length { piece, at, value, bytes } => {
                let piece = &mut said[piece.index(count)].1;
                let at = at.and_then(|at| at_of(at, piece.len())).unwrap_or_default();
                let value = value.to_be_bytes();
                for (to, from) in piece.iter_mut().skip(at).zip(&value[value.len() - bytes..]) {
                    *to = *from;
                }
            }
            Self::Noise { piece, at, noise } => {
                let bytes = &mut said[piece.index(count)].1;
                let at = at.index(bytes.len() + 1);
                bytes.splice(at..at, noise.iter().copied());
            }
        }
    }
}

fn at_of(at: Index, length: usize) -> Option<usize> {
    (length > 0).then(|| at.index(length))
}
