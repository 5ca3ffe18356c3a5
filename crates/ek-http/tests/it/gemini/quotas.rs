//! Quotas: which of them is used up for good, and when the others may be asked again.

use std::time::Duration;

use ek_core::ErrorKind;
use serde_json::json;

use super::deviations::{chunk, stream_fails};
use super::{answer, question, rig, stream_of};

#[tokio::test]
async fn a_quota_of_a_day_is_used_up_and_one_of_a_minute_names_its_wait() {
    let exhausted = |id: &str| {
        let detail = |kind: &str| format!("type.googleapis.com/google.rpc.{kind}");
        json!({"error": {"code": 429, "status": "RESOURCE_EXHAUSTED",
        "message": "You exceeded your current quota, please check your plan and billing details.",
        "details": [
            {"@type": detail("QuotaFailure"), "violations": [{"quotaMetric": "m", "quotaId": id}]},
            {"@type": detail("RetryInfo"), "retryDelay": "34.4s"},
        ]}})
    };
    for (id, kind) in [
        ("GenerateRequestsPerDayPerProjectPerModel-FreeTier", ErrorKind::QuotaExhausted),
        ("GenerateContentInputTokensPerDayPerModel", ErrorKind::QuotaExhausted),
        ("GenerateRequestsPerMinutePerProjectPerModel-FreeTier", ErrorKind::RateLimited),
    ] {
        let rig = rig([answer(429, &exhausted(id))]).await;
        let error = rig.ask(&question()).await.expect_err("an error");
        assert_eq!(error.kind(), kind, "{id}: {error}");
        let half =
            format!("data: {}\n\ndata: {}\n\n", chunk(json!([{"text": "Half"}])), exhausted(id));
        let error = stream_fails(stream_of(&half)).await;
        assert_eq!(error.kind(), kind, "{id}: {error}");
        if kind == ErrorKind::RateLimited {
            assert_eq!(error.retry_after(), Some(Duration::from_millis(34_400)));
        }
    }
}
