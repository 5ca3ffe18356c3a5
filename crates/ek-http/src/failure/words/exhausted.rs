//! Whether the quota or balance of an account is used up: by code, by type, or in prose.
//!
//! Waiting does not help then. Servers send it with the status 402, 429, 403, 400, 412 or 200.

use super::phrase::{Phrase, Prose};
use super::{is_word, words_of};
use crate::failure::body::ErrorBody;
use crate::failure::names;

/// Codes and types, in the form of [`is_word`].
const WORDS: &[&str] = &[
    "accountdeactivated",
    "accountoverdue",              // Volcengine Ark
    "allocationquotafreetieronly", // Alibaba DashScope
    "arrearage",
    "arrears",
    "balancenotenough",
    "billing", // Anthropic's `billing_error`
    "billinghardlimitreached",
    "billingnotactive",
    "budgetexceeded", // LiteLLM
    "creditbalancetoolow",
    "creditlimit", // Together
    "creditsexhausted",
    "exceededbudget",
    "exceededcurrentquota",                     // Moonshot
    "failedoperationfreeresourcepackexhausted", // Tencent
    "failedoperationresourcepackexhausted",
    "insufficientbalance",
    "insufficientcredit",
    "insufficientcredits",
    "insufficientfunds",
    "insufficientquota",
    "insufficientuserquota", // one-api and its forks
    "nocredits",
    "notenoughbalance",
    "notenoughcredits",
    "outofcredits",
    "paymentrequired",
    "postpaidbilloverdue",
    "preconsumetokenquotafailed", // one-api and its forks
    "prepaidbilloverdue",
    "quotaexhausted",
    "setlimitexceeded",  // Volcengine Ark
    "tokenquotareached", // watsonx
    "usagenotincluded",  // OpenAI's plans
    "1008",              // MiniMax
    "1113",              // Zhipu
    "1309",              // Zhipu: the package has expired
    "30001",             // SiliconFlow
];

/// What a limit of money counts, in the codes that end in `spend_limit_reached` and their like, whichever
/// account has the limit, and for which time.
const MONEY: &[&str] = &["spend", "spending", "cost", "credit", "budget"];

/// Prose that always means it.
const CERTAIN: &[Phrase] = &[
    &[&[
        "insufficient*balance",
        "insufficient*credit",
        "insufficient*funds",
        "insufficient*quota",
        "not enough*balance",
        "not enough*credit",
        "not enough*funds",
        "out of*credits",
        "out of*funds",
        "no remaining*credit",
        "no credit*left",
        "no credit*remaining",
        "all available credits",
        "used up all*credits",
        "used all*credits",
        "included credits",
        "have any credits",
    ]],
    &[&[
        "balance*insufficient",
        "balance*not enough",
        "balance*too low",
        "balance*depleted",
        "balance is zero",
        "balance is negative",
        "negative balance",
        "zero balance",
        "credits*depleted",
        "credits*exhausted",
        "credits*expired",
        "credits*used up",
    ]],
    &[&[
        "spending limit",
        "spend limit",
        "spending cap",
        "spend cap",
        "credit limit",
        "billing hard limit",
        "billing_hard_limit",
    ]],
    &[&["billing*not active", "billing*inactive", "payment required", "past invoices"]],
    &[&["overdue balance", "overdue bill", "overdue payment", "account*overdue", "in arrears"]],
    &[&["budget has been exceeded", "exceededbudget", "over budget"]],
    &[&["subscription*expired", "package*expired"]],
    &[&["key limit exceeded", "specified api usage limits"]],
    // Anthropic's plans.
    &[&["out of extra usage", "extra usage is required"]],
    // A quota of nothing: Gemini's for models that a tier does not have.
    &[&["limit: 0, ", "limit: 0\n", "limit 0, ", "have a free quota tier"]],
    &[&["calls / month", "free trial*exhausted", "free tier*exhausted", "free quota*exhausted"]],
    &[&["exhausted*free trial", "exhausted*free quota"]],
    &[&["欠费", "余额不足", "额度不足", "额度已用", "额度已耗尽"]],
];

/// Prose that means it unless the server names a time window or a wait.
const LIKELY: &[Phrase] = &[
    &[&["exceeded your*quota", "exceeded current quota", "out of quota", "monthly quota"]],
    &[&["monthly usage limit", "monthly limit", "monthly cap", "monthly budget"]],
    &[&["quota*exhausted", "quota*used up", "quota is not enough", "quota*not sufficient"]],
    &[&["recharge", "top up", "top-up", "充值", "add funds", "add more funds"]],
    &[&[
        "purchase credits",
        "purchase more credits",
        "buy credits",
        "buy more credits",
        "add credits",
    ]],
    &[&["add a payment method", "enter a payment method", "valid payment method"]],
];

/// Whether a word says that a limit of money is reached.
fn is_limit_of_money(word: &str) -> bool {
    let letters = names::folded(word);
    let letters = letters.strip_suffix("error").unwrap_or(&letters);
    let end = ["reached", "exceeded"].iter().find_map(|end| letters.strip_suffix(end));
    let limit = end.and_then(|end| end.strip_suffix("limit"));
    limit.is_some_and(|limit| MONEY.iter().any(|money| limit.ends_with(money)))
}

/// Whether a word names a quota of a day or longer, as Google's `GenerateRequestsPerDayPerProject` does.
fn is_of_long_window(word: &str) -> bool {
    const WINDOWS: [&str; 3] = ["day", "week", "month"];
    let words = names::words(word);
    words.windows(2).any(|pair| pair[0] == "per" && WINDOWS.contains(&pair[1].as_str()))
}

/// Whether the body says that the account is used up. `comes_back` says that it names a wait.
pub(in crate::failure) fn is_exhausted(read: &ErrorBody, comes_back: bool) -> bool {
    let is_used_up =
        |word| is_word(word, WORDS) || is_limit_of_money(word) || is_of_long_window(word);
    if words_of(read).any(is_used_up) {
        return true;
    }
    let Some(prose) = read.message.as_deref().map(Prose::of) else { return false };
    prose.has(CERTAIN) || (!comes_back && !prose.has_window() && prose.has(LIKELY))
}
