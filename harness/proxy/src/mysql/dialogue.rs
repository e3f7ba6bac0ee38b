//! What is known of a connection while requests and answers pass.

use std::collections::VecDeque;

use bytes::Bytes;

use super::event::{MysqlEvent, MysqlOutcome, SqlError};
use super::statements::{Statements, Text};
use crate::wire::Wire;

/// So many requests may be without an answer; most clients wait for each.
const MAX_ASKED: usize = 1024;

/// How far a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// The server has yet to greet.
    Greeting,
    /// The client has yet to answer the greeting.
    Response,
    /// The client asks, the server answers; the first answer is that to the login.
    Asking,
    /// What passes is not read any more, as it should be.
    Over,
}

/// A request that has passed and whose answer has not, or not all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    /// Its name in the protocol.
    pub(super) name: &'static str,
    pub(super) what: What,
}

/// What is to be made of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// A login, in as many packets as its method needs.
    Login { user: String, database: Option<String> },
    /// Results; told if they are those of a statement. If they are good, this database is used.
    Results { statement: Option<Stated>, database: Option<String> },
    /// Rows without columns before them.
    Rows,
    /// A statement's id and the number of its parameters.
    Prepare { text: Text },
    /// One packet: good or not. If good, this database is used.
    Done { database: Option<String> },
    /// One packet of text.
    Text,
    /// One packet that the client never sees: the link itself has asked, if with a statement, then with this.
    Own { text: Option<&'static str> },
    /// Nothing: the request was not forwarded, and this is said to the client.
    Said(Bytes),
}

/// A statement that has been told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stated {
    pub(super) number: u64,
    pub(super) text: String,
    pub(super) params: Vec<String>,
}

impl Stated {
    /// An answer to it.
    pub(super) fn answer(self, outcome: MysqlOutcome, more: bool) -> MysqlEvent {
        let Self { number, text, params } = self;
        MysqlEvent::Answer { number, text, params, outcome, more }
    }
}

/// How far the answer to the first in `asked` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Its first packet is to come, or that of a further result.
    First,
    /// So many packets that say nothing of interest are to come, and then nothing more.
    Skip(u64),
    /// So many definitions of columns are to come.
    Columns(u64),
    /// The packet that ends them is to come.
    ColumnsEnd,
    /// Rows; so many have come.
    Rows(u64),
}

/// What is known of a connection.
pub(super) struct Dialogue {
    pub(super) phase: Phase,
    /// What both sides can do.
    pub(super) capabilities: u32,
    pub(super) database: Option<String>,
    pub(super) asked: VecDeque<Asked>,
    pub(super) step: Step,
    pub(super) statements: Statements,
    /// The statements that have passed.
    pub(super) number: u64,
    /// The client is sending a file.
    pub(super) in_file: bool,
    pub(super) told: Vec<Wire>,
}

impl Dialogue {
    pub(super) fn new() -> Self {
        Self {
            phase: Phase::Greeting,
            capabilities: 0,
            database: None,
            asked: VecDeque::new(),
            step: Step::First,
            statements: Statements::default(),
            number: 0,
            in_file: false,
            told: Vec::new(),
        }
    }

    pub(super) fn tell(&mut self, event: MysqlEvent) {
        self.told.push(Wire::Mysql(event));
    }

    pub(super) fn ask(&mut self, name: &'static str, what: What) -> Result<(), String> {
        if self.asked.len() >= MAX_ASKED {
            return Err(format!("more than {MAX_ASKED} requests without an answer"));
        }
        self.asked.push_back(Asked { name, what });
        Ok(())
    }

    /// The answer to the first request is through.
    pub(super) fn answered(&mut self) {
        self.asked.pop_front();
        self.step = Step::First;
    }

    /// Whatever was asked has failed.
    pub(super) fn failed(&mut self, error: SqlError) {
        let event = match self.asked.front() {
            None | Some(Asked { what: What::Said(_), .. }) => {
                return self.tell(MysqlEvent::Failed { request: None, text: None, error });
            }
            Some(Asked { what: What::Login { user, .. }, .. }) => {
                MysqlEvent::LoginFailed { user: Some(user.clone()), error }
            }
            Some(Asked { what: What::Results { statement: Some(stated), .. }, .. }) => {
                stated.clone().answer(MysqlOutcome::Error(error), false)
            }
            Some(Asked { what: What::Prepare { text }, name }) => {
                MysqlEvent::Failed { request: Some(name), text: Some(text.start.clone()), error }
            }
            Some(Asked { what: What::Own { text }, name }) => {
                MysqlEvent::Failed { request: Some(name), text: text.map(str::to_owned), error }
            }
            Some(Asked { name, .. }) => MysqlEvent::Failed { request: Some(name), text: None, error },
        };
        self.tell(event);
        self.answered();
    }
}
