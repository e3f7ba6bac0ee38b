//! MariaDB: the file of its `sql_error_log` plugin, read by the server itself. (Its performance schema keeps no text of
//! prepared statements.)

use mysql_async::{Conn, prelude::Queryable};

use super::{Blank, Look};
use crate::{
    sql_errors::parse::Records,
    tap::{TapError, Who},
};

#[derive(Debug)]
pub(super) struct Log {
    /// On the server.
    file: String,
    /// Everything before it was read.
    read: u64,
    records: Records,
}

impl Log {
    /// Begins at the present end of the file.
    pub(super) async fn open(who: &Who, conn: &mut Conn) -> Result<Self, TapError> {
        let name = "SELECT IF(LEFT(@@sql_error_log_filename, 1) = '/', @@sql_error_log_filename, \
                    CONCAT(@@datadir, @@sql_error_log_filename))";
        let not_loaded =
            || who.unfit("its plugin sql_error_log", "not loaded", "loaded (plugin_load_add=sql_errlog)");
        let file: String = match conn.query_first(name).await {
            Ok(Some(file)) => file,
            // 1193: no such variable.
            Err(mysql_async::Error::Server(told)) if told.code == 1193 => return Err(not_loaded()),
            Err(error) => return Err(who.unreachable("ask for its error log", error)),
            Ok(None) => return Err(not_loaded()),
        };
        let length: Option<Option<u64>> = conn
            .exec_first("SELECT LENGTH(LOAD_FILE(?))", (&file,))
            .await
            .map_err(|error| who.unreachable(format!("read its file {file}"), error))?;
        let Some(Some(read)) = length else {
            let wanted = "readable: others may read it (start the server with UMASK=0644 in its environment), the user has \
                          FILE, secure_file_priv allows it";
            return Err(who.unfit(&format!("LOAD_FILE('{file}')"), "NULL", wanted));
        };
        Ok(Self { file, read, records: Records::default() })
    }

    pub(super) async fn look(&mut self, conn: &mut Conn, awaited: Option<u64>) -> Result<Look, Blank> {
        // From the last byte that is known: where it is missing, the file is another one.
        let known = usize::from(self.read > 0);
        let from = self.read.max(1);
        let found: Option<Option<Vec<u8>>> =
            conn.exec_first("SELECT SUBSTR(LOAD_FILE(?), ?)", (&self.file, from)).await?;
        let Some(bytes) = found.flatten() else {
            let file = &self.file;
            return Err(Blank::Fatal(format!(
                "LOAD_FILE('{file}') is NULL: the file is gone, or larger than max_allowed_packet"
            )));
        };
        let Some(new) = bytes.get(known..) else {
            return Err(Blank::Fatal(format!("{} became shorter than {} bytes", self.file, self.read)));
        };
        self.read += new.len() as u64;
        self.records.feed(new);
        let failures = self.records.drain_at_end().collect();
        if let Some(reason) = self.records.strange() {
            return Err(Blank::Fatal(reason));
        }
        let through = awaited.filter(|_| self.records.held() == 0);
        Ok(Look { failures, through })
    }
}
