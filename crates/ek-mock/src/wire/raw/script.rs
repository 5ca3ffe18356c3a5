//! Which connection gets which steps.

use super::Connection;

/// The script of a server: what it does on the first connection, the second, and so on.
///
/// Connections count in the order in which TCP accepts them; one whose TLS handshake fails counts as
/// well.
///
/// ```
/// use ek_mock::wire::{Connection, RawScript, response};
///
/// let ok = Connection::new().read_request().write(response(200, &[], "ok"));
/// // Two connections, and a third is a failure of the test.
/// let twice = RawScript::in_order([Connection::new().rst(), ok.clone()]);
/// // Reset once, healthy ever after.
/// let recovers = RawScript::in_order([Connection::new().rst()]).then_every(ok);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct RawScript {
    first: Vec<Connection>,
    rest: Option<Connection>,
}

impl RawScript {
    /// Does the same on every connection.
    pub fn every_connection(connection: Connection) -> Self {
        Self::in_order([]).then_every(connection)
    }

    /// Gives each connection its own steps. One connection more than that is a failure: it is closed
    /// at once, and the failure raised when the server is dropped.
    pub fn in_order(connections: impl IntoIterator<Item = Connection>) -> Self {
        Self { first: connections.into_iter().collect(), rest: None }
    }

    /// Gives every further connection these steps.
    pub fn then_every(mut self, connection: Connection) -> Self {
        self.rest = Some(connection);
        self
    }

    /// The steps of the connection with this index.
    ///
    /// # Errors
    ///
    /// If the script has no steps for it; the text says how many it has.
    pub(super) fn steps_of(&self, index: usize) -> Result<Connection, String> {
        let steps = self.first.get(index).or(self.rest.as_ref());
        steps.cloned().ok_or_else(|| {
            let scripted = self.first.len();
            format!("it was not expected, the script ends after {scripted} connection(s)")
        })
    }
}

impl From<Connection> for RawScript {
    fn from(connection: Connection) -> Self {
        Self::every_connection(connection)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(script: &RawScript, index: usize) -> String {
        script.steps_of(index).map_or_else(|error| error, |steps| format!("{steps:?}"))
    }

    #[test]
    fn connections_are_served_in_order_and_then_by_the_rest() {
        let script = RawScript::in_order([Connection::new().rst(), Connection::new().fin()]);
        assert_eq!(steps(&script, 0), "[rst]");
        assert_eq!(steps(&script, 1), "[fin]");
        assert_eq!(steps(&script, 2), "it was not expected, the script ends after 2 connection(s)");
        let script = script.then_every(Connection::new().stall());
        assert_eq!(steps(&script, 1), "[fin]");
        assert_eq!(steps(&script, 2), "[stall]");
    }

    #[test]
    fn a_connection_alone_serves_every_connection() {
        let script = RawScript::from(Connection::new().stall());
        assert_eq!(steps(&script, 0), "[stall]");
        assert_eq!(steps(&script, 99), "[stall]");
    }
}
