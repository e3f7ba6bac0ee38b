//! A body in chunks: where it ends (RFC 9112, section 7.1).

use httparse::{EMPTY_HEADER, Status};

use super::partial::Partial;

/// So long may the line before a chunk be.
const MAX_LINE: usize = 4 * 1024;
/// So long may the trailer be.
const MAX_TRAILER: usize = 64 * 1024;
const MAX_FIELDS: usize = 256;

#[derive(Debug, Default)]
pub(super) struct Chunks {
    step: Step,
    partial: Partial,
}

/// What comes next.
#[derive(Debug, Default)]
enum Step {
    /// The line with a chunk's size.
    #[default]
    Size,
    /// So much of a chunk.
    Data(u64),
    /// The line's end behind a chunk.
    End(&'static [u8]),
    /// What follows the last chunk: fields, and an empty line.
    Trailer,
}

impl Chunks {
    /// How many of these bytes belong to the body, and whether it ends with them.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<(usize, bool), String> {
        let mut at = 0;
        while at < bytes.len() {
            let rest = &bytes[at..];
            match &mut self.step {
                Step::Size => match self.partial.parse(rest, MAX_LINE, size)? {
                    None => return Ok((bytes.len(), false)),
                    Some((n, size)) => {
                        at += n;
                        self.step = if size == 0 { Step::Trailer } else { Step::Data(size) };
                    }
                },
                Step::Data(left) => {
                    let n = usize::try_from(*left).unwrap_or(usize::MAX).min(rest.len());
                    at += n;
                    *left -= n as u64;
                    if *left == 0 {
                        self.step = Step::End(b"\r\n");
                    }
                }
                Step::End([]) => self.step = Step::Size,
                Step::End([expected, left @ ..]) => {
                    if rest[0] != *expected {
                        return Err("a chunk is longer than it says".to_owned());
                    }
                    at += 1;
                    self.step = if left.is_empty() { Step::Size } else { Step::End(left) };
                }
                Step::Trailer => match self.partial.parse(rest, MAX_TRAILER, trailer)? {
                    None => return Ok((bytes.len(), false)),
                    Some((n, ())) => return Ok((at + n, true)),
                },
            }
        }
        Ok((at, false))
    }
}

fn size(bytes: &[u8]) -> Result<Option<(usize, u64)>, String> {
    match httparse::parse_chunk_size(bytes) {
        Ok(Status::Complete(found)) => Ok(Some(found)),
        Ok(Status::Partial) => Ok(None),
        Err(_) => Err("a chunk without a size".to_owned()),
    }
}

fn trailer(bytes: &[u8]) -> Result<Option<(usize, ())>, String> {
    match httparse::parse_headers(bytes, &mut [EMPTY_HEADER; MAX_FIELDS]) {
        Ok(Status::Complete((end, _))) => Ok(Some((end, ()))),
        Ok(Status::Partial) => Ok(None),
        Err(error) => Err(format!("a trailer: {error}")),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Where the body ends, read in pieces of this size.
    fn end(bytes: &[u8], piece: usize) -> Result<Option<usize>, String> {
        let (mut chunks, mut at) = (Chunks::default(), 0);
        for piece in bytes.chunks(piece) {
            let (n, over) = chunks.take(piece)?;
            at += n;
            if over {
                return Ok(Some(at));
            }
            assert_eq!(n, piece.len());
        }
        Ok(None)
    }

    #[test]
    fn it_ends_where_it_ends() {
        let bodies: [&[u8]; 4] = [
            b"0\r\n\r\n",
            b"5\r\nhello\r\n0\r\n\r\n",
            b"A;name=\"value\"\r\n0123456789\r\n1\r\nx\r\n000\r\nDigest: x\r\nOther: y\r\n\r\n",
            b"2 \r\n\r\n\r\n0\r\n\r\n",
        ];
        for body in bodies {
            let more = [body, b"GET / HTTP/1.1\r\n"].concat();
            for piece in 1..=more.len() {
                assert_eq!(end(&more, piece).unwrap(), Some(body.len()), "{piece}");
            }
            assert_eq!(end(&body[..body.len() - 1], 3).unwrap(), None);
        }
    }

    #[test]
    fn what_is_no_chunk_is_said() {
        let long_line = [b"1;".to_vec(), vec![b'x'; MAX_LINE]].concat();
        let long_trailer = [b"0\r\nx:".to_vec(), vec![b'x'; MAX_TRAILER]].concat();
        let cases: [(&[u8], &str); 6] = [
            (b"x\r\n", "without a size"),
            (b"10000000000000000\r\n", "without a size"),
            (b"1\r\nxy\r\n", "longer than it says"),
            (b"0\r\n : x\r\n\r\n", "a trailer: "),
            (&long_line, "more than 4096 bytes"),
            (&long_trailer, "more than 65536 bytes"),
        ];
        for (bytes, expected) in cases {
            for piece in [1, 7, bytes.len()] {
                let error = end(bytes, piece).unwrap_err();
                assert!(error.contains(expected), "{error}");
            }
        }
    }
}
