//! Admits a call: finds its price and its longest reply, and waits for calls under way.

use std::borrow::Cow;
use std::sync::Arc;

use ek_core::{ChatRequest, Error, ErrorKind, LlmProvider, Result};
use tokio::time::timeout;

use super::account::{Refused, Unpriced, Wait};
use super::amounts::Need;
use super::{Estimate, Ledger, Reservation};
use crate::Rates;
use crate::asked::{self, LONGEST_REPLY};

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

    /// Reserves the cost of a call, as soon as calls under way leave enough, and returns the request to send:
    /// with a limit on its reply, where the budget needs one and the request has none.
    ///
    /// # Errors
    /// `BudgetExhausted` if the budget will not cover the call; `Config` if it has no price.
    pub(crate) async fn admit<'r, P: LlmProvider>(
        &self,
        provider: &P,
        request: &'r ChatRequest,
    ) -> Result<(Reservation, Cow<'r, ChatRequest>)> {
        let default = provider.default_max_tokens();
        let rates = self.rates(asked::model(request).or_else(|| provider.model()))?;
        let estimate = Estimate::with_default(request, default);
        let need = Need { estimate, rates };
        if asked::output_limit(request).is_some() || !self.account.binds_output() {
            return Ok((self.wait_for(|| need).await?, Cow::Borrowed(request)));
        }
        let choices = asked::choices(request);
        let wanted = default.map_or(LONGEST_REPLY, |own| u64::from(own) + asked::thinking(request));
        let each = || (self.account.left(&need) / choices).min(wanted).max(1);
        let reservation = self
            .wait_for(|| {
                let output = each().saturating_mul(choices);
                Need { estimate: Estimate::new(estimate.input_tokens, output), rates }
            })
            .await?;
        let granted = reservation.output() / choices;
        if granted >= wanted {
            return Ok((reservation, Cow::Borrowed(request)));
        }
        let mut request = request.clone();
        request.max_tokens = Some(u32::try_from(granted).unwrap_or(u32::MAX));
        Ok((reservation, Cow::Owned(request)))
    }

    /// Reserves the cost of a call for embeddings to this model, as soon as calls under way leave enough.
    ///
    /// # Errors
    /// As [`admit`](Self::admit).
    pub(crate) async fn admit_embedding(
        &self,
        model: Option<&str>,
        estimate: Estimate,
    ) -> Result<Reservation> {
        let need = Need { estimate, rates: self.rates(model)? };
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
