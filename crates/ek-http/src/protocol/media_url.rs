//! The URL of a medium, with its type in the form that servers know.
//!
//! A server compares the type of a `data:` URL with a list, letter by letter. So it goes in small letters and
//! without parameters (`charset`, `codecs`, `name`), but for raw sound, whose `rate` says how to read it;
//! `image/jpg`, which no registry has, is `image/jpeg`.

use std::borrow::Cow;

use ek_core::Media;

/// The URL; for bytes a `data:` URL. `None` for a file of the provider.
#[cfg(any(test, feature = "anthropic", feature = "gemini", feature = "responses"))]
pub(super) fn url_of(source: &Media) -> Option<Cow<'_, str>> {
    match in_known_form(source) {
        Some(known) => known.to_url().map(|url| url.into_owned().into()),
        None => source.to_url(),
    }
}

/// The medium with its type as servers know it; `None` if its own is such a type.
pub(super) fn in_known_form(source: &Media) -> Option<Media> {
    match source {
        Media::Bytes { media_type, data } => {
            let known = known(media_type);
            (known != *media_type).then(|| Media::bytes(known, data.clone()))
        }
        Media::Url(url) => of_data_url(url).map(Media::Url),
        _ => None,
    }
}

/// A name for the bytes of a file that has none: OpenAI refuses bytes without one, and reads their kind off
/// its end.
pub(super) fn filename_of(source: &Media) -> Option<&'static str> {
    let media_type = match source {
        Media::Bytes { media_type, .. } => known(media_type),
        Media::Url(url) => {
            let (media_type, _) = url.strip_prefix("data:")?.split_once(',')?;
            known(media_type)
        }
        _ => return None,
    };
    Some(match media_type.as_ref() {
        "application/pdf" => "file.pdf",
        text if text.starts_with("text/") => "file.txt",
        _ => "file",
    })
}

/// A `data:` URL with another type, if its own is not as servers know it.
fn of_data_url(url: &str) -> Option<String> {
    let (media_type, data) = url.strip_prefix("data:")?.split_once(";base64,")?;
    let known = known(media_type);
    (known != media_type).then(|| format!("data:{known};base64,{data}"))
}

/// The type as servers know it.
pub(super) fn known(media_type: &str) -> Cow<'_, str> {
    let (essence, parameters) = media_type.split_once(';').unwrap_or((media_type, ""));
    if parameters.contains("rate=") {
        return media_type.into();
    }
    let essence = essence.trim();
    if essence.eq_ignore_ascii_case("image/jpg") {
        return "image/jpeg".into();
    }
    match essence.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => essence.to_ascii_lowercase().into(),
        false => essence.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_goes_in_small_letters_and_without_parameters() {
        for (media_type, sent) in [
            ("image/png", "image/png"),
            ("IMAGE/PNG", "image/png"),
            ("image/jpg", "image/jpeg"),
            ("Image/JPG; name=a.jpg", "image/jpeg"),
            ("audio/webm;codecs=opus", "audio/webm"),
            ("text/plain; charset=utf-8", "text/plain"),
            ("audio/L16;rate=24000", "audio/L16;rate=24000"),
            ("", ""),
        ] {
            let expected = format!("data:{sent};base64,AQID");
            let bytes = Media::bytes(media_type, vec![1, 2, 3]);
            assert_eq!(url_of(&bytes).as_deref(), Some(&*expected), "{media_type}");
            let url = Media::Url(format!("data:{media_type};base64,AQID"));
            assert_eq!(url_of(&url).as_deref(), Some(&*expected), "{media_type}");
        }
    }

    #[test]
    fn other_urls_stay_as_they_are() {
        for url in ["https://a.example/IMAGE/JPG;base64,x", "data:image/JPG,x", "DATA:x;base64,"] {
            assert_eq!(url_of(&Media::Url(url.to_owned())).as_deref(), Some(url));
        }
        assert_eq!(url_of(&Media::file_id("f")), None);
    }
}
