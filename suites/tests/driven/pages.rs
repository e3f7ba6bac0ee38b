//! Each incident's page in `docs/incidents` tells what its scenarios say now. It holds a run's figures too: these are not judged here.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use pitfall::model::{Anomaly, Scaling, Scenario, Source};

/// What to do where one of these fails.
const REMEDY: &str = "make it anew with ci/incidents";

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn files(folder: &Path, ends: &str) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = paths.filter(|path| path.to_string_lossy().ends_with(ends)).collect();
    files.sort();
    files
}

/// The scenarios of the suite, by their ids.
fn incidents() -> BTreeMap<String, Vec<Scenario>> {
    let mut all: BTreeMap<String, Vec<Scenario>> = BTreeMap::new();
    let entries = fs::read_dir(workspace().join("suites")).unwrap().map(|entry| entry.unwrap().path());
    for system in entries.filter(|path| path.is_dir()) {
        for file in files(&system, ".toml") {
            let text = fs::read_to_string(&file).unwrap();
            let scenario = Source::scenario(&file, &text, Scaling::Own).unwrap().data;
            all.entry(scenario.id.clone()).or_default().push(scenario);
        }
    }
    assert!(all.len() >= 5, "{:?}", all.keys());
    all
}

/// The pages, by name, without the table of them.
fn pages() -> BTreeMap<String, String> {
    let files = files(&workspace().join("docs/incidents"), ".md");
    let named = files.iter().map(|file| {
        (file.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(file).unwrap())
    });
    named.filter(|(name, _)| name != "README.md").collect()
}

/// The page of an incident and its name.
fn page(id: &str) -> (String, String) {
    let begin = format!("{id}-");
    let found: Vec<_> = pages().into_iter().filter(|(name, _)| name.starts_with(&begin)).collect();
    assert_eq!(found.len(), 1, "{id} has one page in docs/incidents: {REMEDY}");
    found.into_iter().next().unwrap()
}

/// The part of a page under a heading, up to the next of its level.
fn under<'p>(page: &'p str, heading: &str) -> Option<&'p str> {
    let level = heading.split(' ').next()?;
    let (_, rest) = page.split_once(&format!("\n{heading}\n"))?;
    let end = [level, "##"].iter().filter_map(|level| rest.find(&format!("\n{level} "))).min();
    Some(&rest[..end.unwrap_or(rest.len())])
}

/// The texts of a page's headings of one level.
fn headings<'p>(page: &'p str, level: &str) -> BTreeSet<&'p str> {
    let begin = format!("{level} ");
    page.lines().filter_map(|line| line.strip_prefix(begin.as_str())).collect()
}

#[test]
fn every_page_tells_its_scenarios_as_they_are() {
    for (id, scenarios) in incidents() {
        let (name, page) = page(&id);
        let here: BTreeSet<String> = scenarios.iter().map(|one| format!("{} here", one.name)).collect();
        let told = headings(&page, "##").into_iter().filter(|heading| heading.ends_with(" here"));
        assert_eq!(told.map(str::to_owned).collect::<BTreeSet<_>>(), here, "{name}: {REMEDY}");
        for scenario in &scenarios {
            let part = under(&page, &format!("## {} here", scenario.name)).unwrap();
            let mut said = vec![scenario.source.clone(), scenario.story.trim().to_owned()];
            said.extend(scenario.date.map(|date| date.to_string()));
            said.extend(scenario.cause.as_deref().map(|cause| cause.trim().to_owned()));
            for said in said {
                assert!(page.contains(&said), "{name}: `{said}` is not there: {REMEDY}");
            }
            let variants: BTreeSet<&str> = scenario.variants.keys().map(String::as_str).collect();
            assert_eq!(headings(part, "###"), variants, "{name}: {REMEDY}");
        }
    }
}

#[test]
fn every_variant_is_told_as_it_is() {
    for (id, scenarios) in incidents() {
        let (name, page) = page(&id);
        for scenario in &scenarios {
            let part = format!("\n{}", under(&page, &format!("## {} here", scenario.name)).unwrap());
            for (variant, is) in &scenario.variants {
                let told = under(&part, &format!("### {variant}")).unwrap();
                let says = is.says.as_deref().unwrap_or_default().trim();
                assert!(told.contains(says), "{name}: {variant} says otherwise: {REMEDY}");
                let switches = told.split_once("Switches: ").map_or("", |(_, rest)| rest);
                let (switches, _) = switches.split_once(" Processes: ").unwrap_or((switches, ""));
                let env = is.env.iter().map(|(name, value)| format!("`{name}={value}`"));
                let env = env.collect::<Vec<_>>().join(", ");
                let now = if env.is_empty() { env } else { format!("{env}.") };
                assert_eq!(switches.trim(), now, "{name}: {variant}: {REMEDY}");
                let expected: Vec<&str> = is.expect.iter().copied().map(Anomaly::name).collect();
                let expected = if expected.is_empty() { "nothing".to_owned() } else { expected.join(", ") };
                let declared = format!(" Declared: {expected}. Shown: ");
                let stands = told.contains("**as declared** in ") && told.contains(&declared);
                assert!(stands, "{name}: {variant} expects {expected}: {REMEDY}");
            }
        }
    }
}

#[test]
fn every_page_has_a_scenario_and_a_row_and_names_no_place_on_a_machine() {
    let (pages, incidents) = (pages(), incidents());
    let table = fs::read_to_string(workspace().join("docs/incidents/README.md")).unwrap();
    let rows: BTreeSet<&str> = table
        .lines()
        .filter_map(|line| Some(line.strip_prefix("| [")?.split_once("](")?.1.split_once(')')?.0))
        .collect();
    let named: BTreeSet<&str> = pages.keys().map(String::as_str).collect();
    assert_eq!(rows, named, "{REMEDY}");
    for (name, page) in &pages {
        let id = name.split('-').next().unwrap();
        assert!(incidents.contains_key(id), "{name}: no scenario has the id {id}: {REMEDY}");
        for place in ["/home/", "/root/", "/tmp/", "target/"] {
            assert!(!page.contains(place), "{name} names {place}: {REMEDY}");
        }
    }
}
