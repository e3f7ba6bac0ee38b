//! The logs tap: lines that a process writes, into the history and into a file of their own.

use std::{io, path::Path, sync::Arc, time::Duration};

use futures::{FutureExt, future::BoxFuture};
use pitfall_model::{Place, What};
use tokio::{
    fs::{File, OpenOptions},
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader},
};
use tokio_util::sync::CancellationToken;

use crate::{
    recorder::Recorder,
    status::Status,
    tap::{Tap, TapError, Who},
};

/// A line longer than this is cut in the history; the file has all of it.
const LONGEST: usize = 16 * 1024;

/// Follows one stream of one process until it ends.
#[derive(Debug)]
pub struct LogsTap {
    who: Who,
    /// Whether the stream has ended.
    status: Arc<Status<bool>>,
    stop: CancellationToken,
}

impl LogsTap {
    /// Follows `reader`; its bytes are also appended to `file` as they are.
    pub async fn start(
        recorder: Recorder,
        role: impl Into<String>,
        instance: u32,
        reader: impl AsyncRead + Send + Unpin + 'static,
        file: &Path,
    ) -> Result<Self, TapError> {
        let role = role.into();
        let who = Who { tap: "logs", server: format!("{role} {instance}") };
        let raw = OpenOptions::new().create(true).append(true).open(file).await;
        let raw = raw.map_err(|error| who.unreachable(format!("open {}", file.display()), error))?;
        let status = Arc::new(Status::new(false));
        let stop = CancellationToken::new();
        let line = move |line: String| {
            recorder.record(Place::default(), What::Log { role: role.clone(), instance, line });
        };
        tokio::spawn({
            let (status, stop) = (Arc::clone(&status), stop.clone());
            async move {
                let followed = stop.run_until_cancelled(follow(reader, raw, line)).await;
                if let Some(Err(error)) = followed {
                    status.fail(format!("reading or copying the lines: {error}"));
                }
                status.advance(|ended| *ended = true);
            }
        });
        Ok(Self { who, status, stop })
    }

    /// Waits for the end of the stream, after which every line stands in the history.
    pub async fn ended(&self, limit: Duration) -> Result<(), TapError> {
        let show = |_: &bool| "it is still open".to_owned();
        self.status.reach(&self.who, limit, "the end of the stream", |ended| *ended, show).await
    }
}

impl Tap for LogsTap {
    fn name(&self) -> String {
        self.who.name()
    }

    /// What a process has written but not flushed cannot be known; see [`LogsTap::ended`].
    fn catch_up(&self, _: Duration) -> BoxFuture<'_, Result<(), TapError>> {
        let failed = self.failed().map(|reason| self.who.failed(reason));
        std::future::ready(failed.map_or(Ok(()), Err)).boxed()
    }

    fn failed(&self) -> Option<String> {
        self.status.failed()
    }

    fn stop(&self) -> BoxFuture<'_, ()> {
        async {
            self.stop.cancel();
            let _ = self.ended(Duration::from_secs(2)).await;
        }
        .boxed()
    }
}

impl Drop for LogsTap {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn follow(
    reader: impl AsyncRead + Unpin,
    mut raw: File,
    mut record: impl FnMut(String),
) -> io::Result<()> {
    let mut reader = BufReader::new(reader);
    let mut chunk = vec![0; 32 * 1024];
    let mut lines = Lines::default();
    loop {
        let count = reader.read(&mut chunk).await?;
        let bytes = chunk.get(..count).unwrap_or_default();
        if bytes.is_empty() {
            lines.end(&mut record);
            return Ok(());
        }
        lines.feed(bytes, &mut record);
        raw.write_all(bytes).await?;
        raw.flush().await?;
    }
}

/// Splits bytes into lines, keeping at most [`LONGEST`] bytes of each.
#[derive(Default)]
struct Lines {
    line: Vec<u8>,
    begun: bool,
}

impl Lines {
    fn feed(&mut self, bytes: &[u8], record: &mut impl FnMut(String)) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.begun = true;
            let text = part.strip_suffix(b"\n").unwrap_or(part);
            let room = LONGEST.saturating_sub(self.line.len()).min(text.len());
            self.line.extend_from_slice(text.get(..room).unwrap_or_default());
            if text.len() < part.len() {
                self.end(record);
            }
        }
    }

    fn end(&mut self, record: &mut impl FnMut(String)) {
        if std::mem::take(&mut self.begun) {
            let line = std::mem::take(&mut self.line);
            record(String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(&line)).into_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(chunks: &[&[u8]]) -> Vec<String> {
        let (mut lines, mut found) = (Lines::default(), Vec::new());
        chunks.iter().for_each(|chunk| lines.feed(chunk, &mut |line| found.push(line)));
        lines.end(&mut |line| found.push(line));
        found
    }

    #[test]
    fn lines_across_chunks_and_without_an_end() {
        assert_eq!(lines(&[b"on", b"e\n\ntwo\r\nthr", b"ee"]), ["one", "", "two", "three"]);
        assert_eq!(lines(&[]), Vec::<String>::new());
        assert_eq!(lines(&[b"\xffa\n"]), ["\u{fffd}a"]);
    }

    #[test]
    fn a_long_line_is_cut_and_the_next_is_whole() {
        let found = lines(&[&[b'x'; 20_000], b"yyy\nnext\n"]);
        assert_eq!(found.iter().map(String::len).collect::<Vec<_>>(), [LONGEST, 4]);
    }
}
