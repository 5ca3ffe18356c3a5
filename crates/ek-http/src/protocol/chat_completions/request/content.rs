//! The parts of a message as the API takes them.

use std::borrow::Cow;

use ek_core::{ContentPart, Message, Role};

use crate::protocol::media_url::{filename_of, in_known_form};

/// Parts as they are sent.
pub(super) type Parts<'a> = Vec<Cow<'a, ContentPart>>;

/// Writes the parts of a message without marks for a cache and without the wish for citations. Of a tool's
/// answer it writes the texts alone, since the API takes no more there, and adds the rest to `shown`: they are
/// one text of as many lines, because many servers overlook a list there. One text that is left of several
/// parts of another message is a plain text too.
pub(super) fn write<'a>(
    message: &Message,
    parts: &'a [ContentPart],
    shown: &mut Parts<'a>,
    out: &mut Vec<u8>,
) -> serde_json::Result<()> {
    let mut kept = Parts::with_capacity(parts.len());
    for part in parts {
        match part {
            ContentPart::CachePoint(_) => {}
            ContentPart::Image { .. } | ContentPart::Audio { .. } | ContentPart::File { .. }
                if message.role == Role::Tool =>
            {
                shown.push(sent(part));
            }
            part => kept.push(sent(part)),
        }
    }
    let is_plain = match message.role {
        Role::Tool => true,
        _ => kept.len() < parts.len() && kept.len() < 2,
    };
    match texts(&kept).filter(|_| is_plain) {
        Some(texts) => serde_json::to_writer(out, &texts.join("\n")),
        None => serde_json::to_writer(out, &kept),
    }
}

/// The parts as texts, if they are nothing else.
fn texts<'a>(parts: &'a Parts<'_>) -> Option<Vec<&'a str>> {
    let text = |part: &'a Cow<'_, ContentPart>| match part.as_ref() {
        ContentPart::Text(text) => Some(text.as_str()),
        _ => None,
    };
    parts.iter().map(text).collect()
}

/// The part with a medium in the form that servers know. Bytes of a document get a name, without which OpenAI
/// refuses them; the API has no word for citations.
fn sent(part: &ContentPart) -> Cow<'_, ContentPart> {
    let (ContentPart::Image { source, .. }
    | ContentPart::Audio { source, .. }
    | ContentPart::File { source, .. }) = part
    else {
        return Cow::Borrowed(part);
    };
    let known = in_known_form(source);
    let (new_name, is_cited) = match part {
        ContentPart::File { filename, citations, .. } => {
            (if filename.is_none() { filename_of(source) } else { None }, *citations)
        }
        _ => (None, false),
    };
    if known.is_none() && new_name.is_none() && !is_cited {
        return Cow::Borrowed(part);
    }
    let mut part = part.clone();
    if let ContentPart::Image { source, .. }
    | ContentPart::Audio { source, .. }
    | ContentPart::File { source, .. } = &mut part
    {
        known.into_iter().for_each(|known| *source = known);
    }
    if let ContentPart::File { filename, citations, .. } = &mut part {
        *citations = false;
        *filename = filename.take().or(new_name.map(str::to_owned));
    }
    Cow::Owned(part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ek_core::CacheMark;
    use serde_json::{Value, json};

    const MARK: ContentPart = ContentPart::CachePoint(CacheMark::new());

    fn image() -> ContentPart {
        ContentPart::image_url("https://x.example/a.png")
    }

    fn written(message: &Message, parts: &[ContentPart]) -> (Value, usize) {
        let (mut shown, mut out) = (Vec::new(), Vec::new());
        write(message, parts, &mut shown, &mut out).expect("writes");
        (serde_json::from_slice(&out).expect("JSON"), shown.len())
    }

    #[test]
    fn marks_and_wishes_that_the_api_does_not_know_are_left_out() {
        let file = || ContentPart::file_id("file-1");
        for (parts, expected) in [
            (vec![], json!([])),
            (vec![MARK], json!("")),
            (vec![ContentPart::text("a")], json!([{"type": "text", "text": "a"}])),
            (vec![ContentPart::text("a"), MARK], json!("a")),
            (vec![image(), MARK], json!([image()])),
            (vec![file().with_citations(true)], json!([file()])),
            (vec![MARK, image(), MARK, image()], json!([image(), image()])),
        ] {
            assert_eq!(written(&Message::user(""), &parts), (expected, 0));
        }
    }

    #[test]
    fn media_are_sent_in_the_form_that_servers_know() {
        let part = |value: Value| serde_json::from_value::<ContentPart>(value).expect("a part");
        let jpg = json!({"type": "image_url", "image_url": {"url": "data:image/jpg;base64,AQID"}});
        let pdf =
            json!({"type": "file", "file": {"file_data": "data:application/PDF;base64,AQID"}});
        for (given, sent) in [
            (
                part(jpg),
                json!({"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,AQID"}}),
            ),
            (
                part(pdf),
                json!({"type": "file", "file":
                    {"file_data": "data:application/pdf;base64,AQID", "filename": "file.pdf"}}),
            ),
            (
                ContentPart::audio_bytes("WAV; codecs=1", [1, 2, 3]),
                json!({"type": "input_audio", "input_audio": {"data": "AQID", "format": "wav"}}),
            ),
        ] {
            assert_eq!(written(&Message::user(""), &[given]), (json!([sent]), 0));
        }
    }

    #[test]
    fn of_a_tool_s_answer_the_texts_alone_are_kept_as_one() {
        let text = ContentPart::text;
        for (parts, expected, shown) in [
            (vec![text("a"), image()], json!("a"), 1),
            (vec![image()], json!(""), 1),
            (vec![text("a"), image(), text("b"), image()], json!("a\nb"), 2),
            (vec![text("a")], json!("a"), 0),
            (vec![], json!(""), 0),
        ] {
            assert_eq!(written(&Message::tool("1", ""), &parts), (expected, shown));
        }
    }
}
