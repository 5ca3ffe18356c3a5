//! Servers of our own, made with the server's side of `rmcp`: in this process over a pipe in memory, where
//! tokio's time is paused, as a process of their own, and over HTTP.

mod agent;
mod calls;
mod cancelling;
mod failures;
#[cfg(feature = "http")]
mod http;
mod listing;
mod logs;
mod process;
mod support;
