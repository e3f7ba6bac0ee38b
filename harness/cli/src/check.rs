//! `pitfall check`: recorded runs, judged again.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Args;
use pitfall_model::{Judging, RunVerdict};

use crate::{
    run_dir::RunDir,
    said::{CANNOT, Said, code},
};

const EXAMPLES: &str = "\
Examples:
  pitfall check target/pitfall/1795330663-14997/kitchen-display/B8-stale-replica/before
  pitfall check target/pitfall/1795330663-14997/kitchen-display/B9-redelivery/before-first/*/   # each run of a sweep
  pitfall check --json RUN-DIR | jq .outcome
  pitfall check --json RUN-DIR | diff RUN-DIR/verdict.json -

Exit codes: 0 as declared, 1 failed, 2 inconclusive, 3 cannot be judged. Of several runs, the highest.";

/// Judges recorded runs again, without any server: by plan.json and history.jsonl
///
/// Prints each run's verdict with its evidence, and whether it is the one that was recorded (verdict.json).
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Check {
    /// Directories of runs
    #[arg(value_name = "RUN-DIR", required = true)]
    folders: Vec<PathBuf>,
    /// Print the verdict as verdict.json has it, and all else to the standard error
    #[arg(long)]
    json: bool,
}

impl Check {
    /// Judges each directory.
    pub(crate) fn run(&self) -> Said {
        let mut all = Said::default();
        for folder in &self.folders {
            let said = check(folder, self.json).unwrap_or_else(|error| Said {
                err: format!("pitfall check: {error}\n"),
                code: CANNOT,
                ..Said::default()
            });
            all.out += &said.out;
            all.err += &said.err;
            all.code = all.code.max(said.code);
        }
        all
    }
}

fn check(folder: &Path, as_json: bool) -> Result<Said, Box<dyn std::error::Error>> {
    let run = RunDir::read(folder)?;
    let verdict = judge(&run);
    let json = pitfall_report::verdict_json(&verdict)?;
    let notes = cut_off(&run).into_iter().chain([compared(run.recorded.as_deref(), &verdict, &json)]);
    let notes: String = notes.map(|note| format!("{}: {note}\n", folder.display())).collect();
    let code = code(&verdict.outcome);
    Ok(if as_json {
        Said { out: json, err: notes, code }
    } else {
        let line = pitfall_report::terminal_line(&verdict, took(&run));
        let evidence = pitfall_report::evidence(&verdict);
        Said { out: format!("{line}\n{evidence}{notes}"), code, ..Said::default() }
    })
}

/// The verdict on a run by what stands in its directory.
fn judge(RunDir { judging, history, .. }: &RunDir) -> RunVerdict {
    let judging: &Judging = judging;
    pitfall_checkers::judge(history, judging)
}

/// How long the run took by its own clock.
fn took(run: &RunDir) -> Duration {
    Duration::from_nanos(run.history.events.last().map_or(0, |event| event.at))
}

/// Says so where the history ends in the middle of a line.
fn cut_off(run: &RunDir) -> Option<String> {
    let lines = run.history.events.len();
    let cut = lines + 1;
    run.history.truncated.then(|| {
        format!("line {cut} of history.jsonl is cut off, the run was killed: judged up to line {lines}")
    })
}

/// Whether the verdict is the recorded one.
fn compared(recorded: Option<&str>, now: &RunVerdict, json: &str) -> String {
    match recorded {
        None => "no verdict was recorded: there is no verdict.json".to_owned(),
        Some(recorded) if recorded == json => "this is the recorded verdict".to_owned(),
        Some(recorded) => match serde_json::from_str(recorded) {
            Ok(recorded) => match pitfall_report::difference(&recorded, now) {
                Some(difference) => format!("differs from the recorded verdict: {difference}"),
                None => "this is the recorded verdict, written in another way".to_owned(),
            },
            Err(error) => {
                format!("cannot be compared: verdict.json is no verdict that this build can read: {error}")
            }
        },
    }
}
