//! A file that grows, is replaced (rotation), or is not there yet.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use super::parse::Records;

/// A position in one particular file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    /// Device and inode.
    file: (u64, u64),
    offset: u64,
    /// How many files the reader had before it.
    generation: u64,
}

impl Mark {
    /// The end of the file that the path names now, for a reader that is `at`.
    pub(super) fn end_of(path: &Path, at: Option<&Self>) -> io::Result<Option<Self>> {
        Ok(look(path)?.map(|(file, offset)| {
            let before = at.map_or(0, |at| at.generation);
            let generation = if at.is_some_and(|at| at.file == file) { before } else { before + 1 };
            Self { file, offset, generation }
        }))
    }

    /// Whether a reader at `at` has read everything before `end`; it reads a file to its end before the next.
    pub(super) fn reached(at: Option<&Self>, end: Option<&Self>) -> bool {
        match (at, end) {
            (_, None) => true,
            (None, Some(end)) => end.offset == 0,
            (Some(at), Some(end)) => {
                at.generation > end.generation || at.file == end.file && at.offset >= end.offset
            }
        }
    }
}

/// Reads a file from its present end on.
#[derive(Debug)]
pub(super) struct Tail {
    path: PathBuf,
    open: Option<(File, (u64, u64))>,
    read: u64,
    generation: u64,
    records: Records,
}

impl Tail {
    pub(super) fn at_end(path: PathBuf) -> io::Result<Self> {
        let mut tail = Self { path, open: None, read: 0, generation: 0, records: Records::default() };
        if tail.reopen()?
            && let Some((file, _)) = &mut tail.open
        {
            tail.read = file.seek(SeekFrom::End(0))?;
        }
        Ok(tail)
    }

    /// Takes in what is new, following the path to a new file once the old one is read.
    pub(super) fn read(&mut self) -> io::Result<&mut Records> {
        // Looked up before the old file is read, so that its last lines come first.
        let now = look(&self.path)?;
        if let Some((file, id)) = &mut self.open {
            let cut = now.is_some_and(|(current, length)| current == *id && length < self.read);
            if cut {
                self.read = file.seek(SeekFrom::Start(0))?;
                self.records.restart();
            }
            self.read += self.records.take_in(file)?;
        }
        let replaced =
            now.is_some_and(|(current, _)| self.open.as_ref().is_none_or(|(_, id)| current != *id));
        if replaced
            && self.reopen()?
            && let Some((file, _)) = &mut self.open
        {
            self.records.restart();
            self.generation += 1;
            self.read = self.records.take_in(file)?;
        }
        Ok(&mut self.records)
    }

    /// Up to where every record was taken out.
    pub(super) fn mark(&self) -> Option<Mark> {
        let (_, file) = self.open.as_ref()?;
        let offset = self.read - self.records.held() as u64;
        Some(Mark { file: *file, offset, generation: self.generation })
    }

    fn reopen(&mut self) -> io::Result<bool> {
        match File::open(&self.path) {
            Ok(file) => {
                let metadata = file.metadata()?;
                self.open = Some((file, (metadata.dev(), metadata.ino())));
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
}

fn look(path: &Path) -> io::Result<Option<((u64, u64), u64)>> {
    match std::fs::metadata(path) {
        Ok(metadata) => Ok(Some(((metadata.dev(), metadata.ino()), metadata.len()))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

impl Records {
    /// Reads to the end of the file; the number of bytes.
    fn take_in(&mut self, file: &mut impl Read) -> io::Result<u64> {
        let mut bytes = Vec::new();
        let count = file.read_to_end(&mut bytes)?;
        self.feed(&bytes);
        Ok(count as u64)
    }
}
