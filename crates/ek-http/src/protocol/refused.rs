//! What no native protocol can send. It is refused before a request is made.

use ek_core::{Error, ErrorKind, ProtocolName, Result};

use super::Asked;

/// Refuses what would change the meaning of the answer, and numbers that JSON cannot hold. `api`: what the
/// protocol is called in an error.
///
/// # Errors
/// `Unsupported` for more than one reply, `Config` for a number that is none.
pub(super) fn check(
    protocol: &ProtocolName,
    api: &str,
    asked: &Asked<'_>,
    temperature: Option<f64>,
) -> Result<()> {
    let n = asked.request.extra_value(protocol, "n");
    if n.is_some_and(|n| n.as_f64().is_none_or(|n| n > 1.0)) {
        let why = format!("{api} gives one reply to a request: `n` has to be 1");
        return Err(Error::new(ErrorKind::Unsupported, why));
    }
    for (name, number) in [("temperature", temperature), ("top_p", asked.request.top_p)] {
        if number.is_some_and(|number| !number.is_finite()) {
            let why = format!("{name} is not a finite number");
            return Err(Error::new(ErrorKind::Config, why));
        }
    }
    Ok(())
}
