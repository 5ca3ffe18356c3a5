//! The quick versions of what `cargo xtask fleet` shows.

use std::process::Command;

use executionkit_tests::fleet::server::RedisServer;

fn holds(part: &str) {
    // The program starts a server of its own; this one shows that there is a program for it.
    if RedisServer::own_for_test(part).is_none() {
        return;
    }
    let program = env!("CARGO_BIN_EXE_fleet");
    let output = Command::new(program).args(["--quick", part]).output().expect("the program");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn killed_processes_never_overspend_and_each_loses_at_most_a_slice() {
    holds("kill");
}

#[test]
fn processes_keep_to_one_rate_and_cool_down_together() {
    holds("rate");
}

#[test]
fn no_call_hangs_while_the_store_is_stopped_and_the_fleet_agrees_again() {
    holds("outage");
}

#[test]
fn the_store_is_asked_once_in_twenty_calls_at_most() {
    holds("trips");
}
