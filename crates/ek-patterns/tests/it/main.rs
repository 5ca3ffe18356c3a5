//! The call layer as its users see it. Time is tokio's and paused: nothing here sleeps.

mod collecting;
mod consensus;
mod embed;
mod ledger;
mod limiter;
mod map_reduce;
#[cfg(feature = "metrics")]
mod metering;
mod pipe;
mod react;
mod refine;
mod retry;
mod route;
mod shared;
mod spans;
mod strict;
mod structured;
mod support;
mod tools;
#[cfg(feature = "tower")]
mod towers;
