//! Admits a call: finds its price and its longest reply, and waits for calls under way.

use std::borrow::Cow;
use std::sync::Arc;

use ek_core::{
    ChatRequest, EmbeddingProvider, EmbeddingRequest, Error, ErrorKind, LlmProvider, Result,
};
use tokio::time::timeout;

use super::account::{Refused, Unpriced, Wait};
use super::amounts::Need;
use super::{Estimate, Ledger, Reservation};
use crate::Rates;
use crate::asked::{self, Asked, LONGEST_REPLY};

/// A request to such a provider: what it may take, and how a ledger admits it.
pub(crate) trait RequestTo<P>: Asked {
    fn estimate(&self, provider: &P) -> Estimate;

    /// Reserves the cost of the call, as soon as calls under way leave enough, and returns the request to send.
    ///
    /// # Errors
    /// `BudgetExhausted` if the budget will not cover the call; `Config` if it has no price.
    fn admit<'r>(
        &'r self,
        ledger: &Ledger,
        provider: &P,
        estimate: Estimate,
    ) -> impl Future<Output = Result<(Reservation, Cow<'r, Self>)>> + Send;
}

impl<P: EmbeddingProvider> RequestTo<P> for EmbeddingRequest {
    fn estimate(&self, _: &P) -> Estimate {
        Estimate::of_embedding(self)
    }

    async fn admit<'r>(
        &'r self,
        ledger: &Ledger,
        provider: &P,
        estimate: Estimate,
    ) -> Result<(Reservation, Cow<'r, Self>)> {
        let rates = ledger.rates(self.asked_model().or_else(|| provider.embedding_model()))?;
        let need = Need { estimate, rates };
        Ok((ledger.wait_for(|| need).await?, Cow::Borrowed(self)))
    }
}

impl<P: LlmProvider> RequestTo<P> for ChatRequest {
    fn estimate(&self, provider: &P) -> Estimate {
        Estimate::with_default(self, provider.default_max_tokens())
    }

    /// The request gets a limit on its reply, where the budget needs one and the request has none.
    async fn admit<'r>(
        &'r self,
        ledger: &Ledger,
        provider: &P,
        estimate: Estimate,
    ) -> Result<(Reservation, Cow<'r, Self>)> {
        let default = provider.default_max_tokens();
        let rates = ledger.rates(self.asked_model().or_else(|| provider.model()))?;
        let need = Need { estimate, rates };
        if asked::output_limit(self).is_some() || !ledger.account.binds_output() {
            return Ok((ledger.wait_for(|| need).await?, Cow::Borrowed(self)));
        }
        let choices = asked::choices(self);
        let wanted = default.map_or(LONGEST_REPLY, |own| u64::from(own) + asked::thinking(self));
        let each = || (ledger.account.left(&need) / choices).min(wanted).max(1);
        let reservation = ledger
            .wait_for(|| {
                let output = each().saturating_mul(choices);
                Need { estimate: Estimate::new(estimate.input_tokens, output), rates }
            })
            .await?;
        let granted = reservation.output() / choices;
        if granted >= wanted {
            return Ok((reservation, Cow::Borrowed(self)));
        }
        let mut request = self.clone();
        request.max_tokens = Some(u32::try_from(granted).unwrap_or(u32::MAX));
        Ok((reservation, Cow::Owned(request)))
    }
}

impl Ledger {
    /// Reserves the cost of one call, now or not at all; priced as a model without a name.
    ///
    /// # Errors
    /// [`ErrorKind::BudgetExhausted`] if the budget does not cover it at the moment, with what was spent so
    /// far; `Config` if it has no price.
    pub fn reserve(&self, estimate: Estimate) -> Result<Reservation> {
        let need = Need { estimate, rates: self.rates(None)? };
        self.try_charge(need).map_err(|refused| self.exhausted(&refused))
    }

    /// Reserves as [`reserve`](Self::reserve) does, but waits where calls under way may give back what is
    /// needed.
    ///
    /// # Errors
    /// As [`reserve`](Self::reserve), once no call under way can help, or none has ended for
    /// [`max_wait`](crate::Budget::max_wait).
    pub async fn acquire(&self, estimate: Estimate) -> Result<Reservation> {
        let need = Need { estimate, rates: self.rates(None)? };
        self.wait_for(|| need).await
    }

    /// Reserves what `need` returns; waits while calls under way may give back what is missing.
    async fn wait_for(&self, need: impl Fn() -> Need) -> Result<Reservation> {
        loop {
            let freed = self.account.freed().next();
            let needed = need();
            let mut refused = match self.try_charge(needed) {
                Ok(reservation) => return Ok(reservation),
                Err(refused) => refused,
            };
            let over = match std::mem::replace(&mut refused.wait, Wait::Never) {
                Wait::Freed(longest) => timeout(longest, freed).await.is_err(),
                Wait::Shared(change, longest) => timeout(longest, change).await.is_err(),
                // What was left may have changed since `need` was called.
                Wait::Never => need() == needed,
            };
            if over {
                return Err(self.exhausted(&refused));
            }
        }
    }

    fn try_charge(&self, need: Need) -> std::result::Result<Reservation, Box<Refused>> {
        let ticket = self.account.charge(need.amounts())?;
        Ok(Reservation::new(Arc::clone(&self.account), need, ticket))
    }

    fn rates(&self, model: Option<&str>) -> Result<Option<Rates>> {
        self.account.rates(model).map_err(|unpriced| {
            let why = match (unpriced, model) {
                (Unpriced::NoTable, _) => {
                    "the budget has a limit in money, and no prices: `Budget::with_cost` sets both"
                        .to_owned()
                }
                (Unpriced::Model, Some(model)) => {
                    format!("the budget has no usable price for the model {model}")
                }
                (Unpriced::Model, None) => {
                    "the budget has no price for a call whose model has no name: \
                     `PriceTable::with_default` sets one"
                        .to_owned()
                }
            };
            Error::new(ErrorKind::Config, why).with_attempts(0)
        })
    }

    /// Nothing was sent.
    fn exhausted(&self, refused: &Refused) -> Error {
        let error = Error::new(ErrorKind::BudgetExhausted, refused.message());
        error.with_attempts(0).with_spend(self.spend())
    }
}
