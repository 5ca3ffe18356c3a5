//! What is OpenAI's own in the Responses API.

mod commentary;
mod events;
mod requests;
mod turns;

use ek_core::ProtocolName;
use ek_http::Provider;
use ek_mock::wire::MockTransport;

use super::every_protocol;

fn over(transport: &MockTransport) -> Provider {
    every_protocol::over(&ProtocolName::OpenAiResponses, transport)
}
