//! Economy: an idle process uses next to no CPU.
//!
//! The role's processes are **idle** from when the group has committed past every message that stands in the topic until the next
//! message comes; before the first message they are starting, not idle.
//!
//! **Judged:** every idle time of every process that ran through it: not started, ended, or made to stand still meanwhile, and
//! seen by a sample at its beginning and another at least `idle` later. What it used is the difference of the first and the last sample
//! within.
//!
//! **`busy-when-idle`:** it used more than `cpu` percent of a core. One violation for each idle time of each process.
//!
//! **Unknown:** nothing; a time that was too short, or seen by too few samples, is not judged.

use pitfall_model::{Anomaly, Judging, OfEconomy, elapsed};

use crate::{
    facts::{Did, Fact, Facts, Name},
    found::{Found, Shown},
    map::Map,
};

/// Judges one history.
pub(crate) fn check(facts: &Facts, bounds: &OfEconomy, _judging: &Judging) -> Found {
    let mut found = Found::new("idle times");
    let names = (facts.name(&bounds.role), facts.name(&bounds.topic), facts.name(&bounds.group));
    let (Some(role), Some(topic), Some(group)) = names else { return found };
    let mut work = Work { topic, group, partitions: Vec::new(), behind: 0 };
    let mut watch = Watch { role, bounds, idle_since: None, processes: Map::default() };
    for fact in facts.all() {
        if let Some(is_idle) = work.see(fact) {
            watch.end(&mut found);
            watch.idle_since = is_idle.then_some(*fact);
        }
        watch.see(fact, &mut found);
    }
    watch.end(&mut found);
    found
}

/// What there is to do, by partition: the next message's offset, and the committed one.
struct Work {
    topic: Name,
    group: Name,
    partitions: Vec<(i64, i64)>,
    /// How many partitions have messages that are not committed.
    behind: usize,
}

impl Work {
    /// Whether there is nothing to do from now on, if that is told here: a message came, or all became committed, or not any more.
    fn see(&mut self, fact: &Fact) -> Option<bool> {
        let (partition, next, committed) = match fact.did {
            Did::Produced { topic, partition, offset, .. } if topic == self.topic => {
                (partition, Some(offset.saturating_add(1)), None)
            }
            Did::Committed { group, topic, partition, offset }
                if (group, topic) == (self.group, self.topic) =>
            {
                (partition, None, Some(offset))
            }
            _ => return None,
        };
        let index = usize::try_from(partition).ok()?;
        if self.partitions.len() <= index {
            self.partitions.resize(index + 1, (0, 0));
        }
        let was_idle = self.behind == 0;
        let of = &mut self.partitions[index];
        self.behind -= usize::from(of.1 < of.0);
        of.0 = next.map_or(of.0, |next| of.0.max(next));
        of.1 = committed.unwrap_or(of.1);
        self.behind += usize::from(of.1 < of.0);
        let any = self.partitions.iter().any(|(next, _)| *next > 0);
        let is_idle = self.behind == 0 && any;
        (next.is_some() || was_idle != is_idle).then_some(is_idle)
    }
}

/// One sample of a process.
#[derive(Debug, Clone, Copy)]
struct Sample {
    at: u64,
    seq: u32,
    cpu_ms: u64,
}

/// A process in an idle time.
struct Idle {
    /// It was there, and ran, all the time.
    whole: bool,
    first: Option<Sample>,
    last: Option<Sample>,
}

/// Follows the role's processes through one idle time after the other.
struct Watch<'a> {
    role: Name,
    bounds: &'a OfEconomy,
    /// What made them idle.
    idle_since: Option<Fact>,
    /// By instance, in this idle time.
    processes: Map<u32, Idle>,
}

impl Watch<'_> {
    fn see(&mut self, fact: &Fact, found: &mut Found) {
        match fact.did {
            Did::ProcessSampled { role, instance, cpu_ms, .. } if role == self.role => {
                let sample = Sample { at: fact.at, seq: fact.seq, cpu_ms };
                let process = self.process(instance);
                process.first.get_or_insert(sample);
                process.last = Some(sample);
            }
            Did::ProcessStarted { role, instance } | Did::ProcessResumed { role, instance }
                if role == self.role =>
            {
                self.process(instance).whole = false;
            }
            Did::ProcessExited { role, instance } | Did::ProcessPaused { role, instance }
                if role == self.role =>
            {
                self.judge(instance, found);
                self.process(instance).whole = false;
            }
            _ => {}
        }
    }

    fn process(&mut self, instance: u32) -> &mut Idle {
        self.processes.entry(instance).or_insert(Idle { whole: true, first: None, last: None })
    }

    /// The idle time is over, if there is one.
    fn end(&mut self, found: &mut Found) {
        let instances: Vec<u32> = self.processes.keys().copied().collect();
        for instance in instances {
            self.judge(instance, found);
        }
        self.processes.clear();
        self.idle_since = None;
    }

    /// Judges what a process did in the idle time, up to now.
    fn judge(&mut self, instance: u32, found: &mut Found) {
        let process = self.processes.get(&instance).filter(|process| process.whole);
        let samples = process.and_then(|process| process.first.zip(process.last));
        let Some(((first, last), since)) = samples.zip(self.idle_since) else { return };
        let (took, used) = (last.at.saturating_sub(first.at), last.cpu_ms.saturating_sub(first.cpu_ms));
        if took == 0 || u128::from(took) < self.bounds.idle.as_nanos() {
            return;
        }
        found.judged += 1;
        let allowed = u128::from(took) * u128::from(self.bounds.cpu);
        let used_ns = u128::from(used) * 1_000_000;
        if used_ns * 100 > allowed {
            let sentence = format!(
                "{} {instance} used {used} ms of CPU from {} to {}, {} % of a core, {} % is allowed, though it had nothing to do: group {} had committed all of topic {} at {}",
                self.bounds.role,
                elapsed(first.at),
                elapsed(last.at),
                used_ns * 100 / u128::from(took),
                self.bounds.cpu,
                self.bounds.group,
                self.bounds.topic,
                elapsed(since.at),
            );
            let evidence = [since.seq, first.seq, last.seq];
            found.violations.push(Shown::new(Anomaly::BusyWhenIdle, None, sentence, evidence));
        }
    }
}
