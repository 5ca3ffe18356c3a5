//! Where requests for vectors go, by protocol and base URL, and which model they name.

use ek_core::{EmbeddingProvider as _, ErrorKind};
use ek_http::{Auth, EmbeddingProfile, Provider, ProviderBuilder};
use serde_json::json;

use super::{answer, embed, two_texts, two_vectors};
use crate::support::KEY;
use crate::support::native::Rig;

/// A provider at this path of a server that gives vectors.
async fn at(settings: ProviderBuilder, path: &str) -> Rig {
    let answers = [answer(200, &two_vectors()), answer(200, &two_vectors())];
    Rig::with(settings, answers, |settings, uri| settings.base_url(format!("{uri}{path}"))).await
}

#[tokio::test]
async fn a_provider_embeds_at_the_endpoint_beside_the_one_of_its_protocol() {
    let chat = || Provider::builder("http://replaced", "m");
    let cohere = || Provider::embeddings(EmbeddingProfile::OPENAI, "m");
    for (settings, path, target) in [
        (chat(), "/v1", "/v1/embeddings"),
        (chat(), "/v1/chat/completions", "/v1/embeddings"),
        (chat(), "/v1/embeddings", "/v1/embeddings"),
        (cohere(), "/v1/", "/v1/embeddings"),
        #[cfg(feature = "responses")]
        (Provider::openai_responses("m"), "", "/v1/embeddings"),
        #[cfg(feature = "gemini")]
        (Provider::gemini("m"), "", "/v1beta/models/m:batchEmbedContents"),
        #[cfg(feature = "gemini")]
        (
            Provider::gemini("m"),
            "/v1/projects/p/locations/l",
            "/v1/projects/p/locations/l/publishers/google/models/m:predict",
        ),
        #[cfg(feature = "gemini")]
        (
            Provider::embeddings(EmbeddingProfile::VERTEX, "m"),
            "/v1/publishers/google",
            "/v1/publishers/google/models/m:predict",
        ),
        #[cfg(feature = "gemini")]
        (
            Provider::gemini("m").embedding_profile(EmbeddingProfile::GEMINI),
            "/v1/projects/p/locations/l",
            "/v1/projects/p/locations/l/publishers/google/models/m:batchEmbedContents",
        ),
        #[cfg(feature = "gemini")]
        (
            Provider::embeddings(EmbeddingProfile::GEMINI, "models/m"),
            "/v1beta/models/m:batchEmbedContents",
            "/v1beta/models/m:batchEmbedContents",
        ),
    ] {
        let rig = at(settings, path).await;
        let found = embed(&rig, &two_texts()).await.expect("vectors");
        assert_eq!(found.values(), [0.25, 2.0, 0.5, -1.0], "{path}");
        let request = rig.server.requests().remove(0);
        assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", target));
        let key = if target.contains("models") { KEY.to_owned() } else { format!("Bearer {KEY}") };
        let sent = request.header("x-goog-api-key").or(request.header("authorization"));
        assert_eq!(sent, Some(key.as_str()), "{path}");
    }
}

#[tokio::test]
async fn azure_s_deployment_embeds_with_its_version_in_the_query() {
    let settings = Provider::builder("http://replaced", "m")
        .auth(Auth::ApiKeyHeader)
        .query("api-version", "2024-10-21");
    let rig = at(settings, "/openai/deployments/d").await;
    embed(&rig, &two_texts()).await.expect("vectors");
    let request = rig.server.requests().remove(0);
    assert_eq!(request.target, "/openai/deployments/d/embeddings?api-version=2024-10-21");
    assert_eq!(request.header("api-key"), Some(KEY));
}

#[cfg(feature = "anthropic")]
#[tokio::test]
async fn anthropic_has_no_vectors_and_nothing_is_sent_unless_a_gateway_offers_them() {
    let rig = at(Provider::anthropic("claude-sonnet-5"), "").await;
    let error = embed(&rig, &two_texts()).await.expect_err("unsupported");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    let why = "anthropic_messages has no way to embed texts; another provider has to";
    assert_eq!(error.to_string(), why);
    assert_eq!(rig.server.requests().len(), 0);

    let settings = Provider::anthropic("m").embedding_profile(EmbeddingProfile::OPENAI_COMPATIBLE);
    let rig = at(settings, "/v1").await;
    embed(&rig, &two_texts()).await.expect("vectors");
    assert_eq!(rig.server.requests()[0].target, "/v1/embeddings");
}

#[tokio::test]
async fn the_model_is_that_of_extra_else_of_the_request_else_the_one_for_vectors_else_the_provider_s()
 {
    let request = two_texts;
    let named = || Provider::builder("http://replaced", "talker").embedding_model("embedder");
    for (settings, request, model) in [
        (Provider::builder("http://replaced", "talker"), request(), "talker"),
        (named(), request(), "embedder"),
        (named(), request().with_model("mine"), "mine"),
        (named(), request().with_model("mine").with_extra("model", "extra"), "extra"),
    ] {
        let rig = at(settings, "/v1").await;
        embed(&rig, &request).await.expect("vectors");
        assert_eq!(rig.sent(0)["model"], model);
    }
    let provider = named().build().expect("sound");
    assert_eq!(provider.embedding_model(), Some("embedder"));
    let error = named().embedding_model(" ").build().expect_err("empty");
    assert_eq!(
        (error.kind(), error.to_string().as_str()),
        (ErrorKind::Config, "embedding_model is empty",)
    );
}

#[tokio::test]
async fn numbers_are_asked_for_unless_the_server_is_known_to_send_base64() {
    let chat = || Provider::builder("http://replaced", "m");
    for (settings, form) in [
        (chat(), json!("float")),
        (chat().embedding_profile(EmbeddingProfile::OPENAI), json!("base64")),
        (chat().embedding_profile(EmbeddingProfile::OPENAI.with_base64(false)), json!("float")),
        (chat().embedding_profile(EmbeddingProfile::VOYAGE), json!(null)),
        (chat().embedding_profile(EmbeddingProfile::VOYAGE.with_base64(true)), json!("base64")),
    ] {
        let rig = at(settings, "/v1").await;
        embed(&rig, &two_texts()).await.expect("vectors");
        assert_eq!(rig.sent(0)["encoding_format"], form);
    }
}

#[cfg(feature = "gemini")]
#[tokio::test]
async fn a_newer_model_of_vertex_is_asked_for_one_vector_by_its_own_method() {
    let vector = json!({"embedding": {"values": [0.25, 2.0]}, "truncated": false,
        "usageMetadata": {"promptTokenCount": 3, "totalTokenCount": 3}});
    let base = "/v1/projects/p/locations/l";
    let settings = Provider::gemini("gemini-embedding-2");
    let rig = Rig::with(settings, [answer(200, &vector)], |settings, uri| {
        settings.base_url(format!("{uri}{base}"))
    });
    let rig = rig.await;
    let found = embed(&rig, &ek_core::EmbeddingRequest::from("a")).await.expect("a vector");
    assert_eq!((found.values(), found.usage.input_tokens), (&[0.25, 2.0][..], Some(3)));
    let target = &rig.server.requests()[0].target;
    assert_eq!(*target, format!("{base}/publishers/google/models/gemini-embedding-2:embedContent"));
    assert_eq!(rig.provider.embedding_limits().max_inputs, Some(1));
}

#[test]
fn the_limits_are_those_of_the_profile() {
    let limits = |url: &str| Provider::new(url, "m").expect("sound").embedding_limits();
    assert_eq!(limits("http://api.openai.com/v1").max_inputs, Some(2_048));
    assert_eq!(limits("http://localhost:11434/v1").max_inputs, None);
    #[cfg(feature = "anthropic")]
    {
        let anthropic =
            Provider::anthropic("m").base_url("http://localhost").build().expect("sound");
        assert_eq!(anthropic.embedding_limits(), ek_core::EmbeddingLimits::UNKNOWN);
    }
}
