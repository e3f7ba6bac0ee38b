//! A conversation of a client with a server, frame by frame, and what is to be read of it.

use super::event::{MysqlEvent, MysqlOutcome, SqlError};
use crate::toxic::Direction::{self, Downstream, Upstream};

/// Who says what, in turn.
pub(super) struct Conversation {
    pub(super) said: Vec<(Direction, Vec<u8>)>,
    pub(super) expected: Vec<MysqlEvent>,
    deprecates_eof: bool,
}

pub(crate) fn packet(sequence: u8, payload: &[u8]) -> Vec<u8> {
    let [l0, l1, l2, _] = (payload.len() as u32).to_le_bytes();
    [&[l0, l1, l2, sequence], payload].concat()
}

/// A greeting that offers all, also what MariaDB has beyond.
pub(crate) fn greeting(offered: u32, beyond: u32) -> Vec<u8> {
    let [c0, c1, c2, c3] = offered.to_le_bytes();
    let status = [c0, c1, 0xff, 2, 0, c2, c3, 21, 0, 0, 0, 0, 0, 0];
    let parts: [&[u8]; 6] = [
        b"\x0a8.4.0\0\x07\0\0\0abcdefgh\0",
        &status,
        &beyond.to_le_bytes(),
        b"ijklmnopqrst\0",
        b"caching_sha2_password",
        b"\0",
    ];
    packet(0, &parts.concat())
}

/// An answer to the greeting that claims all this.
pub(crate) fn login(claimed: u32, beyond: u32) -> Vec<u8> {
    let parts: [&[u8]; 5] = [
        &claimed.to_le_bytes(),
        b"\0\0\0\x01\xff\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        &beyond.to_le_bytes(),
        b"cook\0\x04sha2orders\0",
        b"caching_sha2_password\0",
    ];
    packet(1, &parts.concat())
}

/// What clients of today claim, without DEPRECATE_EOF.
pub(crate) const CLAIMED: u32 = 0x003a_a689 | 0x0000_0008;
pub(super) const DEPRECATE_EOF: u32 = 0x0100_0000;

pub(super) fn sql_error(code: u16, sqlstate: &str, message: &str) -> SqlError {
    SqlError { code, sqlstate: sqlstate.to_owned(), message: message.to_owned() }
}

fn error(sequence: u8, error: &SqlError) -> Vec<u8> {
    let SqlError { code, sqlstate, message } = error;
    let [c0, c1] = code.to_le_bytes();
    packet(sequence, &[&[0xff, c0, c1, b'#'], sqlstate.as_bytes(), message.as_bytes()].concat())
}

impl Conversation {
    /// The whole of it.
    pub(super) fn new(deprecates_eof: bool) -> Self {
        let mut it = Self { said: Vec::new(), expected: Vec::new(), deprecates_eof };
        it.logs_in();
        it.asks();
        it.prepares();
        it.changes();
        it
    }

    fn client(&mut self, sequence: u8, payload: &[u8]) {
        self.said.push((Upstream, packet(sequence, payload)));
    }

    fn server(&mut self, sequence: u8, payload: &[u8]) {
        self.said.push((Downstream, packet(sequence, payload)));
    }

    fn logs_in(&mut self) {
        let claimed = CLAIMED | if self.deprecates_eof { DEPRECATE_EOF } else { 0 };
        self.said.push((Downstream, greeting(0xdfff_ffff, 0x1f)));
        self.said.push((Upstream, login(claimed, 0)));
        self.server(2, b"\x01\x04");
        self.client(3, b"\x02");
        self.server(4, b"\x01-----BEGIN PUBLIC KEY-----");
        self.client(5, &[0x5a; 256]);
        self.server(6, b"\0\0\0\x02\0\0\0");
        self.expected.push(MysqlEvent::Login { user: "cook".into(), database: Some("orders".into()) });
    }

    fn statement(&mut self, database: &str, text: &str, params: Option<&[&str]>) -> u64 {
        let before = self.expected.iter().filter(|event| matches!(event, MysqlEvent::Statement { .. }));
        let number = before.count() as u64 + 1;
        self.expected.push(MysqlEvent::Statement {
            number,
            database: Some(database.to_owned()),
            text: text.chars().take(1024).collect(),
            cut: text.len() > 1024,
            prepared: params.is_some(),
            params: params.unwrap_or_default().iter().map(|&param| param.to_owned()).collect(),
        });
        number
    }

    fn query(&mut self, database: &str, text: &str) -> u64 {
        self.client(0, &[b"\x03", text.as_bytes()].concat());
        self.statement(database, text, None)
    }

    fn answered(&mut self, number: u64, outcome: MysqlOutcome, more: bool) {
        let told = self.expected.iter().find_map(|event| match event {
            MysqlEvent::Statement { number: of, text, params, .. } if *of == number => Some((text, params)),
            _ => None,
        });
        let (text, params) = told.map(|(text, params)| (text.clone(), params.clone())).unwrap_or_default();
        self.expected.push(MysqlEvent::Answer { number, text, params, outcome, more });
    }

    fn fails(&mut self, sequence: u8, number: u64, what: SqlError) {
        self.said.push((Downstream, error(sequence, &what)));
        self.answered(number, MysqlOutcome::Error(what), false);
    }

    fn eof(&mut self, sequence: u8, status: u8, columns: bool) {
        match (self.deprecates_eof, columns) {
            (true, true) => {}
            (true, false) => self.server(sequence, &[0xfe, 0, 0, status, 0, 1, 0]),
            (false, _) => self.server(sequence, &[0xfe, u8::from(!columns), 0, status, 0]),
        }
    }

    /// A result of one column.
    fn rows(&mut self, number: u64, rows: &[&[u8]], status: u8) {
        self.server(1, b"\x01");
        self.server(2, b"\x03def\0\0\0\x01n\0\x0c?\0\x0b\0\0\0\x08\x81\0\0\0\0");
        self.eof(3, status, true);
        for row in rows {
            self.server(4, row);
        }
        self.eof(5, status, false);
        let in_transaction = status & 1 != 0;
        let outcome = MysqlOutcome::Rows { rows: rows.len() as u64, warnings: 1, in_transaction };
        self.answered(number, outcome, status & 8 != 0);
    }

    fn ok(&mut self, number: u64, status: u8) {
        self.server(1, &[0, 3, 7, status, 0, 2, 0]);
        let in_transaction = status & 1 != 0;
        let outcome = MysqlOutcome::Ok { affected_rows: 3, last_insert_id: 7, warnings: 2, in_transaction };
        self.answered(number, outcome, status & 8 != 0);
    }

    fn asks(&mut self) {
        let number = self.query("orders", "INSERT INTO orders VALUES (1), (2), (3)");
        self.ok(number, 1);
        let number = self.query("orders", "INSERT INTO orders VALUES (1)");
        self.fails(1, number, sql_error(1062, "23000", "Duplicate entry '1' for key 'PRIMARY'"));
        let number = self.query("orders", "SELECT n FROM orders");
        self.rows(number, &[b"\x011", b"\xfb", b"\0", &[0xfc, 0, 1]], 2);
        let number = self.query("orders", &format!("SELECT '{}'", "x".repeat(3000)));
        self.rows(number, &[&[&[0xfd, 0, 0, 1][..], &[b'x'; 70_000]].concat()], 2);
        let number = self.query("orders", "SELECT 1; UPDATE orders SET n = 2");
        self.rows(number, &[b"\x011"], 2 | 8);
        self.ok(number, 2);
        let number = self.query("orders", "LOAD DATA LOCAL INFILE 'f' INTO TABLE orders");
        self.server(1, b"\xfbf");
        self.client(2, &[3; 5000]);
        self.client(3, &[0; 300]);
        self.client(4, b"");
        self.ok(number, 2);
        let number = self.query("orders", "USE `kitchen`");
        self.ok(number, 2);
        let number = self.query("kitchen", "SELECT nothing");
        self.fails(1, number, sql_error(1054, "42S22", "Unknown column 'nothing' in 'field list'"));
    }

    fn prepares(&mut self) {
        let text = "UPDATE orders SET a = ?, b = ?, c = ? WHERE id = ?";
        self.client(0, &[b"\x16", text.as_bytes()].concat());
        self.server(1, &[0, 9, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0]);
        (2..6).for_each(|sequence| {
            self.server(sequence, b"\x03def\0\0\0\x01?\0\x0c?\0\0\0\0\0\x08\x80\0\0\0\0")
        });
        if !self.deprecates_eof {
            self.server(6, b"\xfe\0\0\x02\0");
        }
        // -2, 'it''s', NULL, 2026-11-22 07:30:00
        let types = b"\x08\0\xfd\0\x03\0\x0c\0";
        let values = b"\xfe\xff\xff\xff\xff\xff\xff\xff\x04it's\x07\xea\x07\x0b\x16\x07\x1e\0";
        let head = b"\x17\x09\0\0\0\0\x01\0\0\0\x04";
        self.client(0, &[&head[..], b"\x01", types, values].concat());
        let params = ["-2", "'it''s'", "NULL", "'2026-11-22 07:30:00'"];
        let number = self.statement("kitchen", text, Some(&params));
        self.ok(number, 2);
        // Again, without types; the second parameter is sent ahead.
        self.client(0, b"\x18\x09\0\0\0\x01\0abc");
        self.client(0, b"\x18\x09\0\0\0\x01\0defg");
        self.client(0, &[&head[..], b"\0", &values[..8], &values[13..]].concat());
        let params = ["-2", "<7 bytes>", "NULL", "'2026-11-22 07:30:00'"];
        let number = self.statement("kitchen", text, Some(&params));
        self.rows(number, &[b"\0\0\x01", b"\0\x04"], 3);
        self.client(0, b"\x19\x09\0\0\0");
        self.client(0, head);
        let gone = "(statement 9, which was not prepared on this connection)";
        let number = self.statement("kitchen", gone, Some(&[]));
        self.fails(1, number, sql_error(1243, "HY000", "Unknown prepared statement handler (9)"));
        self.client(0, b"\x16SELEC 1");
        let wrong = sql_error(1064, "42000", "You have an error in your SQL syntax");
        self.said.push((Downstream, error(1, &wrong)));
        let (request, text) = (Some("COM_STMT_PREPARE"), Some("SELEC 1".to_owned()));
        self.expected.push(MysqlEvent::Failed { request, text, error: wrong });
    }

    fn changes(&mut self) {
        self.client(0, b"\x0e");
        self.server(1, b"\0\0\0\x02\0\0\0");
        self.client(0, b"\x02shop");
        self.server(1, b"\0\0\0\x02\0\0\0");
        self.client(0, b"\x09");
        self.server(1, b"Uptime: 7");
        let number = self.query("shop", "COMMIT");
        self.ok(number, 2);
        self.client(0, b"\x11chef\0\x04sha2stove\0\xff\0caching_sha2_password\0");
        self.server(1, b"\xfecaching_sha2_password\0abcdefghijklmnopqrst\0");
        self.client(2, &[1; 32]);
        self.server(3, b"\x01\x03");
        self.server(4, b"\0\0\0\x02\0\0\0");
        self.expected.push(MysqlEvent::Login { user: "chef".into(), database: Some("stove".into()) });
        let idle =
            sql_error(4031, "HY000", "The client was disconnected by the server because of inactivity.");
        self.said.push((Downstream, error(0, &idle)));
        self.expected.push(MysqlEvent::Failed { request: None, text: None, error: idle });
        self.client(0, b"\x01");
    }
}
