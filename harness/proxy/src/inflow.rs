//! What comes from a socket, in buffers that grow with a stream and are given back at its pause.

use std::io;

use bytes::{Bytes, BytesMut};
use tokio::net::TcpStream;

/// What is read at once.
const CHUNK: usize = 64 * 1024;
/// What is read at once when the sender had more than that: fewer, longer steps.
const LONG: usize = 256 * 1024;
/// With less room than this left, a new buffer is begun.
const SMALL: usize = 8 * 1024;

/// What comes from a socket.
pub(crate) struct Inflow {
    buffer: BytesMut,
    /// How large the next buffer is.
    chunk: usize,
}

impl Inflow {
    pub(crate) fn new() -> Self {
        Self { buffer: BytesMut::new(), chunk: CHUNK }
    }

    /// Reads once. Nothing comes at the end; an error says why, or that there is nothing yet.
    pub(crate) fn read(&mut self, source: &TcpStream) -> io::Result<Bytes> {
        if self.buffer.capacity() < SMALL {
            self.buffer.reserve(self.chunk);
        }
        let room = self.buffer.capacity();
        match source.try_read_buf(&mut self.buffer) {
            Ok(n) if n == room => self.chunk = LONG,
            Ok(_) => {}
            Err(error) => {
                if std::mem::replace(&mut self.chunk, CHUNK) == LONG {
                    self.buffer = BytesMut::new();
                }
                return Err(error);
            }
        }
        Ok(self.buffer.split().freeze())
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;

    use super::*;
    use crate::testing::numbered;

    #[tokio::test]
    async fn all_comes_and_what_grew_is_given_back_at_a_pause() -> io::Result<()> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (sender, source) = tokio::join!(TcpStream::connect(listener.local_addr()?), listener.accept());
        let (mut sender, (source, _)) = (sender?, source?);
        let sent = numbered(3_000_000);
        let sending = sent.clone();
        let sending = tokio::spawn(async move {
            sender.write_all(&sending).await?;
            Ok::<_, io::Error>(sender)
        });
        let (mut inflow, mut got) = (Inflow::new(), Vec::new());
        while got.len() < sent.len() {
            source.readable().await?;
            match inflow.read(&source) {
                Ok(bytes) => got.extend_from_slice(&bytes),
                Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
            }
        }
        let sender = sending.await??;
        assert!(got == sent, "other bytes have come than were sent");

        // As if it had grown, however this machine has cut the stream.
        inflow.chunk = LONG;
        while inflow.read(&source).is_ok() {}
        assert_eq!((inflow.chunk, inflow.buffer.capacity()), (CHUNK, 0));
        drop(sender);
        source.readable().await?;
        assert!(inflow.read(&source)?.is_empty());
        Ok(())
    }
}
