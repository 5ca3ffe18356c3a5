//! The faces on the wire verify as the one at the trait does, and know of what was no call.

use std::panic::{AssertUnwindSafe, catch_unwind};

use ek_mock::wire::{MockServer, MockTransport};
use ek_mock::{Rule, Script, When};

use super::{ask, closing, connection, exchange, over, request, to};

fn message(panics: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(panics)).expect_err("a panic");
    panic.downcast_ref::<String>().expect("a message").clone()
}

fn twice() -> Script {
    let rule = Rule::new(When::user_text("And the tide?")).named("tides").reply("noon");
    Script::new().rule(rule.expect_calls(2))
}

#[tokio::test]
async fn a_transport_verifies_when_its_last_clone_is_dropped() {
    let transport = MockTransport::new(twice());
    let provider = over(&transport);
    ask(&provider, "And the tide?").await.expect("a reply");
    ask(&provider, "And the wind?").await.expect_err("no rule");
    exchange(&mut connection(&transport), &closing(&request("{}"))).await;
    exchange(&mut connection(&transport), b"GET /v1/embeddings HTTP/1.0\r\n\r\n").await;
    drop(transport);
    // The provider's pool holds the last clone of the connector.
    insta::assert_snapshot!(message(|| drop(provider)), @r#"
    the calls are not as expected

    rule "tides" (user text is "And the tide?") expected exactly 2 calls and got 1 call.
    The nearest is call 2, answered by no rule.
      fails: user text is "And the tide?"
    Its conversation, - as it was wanted, + as it came:
      - user: And the tide?
      + user: And the wind?

    2 calls fitted no rule:
      call 2 (failed): user text "And the wind?", model "m", 1 message
      call 3 (failed): the body has no `messages`

    Besides, this came and was no call:
      GET /v1/embeddings
    "#);
}

#[tokio::test]
async fn a_server_verifies_when_it_is_dropped() {
    let server = MockServer::start(twice()).await;
    let provider = to(&server);
    ask(&provider, "And the tide?").await.expect("a reply");
    assert!(message(|| drop(server)).contains(
        "rule \"tides\" (user text is \"And the tide?\") expected exactly 2 calls and got 1 call."
    ));

    let server = MockServer::start(twice()).await;
    let provider = to(&server);
    for _ in 0..2 {
        ask(&provider, "And the tide?").await.expect("a reply");
    }
    server.assert_rule_called("tides", 2);
    server.stop().await;
}
