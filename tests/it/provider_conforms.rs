//! `Provider` under the conformance suite, over memory and over TCP: the suite's own backend stands
//! behind it as a script, in bytes.

use ek_mock::conformance::echo;
use ek_mock::wire::{MockServer, MockTransport};
use ek_mock::{Fault, MockReply, Script};
use executionkit::Provider;

const KEY: &str = "kiln-key-without-a-shape";

fn over_memory(script: Script) -> Provider {
    let transport = MockTransport::new(script);
    let settings = Provider::builder(transport.uri(), "kiln-1").connector(transport.clone());
    settings.api_key(KEY).build().expect("settings")
}

async fn over_tcp(script: Script) -> Provider {
    // Ends with the runtime of its test.
    let server = Box::leak(Box::new(MockServer::start(script).await));
    Provider::builder(server.uri(), "kiln-1").api_key(KEY).build().expect("settings")
}

fn broken(fault: Fault) -> Script {
    Script::cycling([MockReply::from("Slowly, or the clay cracks.").failing_after(2, fault)])
}

mod in_memory {
    use super::*;

    executionkit::conformance!(
        over_memory(Script::responding(echo)),
        streaming,
        tools,
        debug,
        keys = [KEY],
        broken_stream = over_memory(broken(Fault::Cut)),
    );
}

mod on_a_socket {
    use super::*;

    executionkit::conformance!(
        over_tcp(Script::responding(echo)).await,
        streaming,
        tools,
        debug,
        keys = [KEY],
        broken_stream = over_tcp(broken(Fault::Reset)).await,
    );
}
