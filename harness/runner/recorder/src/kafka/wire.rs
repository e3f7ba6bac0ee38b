//! Asking a broker one question at a time, and who coordinates a group: what rdkafka has no call for.

use kafka_protocol::{
    messages::{FindCoordinatorRequest, RequestHeader, ResponseHeader},
    protocol::{Decodable, Encodable, HeaderVersion, Request, StrBytes},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// More than any answer to the questions asked here.
const LARGEST: u32 = 1 << 22;
/// The first version that names groups in a list.
const FIND: i16 = 4;

/// A connection to a broker. After an error it is of no more use.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
}

impl Connection {
    /// To a broker, `host:port`.
    pub async fn open(address: &str) -> Result<Self, String> {
        let stream = TcpStream::connect(address).await.map_err(|error| format!("connect: {error}"))?;
        stream.set_nodelay(true).map_err(|error| error.to_string())?;
        Ok(Self { stream })
    }

    /// Sends a request of this version and reads its answer.
    pub async fn call<R: Request>(&mut self, request: &R, version: i16) -> Result<R::Response, String> {
        let header = RequestHeader::default()
            .with_request_api_key(R::KEY)
            .with_request_api_version(version)
            .with_client_id(Some(StrBytes::from_static_str("pitfall")));
        let said = |error: &dyn std::fmt::Display| error.to_string();
        let mut body = Vec::new();
        header.encode(&mut body, R::header_version(version)).map_err(|error| said(&error))?;
        request.encode(&mut body, version).map_err(|error| said(&error))?;
        let mut frame = u32::try_from(body.len()).map_err(|error| said(&error))?.to_be_bytes().to_vec();
        frame.append(&mut body);
        self.stream.write_all(&frame).await.map_err(|error| format!("send: {error}"))?;
        let length = self.stream.read_u32().await.map_err(|error| format!("receive: {error}"))?;
        if length > LARGEST {
            return Err(format!("an answer of {length} bytes: not a Kafka broker"));
        }
        let mut answer = vec![0; length as usize];
        self.stream.read_exact(&mut answer).await.map_err(|error| format!("receive: {error}"))?;
        let mut answer = answer.as_slice();
        ResponseHeader::decode(&mut answer, R::Response::header_version(version))
            .map_err(|error| said(&error))?;
        R::Response::decode(&mut answer, version).map_err(|error| said(&error))
    }

    /// Who coordinates the group, `host:port`.
    pub async fn coordinator(&mut self, group: &str) -> Result<String, String> {
        let group = StrBytes::from_string(group.to_owned());
        let find = FindCoordinatorRequest::default().with_coordinator_keys(vec![group]);
        let found = self.call(&find, FIND).await?;
        match found.coordinators.first() {
            Some(it) if it.error_code == 0 => Ok(format!("{}:{}", it.host.as_str(), it.port)),
            Some(it) => Err(format!("FindCoordinator: error {}", it.error_code)),
            None => Err("FindCoordinator: no coordinator was named".to_owned()),
        }
    }
}
