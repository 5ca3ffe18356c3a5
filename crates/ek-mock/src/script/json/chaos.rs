//! Chaos as JSON.

use serde::{Deserialize, Deserializer, Serialize};

use crate::{Chaos, ChaosKind};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChaosForm {
    seed: u64,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "share")]
    rate: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kinds: Option<Vec<ChaosKind>>,
}

fn share<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    let rate = f64::deserialize(deserializer)?;
    match (0.0..=1.0).contains(&rate) {
        true => Ok(Some(rate)),
        false => Err(serde::de::Error::custom(format!("{rate} is no share from 0 to 1"))),
    }
}

impl From<ChaosForm> for Chaos {
    fn from(form: ChaosForm) -> Self {
        let mut chaos = Self::seeded(form.seed);
        if let Some(rate) = form.rate {
            chaos = chaos.with_rate(rate);
        }
        match form.kinds {
            Some(kinds) => chaos.with_kinds(kinds),
            None => chaos,
        }
    }
}

impl From<Chaos> for ChaosForm {
    fn from(chaos: Chaos) -> Self {
        let usual = Chaos::seeded(chaos.seed);
        Self {
            seed: chaos.seed,
            rate: Some(chaos.rate).filter(|rate| *rate != usual.rate),
            kinds: Some(chaos.kinds()).filter(|kinds| *kinds != usual.kinds()),
        }
    }
}
