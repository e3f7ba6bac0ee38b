//! A crash-point sweep: a variant run once without a crash, and once for each side of each effectful request with the process
//! killed there.

mod crash;
mod points;

use std::path::{Path, PathBuf};

use futures::{StreamExt, stream};
use pitfall_model::{Anomaly, History, Outcome, Plan, PlannedSweep, RunVerdict};
use pitfall_report::SweptPoint;
use pitfall_runner::Recorded;

use crate::trial::{Bench, Judged};

/// So many points are tried at the same time: they wait more than they work.
const SIDE_BY_SIDE: usize = 4;

/// What came of a sweep.
pub(crate) struct Swept {
    /// That of the run without a crash; its outcome is that of the whole sweep.
    pub(crate) verdict: RunVerdict,
    pub(crate) history: History,
    pub(crate) recorded: Recorded,
    pub(crate) points: Vec<SweptPoint>,
}

/// Sweeps a variant; each run has a folder of its own in `folder`.
pub(crate) async fn sweep(
    plan: &Plan,
    sweep: &PlannedSweep,
    folder: &Path,
    bench: &Bench<'_>,
) -> Result<Swept, String> {
    let clean = crash::without(plan, points::TOLD);
    let Judged { verdict, history, recorded } = bench.attempt(&clean, &folder.join("clean")).await?;
    let mut swept = Swept { verdict, history, recorded, points: Vec::new() };
    swept.verdict.expected.clone_from(&plan.judging.expect);
    if swept.verdict.outcome != Outcome::AsDeclared {
        return Ok(swept);
    }
    let found = points::points(&swept.history, &sweep.role);
    (bench.progress)(&format!("{}: {} points to crash at", plan.name, found.len()));
    let attempts = found.iter().enumerate().map(|(at, point)| async move {
        let breaks = sweep.breaks.contains(&point.name);
        let crashing = crash::at(plan, &sweep.role, point, breaks)?;
        let folder = folder.join(format!("point-{:03}", at + 1));
        let judged = bench.attempt(&crashing, &folder).await?;
        Ok::<_, String>(said(point.name.clone(), folder, breaks, judged.verdict))
    });
    let mut attempts = stream::iter(attempts).buffered(SIDE_BY_SIDE);
    while let Some(point) = attempts.next().await {
        swept.points.push(point?);
    }
    let outcome = outcome(&swept.points, sweep);
    swept.verdict.shown = shown(&swept.points);
    swept.verdict.outcome = outcome;
    Ok(swept)
}

fn said(point: String, folder: PathBuf, breaks: bool, verdict: RunVerdict) -> SweptPoint {
    let judged = verdict.judgements.iter().filter(|judgement| judgement.promised);
    let first = judged.flat_map(|judgement| &judgement.finding.violations).next();
    SweptPoint {
        point,
        breaks,
        sentence: first.map(|violation| violation.sentence.clone()),
        shown: verdict.shown.iter().map(|(anomaly, _)| *anomaly).collect(),
        outcome: verdict.outcome,
        run_dir: folder.display().to_string(),
    }
}

/// Every anomaly that was shown, with at how many points.
fn shown(points: &[SweptPoint]) -> Vec<(Anomaly, usize)> {
    let at = |anomaly: &Anomaly| points.iter().filter(|point| point.shown.contains(anomaly)).count();
    Anomaly::ALL.iter().map(|anomaly| (*anomaly, at(anomaly))).filter(|(_, count)| *count > 0).collect()
}

/// As declared, if each point is, and every point that is listed was met.
fn outcome(points: &[SweptPoint], sweep: &PlannedSweep) -> Outcome {
    let (mut failed, mut inconclusive) = (Vec::new(), Vec::new());
    if points.is_empty() {
        inconclusive
            .push(format!("role {} made no effectful request: there is no point to crash at", sweep.role));
    }
    for point in points {
        let into = match &point.outcome {
            Outcome::AsDeclared => continue,
            Outcome::Failed { reasons } => (&mut failed, reasons),
            Outcome::Inconclusive { reasons } => (&mut inconclusive, reasons),
        };
        into.0.push(format!("{}: {} (run directory {})", point.point, into.1.join("; "), point.run_dir));
    }
    for listed in &sweep.breaks {
        if !points.iter().any(|point| point.point == *listed) {
            let points: Vec<&str> = points.iter().map(|point| point.point.as_str()).collect();
            failed.push(format!(
                "`{listed}` is listed in `breaks`, but is no point: there are {}",
                points.join(", ")
            ));
        }
    }
    match (failed.is_empty(), inconclusive.is_empty()) {
        (true, true) => Outcome::AsDeclared,
        (false, _) => Outcome::Failed { reasons: failed },
        (true, false) => Outcome::Inconclusive { reasons: inconclusive },
    }
}
