//! What a checker found, evidence by place in the history; whoever has the history tells the events again.

use pitfall_model::Anomaly;

/// One anomaly, shown by the smallest evidence for it.
pub(crate) struct Shown {
    pub(crate) anomaly: Anomaly,
    /// Of which order, where it is of one.
    pub(crate) order: Option<String>,
    /// The finding as one sentence.
    pub(crate) sentence: String,
    /// `seq` of the events that show it, ascending, each once.
    pub(crate) evidence: Vec<u32>,
}

impl Shown {
    /// From evidence in any order.
    pub(crate) fn new(
        anomaly: Anomaly,
        order: impl Into<Option<String>>,
        sentence: String,
        evidence: impl IntoIterator<Item = u32>,
    ) -> Self {
        let mut evidence: Vec<u32> = evidence.into_iter().collect();
        evidence.sort_unstable();
        evidence.dedup();
        Self { anomaly, order: order.into(), sentence, evidence }
    }

    /// With one more event as evidence.
    pub(crate) fn and(self, seq: u32) -> Self {
        Self::new(self.anomaly, self.order, self.sentence, self.evidence.into_iter().chain([seq]))
    }
}

/// All that a checker found: a pure function of the history.
pub(crate) struct Found {
    /// How much was judged.
    pub(crate) judged: usize,
    /// What was counted: `orders`, `messages`.
    pub(crate) unit: &'static str,
    /// Every violation.
    pub(crate) violations: Vec<Shown>,
    /// What stays open, in words.
    pub(crate) unknown: Vec<String>,
}

impl Found {
    /// Nothing judged yet.
    pub(crate) fn new(unit: &'static str) -> Self {
        Self { judged: 0, unit, violations: Vec::new(), unknown: Vec::new() }
    }

    /// Nothing can be judged, and why.
    pub(crate) fn nothing(unit: &'static str, why: String) -> Self {
        Self { unknown: vec![why], ..Self::new(unit) }
    }
}
