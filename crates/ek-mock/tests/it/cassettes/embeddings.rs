//! Recordings of requests for embeddings.

use ek_core::{EmbeddingProvider as _, EmbeddingRequest, Embeddings, ErrorKind, LlmProvider as _};
use ek_http::{EmbeddingProfile, Provider, ProviderBuilder};
use ek_mock::wire::{Connection, MockServer, MockTransport, RawServer, response};
use ek_mock::{Cassette, MockProvider, Recording, Script};

use super::Folder;

/// Has no shape by which it would be masked.
const KEY: &str = "kiln0key0without0shape";

const TEXTS: [&str; 2] = ["Kilns cool slowly.", "The lake is calm."];

fn openai(uri: &str, base64: bool) -> ProviderBuilder {
    let profile = EmbeddingProfile::OPENAI_COMPATIBLE.with_base64(base64);
    Provider::builder(uri, "m").embedding_profile(profile).api_key(KEY)
}

fn gemini(uri: &str) -> ProviderBuilder {
    Provider::gemini("m").base_url(uri).api_key(KEY)
}

async fn embed(
    builder: ProviderBuilder,
    request: &EmbeddingRequest,
) -> ek_core::Result<Embeddings> {
    builder.build().expect("settings").embed(request).await
}

/// What a client hears from a mock with a recorder before it, and what the recorder made of it.
async fn recorded(
    folder: &Folder,
    client: impl Fn(&str) -> ProviderBuilder,
    request: &EmbeddingRequest,
) -> (Embeddings, Vec<Recording>) {
    let upstream = MockServer::start(Script::new()).await;
    let recorder = Cassette::record(folder.path(), &upstream.uri()).await.expect("a recorder");
    let heard = embed(client(&recorder.uri()), request).await.expect("vectors");
    (heard, recorder.stop().await)
}

fn replay(folder: &Folder) -> MockTransport {
    MockTransport::new(Cassette::replay(folder.path()).expect("a cassette"))
}

#[tokio::test]
async fn vectors_that_were_recorded_are_heard_again_in_every_form() {
    let numbers = |uri: &str| openai(uri, false);
    let base64 = |uri: &str| openai(uri, true);
    let clients: [&dyn Fn(&str) -> ProviderBuilder; 3] = [&numbers, &base64, &gemini];
    for client in clients {
        let folder = Folder::new();
        let request = EmbeddingRequest::new(TEXTS).with_dimensions(1_536);
        let (first, recordings) = recorded(&folder, client, &request).await;
        assert!(matches!(recordings[..], [Recording::Written { .. }]), "{recordings:?}");
        let transport = replay(&folder);
        let offline = || client(transport.uri()).connector(transport.clone());
        for _ in 0..2 {
            assert_eq!(embed(offline(), &request).await.expect("the same"), first);
        }
        let other = EmbeddingRequest::new(["Kilns cool slowly.", "The sea is calm."]);
        let error = embed(offline(), &other.with_dimensions(1_536)).await.expect_err("a miss");
        let shown = error.to_string();
        assert!(shown.contains("was never recorded") && shown.contains("0001.json"), "{shown}");
        assert!(shown.contains("input[1] was \"The lake is calm.\""), "{shown}");
    }
}

#[tokio::test]
async fn a_recording_is_for_its_own_protocol_form_and_kind_of_request() {
    let folder = Folder::new();
    let request = EmbeddingRequest::from(TEXTS[0]);
    recorded(&folder, |uri| openai(uri, false), &request).await;
    let transport = replay(&folder);
    let numbers = openai(transport.uri(), false).connector(transport.clone());
    let base64 = openai(transport.uri(), true).connector(transport.clone());
    let error = embed(base64, &request).await.expect_err("another form").to_string();
    assert!(error.contains("encoding_format was \"float\" and is \"base64\""), "{error}");
    let other = gemini(transport.uri()).connector(transport.clone());
    let error = embed(other, &request).await.expect_err("another protocol").to_string();
    assert!(error.contains("it was asked at /embeddings and is at :batchEmbedContents"), "{error}");
    let provider = numbers.build().expect("settings");
    let error = provider.complete(&TEXTS[0].into()).await.expect_err("a request for a reply");
    let shown = error.to_string();
    assert!(shown.contains("was never recorded") && !shown.contains("nearest"), "{shown}");
}

#[tokio::test]
async fn no_secret_reaches_the_disk_with_vectors() {
    let folder = Folder::new();
    let secret = EmbeddingRequest::new(["pay with sk-abc123456789", "calm"]);
    let (first, recordings) =
        recorded(&folder, |uri| openai(uri, true), &secret.clone().with_extra("user", KEY)).await;
    assert!(matches!(recordings[..], [Recording::Written { .. }]), "{recordings:?}");
    let (_, texts) = folder.read();
    assert!(texts.contains("pay with [REDACTED]"), "{texts}");
    for hidden in [KEY, "sk-abc", "authorization"] {
        assert!(!texts.contains(hidden), "{hidden}: {texts}");
    }
    let transport = replay(&folder);
    let offline = openai(transport.uri(), true).connector(transport.clone());
    let again = embed(offline, &secret.with_extra("user", "[REDACTED]")).await;
    assert_eq!(again.expect("the same question once masked"), first);
}

#[tokio::test]
async fn an_answer_with_vectors_that_is_cut_is_not_written() {
    let folder = Folder::new();
    let cut =
        response(200, &[("content-type", "application/json")], r#"{"data":[{"embedding":[0.5,"#);
    let upstream = RawServer::start(Connection::new().read_request().write(cut)).await;
    let recorder = Cassette::record(folder.path(), &upstream.uri()).await.expect("a recorder");
    let request = EmbeddingRequest::from("a");
    embed(openai(&recorder.uri(), false), &request).await.expect_err("cut");
    let recordings = recorder.stop().await;
    assert!(
        matches!(&recordings[..], [Recording::Refused { why }] if why.contains("is cut")),
        "{recordings:?}"
    );
    assert!(folder.read().0.is_empty());
}

#[tokio::test]
async fn a_cassette_with_vectors_says_at_the_trait_that_it_is_for_the_wire() {
    let folder = Folder::new();
    let request = EmbeddingRequest::from("a").with_model("m");
    recorded(&folder, |uri| openai(uri, false), &request).await;
    let provider = MockProvider::from_script(Cassette::replay(folder.path()).expect("a cassette"));
    let asked = request.with_extra("encoding_format", "float");
    let error = provider.embed(&asked).await.expect_err("raw bytes");
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    assert!(error.to_string().contains("play it with MockTransport"), "{error}");
}
