//! A client that says what its test wants.

use mysql_async::prelude::Queryable as _;
use mysql_common::constants::CapabilityFlags;
use mysql_common::io::ParseBuf;
use mysql_common::packets::HandshakePacket;
use mysql_common::scramble::{scramble_native, scramble_sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::bench::Bench;

/// What it can do; without DEPRECATE_EOF, so that rows end with an EOF packet.
const CLAIMED: CapabilityFlags = CapabilityFlags::CLIENT_PROTOCOL_41
    .union(CapabilityFlags::CLIENT_LONG_PASSWORD)
    .union(CapabilityFlags::CLIENT_SECURE_CONNECTION)
    .union(CapabilityFlags::CLIENT_PLUGIN_AUTH)
    .union(CapabilityFlags::CLIENT_TRANSACTIONS)
    .union(CapabilityFlags::CLIENT_CONNECT_WITH_DB);

pub(crate) struct Raw {
    socket: TcpStream,
    sequence: u8,
}

pub(crate) fn packet(sequence: u8, payload: &[u8]) -> Vec<u8> {
    let [l0, l1, l2, _] = (payload.len() as u32).to_le_bytes();
    [&[l0, l1, l2, sequence], payload].concat()
}

impl Raw {
    /// Logged in, by the link.
    pub(crate) async fn new(bench: &Bench) -> Self {
        // After this the server knows the password, and does not ask for it in clear.
        mysql_async::Conn::new(bench.options()).await.unwrap().query_drop("DO 1").await.unwrap();
        let socket = TcpStream::connect(bench.link.address()).await.unwrap();
        let mut raw = Self { socket, sequence: 0 };
        let greeting = raw.receive().await;
        let greeting: HandshakePacket<'_> = ParseBuf(&greeting).parse(()).unwrap();
        let plugin = greeting.auth_plugin_name_ref().unwrap().to_vec();
        let password = bench.target.password.as_bytes();
        let proof = proof(&plugin, &greeting.nonce(), password);
        let parts: [&[u8]; 9] = [
            &CLAIMED.bits().to_le_bytes(),
            b"\0\0\0\x01\x2d",
            &[0; 23],
            bench.target.user.as_bytes(),
            &[0, proof.len() as u8],
            &proof,
            &[bench.database.as_bytes(), b"\0"].concat(),
            &plugin,
            b"\0",
        ];
        raw.send(&packet(1, &parts.concat())).await;
        loop {
            let answer = raw.receive().await;
            match answer[..] {
                [0, ..] => return raw,
                // The password is known.
                [1, 3] => {}
                [0xfe, ref switch @ ..] => {
                    let (plugin, nonce) = switch.split_at(switch.iter().position(|byte| *byte == 0).unwrap());
                    let proof = self::proof(plugin, &nonce[1..21], password);
                    let sequence = raw.sequence.wrapping_add(1);
                    raw.send(&packet(sequence, &proof)).await;
                }
                _ => panic!("{:?}", String::from_utf8_lossy(&answer)),
            }
        }
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        self.socket.write_all(bytes).await.unwrap();
    }

    /// The next packet.
    pub(crate) async fn receive(&mut self) -> Vec<u8> {
        let [l0, l1, l2, sequence] = {
            let mut header = [0; 4];
            self.socket.read_exact(&mut header).await.unwrap();
            header
        };
        self.sequence = sequence;
        let mut payload = vec![0; u32::from_le_bytes([l0, l1, l2, 0]) as usize];
        self.socket.read_exact(&mut payload).await.unwrap();
        payload
    }

    /// The next packet's sequence number and its outcome: 0, or the error's number.
    pub(crate) async fn outcome(&mut self) -> (u8, u16) {
        let payload = self.receive().await;
        match payload[..] {
            [0, ..] => (self.sequence, 0),
            [0xff, c0, c1, ..] => (self.sequence, u16::from_le_bytes([c0, c1])),
            _ => panic!("neither good nor bad: {payload:?}"),
        }
    }

    /// The packets up to the one that ends them, and that one's status.
    pub(crate) async fn until_eof(&mut self) -> (Vec<Vec<u8>>, u16) {
        let mut packets = Vec::new();
        loop {
            let payload = self.receive().await;
            match payload[..] {
                [0xfe, _, _, s0, s1] => return (packets, u16::from_le_bytes([s0, s1])),
                [0xff, ..] => panic!("{:?}", String::from_utf8_lossy(&payload)),
                _ => packets.push(payload),
            }
        }
    }

    /// The answer to a COM_STMT_PREPARE: the statement's id.
    pub(crate) async fn prepared(&mut self) -> u32 {
        let answer = self.receive().await;
        let [0, i0, i1, i2, i3, c0, c1, p0, p1, ..] = answer[..] else { panic!("{answer:?}") };
        for count in [u16::from_le_bytes([p0, p1]), u16::from_le_bytes([c0, c1])] {
            if count > 0 {
                assert_eq!(self.until_eof().await.0.len(), usize::from(count));
            }
        }
        u32::from_le_bytes([i0, i1, i2, i3])
    }

    pub(crate) async fn prepare(&mut self, sql: &str) -> u32 {
        self.send(&packet(0, &[b"\x16", sql.as_bytes()].concat())).await;
        self.prepared().await
    }
}

/// An execution with one parameter, a BIGINT, whose type is sent or not.
pub(crate) fn execute(id: u32, types: bool, value: i64) -> Vec<u8> {
    let types: &[u8] = if types { b"\x01\x08\0" } else { b"\0" };
    let parts: [&[u8]; 5] = [b"\x17", &id.to_le_bytes(), b"\0\x01\0\0\0\0", types, &value.to_le_bytes()];
    packet(0, &parts.concat())
}

fn proof(plugin: &[u8], nonce: &[u8], password: &[u8]) -> Vec<u8> {
    match plugin {
        b"mysql_native_password" => scramble_native(nonce, password).unwrap().to_vec(),
        b"caching_sha2_password" => scramble_sha256(nonce, password).unwrap().to_vec(),
        other => panic!("unknown: {:?}", String::from_utf8_lossy(other)),
    }
}
