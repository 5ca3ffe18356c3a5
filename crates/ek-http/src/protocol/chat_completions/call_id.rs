//! The ids of calls as the server of a model takes them.
//!
//! The model's family says which rule holds, also behind a gateway; a model of no such family gets each id as
//! it came, since some gateways (LiteLLM) keep a signature in it. The form of an id depends on the id alone, so
//! that a call and its result stay matched, and a prompt that goes on from another keeps its cache.

use std::borrow::Cow;

use super::model_name::ModelName;

/// The longest id that OpenAI takes, in characters.
const MAX_ID: usize = 40;

/// The length of each id that Mistral takes.
const LENGTH: usize = 9;

/// What ids a model's server takes.
#[derive(Clone, Copy)]
pub(super) enum CallId {
    Any,
    /// At most 40 characters, as OpenAI wants them.
    Short,
    /// Nine letters or digits, as Mistral's API and the templates of its models want them.
    Nine,
}

impl CallId {
    pub(super) fn of(model: &str) -> Self {
        let name = ModelName::of(model);
        match (name.is_openai_s(), name.is_mistral_s()) {
            (true, _) => Self::Short,
            (_, true) => Self::Nine,
            _ => Self::Any,
        }
    }

    /// The id as it is sent.
    pub(super) fn sent(self, id: &str) -> Cow<'_, str> {
        match self {
            Self::Short if id.len() > MAX_ID && id.chars().nth(MAX_ID).is_some() => {
                let start = id.chars().take(MAX_ID - LENGTH - 1);
                start.chain(['_']).chain(hashed(id)).collect::<String>().into()
            }
            Self::Nine if !is_nine(id) => hashed(id).collect::<String>().into(),
            _ => id.into(),
        }
    }
}

fn is_nine(id: &str) -> bool {
    id.len() == LENGTH && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Nine letters or digits that stand for the id, by its FNV-1a hash.
fn hashed(id: &str) -> impl Iterator<Item = char> {
    const SIGNS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut rest = id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (0..LENGTH).map(move |_| {
        let sign = SIGNS[(rest % 62) as usize];
        rest /= 62;
        char::from(sign)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LITELLM: &str = "call_0a1b2c3d4e5f60718293a4b5c6d7__thought__CiQB";

    #[test]
    fn ids_that_the_server_takes_stay_as_they_are() {
        let longest = "x".repeat(MAX_ID);
        for (model, id) in [
            ("gpt-4o", "call_abc"),
            ("gpt-4o", &*longest),
            ("gpt-4o", ""),
            ("mistral-large-latest", "D681PevKs"),
            ("gemini-3-pro", LITELLM),
            ("gpt-oss-120b", LITELLM),
            ("acme-7b", LITELLM),
        ] {
            assert!(matches!(CallId::of(model).sent(id), Cow::Borrowed(same) if same == id));
        }
    }

    #[test]
    fn long_ids_are_cut_for_openai_and_stay_apart() {
        let other = format!("{LITELLM}2");
        let [one, two] = [LITELLM, &other].map(|id| CallId::of("openai/gpt-5").sent(id));
        assert!(one.starts_with("call_0a1b2c3d4e5f60718293a4b5c_"));
        assert_eq!((one.chars().count(), two.chars().count()), (MAX_ID, MAX_ID));
        assert_ne!(one, two);
        let wide = CallId::Short.sent(&"é".repeat(41)).chars().count();
        assert_eq!(wide, MAX_ID);
    }

    #[test]
    fn other_ids_are_nine_letters_or_digits_for_mistral_and_stay_apart() {
        let ids = ["", "call_1", "call_2", "call_abc1", LITELLM, "é23456789"];
        let sent = ids.map(|id| CallId::of("mistral-small-2603").sent(id));
        assert!(sent.iter().all(|id| is_nine(id)));
        assert_eq!(sent.iter().collect::<std::collections::HashSet<_>>().len(), ids.len());
    }
}
