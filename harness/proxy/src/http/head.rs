//! Heads of requests and answers: parsed by httparse; what follows them is told from their fields.

use httparse::{EMPTY_HEADER, Header, Status};

use super::body::Body;
use super::chunks::Chunks;

/// So long may a head be.
pub(super) const MAX_HEAD: usize = 64 * 1024;
const MAX_FIELDS: usize = 256;
const MAX_METHOD: usize = 32;
/// So much of a path is told.
const MAX_PATH: usize = 4096;

#[derive(Debug)]
pub(super) struct RequestHead {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) body: Body,
    /// The client sends the body when it is told to continue.
    pub(super) waits: bool,
    /// The client wants no more of the connection.
    pub(super) closes: bool,
}

#[derive(Debug)]
pub(super) struct AnswerHead {
    pub(super) status: u16,
    framing: Framing,
    /// The server will close the connection.
    pub(super) closes: bool,
}

impl AnswerHead {
    /// Another answer to the same request follows.
    pub(super) fn is_interim(&self) -> bool {
        (100..200).contains(&self.status) && self.status != 101
    }

    /// What follows is another protocol.
    pub(super) fn switches(&self, method: &str) -> bool {
        self.status == 101 || method == "CONNECT" && (200..300).contains(&self.status)
    }

    /// What follows the head of an answer to such a request.
    pub(super) fn body(&self, method: &str) -> Body {
        match (self.status, &self.framing) {
            (100..200 | 204 | 304, _) => Body::Done,
            _ if method == "HEAD" => Body::Done,
            (_, Framing::Length(length)) => Body::of_length(*length),
            (_, Framing::Chunked) => Body::Chunked(Chunks::default()),
            (_, Framing::Unsaid | Framing::OtherCoding) => Body::UntilClose,
        }
    }
}

/// How a head says where its body ends.
#[derive(Debug)]
enum Framing {
    Unsaid,
    Length(u64),
    Chunked,
    /// The last transfer coding is none that has an end.
    OtherCoding,
}

/// The head of a request and where it ends, once it is whole.
pub(super) fn request(bytes: &[u8]) -> Result<Option<(usize, RequestHead)>, String> {
    let mut fields = [EMPTY_HEADER; MAX_FIELDS];
    let mut request = httparse::Request::new(&mut fields);
    let Status::Complete(end) = request.parse(bytes).map_err(|error| error.to_string())? else {
        return Ok(None);
    };
    let (method, path) = (request.method.unwrap_or_default(), request.path.unwrap_or_default());
    if method.len() > MAX_METHOD {
        return Err(format!("a method of more than {MAX_METHOD} letters"));
    }
    let body = match framing(request.headers)? {
        Framing::Unsaid => Body::Done,
        Framing::Length(length) => Body::of_length(length),
        Framing::Chunked => Body::Chunked(Chunks::default()),
        Framing::OtherCoding => return Err("a request whose body has no end".to_owned()),
    };
    let waits = tokens(request.headers, "expect").any(|token| token.eq_ignore_ascii_case("100-continue"));
    let head = RequestHead {
        method: method.to_owned(),
        path: path[..path.floor_char_boundary(MAX_PATH)].to_owned(),
        waits: waits && !body.is_done(),
        body,
        closes: closes(request.version, request.headers),
    };
    Ok(Some((end, head)))
}

/// The head of an answer and where it ends, once it is whole.
pub(super) fn answer(bytes: &[u8]) -> Result<Option<(usize, AnswerHead)>, String> {
    let mut fields = [EMPTY_HEADER; MAX_FIELDS];
    let mut answer = httparse::Response::new(&mut fields);
    let Status::Complete(end) = answer.parse(bytes).map_err(|error| error.to_string())? else {
        return Ok(None);
    };
    let status = answer.code.unwrap_or_default();
    if status < 100 {
        return Err(format!("status {status}"));
    }
    let closes = closes(answer.version, answer.headers);
    Ok(Some((end, AnswerHead { status, framing: framing(answer.headers)?, closes })))
}

/// The comma-separated values of a field, in their order.
fn tokens<'h>(fields: &'h [Header<'h>], name: &'h str) -> impl DoubleEndedIterator<Item = &'h str> {
    let of_name = fields.iter().filter(move |field| field.name.eq_ignore_ascii_case(name));
    // What is no text is none of the values that are looked for.
    of_name.flat_map(|field| std::str::from_utf8(field.value).unwrap_or("?").split(',').map(str::trim))
}

/// RFC 9112, section 6.3: a transfer coding goes before a length; lengths that differ are an error.
fn framing(fields: &[Header<'_>]) -> Result<Framing, String> {
    match tokens(fields, "transfer-encoding").next_back() {
        Some(coding) if coding.eq_ignore_ascii_case("chunked") => return Ok(Framing::Chunked),
        Some(_) => return Ok(Framing::OtherCoding),
        None => {}
    }
    let mut framing = Framing::Unsaid;
    for said in tokens(fields, "content-length") {
        let is_number = said.bytes().all(|digit| digit.is_ascii_digit());
        let length = said.parse().ok().filter(|_| is_number).ok_or("a content-length that is no number")?;
        match framing {
            Framing::Length(other) if other != length => {
                return Err("two lengths of one body".to_owned());
            }
            _ => framing = Framing::Length(length),
        }
    }
    Ok(framing)
}

fn closes(version: Option<u8>, fields: &[Header<'_>]) -> bool {
    let says = |wanted: &str| tokens(fields, "connection").any(|token| token.eq_ignore_ascii_case(wanted));
    says("close") || version == Some(0) && !says("keep-alive")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn where_a_body_ends() {
        let cases = [
            ("GET", "200 OK\r\ncontent-length: 5\r\nContent-Length: 5, 5", "Length(5)"),
            ("GET", "200 OK\r\ncontent-length: 0", "Done"),
            ("HEAD", "200 OK\r\ncontent-length: 5", "Done"),
            ("GET", "204 No Content\r\ncontent-length: 5", "Done"),
            ("GET", "304 Not Modified\r\ntransfer-encoding: chunked", "Done"),
            ("GET", "200 OK\r\nTransfer-Encoding: gzip, Chunked\r\ncontent-length: 5", "Chunked"),
            ("GET", "200 OK\r\ntransfer-encoding: chunked\r\ntransfer-encoding: gzip", "UntilClose"),
            ("GET", "200 OK\r\nserver: x", "UntilClose"),
        ];
        for (method, head, expected) in cases {
            let (_, answer) = answer(format!("HTTP/1.1 {head}\r\n\r\n").as_bytes()).unwrap().unwrap();
            let body = format!("{:?}", answer.body(method));
            assert!(body.starts_with(expected), "{head}: {body}");
        }
    }

    #[test]
    fn what_is_not_understood_is_said() {
        let cases = [
            ("content-length: x", "no number"),
            ("content-length: +5", "no number"),
            ("content-length:", "no number"),
            ("content-length: 99999999999999999999", "no number"),
            ("content-length: 5\r\ncontent-length: 6", "two lengths"),
            ("transfer-encoding: gzip", "no end"),
            (" x", "header name"),
        ];
        for (field, expected) in cases {
            let error = request(format!("PUT / HTTP/1.1\r\n{field}\r\n\r\n").as_bytes()).unwrap_err();
            assert!(error.contains(expected), "{field}: {error}");
        }
        assert!(request(&[b"X".repeat(33), b" / HTTP/1.1\r\n\r\n".to_vec()].concat()).is_err());
        assert!(answer(b"HTTP/1.1 099 Odd\r\n\r\n").is_err());
    }

    #[test]
    fn whether_the_connection_goes_on() {
        for (line, field, expected) in [
            ("GET / HTTP/1.1", "host: x", false),
            ("GET / HTTP/1.1", "connection: upgrade, Close", true),
            ("GET / HTTP/1.0", "host: x", true),
            ("GET / HTTP/1.0", "connection: Keep-Alive", false),
        ] {
            let (_, head) = request(format!("{line}\r\n{field}\r\n\r\n").as_bytes()).unwrap().unwrap();
            assert_eq!(head.closes, expected, "{line} {field}");
        }
    }

    #[test]
    fn a_long_path_is_cut() {
        let path = format!("/{}", "é".repeat(4000));
        let (_, head) = request(format!("GET {path} HTTP/1.1\r\n\r\n").as_bytes()).unwrap().unwrap();
        assert_eq!(head.path, path[..4095]);
    }
}
