//! The parts of a run's name, `system::ID-name::variant`.

/// The scenario, `system::ID-name`; the whole name where it has no variant.
pub(crate) fn scenario(name: &str) -> &str {
    name.rsplit_once("::").map_or(name, |(scenario, _)| scenario)
}

/// The variant; the whole name where it has none.
pub(crate) fn variant(name: &str) -> &str {
    name.rsplit_once("::").map_or(name, |(_, variant)| variant)
}
