//! The file form: how fast a history is read event by event, into facts.

use std::{
    env,
    fs::{self, File},
    io::{BufReader, BufWriter, Write},
    path::{Path, PathBuf},
    process,
    time::Duration,
};

use pitfall_checkers::facts::Facts;
use pitfall_model::{Events, Judging};

use crate::{
    Failure,
    figures::{median, millions},
    processor,
    world::World,
};

/// A file that goes with its owner.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        // Nothing follows from a file that stays in the folder for such files.
        let _ = fs::remove_file(&self.0);
    }
}

pub(crate) fn measure(judging: &Judging, seed: u64, events: u64, runs: usize) -> Result<(), Failure> {
    let scratch = Scratch(env::temp_dir().join(format!("pitfall-history-{}.jsonl", process::id())));
    write(&scratch.0, seed, events)?;
    let size = fs::metadata(&scratch.0)?.len();
    let mut times = Vec::new();
    for _ in 0..runs {
        times.push(read(judging, &scratch.0, events)?);
    }
    let each: Vec<String> = times.iter().map(|time| millions(events, *time)).collect();
    println!("a history file of {events} events, {} MB, read into facts", size / 1_000_000);
    println!(
        "  million events a second: {}; median {}, which is {:.0} MB/s",
        each.join(" "),
        millions(events, median(&times)),
        size as f64 / median(&times).as_secs_f64() / 1e6,
    );
    Ok(())
}

fn write(path: &Path, seed: u64, events: u64) -> Result<(), Failure> {
    let mut file = BufWriter::new(File::create(path)?);
    let mut failed = None;
    World::new(seed, events).tell(&mut |event| {
        let line = serde_json::to_writer(&mut file, &event).map_err(Failure::from);
        let ended = line.and_then(|()| Ok(file.write_all(b"\n")?));
        failed = failed.take().or(ended.err());
    });
    file.flush()?;
    failed.map_or(Ok(()), Err)
}

fn read(judging: &Judging, path: &Path, events: u64) -> Result<Duration, Failure> {
    let mut read = Ok(Facts::judged_by(judging));
    let took = processor::time(|| read = facts(judging, path))?;
    match read?.seen() {
        seen if seen == events => Ok(took),
        seen => Err(format!("{events} events were written, {seen} were read").into()),
    }
}

fn facts(judging: &Judging, path: &Path) -> Result<Facts, Failure> {
    let mut facts = Facts::judged_by(judging);
    for event in Events::new(BufReader::with_capacity(1 << 16, File::open(path)?)) {
        facts.see(&event?.1);
    }
    Ok(facts)
}
