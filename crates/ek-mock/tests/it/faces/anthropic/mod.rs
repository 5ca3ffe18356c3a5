//! What is Anthropic's own in its protocol.

mod events;
mod pages;
mod requests;
mod turns;

use ek_core::ProtocolName;
use ek_http::Provider;
use ek_mock::wire::MockTransport;

use super::every_protocol;

fn over(transport: &MockTransport) -> Provider {
    every_protocol::over(&ProtocolName::AnthropicMessages, transport)
}
