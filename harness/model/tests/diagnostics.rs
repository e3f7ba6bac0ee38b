//! What a person is told who got a scenario file wrong: file, line, column and the nearest right name.
#![allow(clippy::unwrap_used, missing_docs)]

use pitfall_model::{BrokerAct, Doing, Plan, PlannedBroker, Route, Scaling, Source};

const SYSTEM: &str = r#"
name = "kitchen"
groups = ["kitchen"]
[topics.order]
partitions = 4
order = "/order_id"
[roles.consumer]
command = ["consumer"]
ready = { group = "kitchen" }
env = { KAFKA = "{kafka.bootstrap}", DB = "{mysql.source.url}" }
[roles.shop]
command = ["shop"]
ready = { http = "/health" }
serves = "shop-api"
env = { LISTEN = "{listen}" }
[actions.place]
method = "POST"
url = "{shop-api.url}/orders/{order}"
body = '{"merchant": {number:1-5}}'
[effects.orders]
database = "kitchen"
table = "orders"
order = "id"
[databases.kitchen]
schema = "schema.sql"
"#;

const SCENARIO: &str = r#"
id = "B9"
name = "redelivery"
system = "kitchen"
story = "…"
source = "…"
instances = { consumer = 2, shop = 1 }
[[workload]]
step = "work"
start = ["consumer"]
[[workload]]
step = "placed"
action = "place"
orders = "1..=3"
[[faults]]
name = "away"
link = "consumer->mysql-source"
toxic = { type = "down" }
begin = "step-begun step=work"
[settle]
when = "lag group=kitchen topic=order at-most=0"
quiet = "1s"
within = "10s"
[guarantees.no-loss]
topic = "order"
group = "kitchen"
effect = "orders"
at-least = 1
[variants.before]
expect = ["lost-message"]
proof = { away = "connection-closed by=away" }
"#;

fn resolve(scenario: &str, system: &str) -> Result<Plan, String> {
    resolve_at(Scaling::Own, scenario, system)
}

fn resolve_at(scaling: Scaling, scenario: &str, system: &str) -> Result<Plan, String> {
    let system = Source::system("pitfall.toml", system).map_err(|error| error.to_string())?;
    let scenario = Source::scenario("B9.toml", scenario, scaling).map_err(|error| error.to_string())?;
    Plan::resolve(&scenario, &system, "before").map_err(|error| error.to_string())
}

/// Replaces `right` by `wrong` in the scenario; the error must name the place and say `help`.
fn wrong(right: &str, wrong: &str, help: &str) {
    let text = changed(SCENARIO, right, wrong);
    told(&text, "B9.toml", wrong, help, &resolve(&text, SYSTEM).unwrap_err());
}

/// The same in the system.
fn wrong_system(right: &str, wrong: &str, help: &str) {
    let text = changed(SYSTEM, right, wrong);
    told(&text, "pitfall.toml", wrong, help, &resolve(SCENARIO, &text).unwrap_err());
}

fn changed(text: &str, right: &str, wrong: &str) -> String {
    assert!(text.contains(right), "`{right}` is not there");
    text.replacen(right, wrong, 1)
}

/// The error names one of the lines of `wrong`, and says `help`.
fn told(text: &str, file: &str, wrong: &str, help: &str, error: &str) {
    let before = text.find(wrong).unwrap();
    let first = text[..before].lines().count().max(1);
    let mut lines = first..=text[..before + wrong.len()].lines().count();
    assert!(
        lines.any(|line| error.contains(&format!("{file}:{line}:"))),
        "none of the lines {lines:?} is named:\n{error}"
    );
    assert!(error.contains(help), "`{help}` is not said:\n{error}");
}

#[test]
fn the_right_one_resolves() {
    let plan = resolve(SCENARIO, SYSTEM).unwrap();
    assert_eq!(plan.name, "kitchen::B9-redelivery::before");
    let links: Vec<String> = plan.links.iter().map(pitfall_model::PlannedLink::name).collect();
    assert_eq!(links, ["consumer->mysql-source", "consumer->kafka"]);
    assert!(!plan.own_pair);
    assert_eq!(plan.first, ["shop"]);
}

#[test]
fn a_plan_survives_its_file() {
    let plan = resolve(SCENARIO, SYSTEM).unwrap();
    let text = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
}

/// A scenario whose figures are those of the incident.
const SCALED: (&str, &str) = (
    "instances = { consumer = 2, shop = 1 }",
    r#"
scale = { time = 100, volume = 30 }
instances = { consumer = 2, shop = 1 }
env = { INTERVAL = "{ms:5min}" }
"#,
);

fn scaled(within: &str) -> String {
    changed(&changed(SCENARIO, SCALED.0, SCALED.1), "within = \"10s\"", within)
        .replace("at-least = 1", "at-least = \"{count:300}\"")
}

#[test]
fn figures_are_read_at_the_scale_asked_for() {
    let text = scaled("within = \"{time:20min}\"");
    for (scaling, interval, at_least, within, scale, longer) in
        [(Scaling::Own, "3000", 10, 12, 100.0, 1.0), (Scaling::True, "300000", 300, 1200, 1.0, 100.0)]
    {
        let plan = resolve_at(scaling, &text, SYSTEM).unwrap();
        assert_eq!(plan.roles["consumer"].env["INTERVAL"], interval);
        assert_eq!(plan.judging.guarantees.no_loss.unwrap().at_least, at_least);
        assert_eq!(plan.settle.within.as_secs(), within);
        assert_eq!((plan.scale.time, plan.longer), (scale, longer));
    }
}

#[test]
fn errors_behind_and_in_figures_are_told_where_they_were_written() {
    for (within, help) in [
        ("within = \"{tim:20min}\"", "expected a duration"),
        ("within = \"{time:20min}\" # {time:1h}\n[setle]", "unknown key `setle`; did you mean `settle`?"),
        ("within = \"{time:20min} soon\"", "expected a duration"),
        ("within = \"{time:20mn}\"", "write e.g. `{time:5min}`"),
        ("within = \"{time:1s}\"", "`quiet` is longer than `within`"),
    ] {
        for scaling in [Scaling::Own, Scaling::True] {
            let text = scaled(within);
            match resolve_at(scaling, &text, SYSTEM) {
                Err(error) => told(&text, "B9.toml", within, help, &error),
                // One second is as long as `quiet` at true scale.
                Ok(_) => assert!(within.contains("1s"), "{within}"),
            }
        }
    }
    let text =
        scaled("within = \"{time:20min}\"").replace("expect = [\"lost-message\"]", "expect = [\"lost\"]");
    let error = resolve(&text, SYSTEM).unwrap_err();
    let line = text.lines().position(|line| line.starts_with("expect")).unwrap() + 1;
    assert!(error.contains(&format!("B9.toml:{line}:11")), "{error}");
}

#[test]
fn bending_replication_needs_a_pair_of_ones_own() {
    let text = SCENARIO.replace("consumer->mysql-source", "replica->source");
    assert!(resolve(&text, SYSTEM).unwrap().own_pair);
}

#[test]
fn wrong_keys() {
    wrong("quiet = \"1s\"", "quite = \"1s\"", "unknown key `quite`; did you mean `quiet`?");
    wrong("[guarantees.no-loss]", "[guarantees.no-los]", "did you mean `no-loss`?");
    wrong("toxic = { type = \"down\" }", "toxic = { type = \"dwn\" }", "did you mean `down`?");
    wrong("type = \"down\"", "type = \"down\", latency = \"1s\"", "unknown key `latency`");
    wrong(
        "type = \"down\"",
        "type = \"latency\", latency = \"1s\", jiter = \"1s\"",
        "did you mean `jitter`?",
    );
}

#[test]
fn wrong_types() {
    wrong("at-least = 1", "at-least = \"one\"", "invalid type: string");
    wrong("within = \"10s\"", "within = \"ten\"", "expected");
}

#[test]
fn wrong_names() {
    wrong("\"lost-message\"", "\"lost-mesage\"", "did you mean `lost-message`?");
    wrong("{ consumer = 2", "{ consumr = 2", "did you mean `consumer`?");
    wrong("action = \"place\"", "action = \"plaice\"", "did you mean `place`?");
    wrong("by=away\" }", "by=away and toxic-bit toxic=awy\" }", "did you mean `away`?");
    wrong("by=away\" }", "link=consumer->kafk\" }", "did you mean `consumer->kafka`?");
    wrong("by=away\" }", "by=away and log role=shp\" }", "did you mean `shop`?");
    wrong("start = [\"consumer\"]", "start = [\"consumers\"]", "did you mean `consumer`?");
    wrong(
        "link = \"consumer->mysql-source\"",
        "link = \"consumer->mysql-sorce\"",
        "did you mean `consumer->mysql-source`?",
    );
    wrong("step-begun step=work", "step-begun step=wrok", "did you mean `work`?");
    wrong("step-begun step=work", "step-begin step=work", "did you mean `step-begun`?");
    wrong("{ away = ", "{ awy = ", "did you mean `away`?");
    wrong("topic = \"order\"", "topic = \"orders\"", "did you mean `order`?");
}

#[test]
fn what_cannot_be_judged_is_an_error() {
    wrong("expect = [\"lost-message\"]", "expect = [\"out-of-order\"]", "has no bounds for `order`");
    wrong("expect = [\"lost-message\"]", "promises = [\"progress\"]\nexpect = []", "has no bounds for it");
}

#[test]
fn a_fault_without_proof_is_an_error() {
    let text = SCENARIO.replace("proof = { away = \"connection-closed by=away\" }", "");
    assert!(resolve(&text, SYSTEM).unwrap_err().contains("fault `away` has no proof"));
}

#[test]
fn no_name_twice() {
    let text = changed(SCENARIO, "step = \"placed\"", "step = \"work\"");
    assert!(resolve(&text, SYSTEM).unwrap_err().contains("a step before is called `work` too"));
    let second =
        "[[faults]]\nname = \"away\"\nlink = \"consumer->kafka\"\ntoxic = { type = \"down\" }\n[settle]";
    let text = changed(SCENARIO, "[settle]", second);
    assert!(resolve(&text, SYSTEM).unwrap_err().contains("a fault before is called `away` too"));
    wrong("orders = \"1..=3\"", "orders = \"1..=3\"\nstart = [\"consumer\"]", "started already");
    wrong_system("groups = [\"kitchen\"", "groups = [\"kitchen\", \"kitchen\"", "is named twice");
}

#[test]
fn a_date_is_a_day_or_a_month() {
    let dated = |date: &str| {
        resolve(&changed(SCENARIO, "instances =", &format!("date = {date}\ninstances =")), SYSTEM)
    };
    assert_eq!(dated("2022-08-04").unwrap().account.date.as_deref(), Some("2022-08-04"));
    assert_eq!(dated("\"2022-02\"").unwrap().account.date.as_deref(), Some("2022-02"));
    for wrong in ["\"2022-13\"", "\"last year\"", "2022-08-04T10:00:00", "7"] {
        assert!(dated(wrong).unwrap_err().contains("is no date: write a day"), "{wrong}");
    }
}

#[test]
fn a_variant_may_have_other_instances() {
    let text = changed(SCENARIO, "[variants.before]", "[variants.before]\ninstances = { consumer = 4 }");
    let plan = resolve(&text, SYSTEM).unwrap();
    assert_eq!((plan.roles["consumer"].instances, plan.roles["shop"].instances), (4, 1));
    let text = changed(&text, "consumer = 4", "consumr = 4");
    assert!(resolve(&text, SYSTEM).unwrap_err().contains("did you mean `consumer`?"));
    let text = changed(&text, "consumr = 4", "consumer = 0");
    assert!(resolve(&text, SYSTEM).unwrap_err().contains("role `consumer` has 0 instances"));
}

#[test]
fn nothing_that_is_none() {
    wrong("{ consumer = 2, shop = 1 }", "{}", "no role runs");
    wrong("shop = 1", "shop = 0", "role `shop` has 0 instances: leave it out");
    wrong("shop = 1", "shop = 2", "it can have only 1 instance");
    wrong("instances =", "scale = { time = 0 }\ninstances =", "one here cannot be 0 there");
    wrong("orders = \"1..=3\"", "orders = \"1..=3\"\ncopies = 0", "0 copies are no call");
    wrong("orders = \"1..=3\"", "orders = \"1..=3\"\nmay-answer = 200", "this status is no failure");
    wrong("quiet = \"1s\"", "quiet = \"11s\"", "could never settle");
    wrong("id = \"B9\"", "id = \"../B9\"", "is no name");
    wrong("toxic = { type = \"down\" }", "toxic = { type = \"down\" }\nslow = {}", "no route is slow");
    wrong_system("partitions = 4", "partitions = 0", "at least 1 partition");
    wrong_system("command = [\"shop\"]", "command = []", "name a program");
    let nothing = "[roles.shop]\n#";
    wrong_system(
        "[roles.shop]\ncommand = [\"shop\"]",
        nothing,
        "there is no command: name a program, or an `image`",
    );
    wrong_system("command = [\"shop\"]", "image = \"\"", "the image has no name");
    wrong_system("command = [\"shop\"]", "image = \"a:1\"\ncommand = [\"{bin}/x\"]", "no container sees");
}

#[test]
fn operations_change_a_topic_at_a_step_and_it_stays_so() {
    let with = |topics: &str| {
        let text = changed(SCENARIO, "step = \"work\"", &format!("step = \"work\"\ntopics = {topics}"));
        changed(&text, "step = \"placed\"", "step = \"placed\"\ntopics = { order = { partitions = 8 } }")
    };
    let plan = resolve(&with("{ order = { config = { \"retention.ms\" = \"-1\" } } }"), SYSTEM).unwrap();
    let changed = |step: usize| {
        let changed = &plan.steps[step].topics["order"];
        (changed.had, changed.topic.partitions, changed.topic.config["retention.ms"].as_str())
    };
    assert_eq!((changed(0), changed(1)), ((4, 4, "-1"), (4, 8, "-1")));
    assert_eq!(plan.topics["order"].partitions, 4);
}

#[test]
fn a_topic_may_be_missing_until_a_step_makes_it() {
    let missing = "[topics.order]\npartitions = 0\n[[workload]]\nstep = \"work\"\ntopics = { order = { partitions = 2 } }";
    let plan = resolve(&changed(SCENARIO, "[[workload]]\nstep = \"work\"", missing), SYSTEM).unwrap();
    assert_eq!((plan.topics["order"].partitions, plan.steps[0].topics["order"].had), (0, 0));
    let text = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
}

#[test]
fn what_operations_cannot_do_to_a_topic_is_an_error() {
    let step = "step = \"work\"";
    let topics = |change: &str| format!("{step}\ntopics = {{ {change} }}");
    wrong(step, &topics("order = { partitions = 2 }"), "has 4 partitions: Kafka takes none away");
    wrong(step, &topics("ordre = { partitions = 8 }"), "did you mean `order`");
    let missing = "[topics.order]\npartitions = 0\n[[workload]]\nstep = \"work\"\ntopics = { order = {} }";
    wrong("[[workload]]\nstep = \"work\"", missing, "is not there yet: say how many `partitions`");
    let none = "[topics.order]\npartitions = -1\n[[workload]]";
    wrong("[[workload]]", none, "a topic has at least 1 partition; 0: it is not there");
}

const FILLS: &str = "[fills.old]\ndatabase = \"kitchen\"\ntable = \"orders\"\ncolumns = { id = \"n\" }\n";

/// Two steps that fill, beside what the scenario has.
fn filled(work: &str, placed: &str) -> String {
    let text = changed(
        SCENARIO,
        "[[workload]]\nstep = \"work\"",
        &format!("{FILLS}[[workload]]\nstep = \"work\"\n{work}"),
    );
    changed(&text, "step = \"placed\"", &format!("step = \"placed\"\n{placed}"))
}

#[test]
fn a_step_fills_a_table_up_to_so_many_rows() {
    let plan = resolve(&filled("fill = { old = 100 }", "fill = { old = 250 }"), SYSTEM).unwrap();
    let rows = |step: usize| {
        let fill = &plan.steps[step].fills[0];
        (fill.database.as_str(), fill.table.as_str(), fill.columns["id"].as_str(), fill.first, fill.last)
    };
    assert_eq!(rows(0), ("kitchen", "orders", "n", 1, 100));
    assert_eq!(rows(1), ("kitchen", "orders", "n", 101, 250));
    let text = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
}

#[test]
fn the_rows_of_a_fill_have_the_scale_of_the_run() {
    let text = changed(
        &filled("fill = { old = \"{count:1000}\" }", ""),
        "instances =",
        "scale = { volume = 10 }\ninstances =",
    );
    let last = |scaling| resolve_at(scaling, &text, SYSTEM).unwrap().steps[0].fills[0].last;
    assert_eq!((last(Scaling::Own), last(Scaling::True)), (100, 1000));
}

#[test]
fn a_fill_that_fills_nothing_is_an_error() {
    let wrong = |text: &str, place: &str, help: &str| {
        told(text, "B9.toml", place, help, &resolve(text, SYSTEM).unwrap_err());
    };
    let twice = filled("fill = { old = 100 }", "fill = { old = 100  }");
    wrong(
        &twice,
        "old = 100  }",
        "fill `old` has 100 rows by then: say how many there are to be, more than that",
    );
    wrong(&filled("fill = { old = 0 }", ""), "old = 0", "has 0 rows by then");
    wrong(&filled("fill = { ald = 1 }", ""), "ald = 1", "did you mean `old`");
    let right = filled("fill = { old = 1 }", "");
    wrong(&changed(&right, "{ id = \"n\" }", "{}"), "old = 1", "fill `old` says nothing of its rows");
    let elsewhere =
        changed(&right, "[fills.old]\ndatabase = \"kitchen\"", "[fills.old]\ndatabase = \"kitchn\"");
    wrong(&elsewhere, "\"kitchn\"", "no database is called `kitchn`; did you mean `kitchen`");
}

#[test]
fn a_condition_that_can_never_come_is_an_error() {
    wrong("begin = \"step-begun step=work\"", "begin = \"fault-armed fault=away\"", "cannot come here");
    wrong("begin = \"step-begun step=work\"", "end = \"fault-healed fault=away\"", "cannot come here");
    wrong("away = \"connection-closed by=away\"", "away = \"fault-proved fault=away\"", "cannot come here");
    wrong("step = \"work\"", "step = \"work\"\nwhen = \"step-done step=placed\"", "cannot come here");
}

#[test]
fn what_a_fault_cannot_say_is_an_error() {
    let toxic = "toxic = { type = \"down\" }";
    let says = |on: &str, speech: &str| format!("on = '{on}'\nspeech = {{ {speech} }}");
    for (on, speech, why) in [
        (
            "offset-commit",
            "type = \"kafka_error\", code = 25",
            "the protocol of link `consumer->mysql-source` is MySQL",
        ),
        (
            "statement",
            "type = \"kafka_error\", code = 25",
            "`statement` is MySQL's: this cannot be said there",
        ),
        ("statement-answered", "type = \"mysql_error\", code = 1213", "let the fault be on `statement`"),
        ("statement", "type = \"rendezvous\", parties = 1, within = \"1s\"", "needs at least 2 `parties`"),
        ("statement nth=2", "type = \"cut\"", "the nth is for `begin`"),
        ("log", "type = \"cut\"", "no link can hold `log`"),
        ("statement database=kitchn", "type = \"cut\"", "did you mean `kitchen`?"),
        ("statement", "type = \"cutt\"", "cutt"),
    ] {
        wrong(toxic, &says(on, speech), why);
    }
    wrong(toxic, &format!("{toxic}\ntimes = 2"), "`times` says how often a `speech` is made");
    wrong(toxic, &(says("statement", "type = \"cut\"") + "\ntimes = 0"), "0 times is no fault");
}

#[test]
fn what_cannot_be_done_to_processes_is_an_error() {
    let fault = "link = \"consumer->mysql-source\"\ntoxic = { type = \"down\" }";
    for (process, why) in [
        ("role = \"consumr\", does = \"kill\"", "did you mean `consumer`?"),
        ("role = \"consumer\", does = \"kil\"", "kil"),
        ("role = \"consumer\", instance = 3, does = \"kill\"", "has instances 1 to 2, and no 3"),
        ("role = \"consumer\", does = \"scale\"", "`scale` needs `to`"),
        ("role = \"consumer\", does = \"kill\", to = 2", "`to` is for `scale`"),
        ("role = \"shop\", does = \"scale\", to = 2", "it can have only 1 instance"),
    ] {
        wrong(fault, &format!("process = {{ {process} }}"), why);
    }
}

#[test]
fn time_alone_is_for_faults() {
    wrong(
        "step = \"work\"",
        "step = \"work\"\nwhen = \"after 2s\"",
        "wait here for what happens, not for time",
    );
    wrong("away = \"connection-closed by=away\"", "away = \"after 2s\"", "wait here for what happens");
}

#[test]
fn a_system_that_names_what_it_has_not_is_an_error() {
    wrong_system("ready = { group = \"kitchen\"", "ready = { group = \"kitchn\"", "did you mean `kitchen`?");
    wrong_system("ready = { group", "ready = { log = \"x\", group", "exactly one key is wanted here");
    wrong_system("ready = { group = \"kitchen\"", "ready = { log = \"(\"", "no regular expression");
    wrong_system("serves = \"shop-api\"", "serves = \"kafka\"", "is taken");
    wrong_system("database = \"kitchen\"", "database = \"kitchn\"", "did you mean `kitchen`?");
    wrong_system(
        "[effects.orders]",
        "[effects.sent]\ntopic = \"ordr\"\n[effects.orders]",
        "no topic is called `ordr`; did you mean `order`?",
    );
    let truth = "[truth.a]\norder = \"a\"\ntable = \"a\"\ndatabase = \"x\"\n[effects.orders]";
    wrong_system("[effects.orders]", truth, "no database is called `x`");
    wrong_system("method = \"POST\"", "method = \"PSOT\"", "did you mean `POST`?");
    wrong_system("url = \"{shop-api.url}", "url = \"{shop-apis.url}", "a URL begins with");
    wrong_system("/orders/{order}", "/orders/{ordr}", "did you mean `order`?");
    wrong_system("{number:1-5}", "{number:5-1}", "nothing is called `{number:5-1}` here");
    wrong_system("order = \"/order_id\"", "order = \"order_id\"", "write `/order_id`");
    wrong_system("groups =", "build = [\"make\", \"{profil}\"]\ngroups =", "did you mean `profile`?");
    wrong_system("DB = \"{mysql.source.url}\"", "DB = \"{listen}\"", "nothing is called `{listen}` here");
}

#[test]
fn a_role_that_is_called_must_run() {
    let text = changed(SCENARIO, ", shop = 1", "");
    let error = resolve(&text, SYSTEM).unwrap_err();
    assert!(error.contains("action `place` calls nobody: role `shop`"), "{error}");
    let system = changed(SYSTEM, "KAFKA = ", "SHOP = \"{shop-api.url}\", KAFKA = ");
    let error = resolve(&text, &system).unwrap_err();
    assert!(error.contains("`{shop-api.url}` of role `consumer` has no value: role `shop`"), "{error}");
}

#[test]
fn a_placeholder_in_the_scenario_is_told_in_the_scenario() {
    wrong("[[workload]]", "[env]\nA = \"{kafka.bootstrp}\"\n[[workload]]", "did you mean `kafka.bootstrap`?");
    let end = "[variants.before.env]\nA = \"{topic.ordr}\"";
    let text = format!("{SCENARIO}{end}\n");
    told(&text, "B9.toml", end, "did you mean `topic.order`?", &resolve(&text, SYSTEM).unwrap_err());
}

#[test]
fn a_platform_that_nobody_calls_is_an_error() {
    let fault = "link = \"consumer->mysql-source\"\ntoxic = { type = \"down\" }";
    wrong(fault, "slow = { page = \"1s\" }", "no role that runs calls the platform");
}

/// The shop calls the platform, which fails two orders and more, and bans.
const PLATFORM: &str = r#"
[platform]
answers = { ship = "200ms" }
once = "ship"
[[platform.fails]]
route = "ship"
orders = ["7", "1..=3"]
status = 500
times = 3
[platform.limit]
route = "ship"
requests = 5
per = "1s"
ban = "2s"
[platform.nodes]
route = "detail"
number = 6
in-flight = 4
down = "3s"
[settle]"#;

#[test]
fn a_platform_that_fails_and_bans_resolves() {
    let text = changed(SCENARIO, "\n[settle]", PLATFORM);
    let plan = resolve(&text, &changed(SYSTEM, "KAFKA = ", "SHIP = \"{platform.url}\", KAFKA = ")).unwrap();
    let (failing, limit) = (&plan.platform.fails[0], plan.platform.limit.unwrap());
    assert_eq!((failing.route, failing.status, failing.times), (Route::Ship, 500, Some(3)));
    assert_eq!(plan.platform.once, Some(Route::Ship));
    let orders: Vec<u64> = (0..9).filter(|id| failing.orders.iter().any(|ids| ids.contain(*id))).collect();
    assert_eq!(orders, [1, 2, 3, 7]);
    let times = (limit.per.0.as_secs(), limit.ban.map(|ban| ban.0.as_secs()));
    assert_eq!((limit.route, limit.requests, times), (Route::Ship, 5, (1, Some(2))));
    let nodes = plan.platform.nodes.unwrap();
    let shape = (nodes.number, nodes.in_flight, nodes.down.0.as_secs());
    assert_eq!((nodes.route, shape), (Route::Detail, (6, 4, 3)));
    let written = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&written).unwrap(), plan);
}

#[test]
fn what_the_platform_cannot_do_is_an_error() {
    let fails = |key: &str| format!("[[platform.fails]]\n{key}");
    let limit = |key: &str| format!("[platform.limit]\n{key}");
    for (right, wrong, why) in [
        ("ship = \"200ms\"", "shp = \"200ms\"", "unknown name `shp`; did you mean `ship`?"),
        ("once = \"ship\"", "once = \"finance\"", "`finance` only reads, once or often"),
        (&*fails("route = \"ship\""), &*fails("route = \"shp\""), "did you mean `ship`?"),
        (&fails("route = \"ship\""), &fails("route = \"page\""), "a page is of a window, not of an order"),
        ("orders = [\"7\", \"1..=3\"]", "orders = []", "no order fails: write e.g."),
        ("\"1..=3\"]", "\"1-3\"]", "`1-3` is no order, and no range of orders"),
        ("status = 500", "status = 399", "status 399 is no failure"),
        ("status = 500", "status = 1000", "status 1000 is no failure"),
        ("times = 3", "times = 0", "0 times is no failure"),
        ("times = 3", "time = 3", "unknown key `time`; did you mean `times`?"),
        (&limit("route = \"ship\""), &limit("route = \"alerts\""), "unknown name `alerts`"),
        ("requests = 5", "requests = 0", "write at least 1"),
        ("per = \"1s\"", "per = \"0s\"", "in no time there is no request"),
        ("ban = \"2s\"", "ban = \"0s\"", "a ban of no time is none"),
        ("once = \"ship\"", "once = \"detail\"", "`detail` only reads, once or often"),
        ("number = 6", "number = 0", "0 nodes answer nothing"),
        ("in-flight = 4", "in-flight = 0", "a node that stands no call is none"),
        ("down = \"3s\"", "down = \"0s\"", "a node that is down for no time never was"),
    ] {
        let platform = changed(PLATFORM, right, wrong);
        let text = changed(SCENARIO, "\n[settle]", &platform);
        let line = wrong.lines().last().unwrap();
        let at = text.find(wrong).unwrap() + wrong.rfind(line).unwrap();
        let place =
            format!("B9.toml:{}:", text[..at].lines().count() + usize::from(text[..at].ends_with('\n')));
        let error = resolve(&text, SYSTEM).unwrap_err();
        assert!(error.contains(&place) && error.contains(why), "{wrong}: `{place}` and `{why}` in\n{error}");
    }
}

#[test]
fn a_direction_without_a_toxic_is_an_error() {
    let fault = "link = \"consumer->mysql-source\"\ntoxic = { type = \"down\" }";
    wrong(fault, "slow = { page = \"1s\" }\nstream = \"upstream\"", "is the direction of a `toxic`");
}

#[test]
fn what_cannot_show_what_is_judged_is_an_error() {
    let status = "messages of topic `order` do not tell their status";
    let text = changed(SCENARIO, "expect = [\"lost-message\"]", "expect = []");
    let text = changed(&text, "[guarantees.no-loss]", "[guarantees.order]");
    let error = resolve(&text, SYSTEM).unwrap_err();
    assert!(error.contains(status), "{error}");
    let system = changed(SYSTEM, "order = \"/order_id\"", "status = \"/status\"\norder = \"/order_id\"");
    let error = resolve(&text, &system).unwrap_err();
    assert!(error.contains("effect `orders` does not tell a status"), "{error}");
    let error = resolve(SCENARIO, &changed(SYSTEM, "order = \"/order_id\"", "")).unwrap_err();
    assert!(error.contains("messages of topic `order` do not tell their order"), "{error}");
}

#[test]
fn what_must_tell_a_version_or_a_reason_and_does_not_is_an_error() {
    let text = changed(SCENARIO, "expect = [\"lost-message\"]", "expect = []");
    let text = changed(&text, "group = \"kitchen\"\neffect", "effect");
    let ledger = "[guarantees.accounting]\ndone = \"done\"\nfailed = \"failed\"";
    let accounting = changed(&text, "[guarantees.no-loss]", ledger);
    let status = changed(SYSTEM, "order = \"id\"", "order = \"id\"\nstatus = \"status\"");
    let reason = changed(&status, "order = \"id\"", "order = \"id\"\nreason = \"reason\"");
    let error = resolve(&accounting, SYSTEM).unwrap_err();
    assert!(error.contains("effect `orders` does not tell a status"), "{error}");
    let error = resolve(&accounting, &status).unwrap_err();
    assert!(error.contains("effect `orders` does not tell a reason: give `[effects.orders]`"), "{error}");
    assert_eq!(resolve(&accounting, &reason).map(drop), Ok(()));

    let compatibility =
        changed(&text, "[guarantees.no-loss]", "[guarantees.compatibility]\nrequired = [\"x\"]\npairs = 1");
    let error = resolve(&compatibility, SYSTEM).unwrap_err();
    assert!(error.contains("messages of topic `order` do not tell their version"), "{error}");
    let topic = changed(SYSTEM, "order = \"/order_id\"", "order = \"/order_id\"\nversion = \"/v\"");
    let error = resolve(&compatibility, &topic).unwrap_err();
    assert!(error.contains("effect `orders` does not tell a version"), "{error}");
    let both = changed(&topic, "order = \"id\"", "order = \"id\"\nversion = \"v\"");
    assert_eq!(resolve(&compatibility, &both).map(drop), Ok(()));
}

#[test]
fn promises_and_expectations_fit() {
    let judged = "expect = [\"lost-message\"]";
    wrong(judged, "promises = []\nexpect = []", "nothing is promised and nothing expected");
    let idempotency =
        "[guarantees.idempotency]\neffect = \"orders\"\ngroup = \"kitchen\"\ntopic = \"order\"\nat-least = 1";
    let text = changed(SCENARIO, "[variants.before]", &format!("{idempotency}\n[variants.before]"));
    let text = changed(&text, judged, &format!("promises = [\"idempotency\"]\n{judged}"));
    let error = resolve(&text, SYSTEM).unwrap_err();
    assert!(error.contains("`promises` leaves out `no-loss`"), "{error}");
}

#[test]
fn pressure_is_of_calls_of_a_route_or_of_a_backlog() {
    let pressure = |said: &str| {
        let bounds = format!("[guarantees.backpressure]\nat-least = 1\n{said}");
        resolve(&changed(SCENARIO, "[variants.before]", &format!("{bounds}\n[variants.before]")), SYSTEM)
    };
    let drains = "drains = { topic = \"order\", group = \"kitchen\", within = \"1s\" }";
    assert_eq!(pressure(drains).map(drop), Ok(()));
    assert_eq!(pressure(&format!("route = \"ship\"\n{drains}")).map(drop), Ok(()));
    let error = pressure("").unwrap_err();
    assert!(error.contains("name the `route` that is called, or what `drains`"), "{error}");
    let error = pressure(&format!("in-flight = 2\n{drains}")).unwrap_err();
    assert!(error.contains("`in-flight` is judged of calls: name their `route`"), "{error}");
    let error = pressure("rate = { requests = 2, per = \"1s\" }").unwrap_err();
    assert!(error.contains("`rate` is judged of calls: name their `route`"), "{error}");
}

#[test]
fn isolation_says_in_one_way_who_is_in_trouble() {
    let isolation = |trouble: &str| {
        let bounds = format!(
            "[guarantees.isolation]\ntopic = \"order\"\neffect = \"orders\"\npercentile = 90\nwithin = \"1s\"\nat-least = 1\n{trouble}"
        );
        changed(SCENARIO, "[variants.before]", &format!("{bounds}\n[variants.before]"))
    };
    let (route, bulk) = ("route = \"ship\"", "bulk = \"backfill\"");
    assert_eq!(resolve(&isolation(route), SYSTEM).map(drop), Ok(()));
    let error = resolve(&isolation(""), SYSTEM).unwrap_err();
    assert!(error.contains("nobody is in trouble: name the `route`"), "{error}");
    let error = resolve(&isolation(&format!("{route}\n{bulk}")), SYSTEM).unwrap_err();
    assert!(error.contains("leave one out"), "{error}");
    let error = resolve(&isolation(bulk), SYSTEM).unwrap_err();
    assert!(error.contains("messages of topic `order` do not tell their status"), "{error}");
    let status = changed(SYSTEM, "order = \"/order_id\"", "order = \"/order_id\"\nstatus = \"/status\"");
    assert_eq!(resolve(&isolation(bulk), &status).map(drop), Ok(()));
}

#[test]
fn idempotency_counts_copies() {
    let bounds = |copies: &str| {
        let idempotency = format!(
            "[guarantees.idempotency]\neffect = \"orders\"\ngroup = \"kitchen\"\ntopic = \"order\"\nat-least = 1\n{copies}"
        );
        changed(SCENARIO, "[variants.before]", &format!("{idempotency}\n[variants.before]"))
    };
    let copies = |said: &str| {
        let plan = resolve(&bounds(said), SYSTEM).unwrap();
        plan.judging.guarantees.idempotency.unwrap().copies
    };
    assert_eq!((copies(""), copies("copies = 1")), (2, 1));
    let text = bounds("copies = 0");
    told(&text, "B9.toml", "copies = 0", "`copies` is at least 1", &resolve(&text, SYSTEM).unwrap_err());
    let text = changed(&bounds(""), "effect = \"orders\"\ngroup", "effect = \"order\"\ngroup");
    told(
        &text,
        "B9.toml",
        "effect = \"order\"\n",
        "no effect is called `order`",
        &resolve(&text, SYSTEM).unwrap_err(),
    );
}

#[test]
fn a_placeholder_nobody_knows_is_an_error_in_the_system() {
    let system = SYSTEM.replace("{kafka.bootstrap}", "{kafka.bootstrp}");
    let error = resolve(SCENARIO, &system).unwrap_err();
    assert!(error.contains("pitfall.toml:10:"), "{error}");
    assert!(error.contains("did you mean `kafka.bootstrap`?"), "{error}");
}

/// The scenario on a cluster of three, with this fault in place of its own.
fn on_cluster(fault: &str) -> Result<Plan, String> {
    let text = changed(SCENARIO, "instances =", "needs = { brokers = 3 }\ninstances =");
    let own = "link = \"consumer->mysql-source\"\ntoxic = { type = \"down\" }";
    resolve(&changed(&text, own, fault), SYSTEM)
}

#[test]
fn a_link_to_a_cluster_is_one_for_each_broker() {
    for (link, meant) in [
        ("consumer->kafka", vec!["consumer->kafka/1", "consumer->kafka/2", "consumer->kafka/3"]),
        ("sut->kafka", vec!["consumer->kafka/1", "consumer->kafka/2", "consumer->kafka/3"]),
        ("consumer->kafka/2", vec!["consumer->kafka/2"]),
        ("sut->kafka/2", vec!["consumer->kafka/2"]),
    ] {
        let plan = on_cluster(&format!("link = \"{link}\"\ntoxic = {{ type = \"down\" }}")).unwrap();
        let Doing::Toxic { links, .. } = &plan.faults[0].does else { panic!("{:?}", plan.faults) };
        assert_eq!(*links, meant, "{link}");
    }
    let error = on_cluster("link = \"consumer->kafka/4\"\ntoxic = { type = \"down\" }").unwrap_err();
    assert!(
        error.contains("no link is called `consumer->kafka/4`; did you mean `consumer->kafka/"),
        "{error}"
    );
    let known = "link = \"consumer->kafka\"\non = \"kafka-request link=consumer->kafka/3\"\nspeech = { type = \"cut\" }";
    on_cluster(known).unwrap();
    let error = on_cluster(&known.replace("kafka/3", "kafka/4")).unwrap_err();
    assert!(error.contains("no link is called `consumer->kafka/4`"), "{error}");
}

#[test]
fn a_fault_of_a_broker_needs_that_broker() {
    let plan = on_cluster("broker = { id = 3, does = \"pause\" }").unwrap();
    let broker = PlannedBroker { id: Some(3), does: BrokerAct::Pause };
    assert_eq!(plan.faults[0].does, Doing::Broker(broker));
    let plan = on_cluster("broker = { does = \"crash-loop\" }").unwrap();
    let broker = PlannedBroker { id: None, does: BrokerAct::CrashLoop };
    assert_eq!(plan.faults[0].does, Doing::Broker(broker));
    for id in [0, 4] {
        let error = on_cluster(&format!("broker = {{ id = {id}, does = \"kill\" }}")).unwrap_err();
        assert!(error.contains(&format!("the run has brokers 1 to 3, and no {id}")), "{error}");
    }
    wrong(
        "link = \"consumer->mysql-source\"\ntoxic = { type = \"down\" }",
        "broker = { does = \"kill\" }",
        "with `needs = { brokers = 3 }` the run has brokers of its own",
    );
}
