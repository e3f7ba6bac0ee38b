//! Accounting: every piece of work ends known: done, or failed with its reason.
//!
//! A piece of work is an order with a message in the topic. What became of it is what its rows in the ledger say when the history
//! ends, acknowledged or not: whoever looks for the work then sees nothing else.
//!
//! **Judged:** every piece of work.
//!
//! **`unaccounted-work`:** no row stands in the ledger for it; or a row says neither `done` nor `failed`; or one says `done` and
//! another `failed`. One violation a piece of work.
//!
//! **`failure-without-reason`:** a row says `failed`, and its reason is NULL, missing or blank. One violation a piece of work; none
//! where it is unaccounted.
//!
//! **Unknown:** nothing, if the ledger tells both status and reason.

use pitfall_model::{Anomaly, Effect, Judging, OfAccounts, elapsed};

use crate::{
    effects::{Lens, Seen},
    facts::{Facts, Name},
    found::{Found, Shown},
    live_rows::LiveRows,
    published::{Message, Published},
};

const UNIT: &str = "pieces of work";

/// Judges one history.
pub(crate) fn check(facts: &Facts, bounds: &OfAccounts, judging: &Judging) -> Found {
    let lens = match ledger(facts, bounds, judging) {
        Ok(lens) => lens,
        Err(why) => return Found::nothing(UNIT, why),
    };
    let (mut published, mut rows) = (Published::new(facts, &bounds.topic), LiveRows::default());
    for fact in facts.all() {
        published.see(fact);
        if let Some(seen) = lens.see(facts, fact) {
            rows.apply(seen);
        }
    }

    let ledger =
        Ledger { facts, lens: &lens, done: facts.name(&bounds.done), failed: facts.name(&bounds.failed) };
    let mut found = Found::new(UNIT);
    for (order, messages) in published.into_orders().iter() {
        let Some(work) = messages.last() else { continue };
        found.judged += 1;
        let rows_of = rows.of(order);
        let shown = ledger.unaccounted(order, work, rows_of, rows.deleted(order));
        found.violations.extend(shown.or_else(|| ledger.without_reason(order, work, rows_of)));
    }
    found
}

/// The ledger, if it can tell what is judged.
fn ledger<'j>(facts: &Facts, bounds: &OfAccounts, judging: &'j Judging) -> Result<Lens<'j>, String> {
    let lens = Lens::table(facts, judging, &bounds.effect)?;
    match judging.effects.get(&bounds.effect) {
        Some(Effect::Table(table)) if table.status.is_some() && table.reason.is_some() => Ok(lens),
        _ => Err(format!(
            "{lens} names no column for its status, or none for its reason: nothing accounts for the work"
        )),
    }
}

struct Ledger<'a> {
    facts: &'a Facts,
    lens: &'a Lens<'a>,
    /// None where no event says it.
    done: Option<Name>,
    failed: Option<Name>,
}

impl Ledger<'_> {
    fn is_done(&self, row: &Seen) -> bool {
        row.status.is_some() && row.status == self.done
    }

    fn has_failed(&self, row: &Seen) -> bool {
        row.status.is_some() && row.status == self.failed
    }

    fn unaccounted(
        &self,
        order: Name,
        work: &Message,
        rows: &[Seen],
        deleted: Option<Seen>,
    ) -> Option<Shown> {
        let lens = self.lens;
        let is_open = |row: &&Seen| !self.is_done(row) && !self.has_failed(row);
        let (says, by) = if let Some(open) = rows.iter().find(is_open) {
            (format!("{lens} says {} (since {})", self.status(open), elapsed(open.at)), vec![open.seq])
        } else if let (Some(done), Some(failed)) =
            (rows.iter().find(|row| self.is_done(row)), rows.iter().find(|row| self.has_failed(row)))
        {
            let says = format!(
                "{lens} says both {} (since {}) and {} (since {})",
                self.status(done),
                elapsed(done.at),
                self.status(failed),
                elapsed(failed.at)
            );
            (says, vec![done.seq, failed.seq])
        } else if !rows.is_empty() {
            return None;
        } else if let Some(deleted) = deleted {
            (format!("its row in {lens} was deleted at {}", elapsed(deleted.at)), vec![deleted.seq])
        } else {
            (format!("nothing in {lens} tells of it"), vec![])
        };
        let id = self.facts.text(order);
        let sentence = format!(
            "order {id}: whether {} was done or has failed cannot be told when the run ends: {says}",
            work.label(self.facts)
        );
        let evidence = by.into_iter().chain([work.seq]);
        Some(Shown::new(Anomaly::UnaccountedWork, id.to_owned(), sentence, evidence))
    }

    fn without_reason(&self, order: Name, work: &Message, rows: &[Seen]) -> Option<Shown> {
        let is_blank = |row: &Seen| row.reason.is_none_or(|reason| self.facts.text(reason).trim().is_empty());
        let row = rows.iter().find(|row| self.has_failed(row) && is_blank(row))?;
        let id = self.facts.text(order);
        let sentence = format!(
            "order {id}: {} has failed, says {} (since {}), and not why",
            work.label(self.facts),
            self.lens,
            elapsed(row.at)
        );
        Some(Shown::new(Anomaly::FailureWithoutReason, id.to_owned(), sentence, [work.seq, row.seq]))
    }

    fn status(&self, row: &Seen) -> &str {
        row.status.map_or("no status", |status| self.facts.text(status))
    }
}
