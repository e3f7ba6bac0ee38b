//! Effects: what of a system's work shows: in a table (the source's binlog), in an output topic, or as calls that it made.

mod calls;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

use pitfall_model::{Change, Effect, Judging, Server, TableEffect};

use crate::facts::{Cells, Did, Fact, Facts, Name};
pub(crate) use calls::Asked;
use calls::Calls;

/// One appearance of an effect.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    pub(crate) at: u64,
    pub(crate) seq: u32,
    /// Whose effect it is.
    pub(crate) order: Name,
    /// The row's primary key, or the message's key; a call has none.
    pub(crate) key: Option<Name>,
    pub(crate) status: Option<Name>,
    /// What the effect's column `reason` says.
    pub(crate) reason: Option<Name>,
    /// What the effect's column `version`, or the topic's pointer, says.
    pub(crate) version: Option<Name>,
    /// The transaction on the source; none for a message or a call.
    pub(crate) transaction: Option<u32>,
    pub(crate) change: Change,
}

impl Seen {
    /// The key, or where there is none the order.
    pub(crate) fn key_or_order(&self) -> Name {
        self.key.unwrap_or(self.order)
    }
}

/// Picks one effect out of a history.
pub(crate) struct Lens<'j> {
    effect: Shape<'j>,
    names: Option<Names>,
}

/// What the effect is, as the system says it.
enum Shape<'j> {
    Table(&'j TableEffect),
    Topic(&'j str),
    Route(&'static str),
}

/// The same in the history's names; nothing there shows an effect that no event names.
enum Names {
    Table { database: Name, table: Name, columns: Columns },
    Topic(Name),
    Route { route: Name, calls: Calls },
}

/// Columns that no row has are none.
struct Columns {
    order: Option<Name>,
    status: Option<Name>,
    reason: Option<Name>,
    version: Option<Name>,
}

impl<'j> Lens<'j> {
    /// The effect of this name; or the sentence that says why nothing can be judged.
    pub(crate) fn find(facts: &Facts, judging: &'j Judging, name: &str) -> Result<Self, String> {
        match judging.effects.get(name) {
            Some(Effect::Table(table)) => Ok(Self::of_table(facts, table)),
            Some(Effect::Topic(topic)) => {
                let names = facts.name(&topic.topic).map(Names::Topic);
                Ok(Self { effect: Shape::Topic(&topic.topic), names })
            }
            Some(Effect::Route { route }) => {
                let text = route.name();
                let of = |route| Names::Route { route, calls: Calls::of(facts, route) };
                Ok(Self { effect: Shape::Route(text), names: facts.name(text).map(of) })
            }
            None => Err(format!("no effect is named `{name}`: nothing shows whether an order was handled")),
        }
    }

    /// The table effect of this name; or the sentence that says why nothing can be judged.
    pub(crate) fn table(facts: &Facts, judging: &'j Judging, name: &str) -> Result<Self, String> {
        match judging.effects.get(name) {
            None | Some(Effect::Table(_)) => Self::find(facts, judging, name),
            Some(Effect::Topic(topic)) => Err(format!(
                "effect `{name}` is the topic {}, but only rows of a table can be judged here",
                topic.topic
            )),
            Some(Effect::Route { route }) => Err(format!(
                "effect `{name}` is the route {}, but only rows of a table can be judged here",
                route.name()
            )),
        }
    }

    /// The rows of this table.
    pub(crate) fn of_table(facts: &Facts, table: &'j TableEffect) -> Self {
        let column = |name: &Option<String>| facts.name(name.as_deref()?);
        let columns = Columns {
            order: facts.name(&table.order),
            status: column(&table.status),
            reason: column(&table.reason),
            version: column(&table.version),
        };
        let names = facts.name(&table.database).zip(facts.name(&table.table));
        let names = names.map(|(database, table)| Names::Table { database, table, columns });
        Self { effect: Shape::Table(table), names }
    }

    /// Whether the effect can tell a status.
    pub(crate) fn tells_status(&self) -> bool {
        match self.effect {
            Shape::Table(table) => table.status.is_some(),
            Shape::Topic(_) => true,
            Shape::Route(_) => false,
        }
    }

    /// Whether it is a route, whose calls have no key.
    pub(crate) fn is_route(&self) -> bool {
        matches!(self.effect, Shape::Route(_))
    }

    /// Whether the effect can tell why it is there.
    pub(crate) fn tells_reason(&self) -> bool {
        matches!(self.effect, Shape::Table(table) if table.reason.is_some())
    }

    /// Database and table; none for an effect that is no table.
    pub(crate) fn database_and_table(&self) -> Option<(&'j str, &'j str)> {
        match self.effect {
            Shape::Table(table) => Some((&table.database, &table.table)),
            _ => None,
        }
    }

    /// Calls that nobody answered: whether they had an effect is not known. Other effects have none.
    pub(crate) fn unanswered(&self) -> &[Asked] {
        match &self.names {
            Some(Names::Route { calls, .. }) => calls.unanswered(),
            _ => &[],
        }
    }

    /// The rows that the harness put into the effect's table in this event; they are nobody's appearance.
    pub(crate) fn filled(&self, fact: &Fact) -> u32 {
        match (&self.names, fact.did) {
            (
                Some(Names::Table { database, table, .. }),
                Did::Filled { database: in_database, table: of_table, rows },
            ) if of_table == *table && in_database == *database => rows,
            _ => 0,
        }
    }

    /// The appearance in this event, if it is one. An appearance without an order id is nobody's.
    #[inline]
    pub(crate) fn see(&self, facts: &Facts, fact: &Fact) -> Option<Seen> {
        match (self.names.as_ref()?, fact.did) {
            (
                Names::Table { database, table, columns },
                Did::RowChanged {
                    server: Server::Source,
                    transaction,
                    database: in_database,
                    table: of_table,
                    change,
                    key,
                    row,
                },
            ) if of_table == *table && in_database == *database => {
                let (key, transaction) = (Some(key), Some(transaction));
                let seen = Seen { key, transaction, change, ..bare(fact, columns.order(facts, fact, row)?) };
                Some(columns.read(facts, row, seen))
            }
            (Names::Topic(effect), Did::Produced { topic, key, status, version, .. }) if topic == *effect => {
                Some(Seen { key, status, version, ..bare(fact, fact.order?) })
            }
            (Names::Route { route, calls }, Did::Answer { request, route: of, status: 200..300, .. })
                if of == *route =>
            {
                Some(bare(fact, fact.order.or_else(|| calls.order(request))?))
            }
            _ => None,
        }
    }
}

/// An appearance that tells nothing but its order.
fn bare(fact: &Fact, order: Name) -> Seen {
    let (key, status, reason, version, transaction) = (None, None, None, None, None);
    let (at, seq, change) = (fact.at, fact.seq, Change::Insert);
    Seen { at, seq, order, key, status, reason, version, transaction, change }
}

impl Columns {
    fn order(&self, facts: &Facts, fact: &Fact, row: Cells) -> Option<Name> {
        fact.order.or_else(|| facts.cell(row, self.order?))
    }

    fn read(&self, facts: &Facts, row: Cells, seen: Seen) -> Seen {
        let cell = |column: Option<Name>| column.and_then(|column| facts.cell(row, column));
        let (status, reason, version) = (cell(self.status), cell(self.reason), cell(self.version));
        Seen { status, reason, version, ..seen }
    }
}

impl std::fmt::Display for Lens<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.effect {
            Shape::Table(table) => write!(f, "{}.{}", table.database, table.table),
            Shape::Topic(topic) => write!(f, "topic {topic}"),
            Shape::Route(route) => write!(f, "route {route}"),
        }
    }
}
