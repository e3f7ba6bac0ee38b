//! Reads a message's fields, one after the other.
//!
//! The messages are walked by hand and not decoded as a whole: a length that lies costs nothing (a decoder that reserves
//! memory for an announced number of elements can be made to reserve terabytes).

use std::sync::Arc;

use thiserror::Error;

/// The bytes are not what their version says.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Malformed {
    #[error("it ends too early")]
    Short,
    #[error("a length in it is impossible")]
    Length,
    #[error("it goes on after its end")]
    Long,
    #[error("its version is not known")]
    Version,
    #[error("it is longer than what is held here")]
    TooMuch,
    #[error("it answers something that was not asked")]
    Unasked,
}

/// A position in a message.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a> {
    rest: &'a [u8],
    /// Whether lengths are variable and tagged fields follow: Kafka's "flexible versions".
    flexible: bool,
}

impl<'a> Fields<'a> {
    pub(crate) fn new(message: &'a [u8], flexible: bool) -> Self {
        Self { rest: message, flexible }
    }

    pub(crate) fn bytes(&mut self, n: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.rest.split_at_checked(n).ok_or(Malformed::Short)?;
        self.rest = rest;
        Ok(taken)
    }

    fn array_of<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(Malformed::Short)?;
        self.rest = rest;
        Ok(*taken)
    }

    pub(crate) fn i8(&mut self) -> Result<i8, Malformed> {
        self.array_of().map(i8::from_be_bytes)
    }

    pub(crate) fn i16(&mut self) -> Result<i16, Malformed> {
        self.array_of().map(i16::from_be_bytes)
    }

    pub(crate) fn i32(&mut self) -> Result<i32, Malformed> {
        self.array_of().map(i32::from_be_bytes)
    }

    pub(crate) fn i64(&mut self) -> Result<i64, Malformed> {
        self.array_of().map(i64::from_be_bytes)
    }

    pub(crate) fn uuid(&mut self) -> Result<[u8; 16], Malformed> {
        self.array_of()
    }

    pub(crate) fn uvarint(&mut self) -> Result<u32, Malformed> {
        let mut value = 0u64;
        for shift in (0..35).step_by(7) {
            let byte = self.bytes(1)?[0];
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return u32::try_from(value).map_err(|_| Malformed::Length);
            }
        }
        Err(Malformed::Length)
    }

    /// A signed number of variable length, as in records.
    pub(crate) fn varint(&mut self) -> Result<i32, Malformed> {
        let value = self.uvarint()?;
        Ok((value >> 1) as i32 ^ -((value & 1) as i32))
    }

    /// Steps over a number of up to 64 bits and variable length.
    pub(crate) fn skip_varlong(&mut self) -> Result<(), Malformed> {
        for _ in 0..10 {
            if self.bytes(1)?[0] & 0x80 == 0 {
                return Ok(());
            }
        }
        Err(Malformed::Length)
    }

    /// The number of elements of an array; `None` is a null array.
    pub(crate) fn array(&mut self) -> Result<Option<usize>, Malformed> {
        let fixed = |fields: &mut Self| fields.i32().map(i64::from);
        self.length(fixed)
    }

    /// A string; `None` is a null string.
    pub(crate) fn string(&mut self) -> Result<Option<&'a [u8]>, Malformed> {
        let fixed = |fields: &mut Self| fields.i16().map(i64::from);
        self.length(fixed)?.map(|length| self.bytes(length)).transpose()
    }

    /// A string, as text; a null string is empty.
    pub(crate) fn text(&mut self) -> Result<Arc<str>, Malformed> {
        self.string().map(|string| text(string.unwrap_or_default()))
    }

    /// The length of bytes that follow; `None` is null.
    pub(crate) fn bytes_length(&mut self) -> Result<Option<usize>, Malformed> {
        self.array()
    }

    fn length(
        &mut self,
        fixed: impl FnOnce(&mut Self) -> Result<i64, Malformed>,
    ) -> Result<Option<usize>, Malformed> {
        let length = if self.flexible { i64::from(self.uvarint()?) - 1 } else { fixed(self)? };
        match length {
            -1 => Ok(None),
            length => usize::try_from(length).map(Some).map_err(|_| Malformed::Length),
        }
    }

    /// The elements of an array; a null array has none. Memory is taken for what is there, not for what is announced.
    pub(crate) fn each<T>(
        &mut self,
        mut element: impl FnMut(&mut Self) -> Result<T, Malformed>,
    ) -> Result<Vec<T>, Malformed> {
        let mut elements = Vec::new();
        for _ in 0..self.array()?.unwrap_or(0) {
            elements.push(element(self)?);
        }
        Ok(elements)
    }

    /// The tagged fields that end a structure of a flexible version.
    pub(crate) fn tags(&mut self) -> Result<(), Malformed> {
        if self.flexible {
            for _ in 0..self.uvarint()? {
                self.uvarint()?;
                let length = self.uvarint()?;
                self.bytes(length as usize)?;
            }
        }
        Ok(())
    }

    /// What is left to read.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The end of a message: its tags, and nothing after them.
    pub(crate) fn end(&mut self) -> Result<(), Malformed> {
        self.tags()?;
        if self.rest.is_empty() { Ok(()) } else { Err(Malformed::Long) }
    }
}

/// Text for a reader; what is no UTF-8 becomes a replacement character.
pub(crate) fn text(bytes: &[u8]) -> Arc<str> {
    String::from_utf8_lossy(bytes).into()
}
