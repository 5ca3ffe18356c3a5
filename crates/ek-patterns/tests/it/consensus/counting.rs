//! How answers are compared and counted.

use ek_core::{ErrorKind, FinishReason, LlmResponse};
use ek_mock::{MockProvider, MockReply};
use ek_patterns::{ConsensusDetail, Normalizer, VotingStrategy};

use super::{ask, options};

fn cut(text: &str, reason: FinishReason) -> MockReply {
    LlmResponse::text(text).with_finish_reason(reason).into()
}

#[tokio::test]
async fn forms_are_compared_after_trim_and_white_space_collapse() {
    let provider = MockProvider::new(["a b", " a\n\tb ", "a  b", "ab"]);
    let outcome = ask(&provider, &options(4)).await.expect("a winner");
    assert_eq!((outcome.score, outcome.detail.unique_answers), (Some(0.75), 2));
}

#[tokio::test]
async fn case_is_kept() {
    let provider = MockProvider::new(["Four", "four", "four"]);
    let outcome = ask(&provider, &options(3)).await.expect("a winner");
    assert_eq!((outcome.value.as_str(), outcome.detail.unique_answers), ("four", 2));
}

#[tokio::test]
async fn the_winner_is_the_first_original_text_of_the_winning_form() {
    let provider = MockProvider::new(["six", " four\n", "four"]);
    assert_eq!(ask(&provider, &options(3)).await.expect("a winner").value, " four\n");
}

#[tokio::test]
async fn ties_go_to_the_first_seen() {
    let provider = MockProvider::new(["b", "a", "a", "b", "c"]);
    let outcome = ask(&provider, &options(5)).await.expect("a winner");
    assert_eq!((outcome.value.as_str(), outcome.detail.tie_count), ("b", 2));
}

#[tokio::test(start_paused = true)]
async fn ties_go_to_the_first_seen_in_the_order_of_the_samples_and_not_of_their_arrival() {
    let slow = |text, seconds| MockReply::from(text).after(std::time::Duration::from_secs(seconds));
    let provider = MockProvider::new([slow("b", 9), slow("a", 1)]);
    assert_eq!(ask(&provider, &options(2)).await.expect("a winner").value, "b");
}

#[tokio::test]
async fn the_score_is_the_agreement_of_the_top_over_the_voters() {
    let provider = MockProvider::new(["a", "a", "b", "", "c"]);
    let outcome = ask(&provider, &options(5)).await.expect("a winner");
    assert_eq!(
        (outcome.score, outcome.detail.agreement, outcome.detail.voters),
        (Some(0.5), 0.5, 4)
    );
    assert_eq!((outcome.detail.unique_answers, outcome.detail.tie_count), (3, 1));
}

#[tokio::test]
async fn the_detail_has_every_sample_with_its_finish_reason() {
    let script = ["a".into(), cut("b", FinishReason::Length), LlmResponse::text("a").into()];
    let detail = ask(&MockProvider::new(script), &options(3)).await.expect("a winner").detail;
    let samples: Vec<_> = detail
        .samples
        .iter()
        .map(|sample| (sample.index, sample.text(), sample.finish_reason(), sample.voted))
        .collect();
    let stop = Some(&FinishReason::Stop);
    let length = Some(&FinishReason::Length);
    let expected =
        [(0, Some("a"), stop, true), (1, Some("b"), length, false), (2, Some("a"), stop, true)];
    assert_eq!(samples, expected);
}

#[tokio::test]
async fn empty_answers_do_not_vote_unless_asked_to() {
    let provider = MockProvider::new(["", " \n", "a"]);
    assert_eq!(ask(&provider, &options(3)).await.expect("a winner").value, "a");
    let counted = ask(&provider, &options(3).with_count_empty(true)).await.expect("a winner");
    assert_eq!((counted.value.as_str(), counted.detail.voters), ("", 3));
}

#[tokio::test]
async fn truncated_answers_do_not_vote_unless_asked_to() {
    for reason in [FinishReason::Length, FinishReason::ContentFilter] {
        let script = [cut("b", reason.clone()), cut("b", reason), "a".into()];
        let provider = MockProvider::new(script);
        assert_eq!(ask(&provider, &options(3)).await.expect("a winner").value, "a");
        let counted = options(3).with_count_truncated(true);
        assert_eq!(ask(&provider, &counted).await.expect("a winner").value, "b");
    }
}

#[tokio::test]
async fn no_voters_at_all_is_a_failed_consensus() {
    let provider = MockProvider::new([cut("b", FinishReason::Length), "".into()]);
    let error = ask(&provider, &options(4)).await.expect_err("no vote");
    assert_eq!((error.kind(), error.spend().calls), (ErrorKind::ConsensusFailed, 4));
    assert_eq!(
        error.to_string(),
        "no answer could vote: of 4 samples 0 failed and 4 were empty or cut"
    );
    assert_eq!(error.detail::<ConsensusDetail>().map(|detail| detail.samples.len()), Some(4));
}

#[tokio::test]
async fn a_closure_decides_what_counts_as_the_same_answer() {
    let provider = MockProvider::new(["It is 4.", "four: 4", "It is 5."]);
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let outcome = ask(&provider, &options(3).with_normalize(digits)).await.expect("a winner");
    assert_eq!((outcome.value.as_str(), outcome.detail.unique_answers), ("It is 4.", 2));
    let nothing = options(3).with_normalize(|_| String::new());
    let error = ask(&provider, &nothing).await.expect_err("an empty form is an empty answer");
    assert_eq!(error.kind(), ErrorKind::ConsensusFailed);
}

#[tokio::test]
async fn thoughts_do_not_vote() {
    let provider = MockProvider::new([
        "<think>Or 41?</think>\n\n42",
        "<think>40, no: 42.</think>\n\n42",
        "<think>42, no: 41.</think>\n\n41",
    ]);
    let outcome = ask(&provider, &options(3)).await.expect("a winner");
    assert_eq!((outcome.value.as_str(), outcome.detail.voters), ("42", 3));
    assert!(outcome.detail.agreement > 0.6, "{}", outcome.detail.agreement);
    let whole = outcome.detail.samples[0].reply.as_ref().expect("a reply");
    assert!(whole.content.starts_with("<think>"), "the reply is kept as it came");
    let numbers = options(3).with_normalize(Normalizer::number());
    assert_eq!(ask(&provider, &numbers).await.expect("a winner").value, "42");
}

#[tokio::test]
async fn an_answer_that_reasoning_used_up_never_votes() {
    let no_answer =
        || LlmResponse::text("").with_reasoning("hm").with_finish_reason(FinishReason::Length);
    let whatever = options(2).with_count_empty(true).with_count_truncated(true);
    let error = ask(&MockProvider::new([no_answer()]), &whatever).await.expect_err("no answer");
    assert_eq!((error.kind(), error.spend().calls), (ErrorKind::ConsensusFailed, 2));
    let provider = MockProvider::new([no_answer(), "b".into()]);
    assert_eq!(ask(&provider, &whatever).await.expect("a winner").value, "b");
}

#[tokio::test]
async fn ready_normalizers_know_words_and_numbers() {
    let provider = MockProvider::new(["Yes", "No", "yes.", "No", "**Yes**"]);
    assert_eq!(ask(&provider, &options(5)).await.expect("a winner").value, "No");
    let words = options(5).with_normalize(Normalizer::words());
    let outcome = ask(&provider, &words).await.expect("a winner");
    assert_eq!((outcome.value.as_str(), outcome.detail.unique_answers), ("Yes", 2));

    let provider = MockProvider::new(["1234", "It is 1,234.0.", "17 * 72 = 1224", "None."]);
    let number = options(4).with_normalize(Normalizer::number());
    let outcome = ask(&provider, &number).await.expect("a winner");
    assert_eq!((outcome.detail.voters, outcome.detail.unique_answers), (3, 2));
    assert_eq!(outcome.value, "1234");
}

#[tokio::test]
async fn unanimous_takes_one_answer_of_all_voters() {
    let unanimous = options(3).with_strategy(VotingStrategy::Unanimous);
    let provider = MockProvider::new(["a", " a", ""]);
    let outcome = ask(&provider, &unanimous).await.expect("all who vote agree");
    assert_eq!((outcome.value.as_str(), outcome.score), ("a", Some(1.0)));
}

#[tokio::test]
async fn unanimous_without_agreement_fails_with_the_samples_and_the_spend() {
    let provider = MockProvider::new(["a", "a", "b"]);
    let unanimous = options(3).with_strategy(VotingStrategy::Unanimous);
    let error = ask(&provider, &unanimous).await.expect_err("one differs");
    assert_eq!((error.kind(), error.spend().calls), (ErrorKind::ConsensusFailed, 3));
    assert_eq!(error.to_string(), "no unanimous answer: 2 different ones in 3 votes");
    let detail = error.detail::<ConsensusDetail>().expect("the samples");
    let texts: Vec<_> = detail.samples.iter().filter_map(|sample| sample.text()).collect();
    assert_eq!(texts, ["a", "a", "b"]);
}

#[tokio::test]
async fn debug_shows_no_answer() {
    let outcome = ask(&MockProvider::new(["MARK"]), &options(2)).await.expect("a winner");
    assert!(!format!("{outcome:?}").contains("MARK"), "{outcome:?}");
}
