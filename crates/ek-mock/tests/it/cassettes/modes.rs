//! Recording into a folder that has recordings already.

use ek_core::{ChatRequest, ErrorKind, LlmProvider as _};
use ek_http::Provider;
use ek_mock::wire::{MockServer, MockTransport};
use ek_mock::{Cassette, RecordMode, Recording, Script};

use super::Folder;

/// Asks a recorder these questions and lets the endpoint answer them in turn; what became of each.
async fn record(folder: &Folder, mode: RecordMode, exchanges: &[(&str, &str)]) -> Vec<Recording> {
    let answers: Vec<String> = exchanges.iter().map(|(_, answer)| (*answer).to_owned()).collect();
    let upstream = MockServer::start(Script::cycling(answers)).await;
    let recorder = Cassette::record_with(folder.path(), &upstream.uri(), mode).await;
    let recorder = recorder.expect("a recorder");
    let live = Provider::builder(recorder.uri(), "m").build().expect("settings");
    for (question, _) in exchanges {
        live.complete(&ChatRequest::user(*question)).await.expect("a reply");
    }
    recorder.stop().await
}

/// What a replay answers to these questions.
async fn heard(folder: &Folder, questions: &[&str]) -> Vec<String> {
    let transport = MockTransport::new(Cassette::replay(folder.path()).expect("a cassette"));
    let offline = Provider::builder(transport.uri(), "m").connector(transport.clone());
    let offline = offline.build().expect("settings");
    let mut heard = Vec::new();
    for question in questions {
        heard.push(offline.complete(&ChatRequest::user(*question)).await.expect("a reply").content);
    }
    heard
}

#[tokio::test]
async fn what_is_recorded_again_is_what_is_heard_and_all_else_stays() {
    let folder = Folder::new();
    record(
        &folder,
        RecordMode::default(),
        &[("tide?", "flood"), ("wind?", "calm"), ("tide?", "slack")],
    )
    .await;
    assert_eq!(heard(&folder, &["tide?", "tide?", "wind?"]).await, ["flood", "slack", "calm"]);

    let again = record(&folder, RecordMode::default(), &[("tide?", "ebb"), ("sun?", "set")]).await;
    let path = |name: &str| Recording::Written { path: folder.path().join(name) };
    assert_eq!(again, [path("0001.json"), path("0003.json")]);
    assert_eq!(folder.read().0, ["0001.json", "0002.json", "0003.json"]);
    let questions = ["tide?", "tide?", "wind?", "sun?"];
    assert_eq!(heard(&folder, &questions).await, ["ebb", "ebb", "calm", "set"]);
}

#[tokio::test]
async fn several_answers_of_one_recorder_stand_beside_each_other_in_every_mode() {
    for mode in [RecordMode::Replace, RecordMode::Append, RecordMode::Refuse] {
        let folder = Folder::new();
        record(&folder, mode, &[("tide?", "flood"), ("tide?", "ebb")]).await;
        assert_eq!(heard(&folder, &["tide?", "tide?"]).await, ["flood", "ebb"], "{mode:?}");
    }
    let folder = Folder::new();
    record(&folder, RecordMode::Replace, &[("tide?", "old")]).await;
    record(&folder, RecordMode::Replace, &[("tide?", "flood"), ("tide?", "ebb")]).await;
    assert_eq!(heard(&folder, &["tide?", "tide?", "tide?"]).await, ["flood", "ebb", "ebb"]);
}

#[tokio::test]
async fn an_appending_recorder_adds_and_replaces_nothing() {
    let folder = Folder::new();
    for answer in ["flood", "ebb"] {
        record(&folder, RecordMode::Append, &[("tide?", answer)]).await;
    }
    assert_eq!(folder.read().0, ["0001.json", "0002.json"]);
    assert_eq!(heard(&folder, &["tide?", "tide?"]).await, ["flood", "ebb"]);
}

#[tokio::test]
async fn a_refusing_recorder_keeps_what_is_there_and_says_where() {
    let folder = Folder::new();
    record(&folder, RecordMode::Refuse, &[("tide?", "flood")]).await;
    let again = record(&folder, RecordMode::Refuse, &[("tide?", "ebb"), ("wind?", "calm")]).await;
    let why = "the question is recorded already, in 0001.json".to_owned();
    let path = folder.path().join("0002.json");
    assert_eq!(again, [Recording::Refused { why }, Recording::Written { path }]);
    assert_eq!(heard(&folder, &["tide?", "wind?"]).await, ["flood", "calm"]);
}

#[tokio::test]
async fn a_folder_that_cannot_be_read_is_not_recorded_into() {
    let folder = Folder::new();
    folder.write("0001.json", "{");
    for mode in [RecordMode::Replace, RecordMode::Refuse] {
        let error = Cassette::record_with(folder.path(), "http://127.0.0.1:1", mode).await;
        let error = error.expect_err("it cannot be compared");
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains("0001.json: EOF while parsing"), "{error}");
    }
    let upstream = "http://127.0.0.1:1";
    let _ =
        Cassette::record_with(folder.path(), upstream, RecordMode::Append).await.expect("it adds");
}
