//! Budgets, rate limits and circuits that many processes share, over Redis or Valkey.
//!
//! Copies of a service work against one account. What holds in one process (a
//! [`Ledger`](ek_patterns::Ledger), a [`RateLimiter`](ek_patterns::RateLimiter), the open circuit of a
//! [`Failover`](ek_patterns::Failover)) then has to hold over all of them. A [`Fleet`] makes ledgers, limiters and
//! circuits whose limits are those of the whole fleet; everything else about them stays the same.
//!
//! A process reserves a slice of a budget before it spends it, so the fleet cannot overspend, and a call that has
//! room in the slice does not wait for the store. The store is a trait of three methods ([`Store`]), with an
//! implementation in Redis ([`RedisStore`]) and one in memory ([`MemoryStore`]).
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod budget;
mod circuits;
mod fleet;
#[cfg(feature = "redis")]
mod kinds;
mod link;
mod options;
mod rate;
mod store;
mod window;

pub use fleet::Fleet;
pub use options::{FleetEvent, FleetOptions, OnLoss};
pub use rate::Rate;
#[cfg(feature = "redis")]
pub use store::RedisStore;
#[cfg(feature = "tls")]
pub use store::RedisTls;
pub use store::{
    Answer, Counts, LeaseAnswer, LeaseQuestion, MAX_COUNT, MemoryStore, OpenCircuit, RateAnswer,
    RateQuestion, Store, StoreError,
};
pub use window::Window;

#[cfg(all(test, feature = "redis"))]
#[path = "../tests/support/server.rs"]
mod server;
