//! Measures how fast histories are judged, and in how much memory. `ci/bench checkers` runs it: `checkers RUNS`.
//!
//! The histories are made up (`world`), event by event: nothing but their facts is held.

mod alone;
mod case;
mod figures;
mod file;
mod memory;
mod processor;
mod world;

use std::{error::Error, process::ExitCode, time::Duration};

use pitfall_checkers::facts::Facts;
use pitfall_model::Judging;

use case::{Case, Used};
use figures::{asked, best, median, millions};
use memory::Memory;
use world::World;

type Failure = Box<dyn Error>;

const SEED: u64 = 42;
const LARGE: u64 = 10_000_000;
/// Time is to grow as the history does: so many small histories, judged one after the other, are as long as the large one. One
/// alone would stay in the processor's caches, which tells of the caches only.
const PARTS: u64 = 10;
/// So many times all histories are made anew, in other memory and of other seeds: where one happens to lie is worth a tenth of its time.
const ROUNDS: u64 = 5;
const HOW: &str = "\
Processor time of one thread, so what else the machine does costs no time, but it does take caches and memory from what is measured.
One history of 10000000 events (100000 orders) takes turns with ten of 1000000 (10000 orders each), of the same kind: 500 orders are
on their way at a time in both. Before the first run that counts, one does not. Each judging has a thread, and so memory, of its own:
what it frees goes back to the system (MALLOC_MMAP_THRESHOLD_, MALLOC_TRIM_THRESHOLD_), so each pays for its memory anew, a small
one finds none that another checker left free. The histories are made five times, in other memory and of other seeds, since where one
happens to lie is worth up to a tenth of its time. What was asked is held to medians over all.
";

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
    let memory = Memory::begin()?;
    let cases = case::all()?;
    let judging = &cases.first().ok_or("no checker is registered")?.judging;
    println!("{HOW}");
    let mut measured: Vec<(Used, Times)> = Vec::new();
    for round in 0..ROUNDS {
        let large = [facts(judging, SEED + round, LARGE)];
        if round == 0 {
            let (kept, held) = (large[0].all().len(), memory.most()?);
            println!("{LARGE} events of seed {SEED}, of which {kept} are judged by; read as facts");
            println!("  memory: {:.1} bytes an event", held as f64 / LARGE as f64);
            for case in &cases {
                measured.push((case.used(&large[0], &memory)?, Times::default()));
            }
        }
        let small: Vec<Facts> =
            (0..PARTS).map(|part| facts(judging, SEED + round * PARTS + part, LARGE / PARTS)).collect();
        for (case, (_, times)) in cases.iter().zip(&mut measured) {
            times.take_turns(case, &large, &small, runs)?;
        }
    }
    for (case, (used, times)) in cases.iter().zip(&measured) {
        println!(
            "{case}: judged {}, at least {}; {} violations",
            used.judged, used.at_least, used.violations
        );
        times.tell();
        let memory = used.memory as f64 / LARGE as f64;
        println!(
            "  memory with the facts: {memory:.1} bytes an event; {}",
            asked("at most 100", memory <= 100.0)
        );
    }
    file::measure(judging, SEED, LARGE / PARTS, runs)
}

/// What a checker took.
#[derive(Default)]
struct Times {
    large: Vec<Duration>,
    /// For all the small histories.
    small: Vec<Duration>,
}

impl Times {
    /// Takes turns between the large history and the small ones, after one that does not count.
    fn take_turns(
        &mut self,
        case: &Case,
        large: &[Facts],
        small: &[Facts],
        runs: usize,
    ) -> Result<(), Failure> {
        for run in 0..=runs {
            let times = (case.time(large)?, case.time(small)?);
            if run > 0 {
                self.large.push(times.0);
                self.small.push(times.1);
            }
        }
        Ok(())
    }

    fn tell(&self) {
        let each: Vec<String> = self.large.iter().map(|time| millions(LARGE, *time)).collect();
        println!(
            "  million events a second: {}; best {}, median {}; {}",
            each.join(" "),
            millions(LARGE, best(&self.large)),
            millions(LARGE, median(&self.large)),
            asked("at least 5", LARGE as f64 / median(&self.large).as_secs_f64() >= 5e6),
        );
        let growth = figures::ratio(median(&self.large), median(&self.small)) * PARTS as f64;
        let by_the_best = figures::ratio(best(&self.large), best(&self.small)) * PARTS as f64;
        println!(
            "  time of {LARGE} / time of {}: by the medians {growth:.1}, by the best {by_the_best:.1}; {}",
            LARGE / PARTS,
            asked("at most 11", growth <= 11.0)
        );
    }
}

fn facts(judging: &Judging, seed: u64, events: u64) -> Facts {
    let mut facts = Facts::judged_by(judging);
    World::new(seed, events).tell(&mut |event| facts.see(&event));
    facts
}
