//! Where requests go: Google's own endpoint, gateways, Vertex AI.

use ek_core::{ApiKey, ChatRequest};
use ek_http::{Auth, Provider, ProviderBuilder};
use serde_json::json;

use super::{MODEL, answer, candidate, question, whole};
use crate::support::KEY;
use crate::support::native::Rig;

async fn target(
    request: &ChatRequest,
    change: impl FnOnce(ProviderBuilder, &str) -> ProviderBuilder,
) -> String {
    let answers = [whole(&json!([{"text": "ok"}]), "STOP")];
    let rig = Rig::with(Provider::gemini(MODEL), answers, change).await;
    rig.ask(request).await.expect("a reply");
    rig.server.requests().remove(0).target
}

#[tokio::test]
async fn the_base_url_may_lack_the_version_or_be_that_of_a_call() {
    for (path, sent) in [
        ("", "/v1beta/models/gemini-3-flash:generateContent"),
        ("/v1beta", "/v1beta/models/gemini-3-flash:generateContent"),
        ("/v1beta/", "/v1beta/models/gemini-3-flash:generateContent"),
        ("/v1alpha/models", "/v1alpha/models/gemini-3-flash:generateContent"),
        (
            "/v1beta/models/gemini-2.5-pro:generateContent",
            "/v1beta/models/gemini-3-flash:generateContent",
        ),
        ("/gateway/google", "/gateway/google/v1beta/models/gemini-3-flash:generateContent"),
    ] {
        let found =
            target(&question(), |settings, uri| settings.base_url(format!("{uri}{path}"))).await;
        assert_eq!(found, sent, "{path}");
    }
}

#[tokio::test]
async fn vertex_ai_has_the_models_of_a_publisher_and_takes_bearer_tokens() {
    let location = "/v1/projects/p/locations/us-central1";
    for (path, model, sent) in [
        (location, "gemini-3-flash", "/publishers/google/models/gemini-3-flash:generateContent"),
        (location, "models/m", "/publishers/google/models/m:generateContent"),
        (location, "publishers/meta/models/l", "/publishers/meta/models/l:generateContent"),
        (location, "endpoints/77", "/endpoints/77:generateContent"),
    ] {
        let request = question().with_model(model);
        let found =
            target(&request, |settings, uri| settings.base_url(format!("{uri}{path}"))).await;
        assert_eq!(found, format!("{location}{sent}"), "{path} {model}");
    }
    let whole_path = format!("{location}/publishers/google/models/m:generateContent");
    let answers = [answer(200, &candidate(&json!([{"text": "ok"}]), Some("STOP")))];
    let rig = Rig::with(Provider::gemini(MODEL), answers, |settings, uri| {
        let token = || async { ApiKey::new("ya29.FAKE") };
        settings.base_url(format!("{uri}{whole_path}")).auth(Auth::Bearer).api_key_source(token)
    });
    let rig = rig.await;
    rig.ask(&question()).await.expect("a reply");
    let sent = rig.server.requests().remove(0);
    let path = format!("{location}/publishers/google/models/gemini-3-flash:generateContent");
    assert_eq!(sent.target, path);
    assert_eq!(sent.header("authorization"), Some("Bearer ya29.FAKE"));
    assert_eq!(sent.header("x-goog-api-key"), None);
}

#[tokio::test]
async fn the_model_is_one_segment_unless_it_names_its_collection() {
    for (model, sent) in [
        ("my modèl/1?x#y", "/v1beta/models/my%20mod%C3%A8l%2F1%3Fx%23y:generateContent"),
        ("models/gemini-3-flash", "/v1beta/models/gemini-3-flash:generateContent"),
        ("tunedModels/tide-1", "/v1beta/tunedModels/tide-1:generateContent"),
        ("gemini-2.5-pro@002", "/v1beta/models/gemini-2.5-pro@002:generateContent"),
    ] {
        let found = target(&question().with_model(model), |settings, _| settings).await;
        assert_eq!(found, sent, "{model}");
    }
    let request = question().with_model("one").with_extra("model", "two");
    let answers = [whole(&json!([{"text": "ok"}]), "STOP")];
    let rig = Rig::with(Provider::gemini(MODEL), answers, |settings, _| settings).await;
    rig.ask(&request).await.expect("a reply");
    assert_eq!(rig.server.requests()[0].target, "/v1beta/models/two:generateContent");
    assert_eq!(rig.sent(0).get("model"), None);
    assert_eq!(rig.server.requests()[0].header("x-goog-api-key"), Some(KEY));
}

#[tokio::test]
async fn a_stream_has_a_path_and_a_query_of_its_own() {
    let chunk = candidate(&json!([{"text": "ok"}]), Some("STOP"));
    let rig = Rig::with(Provider::gemini(MODEL), [super::events([&chunk])], |settings, _| {
        settings.query("key", "q-FAKE")
    });
    let rig = rig.await;
    rig.streamed(&question()).await.expect("a reply");
    let expected = "/v1beta/models/gemini-3-flash:streamGenerateContent?key=q-FAKE&alt=sse";
    assert_eq!(rig.server.requests()[0].target, expected);

    for (given, expected) in [("alt=sse", "alt=sse"), ("x-alt=sse", "x-alt=sse&alt=sse")] {
        let given = format!("/v1beta/models/m:streamGenerateContent?{given}");
        let rig = Rig::with(Provider::gemini(MODEL), [super::events([&chunk])], |settings, uri| {
            settings.base_url(format!("{uri}{given}"))
        });
        let rig = rig.await;
        rig.streamed(&question()).await.expect("a reply");
        let expected = format!("/v1beta/models/gemini-3-flash:streamGenerateContent?{expected}");
        assert_eq!(rig.server.requests()[0].target, expected);
    }
}
