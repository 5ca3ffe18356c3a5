//! What is Google's own in the Gemini API.

mod arrays;
mod chunks;
mod pages;
mod requests;
mod turns;

use ek_core::ProtocolName;
use ek_http::Provider;
use ek_mock::wire::MockTransport;

use super::every_protocol;

fn over(transport: &MockTransport) -> Provider {
    every_protocol::over(&ProtocolName::GeminiGenerateContent, transport)
}
