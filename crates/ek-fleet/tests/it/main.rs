//! Fleets in one process: several [`Fleet`](ek_fleet::Fleet)s over one store stand for several processes. Time
//! is tokio's and paused, but where a Redis is asked.

mod budgets;
mod circuits;
mod ends;
mod loss;
mod rates;
mod support;
mod waits;
