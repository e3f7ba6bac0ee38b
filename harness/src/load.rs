//! Finds and reads scenario files and `pitfall.toml` files; every error before anything starts.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use pitfall_model::{Diagnostic, Plan, Scaling, Scenario, Source, System};

/// The name of the file in which a system describes itself.
const SYSTEM: &str = "pitfall.toml";

/// One variant of one scenario.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) plan: Arc<Plan>,
    /// The scale that was asked for.
    pub(crate) scaling: Scaling,
    /// Whether the scenario's figures follow it.
    is_scaled: bool,
}

impl Case {
    /// `system::ID-name::variant`.
    pub(crate) fn name(&self) -> String {
        self.plan.name.clone()
    }

    /// Why it cannot run at the scale that was asked for, if so.
    pub(crate) fn unscaled(&self) -> Option<String> {
        let is_met = self.scaling == Scaling::Own || self.is_scaled;
        (!is_met).then(|| "not written to be scaled".to_owned())
    }
}

/// Every variant of every scenario below `scenarios`, sorted by name; or everything that is wrong.
pub(crate) fn cases(
    scenarios: &Path,
    systems: &[PathBuf],
    scaling: Scaling,
) -> Result<Vec<Case>, Vec<String>> {
    let mut errors = Vec::new();
    let mut found: BTreeMap<String, Source<System>> = BTreeMap::new();
    for path in systems.iter().flat_map(|folder| files(folder, &mut errors)).collect::<Vec<_>>() {
        if path.file_name().is_some_and(|name| name == SYSTEM)
            && let Some(system) = read(&path, Source::system, &mut errors)
        {
            errors.extend(without_schema(&system).map(|error| error.to_string()));
            if let Some(other) = found.insert(system.data.name.clone(), system.clone())
                && other.path != system.path
            {
                let message =
                    format!("{} describes a system called `{}` too", other.path.display(), other.data.name);
                errors.push(system.error(system.place(&["name"]), message).to_string());
            }
        }
    }
    // A system that could not be read is no unknown one.
    let is_known = |name: &String, errors: &[String]| errors.is_empty() || found.contains_key(name);
    let mut cases: Vec<Case> = Vec::new();
    for path in files(scenarios, &mut errors) {
        if path.file_name().is_some_and(|name| name == SYSTEM || name == "Cargo.toml") {
            continue;
        }
        let parse = |path, text: &str| Source::scenario(path, text, scaling);
        let Some(scenario) = read(&path, parse, &mut errors) else {
            continue;
        };
        if !is_known(scenario.data.system.as_ref(), &errors) {
            continue;
        }
        match plans(&scenario, &found) {
            Ok(plans) => {
                if let Some(twice) =
                    plans.iter().find(|plan| cases.iter().any(|case| case.plan.name == plan.name))
                {
                    let message = format!("another file has a scenario with the name `{}` too", twice.name);
                    errors.push(scenario.error(scenario.place(&["id"]), message).to_string());
                }
                let is_scaled = scenario.text.is_replaced();
                cases.extend(plans.into_iter().map(|plan| Case { plan: Arc::new(plan), scaling, is_scaled }));
            }
            Err(error) => errors.push(error),
        }
    }
    cases.sort_by_key(Case::name);
    if errors.is_empty() && cases.is_empty() {
        errors.push(format!("there is no scenario in {}: scenarios are `.toml` files", scenarios.display()));
    }
    if errors.is_empty() { Ok(cases) } else { Err(errors) }
}

/// The database whose schema file is not there.
fn without_schema(system: &Source<System>) -> Option<Diagnostic> {
    let folder = system.path.parent().unwrap_or(Path::new(""));
    let is_missing = |schema: &Path| !folder.join(schema).is_file();
    let (name, database) = system.data.databases.iter().find(|(_, database)| is_missing(&database.schema))?;
    let place = system.place(&["databases", name, "schema"]);
    let message = format!(
        "there is no file {}: a schema is an SQL file, relative to this one",
        folder.join(&database.schema).display()
    );
    Some(system.error(place, message))
}

fn plans(
    scenario: &Source<Scenario>,
    systems: &BTreeMap<String, Source<System>>,
) -> Result<Vec<Plan>, String> {
    let name = &scenario.data.system;
    let system = systems
        .get(name.as_ref())
        .ok_or_else(|| scenario.unknown("system", name, systems.keys().map(String::as_str)).to_string())?;
    let resolve =
        |variant: &String| Plan::resolve(scenario, system, variant).map_err(|error| error.to_string());
    scenario.data.variants.keys().map(resolve).collect()
}

fn read<T>(
    path: &Path,
    parse: impl Fn(PathBuf, &str) -> Result<Source<T>, Diagnostic>,
    errors: &mut Vec<String>,
) -> Option<Source<T>> {
    let shown = shown(path);
    let text = std::fs::read_to_string(path)
        .map_err(|error| errors.push(format!("cannot read {}: {error}", shown.display())))
        .ok()?;
    parse(shown, &text).map_err(|error| errors.push(error.to_string())).ok()
}

/// Every `.toml` file below a folder; hidden folders and build output are left out.
fn files(folder: &Path, errors: &mut Vec<String>) -> Vec<PathBuf> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            errors.push(format!("cannot read the folder {}: {error}", folder.display()));
            return Vec::new();
        }
    };
    let mut found = Vec::new();
    for path in entries.filter_map(|entry| entry.ok().map(|entry| entry.path())) {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() && !name.starts_with('.') && name != "target" {
            found.extend(files(&path, errors));
        } else if name.ends_with(".toml") && !name.starts_with('.') {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// As seen from where the user stands, with no `..` detour.
fn shown(path: &Path) -> PathBuf {
    let whole = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let here = std::env::current_dir().and_then(std::fs::canonicalize);
    let above = here.ok().and_then(|here| here.parent().map(PathBuf::from));
    // Tests run in their package; people stand in the workspace, one folder up.
    match above.and_then(|above| whole.strip_prefix(&above).ok().map(PathBuf::from)) {
        Some(relative) if std::env::var_os("CARGO").is_some() => PathBuf::from("..").join(relative),
        _ => whole,
    }
}
