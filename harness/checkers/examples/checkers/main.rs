//! Measures how fast histories are judged, and in how much memory. `ci/bench checkers` runs it: `checkers RUNS`.
//!
//! The histories are made up (`world`), event by event: nothing but their facts is held.

mod figures;
mod file;
mod memory;
mod processor;
mod world;

use std::{error::Error, process::ExitCode, time::Duration};

use pitfall_checkers::{facts::Facts, registry};
use pitfall_model::Judging;

use figures::{asked, best, median, millions};
use memory::Memory;
use world::World;

type Failure = Box<dyn Error>;

const SEED: u64 = 42;
const LARGE: u64 = 10_000_000;
/// Time is to grow as the history does: so many small histories, judged one after the other, are as long as the large one. One
/// alone would stay in the processor's caches, which tells of the caches only.
const PARTS: u64 = 10;

fn main() -> ExitCode {
    let measured = match std::env::args().nth(1).map(|runs| runs.parse()) {
        Some(Ok(runs)) if runs > 0 => measure(runs),
        _ => Err("checkers RUNS; `ci/bench checkers` knows them".into()),
    };
    match measured {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(runs: usize) -> Result<(), Failure> {
    let judging: Judging = serde_json::from_str(include_str!("judging.json"))?;
    let memory = Memory::begin()?;
    let large = [facts(&judging, SEED, LARGE)];
    let (kept, held) = (large[0].all().len(), memory.most()?);
    println!("{LARGE} events of seed {SEED}, of which {kept} are judged by; read as facts");
    println!("  memory: {:.1} bytes an event", held as f64 / LARGE as f64);
    let used = registry::ALL.iter().map(|checker| Used::by(checker, &large[0], &judging, &memory));
    let used = used.collect::<Result<Vec<_>, _>>()?;
    let small: Vec<Facts> = (0..PARTS).map(|part| facts(&judging, SEED + part, LARGE / PARTS)).collect();
    for (checker, used) in registry::ALL.iter().zip(used) {
        println!("{}: judged {}, {} violations", checker.guarantee, used.judged, used.violations);
        let (large, small) = times(checker, &large, &small, &judging, runs)?;
        speed(&large, &small);
        let memory = used.memory as f64 / LARGE as f64;
        println!(
            "  memory with the facts: {memory:.1} bytes an event; {}",
            asked("at most 100", memory <= 100.0)
        );
    }
    drop((large, small));
    file::measure(&judging, SEED, LARGE / PARTS, runs)
}

/// What a checker found on the large history, and the memory in use while it did.
struct Used {
    judged: usize,
    violations: usize,
    memory: u64,
}

impl Used {
    fn by(
        checker: &registry::Checker,
        facts: &Facts,
        judging: &Judging,
        memory: &Memory,
    ) -> Result<Self, Failure> {
        memory.forget()?;
        let checked = (checker.run)(facts, judging)
            .ok_or_else(|| format!("{}: judging.json sets no bounds for it", checker.guarantee))?;
        Ok(Self { judged: checked.judged(), violations: checked.violations(), memory: memory.most()? })
    }
}

/// Of one checker: its times on the large history, and on all the small ones.
fn speed(large: &[Duration], small: &[Duration]) {
    let each: Vec<String> = large.iter().map(|time| millions(LARGE, *time)).collect();
    println!(
        "  million events a second: {}; best {}, median {}; {}",
        each.join(" "),
        millions(LARGE, best(large)),
        millions(LARGE, median(large)),
        asked("at least 5", LARGE as f64 / median(large).as_secs_f64() >= 5e6),
    );
    let ratio = best(large).as_secs_f64() / best(small).as_secs_f64() * PARTS as f64;
    println!(
        "  time of {LARGE} / time of {}, by the best: {ratio:.1}; {}",
        LARGE / PARTS,
        asked("at most 11", ratio <= 11.0)
    );
}

fn facts(judging: &Judging, seed: u64, events: u64) -> Facts {
    let mut facts = Facts::judged_by(judging);
    World::new(seed, events).tell(&mut |event| facts.see(&event));
    facts
}

/// Takes turns between the large history and the small ones.
fn times(
    checker: &registry::Checker,
    large: &[Facts],
    small: &[Facts],
    judging: &Judging,
    runs: usize,
) -> Result<(Vec<Duration>, Vec<Duration>), Failure> {
    let once = |histories: &[Facts]| {
        processor::time(|| {
            for facts in histories {
                std::hint::black_box((checker.run)(facts, judging));
            }
        })
    };
    let mut times = (Vec::new(), Vec::new());
    for _ in 0..runs {
        times.0.push(once(large)?);
        times.1.push(once(small)?);
    }
    Ok(times)
}
