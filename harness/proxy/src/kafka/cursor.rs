//! Walks over a message's fields, copying them, changing some.
//!
//! A field that nobody asked about stays as it was, byte for byte.

use super::fields::{Fields, Malformed};

/// A position in a message, and the copy made so far.
pub(crate) struct Cursor<'a> {
    fields: Fields<'a>,
    copy: Vec<u8>,
    flexible: bool,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(message: &'a [u8], flexible: bool) -> Self {
        Self {
            fields: Fields::new(message, flexible),
            copy: Vec::with_capacity(message.len() + 64),
            flexible,
        }
    }

    /// Reads without copying.
    pub(crate) fn skip(&mut self, n: usize) -> Result<&'a [u8], Malformed> {
        self.fields.bytes(n)
    }

    pub(crate) fn bytes(&mut self, n: usize) -> Result<&'a [u8], Malformed> {
        let taken = self.skip(n)?;
        self.copy.extend_from_slice(taken);
        Ok(taken)
    }

    pub(crate) fn i16(&mut self) -> Result<i16, Malformed> {
        self.bytes(2).map(|bytes| i16::from_be_bytes([bytes[0], bytes[1]]))
    }

    pub(crate) fn i32(&mut self) -> Result<i32, Malformed> {
        self.bytes(4).map(|bytes| i32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    pub(crate) fn uvarint(&mut self) -> Result<u32, Malformed> {
        let value = self.fields.uvarint()?;
        self.put_uvarint(value);
        Ok(value)
    }

    /// The number of elements of an array; a null array has none.
    pub(crate) fn array(&mut self) -> Result<usize, Malformed> {
        let count = self.skip_array()?;
        self.put_array(count);
        Ok(count.unwrap_or(0))
    }

    /// As [`Self::array`], not copied; `None` is a null array.
    pub(crate) fn skip_array(&mut self) -> Result<Option<usize>, Malformed> {
        self.fields.array()
    }

    /// A string, null or not.
    pub(crate) fn string(&mut self) -> Result<Option<&'a [u8]>, Malformed> {
        let string = self.skip_string()?;
        self.put_string(string);
        Ok(string)
    }

    /// As [`Self::string`], not copied.
    pub(crate) fn skip_string(&mut self) -> Result<Option<&'a [u8]>, Malformed> {
        self.fields.string()
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

    /// Everything up to the end.
    pub(crate) fn rest(&mut self) {
        self.copy.extend_from_slice(self.fields.rest());
        self.fields = Fields::new(&[], self.flexible);
    }

    pub(crate) fn put(&mut self, bytes: &[u8]) {
        self.copy.extend_from_slice(bytes);
    }

    pub(crate) fn put_uvarint(&mut self, mut value: u32) {
        while value >= 0x80 {
            self.copy.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.copy.push(value as u8);
    }

    pub(crate) fn put_array(&mut self, count: Option<usize>) {
        // A count was read as 32 bits, or is below one that was.
        let count = count.map_or(-1, |count| count as i64);
        if self.flexible {
            self.put_uvarint((count + 1) as u32);
        } else {
            self.put(&(count as i32).to_be_bytes());
        }
    }

    pub(crate) fn put_string(&mut self, string: Option<&[u8]>) {
        // A length was read as at most 32 bits, or is that of an address.
        let length = string.map_or(-1, |string| string.len() as i64);
        if self.flexible {
            self.put_uvarint((length + 1) as u32);
        } else {
            self.put(&(length as i16).to_be_bytes());
        }
        self.put(string.unwrap_or_default());
    }

    /// The copy. Everything must have been read.
    pub(crate) fn finish(self) -> Result<Vec<u8>, Malformed> {
        if self.fields.rest().is_empty() { Ok(self.copy) } else { Err(Malformed::Long) }
    }

    /// What is left to read.
    pub(crate) fn unread(&self) -> &'a [u8] {
        self.fields.rest()
    }

    /// Where the copy stands.
    pub(crate) fn position(&self) -> usize {
        self.copy.len()
    }

    /// Changes a number that has been copied.
    pub(crate) fn patch_i16(&mut self, position: usize, value: i16) {
        if let Some(bytes) = self.copy.get_mut(position..position + 2) {
            bytes.copy_from_slice(&value.to_be_bytes());
        }
    }
}
