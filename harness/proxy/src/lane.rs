//! One direction of a connection: from a source through the toxics to a sink, and on the server's side through the gate.

mod passing;

use std::collections::VecDeque;
use std::io::{self, ErrorKind};

use bytes::Bytes;
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::chain::Chain;
use crate::ending::Exit;
use crate::event::LinkEvent;
use crate::hub::Hub;
use crate::inflow::Inflow;
use crate::item::{Item, Manner};
use crate::reader::Reader;
use crate::toxic::Direction;
use crate::witness::{Sight, Witnesses};
use passing::Waits;

/// What waits for a slow receiver before the sender is made to wait.
const WAITING: usize = 64 * 1024;

/// What both directions of a connection need of each other to move.
pub(crate) struct Around<'a> {
    pub(crate) now: Instant,
    pub(crate) source: &'a TcpStream,
    pub(crate) sink: &'a TcpStream,
    /// Who reads along, if anybody does.
    pub(crate) reader: &'a mut dyn Reader,
    /// Is told what it reads, before it is written; and decides what becomes of what is held.
    pub(crate) hub: &'a Hub,
    pub(crate) conn: u64,
    /// Who watches toxics that act behind us.
    pub(crate) witnesses: &'a mut Witnesses,
    /// An end before the first byte is not passed on: it has to be asked what it means.
    pub(crate) holds_end: bool,
    /// The other direction could not write: our source is gone.
    pub(crate) source_gone: bool,
}

/// One direction of a connection.
pub(crate) struct Lane {
    direction: Direction,
    pub(crate) chain: Chain,
    /// The message that waits at the gate.
    held: Option<Waits>,
    /// What came behind it.
    behind: VecDeque<Item>,
    /// Bytes written to the sink.
    pub(crate) written: u64,
    /// The source's end has been mirrored to the sink.
    pub(crate) finished: bool,
    /// The sink takes no more: what comes is thrown away until the source ends.
    pub(crate) sink_gone: bool,
    source_ended: bool,
    /// The source has sent something.
    began: bool,
    /// The end of a source that never began, where it was not to be passed on.
    pub(crate) held_end: Option<Item>,
    inflow: Inflow,
    out: VecDeque<Bytes>,
    waiting: usize,
    /// What follows the last byte in `out`.
    tail: Option<Item>,
}

impl Lane {
    pub(crate) fn new(direction: Direction) -> Self {
        Self {
            direction,
            chain: Chain::default(),
            held: None,
            behind: VecDeque::new(),
            written: 0,
            finished: false,
            sink_gone: false,
            source_ended: false,
            began: false,
            held_end: None,
            inflow: Inflow::new(),
            out: VecDeque::new(),
            waiting: 0,
            tail: None,
        }
    }

    /// Whether it would read.
    pub(crate) fn wants_read(&self) -> bool {
        !self.source_ended && (self.sink_gone || self.held.is_none() && self.chain.has_room(self.has_room()))
    }

    /// Whether it would write.
    pub(crate) fn wants_write(&self) -> bool {
        !self.out.is_empty()
    }

    /// Whether a message waits at the gate.
    pub(crate) fn holds(&self) -> bool {
        self.held.is_some()
    }

    /// When something in it can next move by itself.
    pub(crate) fn due(&self) -> Option<Instant> {
        if self.sink_gone { None } else { self.chain.due(self.has_room()) }
    }

    /// Reads once, moves what is due, writes what it can. Never waits.
    pub(crate) fn pump(&mut self, around: &mut Around<'_>) -> Option<Exit> {
        self.look_for_reset(around);
        self.release(around);
        if self.direction == Direction::Downstream {
            self.answer(around);
        }
        if self.wants_read() {
            self.read(around);
        }
        self.drain_chain(around);
        tell(around);
        self.write(around);
        self.end(around)
    }

    /// Takes a toxic out; what waited in it goes on.
    pub(crate) fn heal(&mut self, toxic: &str, around: &mut Around<'_>) {
        for item in self.chain.remove(toxic, around.now) {
            self.leave(item, around);
        }
    }

    /// The same where nothing can have come yet.
    pub(crate) fn heal_early(&mut self, toxic: &str) {
        for item in self.chain.remove(toxic, Instant::now()) {
            self.put_out(item);
        }
    }

    fn has_room(&self) -> bool {
        let stands = self.direction == Direction::Upstream && self.held.is_some();
        self.waiting < WAITING && self.tail.is_none() && !stands
    }

    fn read(&mut self, around: &mut Around<'_>) {
        let item = match self.inflow.read(around.source) {
            Err(error) if is_transient(&error) => return,
            Ok(bytes) if !bytes.is_empty() => Item::Data(bytes),
            Ok(_) if !around.source_gone => Item::End,
            Ok(_) | Err(_) => Item::Reset,
        };
        self.source_ended = !matches!(item, Item::Data(_));
        self.began |= !self.source_ended;
        let cut = match self.direction {
            Direction::Upstream => None,
            Direction::Downstream => around.witnesses.came(&item),
        };
        if !self.began && cut.is_none() && around.holds_end {
            self.held_end = Some(item);
            return;
        }
        if self.sink_gone {
            // Nobody is left to pass it on to, and no toxic's delay has a point.
            let reset = Some(item).filter(|item| matches!(item, Item::Reset));
            self.tail = cut.map(Item::Cut).or(reset);
            return;
        }
        let item = match (item, cut) {
            (Item::End | Item::Reset, Some(cut)) => Item::Cut(cut),
            (item, _) => item,
        };
        match self.direction {
            Direction::Upstream => self.enter(item, around),
            Direction::Downstream => self.pass_gate(item, around),
        }
    }

    /// Into the toxics; where there are none, past them.
    fn enter(&mut self, item: Item, around: &mut Around<'_>) {
        if let Some(item) = self.chain.put(item, around.now) {
            self.leave(item, around);
        }
    }

    fn drain_chain(&mut self, around: &mut Around<'_>) {
        while let Some(item) = self.chain.pop(around.now, self.has_room()) {
            self.leave(item, around);
        }
    }

    /// An item has left the toxics.
    fn leave(&mut self, item: Item, around: &mut Around<'_>) {
        match self.direction {
            Direction::Upstream => self.pass_gate(item, around),
            Direction::Downstream => self.put_out(item),
        }
    }

    fn put_out(&mut self, item: Item) {
        match item {
            item if item.is_urgent() => self.tail = Some(item),
            _ if self.tail.is_some() => {}
            Item::Data(bytes) => {
                self.waiting += bytes.len();
                self.out.push_back(bytes);
            }
            item => self.tail = Some(item),
        }
    }

    fn write(&mut self, around: &mut Around<'_>) {
        while let Some(first) = self.out.front_mut() {
            match around.sink.try_write(first) {
                Ok(n) => {
                    self.written += n as u64;
                    self.waiting -= n;
                    if self.direction == Direction::Upstream {
                        around.witnesses.see(Sight::Sent(n), around.now);
                    }
                    if n < first.len() {
                        let _ = first.split_to(n);
                    } else {
                        self.out.pop_front();
                    }
                }
                Err(error) if is_transient(&error) => return,
                Err(_) => return self.give_up(),
            }
        }
    }

    /// The sink takes no more.
    fn give_up(&mut self) {
        self.sink_gone = true;
        self.held = None;
        self.behind.clear();
        self.out.clear();
        self.waiting = 0;
        self.chain.clear();
        self.tail = None;
    }

    /// Does what follows the last byte.
    fn end(&mut self, around: &mut Around<'_>) -> Option<Exit> {
        match &self.tail {
            Some(Item::Reset) => return Some(Exit::Reset),
            Some(Item::Blind) => return Some(Exit::Blind),
            Some(Item::Cut(cut)) if cut.manner != Manner::Flush => return Some(Exit::Cut(cut.clone())),
            _ => {}
        }
        if !self.out.is_empty() {
            return None;
        }
        match self.tail.take()? {
            Item::Cut(cut) => Some(Exit::Cut(cut)),
            Item::End if around.source_gone => Some(Exit::Reset),
            _ => {
                self.finished = true;
                // An error says that the sink is gone, which the other direction will find out.
                let _ = socket2::SockRef::from(around.sink).shutdown(std::net::Shutdown::Write);
                if self.direction == Direction::Upstream {
                    around.witnesses.see(Sight::Finished, around.now);
                }
                None
            }
        }
    }
}

/// Tells what was read, before it is written: who receives it may act on it at once.
fn tell(around: &mut Around<'_>) {
    for what in around.reader.told() {
        around.hub.observe(LinkEvent::Read { conn: around.conn, what });
    }
}

fn is_transient(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
