//! Which order an alert names.

use crate::{
    by_name::ByName,
    facts::{Did, Fact, Facts, Name},
    published::Orders,
};

/// Gathers alerts.
#[derive(Default)]
pub(super) struct Alerts(Vec<(u32, Name)>);

impl Alerts {
    /// Takes in the next fact.
    pub(super) fn see(&mut self, fact: &Fact) {
        if let Did::Alert { text } = fact.did {
            self.0.push((fact.seq, text));
        }
    }

    /// `seq` of the alerts that name each order.
    pub(super) fn by_order(&self, facts: &Facts, orders: &Orders) -> ByName<Vec<u32>> {
        let mut alerts: ByName<Vec<u32>> = ByName::default();
        for (seq, text) in &self.0 {
            if let Some(order) = named(facts, facts.text(*text), orders) {
                alerts.entry(order).push(*seq);
            }
        }
        alerts
    }
}

/// The order that the text names: the first word that is the id of a published order and follows one that begins with `order`
/// (`order 17`, `order_id=17`); where there is no such, the first that is such an id.
fn named(facts: &Facts, text: &str, orders: &Orders) -> Option<Name> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let words = || text.split(|c| !is_part(c)).filter(|word| !word.is_empty());
    let order = |word: &str| facts.name(word).filter(|name| orders.has(*name));
    let says_order = |word: &str| word.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("order"));
    let told = words().zip(words().skip(1)).filter(|(before, _)| says_order(before));
    told.filter_map(|(_, word)| order(word)).next().or_else(|| words().find_map(order))
}
