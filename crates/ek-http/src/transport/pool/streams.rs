//! How many calls each shared (HTTP/2) connection carries, and how many it may. Pure: no IO.
//!
//! hyper would queue streams above the peer's limit itself, in a queue that knows nothing of other
//! connections and of who came first. So they are counted here. The peer says how many it takes at once,
//! and may change that later. Until it has said so, the least that it ought to allow is assumed (RFC
//! 9113, section 6.5.2).

use std::time::Duration;

use tokio::time::Instant;

use super::parts::Sender;

/// How many streams are used before the peer's settings have come.
pub(super) const BEFORE_SETTINGS: usize = 100;

/// The shared connections of one runtime. `S` is what requests are sent by.
pub(super) struct Connections<S> {
    all: Vec<Entry<S>>,
    idle_limit: Duration,
}

struct Entry<S> {
    /// The number of its socket.
    id: u64,
    sender: S,
    streams: usize,
    /// None until the peer's settings have come.
    limit: Option<usize>,
    idle_since: Option<Instant>,
}

impl<S: Sender> Connections<S> {
    pub(super) fn new(idle_limit: Duration) -> Self {
        Self { all: Vec::new(), idle_limit }
    }

    /// A new connection over this socket, on which its first call has a stream already.
    #[cfg_attr(not(feature = "http2"), allow(dead_code, reason = "no connection is shared"))]
    pub(super) fn add(&mut self, id: u64, sender: S) {
        self.all.push(Entry { id, sender, streams: 1, limit: None, idle_since: None });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// A stream on the oldest connection that has one left, if it is older than this one. The others may
    /// then fall idle.
    pub(super) fn open_stream(&mut self, older_than: u64) -> Option<(u64, S)> {
        let free = |entry: &&mut Entry<S>| {
            entry.id < older_than
                && entry.streams < entry.limit.unwrap_or(BEFORE_SETTINGS)
                && entry.sender.is_usable()
        };
        let entry = self.all.iter_mut().find(free)?;
        entry.streams += 1;
        entry.idle_since = None;
        entry.sender.begin_wait();
        Some((entry.id, entry.sender.clone()))
    }

    /// Whether every connection that is usable has had its limit set.
    pub(super) fn are_all_limits_known(&self) -> bool {
        self.all.iter().all(|entry| entry.limit.is_some() || !entry.sender.is_usable())
    }

    /// A call is over. Gives the connection back where it is the first one too many to be idle, or seems dead.
    /// One that carries other calls is only given back if another one may take its place: they go on, and it may
    /// be slow and not dead.
    pub(super) fn close_stream(
        &mut self,
        id: u64,
        now: Instant,
        may_idle: bool,
        may_replace: bool,
    ) -> Option<S> {
        let at = self.all.iter().position(|entry| entry.id == id)?;
        let entry = &mut self.all[at];
        entry.streams -= 1;
        if entry.sender.is_silent() && (may_replace || entry.streams == 0) {
            return Some(self.all.remove(at).sender);
        }
        if entry.streams > 0 {
            return None;
        }
        entry.idle_since = Some(now);
        let keeps = may_idle && entry.limit != Some(0);
        if keeps { None } else { Some(self.all.remove(at).sender) }
    }

    /// The peer has said how many streams it takes. Gives the connection back where it takes none and has
    /// none: another one may. A call that has its stream already waits until it may open it.
    #[cfg_attr(not(feature = "http2"), allow(dead_code, reason = "no connection is shared"))]
    pub(super) fn set_limit(&mut self, id: u64, limit: usize) -> Option<S> {
        let at = self.all.iter().position(|entry| entry.id == id)?;
        self.all[at].limit = Some(limit);
        let is_of_no_use = limit == 0 && self.all[at].streams == 0;
        is_of_no_use.then(|| self.all.remove(at).sender)
    }

    /// No further calls on this one; those that it carries go on.
    pub(super) fn retire(&mut self, id: u64) -> Option<S> {
        let at = self.all.iter().position(|entry| entry.id == id)?;
        Some(self.all.remove(at).sender)
    }

    pub(super) fn idle(&self) -> usize {
        self.all.iter().filter(|entry| entry.idle_since.is_some()).count()
    }

    /// Those that have been idle for long enough.
    pub(super) fn expired(&mut self, now: Instant) -> Vec<S> {
        let limit = self.idle_limit;
        let due = |entry: &mut Entry<S>| entry.idle_since.is_some_and(|t| t + limit <= now);
        self.all.extract_if(.., due).map(|entry| entry.sender).collect()
    }

    /// When the next one will have.
    pub(super) fn next_expiry(&self) -> Option<Instant> {
        let since = self.all.iter().filter_map(|entry| entry.idle_since).min()?;
        Some(since + self.idle_limit)
    }

    pub(super) fn clear(&mut self) -> Vec<S> {
        self.all.drain(..).map(|entry| entry.sender).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Debug, PartialEq)]
    struct Wire(&'static str, bool);

    impl Sender for Wire {
        fn is_usable(&self) -> bool {
            self.1
        }
    }

    const SECOND: Duration = Duration::from_secs(1);

    fn name(stream: Option<(u64, Wire)>) -> Option<&'static str> {
        stream.map(|(_, wire)| wire.0)
    }

    #[test]
    fn streams_are_opened_up_to_what_the_peer_says() {
        let mut all = Connections::new(SECOND);
        let (a, b) = (1, 2);
        all.add(a, Wire("a", true));
        assert!(!all.are_all_limits_known());
        assert!(all.set_limit(a, 2).is_none());
        assert!(all.are_all_limits_known());
        assert_eq!(name(all.open_stream(u64::MAX)), Some("a"));
        assert_eq!(name(all.open_stream(u64::MAX)), None);
        all.add(b, Wire("b", true));
        all.set_limit(b, 0);
        assert_eq!(
            name(all.open_stream(u64::MAX)),
            None,
            "the stream that it has is not denied, no second one given"
        );
        assert!(all.set_limit(b, 1).is_none());
        all.close_stream(a, Instant::now(), true, true);
        all.close_stream(b, Instant::now(), true, true);
        assert_eq!(name(all.open_stream(u64::MAX)), Some("a"), "the oldest first");
        assert_eq!(name(all.open_stream(u64::MAX)), Some("b"));
    }

    #[test]
    fn a_connection_that_takes_no_streams_is_not_kept() {
        let (mut all, b) = (Connections::new(SECOND), Some(Wire("b", true)));
        for (before, after) in [(None, b.clone()), (b, None)] {
            all.add(2, Wire("b", true));
            let lower = |all: &mut Connections<Wire>| all.set_limit(2, 0);
            if after.is_some() {
                assert_eq!(lower(&mut all), before, "it has a stream");
                assert_eq!(all.close_stream(2, Instant::now(), true, true), after);
            } else {
                assert_eq!(all.close_stream(2, Instant::now(), true, true), after);
                assert_eq!(lower(&mut all), before);
            }
            assert!(all.is_empty());
        }
    }

    #[test]
    fn before_the_settings_a_hundred_streams_are_opened() {
        let mut all = Connections::new(SECOND);
        all.add(1, Wire("a", true));
        let opened = std::iter::from_fn(|| all.open_stream(u64::MAX)).count();
        assert_eq!(opened + 1, BEFORE_SETTINGS);
    }

    #[test]
    fn a_connection_that_takes_nothing_more_is_passed_over() {
        let mut all = Connections::new(SECOND);
        all.add(7, Wire("gone", false));
        assert_eq!(name(all.open_stream(u64::MAX)), None);
        assert!(all.are_all_limits_known(), "it will not report one");
        let a = 8;
        all.add(a, Wire("a", true));
        assert_eq!(all.retire(a), Some(Wire("a", true)));
        assert_eq!((all.retire(a), name(all.open_stream(u64::MAX))), (None, None));
        assert_eq!(all.close_stream(a, Instant::now(), true, true), None);
    }

    #[test]
    fn a_connection_without_streams_is_idle_from_then_on() {
        let (mut all, start) = (Connections::new(10 * SECOND), Instant::now());
        let (a, b) = (1, 2);
        all.add(a, Wire("a", true));
        all.add(b, Wire("b", true));
        assert_eq!((all.idle(), all.next_expiry()), (0, None));
        all.close_stream(b, start + SECOND, true, true);
        all.close_stream(a, start, true, true);
        assert_eq!((all.idle(), all.next_expiry()), (2, Some(start + 10 * SECOND)));
        assert_eq!(all.expired(start + 10 * SECOND), [Wire("a", true)]);
        assert_eq!(name(all.open_stream(u64::MAX)), Some("b"));
        assert_eq!((all.idle(), all.expired(start + 99 * SECOND).len()), (0, 0));
        assert_eq!(
            all.close_stream(b, start, false, true),
            Some(Wire("b", true)),
            "none may be idle"
        );
    }
}
