//! Records as MariaDB 10.11.19 wrote them, and files that grow, are cut, replaced or late.

use std::{fs, io::Write};

use super::*;

const DUPLICATE: &str = "2026-11-22  2:27:51 5 root[root] @ localhost [127.0.0.1] `r1_shop` ERROR 1062: Duplicate entry '-1' for key 'PRIMARY' : insert into o(id) values(-1) \n";
const NO_DATABASE: &str = "2026-11-22  2:27:51 7 root[root] @ localhost [127.0.0.1] NULL ERROR 1049: Unknown database 'nodb' : (null) \n";
const TWO_LINES: &str = "2026-11-22 12:27:51 8 root[root] @ localhost [] `r1_shop` ERROR 1644: a : b\n c : signal sqlstate '45000' set message_text='a : b\n c' \n";
const WARNING: &str = "2026-11-22  2:33:28 15 root[root] @ localhost [127.0.0.1] `r1_shop` WARNING 1366: Incorrect integer value: 'zz' : insert into uu values('zz','x') \n";

fn parsed(chunks: &[&str]) -> Vec<Failure> {
    let mut records = Records::default();
    let mut found = Vec::new();
    for chunk in chunks {
        records.feed(chunk.as_bytes());
        found.extend(records.drain_at_end());
    }
    found
}

#[test]
fn a_record_is_taken_apart() {
    let found = parsed(&[DUPLICATE]);
    let expected = Failure {
        code: 1062,
        database: Some("r1_shop".into()),
        message: "Duplicate entry '-1' for key 'PRIMARY'".into(),
        statement: "insert into o(id) values(-1)".into(),
    };
    assert_eq!(found, [expected]);
}

#[test]
fn no_database_is_none_and_warnings_are_left_out() {
    let found = parsed(&[WARNING, NO_DATABASE]);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].database.as_deref(), found[0].statement.as_str()), (None, "(null)"));
}

#[test]
fn statements_have_lines_and_records_come_in_pieces() {
    let (head, tail) = TWO_LINES.split_at(100);
    let found = parsed(&[DUPLICATE, head, tail, DUPLICATE]);
    assert_eq!(found.iter().map(|f| f.code).collect::<Vec<_>>(), [1062, 1644, 1062]);
    assert!(found[1].statement.ends_with("b\n c'"), "{:?}", found[1]);
}

#[test]
fn a_long_statement_is_cut_and_the_next_record_begins_on_its_line() {
    let long = format!("{}{}", DUPLICATE.trim_end(), "x".repeat(2000));
    let log = format!("{}{DUPLICATE}{}{TWO_LINES}", &long[..1023], &long[..1023]);
    let found = parsed(&[&log]);
    assert_eq!(found.iter().map(|f| f.code).collect::<Vec<_>>(), [1062, 1062, 1062, 1644]);
    assert!(found[0].statement.ends_with('x') && found[1].statement.ends_with("(-1)"));
}

#[test]
fn a_colon_in_a_quoted_value_does_not_end_the_message() {
    let found = parsed(&[
        "2026-11-22  2:27:51 5 a[a] @ h [::1] `d``b` ERROR 1062: Duplicate entry 'a : b' for key 'k' : insert '{\"a\" : 1}' \n",
    ]);
    assert_eq!(found[0].message, "Duplicate entry 'a : b' for key 'k'");
    assert_eq!(found[0].statement, "insert '{\"a\" : 1}'");
    assert_eq!(found[0].database.as_deref(), Some("d`b"));
}

#[test]
fn a_database_is_a_word() {
    assert!(parse::names("insert into `r1_shop`.o", "r1_shop"));
    assert!(parse::names("Table 'r1_shop.o' doesn't exist", "r1_shop"));
    assert!(!parse::names("insert into r1_shop2.o", "r1_shop"));
}

struct Run {
    dir: tempfile::TempDir,
    recorder: Recorder,
}

impl Run {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let run = What::Run {
            schema: pitfall_model::SCHEMA,
            name: String::new(),
            id: String::new(),
            seed: 0,
            began: 0,
            versions: BTreeMap::new(),
            taps: vec![],
        };
        let recorder = Recorder::create(&dir.path().join("history.jsonl"), run).unwrap();
        Self { dir, recorder }
    }

    fn file(&self) -> PathBuf {
        self.dir.path().join("errors.log")
    }

    fn append(&self, text: &str) {
        let mut file = fs::OpenOptions::new().create(true).append(true).open(self.file()).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    async fn tap(&self) -> SqlErrorsTap {
        let databases = BTreeMap::from([("r1_shop".to_owned(), "shop".to_owned())]);
        let input = SqlErrorsInput { source: SqlErrorsSource::Log(self.file()), databases };
        SqlErrorsTap::start(self.recorder.clone(), input).await.unwrap()
    }

    fn codes(&self) -> Vec<u32> {
        let code = |what: &What| match what {
            What::SqlError { code, database, .. } if database == "shop" => Some(*code),
            _ => None,
        };
        self.recorder.events_from(0).iter().filter_map(|event| code(&event.what)).collect()
    }
}

const LIMIT: Duration = Duration::from_secs(5);

#[tokio::test]
async fn follows_from_the_end_of_the_file() {
    let run = Run::new();
    run.append(DUPLICATE);
    let tap = run.tap().await;
    run.append(NO_DATABASE);
    run.append(TWO_LINES);
    tap.catch_up(LIMIT).await.unwrap();
    assert_eq!(run.codes(), [1644]);
    tap.stop().await;
    tap.stop().await;
}

#[tokio::test]
async fn a_late_file_and_a_rotated_one_are_read_from_their_beginning() {
    let run = Run::new();
    let tap = run.tap().await;
    tap.catch_up(LIMIT).await.unwrap();
    run.append(DUPLICATE);
    tap.catch_up(LIMIT).await.unwrap();
    run.append(TWO_LINES);
    fs::rename(run.file(), run.dir.path().join("errors.log.1")).unwrap();
    run.append(DUPLICATE);
    tap.catch_up(LIMIT).await.unwrap();
    assert_eq!(run.codes(), [1062, 1644, 1062]);
    assert_eq!(tap.failed(), None);
}

#[tokio::test]
async fn a_time_out_says_what_was_awaited() {
    let run = Run::new();
    let tap = run.tap().await;
    run.append("2026-11-22  2:27:51 5 half a record");
    let error = tap.catch_up(Duration::from_millis(60)).await.unwrap_err();
    assert!(matches!(error, TapError::Behind { .. }), "{error}");
}

#[tokio::test]
async fn a_log_without_databases_fails_the_tap() {
    let run = Run::new();
    let tap = run.tap().await;
    run.append("2026-11-22  2:27:51 root[root] @ localhost [] ERROR 1062: Duplicate entry : insert \n");
    let error = tap.catch_up(LIMIT).await.unwrap_err();
    assert!(error.to_string().contains("sql_error_log_with_db_and_thread_info=ON"), "{error}");
}
