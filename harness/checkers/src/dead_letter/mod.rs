//! Dead letters: what cannot be done ends as a dead letter, exactly once, with its reason and one alert.
//!
//! Dead letters are the rows of the effect `dead` that stand when the history ends; one that was deleted (its message was taken up
//! again) is none. A letter is of the message whose status it tells, where it tells one that was published for its order; else it
//! is of the order.
//!
//! **Judged:** every order with a dead letter.
//!
//! **`dead-letter-missing`:** one of an order's messages is acknowledged, and the order shows neither in the effect nor among the
//! dead letters when the history ends. As `lost-message`, it is judged by order. One violation an order.
//!
//! **`dead-letter-repeated`:** two letters stand for one message (or order), or one stands although the message was handled: its
//! status was applied in the effect, before or after; of a letter that tells no status: the order has a row in the effect. Whoever
//! handles a dead message after all takes its letter away. One violation an order.
//!
//! **`dead-letter-without-reason`:** the letter's column `reason` is NULL, or nothing but space. One violation an order.
//!
//! **`dead-letter-misannounced`:** fewer alerts name the order than messages of it are dead, or more than letters were ever put
//! down for it. Whoever repeats a letter and its alert, or the letter alone, has repeated the letter only. One violation an order.
//!
//! **Unknown:** an order that shows in neither and is not acknowledged, or whose acknowledgement was taken back: see
//! [`crate::no_loss`].

mod alerts;

use alerts::Alerts;
use pitfall_model::{Anomaly, Change, Judging, OfDeadLetters, elapsed};

use crate::{
    by_name::ByName,
    commits::Commits,
    effects::{Lens, Seen},
    facts::{Facts, Name},
    found::{Found, Shown},
    grouped::{Gathered, Grouped},
    live_rows::LiveRows,
    published::{Message, Published},
    unseen::{Unseen, unanswered},
};

const UNIT: &str = "dead orders";

/// Judges one history.
pub(crate) fn check(facts: &Facts, bounds: &OfDeadLetters, judging: &Judging) -> Found {
    let lenses = Lens::find(facts, judging, &bounds.effect)
        .and_then(|lens| Ok((lens, Lens::table(facts, judging, &bounds.dead)?)));
    let (lens, dead) = match lenses {
        Ok((_, dead)) if !dead.tells_reason() => {
            let why = format!("{dead} names no column for the reason: why a letter is there cannot be told");
            return Found::nothing(UNIT, why);
        }
        Ok(lenses) => lenses,
        Err(why) => return Found::nothing(UNIT, why),
    };
    let (mut published, mut commits) =
        (Published::new(facts, &bounds.topic), Commits::new(facts, &bounds.group, &bounds.topic));
    let (mut rows, mut letters, mut alerts) = (LiveRows::default(), LiveRows::default(), Alerts::default());
    let mut put_down: ByName<usize> = ByName::default();
    for fact in facts.all() {
        published.see(fact);
        commits.see(fact);
        alerts.see(fact);
        if let Some(seen) = lens.see(facts, fact) {
            rows.apply(seen);
        }
        if let Some(seen) = dead.see(facts, fact) {
            *put_down.entry(seen.order) += usize::from(seen.change == Change::Insert);
            letters.apply(seen);
        }
    }

    let orders = published.into_orders();
    let nothing = format!("nothing in {lens} shows the order and no dead letter in {dead} tells of it");
    let unseen =
        Unseen { facts, lens: &lens, commits: &commits, anomaly: Anomaly::DeadLetterMissing, nothing };
    let (alerts, unanswered) = (alerts.by_order(facts, &orders), unanswered(&lens));
    let none_is_dead = put_down.iter().next().is_none();
    let handled = if none_is_dead { Gathered::default().grouped() } else { handled(facts, &lens, &letters) };
    let mut found = Found::new(UNIT);
    for (order, messages) in orders.iter() {
        let (deleted, rows, standing) = (rows.deleted(order), rows.of(order), letters.of(order));
        if standing.is_empty() {
            if rows.is_empty() {
                let call = unanswered.get(order).copied();
                unseen.judge(&mut found, order, messages, deleted, call);
            }
            continue;
        }
        found.judged += 1;
        let judge = Judge { facts, lens: &lens, dead: &dead, order, messages, letters: standing };
        let alerts = alerts.get(order).map_or(&[][..], Vec::as_slice);
        let put_down = put_down.get(order).copied().unwrap_or_default();
        found.violations.extend(judge.repeated(rows, handled.of(order)));
        found.violations.extend(judge.without_reason());
        found.violations.extend(judge.misannounced(alerts, put_down));
    }
    found
}

/// Every appearance in the effect of an order that has a dead letter.
fn handled(facts: &Facts, lens: &Lens<'_>, letters: &LiveRows) -> Grouped<Seen> {
    let mut handled: Gathered<Seen> = Gathered::default();
    for seen in facts.all().iter().filter_map(|fact| lens.see(facts, fact)) {
        if seen.change != Change::Delete && !letters.of(seen.order).is_empty() {
            handled.push(seen.order, seen);
        }
    }
    handled.grouped()
}

/// Judges the letters of one order, of which there is at least one.
struct Judge<'a> {
    facts: &'a Facts,
    lens: &'a Lens<'a>,
    dead: &'a Lens<'a>,
    order: Name,
    messages: &'a [Message],
    letters: &'a [Seen],
}

impl Judge<'_> {
    /// The status of the letter's message; none where the letter is of the order.
    fn status(&self, letter: &Seen) -> Option<Name> {
        letter.status.filter(|status| self.messages.iter().any(|message| message.status == Some(*status)))
    }

    fn repeated(&self, rows: &[Seen], applied: &[Seen]) -> Option<Shown> {
        let (id, dead) = (self.facts.text(self.order), self.dead);
        for (index, letter) in self.letters.iter().enumerate() {
            let status = self.status(letter);
            let same = |before: &&Seen| self.status(before) == status;
            if let Some(before) = self.letters[..index].iter().find(same) {
                let (one, other) =
                    (self.facts.text(before.key_or_order()), self.facts.text(letter.key_or_order()));
                let sentence = format!(
                    "order {id}: {dead} has the letters {one} (since {}) and {other} (since {}) for it when the run ends",
                    elapsed(before.at),
                    elapsed(letter.at),
                );
                let evidence = [before.seq, letter.seq];
                return Some(Shown::new(Anomaly::DeadLetterRepeated, id.to_owned(), sentence, evidence));
            }
            let told = status.filter(|_| self.lens.tells_status());
            let handled = match told {
                Some(_) => applied.iter().find(|seen| seen.status == told),
                None => rows.first(),
            };
            if let Some(handled) = handled {
                let what = told.map_or("it", |status| self.facts.text(status));
                let sentence = format!(
                    "order {id}: {what} shows in {} (since {}), yet {dead} has a letter for it since {} when the run ends",
                    self.lens,
                    elapsed(handled.at),
                    elapsed(letter.at),
                );
                let evidence = [handled.seq, letter.seq];
                return Some(Shown::new(Anomaly::DeadLetterRepeated, id.to_owned(), sentence, evidence));
            }
        }
        None
    }

    fn without_reason(&self) -> Option<Shown> {
        let says_nothing =
            |letter: &&Seen| letter.reason.is_none_or(|why| self.facts.text(why).trim().is_empty());
        let letter = self.letters.iter().find(says_nothing)?;
        let id = self.facts.text(self.order);
        let sentence = format!(
            "order {id}: the letter in {} of {} does not say why the message is dead",
            self.dead,
            elapsed(letter.at)
        );
        Some(Shown::new(Anomaly::DeadLetterWithoutReason, id.to_owned(), sentence, [letter.seq]))
    }

    fn misannounced(&self, alerts: &[u32], put_down: usize) -> Option<Shown> {
        let mut dead: Vec<Option<Name>> = self.letters.iter().map(|letter| self.status(letter)).collect();
        dead.sort_unstable();
        dead.dedup();
        let (at_least, at_most) = (dead.len(), put_down.max(self.letters.len()));
        if (at_least..=at_most).contains(&alerts.len()) {
            return None;
        }
        let id = self.facts.text(self.order);
        let since = elapsed(self.letters.first()?.at);
        let dead = match at_least {
            1 => format!("a dead letter in {} since {since}", self.dead),
            many => format!("dead letters of {many} messages in {}, the first since {since}", self.dead),
        };
        let sentence = match alerts.len() {
            0 => format!("order {id}: it has {dead}, yet no alert names it"),
            1 => format!("order {id}: it has {dead}, yet one alert names it"),
            many => format!("order {id}: it has {dead}, yet {many} alerts name it"),
        };
        let evidence = self.letters.iter().map(|letter| letter.seq).chain(alerts.iter().copied());
        Some(Shown::new(Anomaly::DeadLetterMisannounced, id.to_owned(), sentence, evidence))
    }
}
