//! The parts of a run's name, `system::ID-name::variant`.

/// The scenario, `system::ID-name`; the whole name where it has no variant.
pub(crate) fn scenario(name: &str) -> &str {
    name.rsplit_once("::").map_or(name, |(scenario, _)| scenario)
}

/// The variant; the whole name where it has none.
pub(crate) fn variant(name: &str) -> &str {
    name.rsplit_once("::").map_or(name, |(_, variant)| variant)
}

/// `system`, `ID` and `name`; what a name does not have is empty.
pub(crate) fn parts(name: &str) -> (&str, &str, &str) {
    let (system, scenario) = scenario(name).split_once("::").unwrap_or(("", scenario(name)));
    let (id, name) = scenario.split_once('-').unwrap_or((scenario, ""));
    (system, id, name)
}

/// By letters and number of an id, or of a text that begins with one: `A2` comes before `A10`.
pub(crate) fn in_order(id: &str) -> (&str, u64, &str) {
    let (letters, rest) = id.split_at(id.find(|c: char| c.is_ascii_digit()).unwrap_or(id.len()));
    let (number, rest) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()));
    (letters, number.parse().unwrap_or_default(), rest)
}
