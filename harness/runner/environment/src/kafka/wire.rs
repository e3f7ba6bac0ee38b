//! Asking a broker one question at a time: no client library waits or hides errors between us and the answer.

use std::net::SocketAddr;

use kafka_protocol::messages::{RequestHeader, ResponseHeader};
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion, Request, StrBytes};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// More than any answer to the questions asked here.
const LARGEST: usize = 1 << 20;

/// A connection to a broker.
pub(super) struct Connection {
    stream: TcpStream,
    correlation: i32,
}

impl Connection {
    pub(super) async fn open(address: SocketAddr) -> Result<Connection, String> {
        let stream = TcpStream::connect(address).await.map_err(|error| format!("connect: {error}"))?;
        stream.set_nodelay(true).map_err(|error| error.to_string())?;
        Ok(Connection { stream, correlation: 0 })
    }

    /// Sends a request of this version and reads its answer.
    pub(super) async fn call<R: Request>(&mut self, request: R, version: i16) -> Result<R::Response, String> {
        self.correlation += 1;
        let header = RequestHeader::default()
            .with_request_api_key(R::KEY)
            .with_request_api_version(version)
            .with_correlation_id(self.correlation)
            .with_client_id(Some(StrBytes::from_static_str("pitfall")));
        let mut body = Vec::new();
        header.encode(&mut body, R::header_version(version)).map_err(|error| error.to_string())?;
        request.encode(&mut body, version).map_err(|error| error.to_string())?;
        let mut frame = u32::try_from(body.len()).map_err(|error| error.to_string())?.to_be_bytes().to_vec();
        frame.append(&mut body);
        self.stream.write_all(&frame).await.map_err(|error| format!("send: {error}"))?;
        let length = self.stream.read_u32().await.map_err(|error| format!("receive: {error}"))? as usize;
        if length > LARGEST {
            return Err(format!("an answer of {length} bytes: not a Kafka broker"));
        }
        let mut answer = vec![0; length];
        self.stream.read_exact(&mut answer).await.map_err(|error| format!("receive: {error}"))?;
        let mut answer = answer.as_slice();
        let cursor = &mut answer;
        ResponseHeader::decode(cursor, R::Response::header_version(version))
            .map_err(|error| error.to_string())?;
        R::Response::decode(cursor, version).map_err(|error| error.to_string())
    }
}
