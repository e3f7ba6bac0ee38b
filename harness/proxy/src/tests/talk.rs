//! A connection of each protocol that is read, both of whose ends the test holds.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::mysql::conversation::{CLAIMED, greeting, login, packet};
use crate::testing::{Bench, ms};
use crate::{Act, Change, LinkEvent, Protocol, ProtocolFault};

/// Longer than anything takes on the slowest machine.
pub(super) const LIMIT: Duration = Duration::from_secs(20);

/// What is said on a connection of one protocol.
pub(super) struct Talk {
    protocol: Protocol,
    /// By the server, by the client, by the server: before anything is asked.
    before: [Vec<u8>; 3],
    pub(super) request: Vec<u8>,
    pub(super) answer: Vec<u8>,
    /// How a request and an answer are called.
    pub(super) kinds: [&'static str; 2],
    /// What can be done to a request.
    pub(super) refused: Change,
    /// What no client says.
    pub(super) noise: Vec<u8>,
    /// What no server says.
    pub(super) nonsense: &'static [u8],
}

pub(super) fn talks() -> [Talk; 3] {
    let kafka = Talk {
        protocol: Protocol::Kafka,
        before: Default::default(),
        request: b"\0\0\0\x15\0\x0c\0\0\0\0\0\x05\0\x01c\0\x01g\0\0\0\x07\0\x01m".to_vec(),
        answer: b"\0\0\0\x06\0\0\0\x05\0\x1b".to_vec(),
        kinds: ["kafka-request", "kafka-answered"],
        refused: Change::KafkaError(25),
        noise: vec![0xff; 5],
        nonsense: b"\xff\xff\xff\xff\xff\xff\xff\xff",
    };
    let ok = b"\0\0\0\x02\0\0\0";
    let mysql = Talk {
        protocol: Protocol::Mysql,
        // Nothing is offered or claimed that the link would take out.
        before: [greeting(CLAIMED, 0), login(CLAIMED, 0), packet(2, ok)],
        request: packet(0, b"\x03UPDATE t SET n = 1"),
        answer: packet(1, ok),
        kinds: ["statement", "statement-answered"],
        refused: Change::MysqlError { code: 1213, sqlstate: "40001".into(), message: "no".into() },
        noise: packet(0, b"\x7fwhat"),
        nonsense: b"\0\0\0\x01\0\0\0\x01",
    };
    let http = Talk {
        protocol: Protocol::Http,
        before: Default::default(),
        request: b"PUT /a HTTP/1.1\r\ncontent-length: 9\r\n\r\n123456789".to_vec(),
        answer: b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n123456789".to_vec(),
        kinds: ["http-request", "http-answered"],
        refused: Change::HttpStatus(503),
        noise: b"EHLO example\r\n".to_vec(),
        nonsense: b"220 mail.example ESMTP\r\n",
    };
    [kafka, mysql, http]
}

impl Talk {
    /// The link, the client, the server.
    pub(super) async fn begin(&self, strict: bool) -> (Bench, TcpStream, TcpStream) {
        let (bench, mut client, mut server) = Bench::both_ends(self.protocol.clone(), strict).await;
        let [first, second, third] = &self.before;
        pass(&mut server, &mut client, first).await;
        pass(&mut client, &mut server, second).await;
        pass(&mut server, &mut client, third).await;
        (bench, client, server)
    }

    /// Does this to all messages of one kind.
    pub(super) async fn inject(&self, bench: &Bench, kind: &'static str, does: Act) {
        let on = Arc::new(move |what: &crate::Wire| (what.kind() == kind).then(String::new));
        let fault = ProtocolFault { name: "fault".into(), kind, on, does, times: None };
        bench.link.inject(fault).await.unwrap();
    }

    /// Holds all messages of one kind, until it is removed.
    pub(super) async fn hold(&self, bench: &Bench, kind: &'static str) {
        self.inject(bench, kind, Act::Delay(ms(3_600_000))).await;
    }

    /// Waits until one is held.
    pub(super) async fn held(&self, bench: &Bench) {
        bench.told(|event| matches!(event, LinkEvent::Bit { .. })).await;
    }
}

/// Sends bytes that come as they are.
pub(super) async fn pass(from: &mut TcpStream, to: &mut TcpStream, bytes: &[u8]) {
    from.write_all(bytes).await.unwrap();
    let mut got = vec![0; bytes.len()];
    timeout(LIMIT, to.read_exact(&mut got)).await.unwrap().unwrap();
    assert_eq!(got, bytes);
}

/// What comes until the end, and how it ends.
pub(super) async fn rest(socket: &mut TcpStream) -> (Vec<u8>, Option<std::io::ErrorKind>) {
    let mut got = Vec::new();
    let end = timeout(LIMIT, socket.read_to_end(&mut got)).await.unwrap();
    (got, end.err().map(|error| error.kind()))
}

pub(super) fn reset(socket: TcpStream) {
    SockRef::from(&socket).set_linger(Some(ms(0))).unwrap();
    drop(socket);
}
