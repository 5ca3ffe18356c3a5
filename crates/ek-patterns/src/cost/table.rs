//! The prices of several models.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::Rates;

type LookUp = Arc<dyn Fn(&str) -> Option<Rates> + Send + Sync>;

/// Prices by the name of the model. Where all models cost the same, it is made from [`Rates`].
///
/// ```
/// use ek_patterns::{Budget, PriceTable, Rates};
/// let prices = PriceTable::new()
///     .with_model("gpt-5", Rates::per_million(1.25, 10.0))
///     .with_model("gpt-5-mini", Rates::per_million(0.25, 2.0));
/// let budget = Budget::default().with_cost(prices, 20.0);
/// ```
#[derive(Clone, Default)]
pub struct PriceTable {
    models: BTreeMap<String, Rates>,
    look_up: Option<LookUp>,
    default: Option<Rates>,
}

impl PriceTable {
    /// A table without any price.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Prices from a function of the model's name; `None` where it knows none.
    #[must_use]
    pub fn by_model(look_up: impl Fn(&str) -> Option<Rates> + Send + Sync + 'static) -> Self {
        Self { look_up: Some(Arc::new(look_up)), ..Self::default() }
    }

    /// Sets the prices of a model, by its whole name.
    #[must_use]
    pub fn with_model(mut self, model: impl Into<String>, rates: Rates) -> Self {
        self.models.insert(model.into(), rates);
        self
    }

    /// Sets the prices of models that are not known, and of calls whose model has no name.
    #[must_use]
    pub fn with_default(mut self, rates: Rates) -> Self {
        self.default = Some(rates);
        self
    }

    /// The prices of this model: its own, or else the default ones.
    #[must_use]
    pub fn rates(&self, model: Option<&str>) -> Option<Rates> {
        model.and_then(|model| self.own_rates(model)).or(self.default)
    }

    /// The prices of this model itself, without the default.
    pub(crate) fn own_rates(&self, model: &str) -> Option<Rates> {
        let listed = self.models.get(model).copied();
        listed.or_else(|| self.look_up.as_ref()?(model))
    }

    /// Whether prices differ by the model.
    pub(crate) fn knows_models(&self) -> bool {
        !self.models.is_empty() || self.look_up.is_some()
    }

    /// Whether all listed prices are finite numbers of at least 0.
    pub(crate) fn is_usable(&self) -> bool {
        self.models.values().chain(&self.default).all(Rates::are_usable)
    }
}

impl From<Rates> for PriceTable {
    fn from(rates: Rates) -> Self {
        Self::new().with_default(rates)
    }
}

/// Functions are equal if they are the same one.
impl PartialEq for PriceTable {
    fn eq(&self, other: &Self) -> bool {
        let same = match (&self.look_up, &other.look_up) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (a, b) => a.is_none() && b.is_none(),
        };
        same && self.models == other.models && self.default == other.default
    }
}

impl fmt::Debug for PriceTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PriceTable")
            .field("models", &self.models)
            .field("look_up", &self.look_up.as_ref().map(|_| "<closure>"))
            .field("default", &self.default)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_has_its_own_price_and_the_default_is_for_all_others() {
        let (small, large) = (Rates::per_million(1.0, 2.0), Rates::per_million(10.0, 20.0));
        let table = PriceTable::by_model(move |model| model.starts_with("l").then_some(large))
            .with_model("small", small);
        assert_eq!(table.rates(Some("small")), Some(small));
        assert_eq!(table.rates(Some("large-2026")), Some(large));
        assert_eq!((table.rates(Some("other")), table.rates(None)), (None, None));
        let table = table.with_default(small);
        assert_eq!((table.rates(Some("other")), table.rates(None)), (Some(small), Some(small)));
        assert_eq!(table.clone(), table);
    }
}
