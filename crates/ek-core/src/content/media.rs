//! Where an image, a sound or a document is: its bytes, a URL, or a file that the provider has.

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;

use crate::debug_text;

/// Where an image, a sound or a document is. Each protocol writes it in its own way.
///
/// `Debug` shows the kind and the length.
///
/// ```
/// use ek_core::Media;
/// let png = Media::bytes("image/png", vec![1, 2, 3]);
/// assert_eq!(png.to_url().as_deref(), Some("data:image/png;base64,AQID"));
/// assert_eq!(Media::url("data:image/png;base64,AQID"), png);
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Media {
    /// The bytes, and what they are (`image/png`, `audio/wav`, `application/pdf`).
    Bytes {
        /// The media type.
        media_type: String,
        /// The bytes; cloning shares them.
        data: Bytes,
    },
    /// A URL that the provider fetches.
    Url(String),
    /// The id of a file that was uploaded to the provider.
    FileId(String),
}

impl Media {
    /// Bytes of this media type.
    #[must_use]
    pub fn bytes(media_type: impl Into<String>, data: impl Into<Bytes>) -> Self {
        Self::Bytes { media_type: media_type.into(), data: data.into() }
    }

    /// What a URL names. A `data:` URL in padded base64 becomes its [`Bytes`](Self::Bytes), so that every
    /// protocol can write it; any other stays a URL.
    #[must_use]
    pub fn url(url: impl Into<String>) -> Self {
        let url = url.into();
        match of_data_url(&url) {
            Some((media_type, data)) => Self::bytes(media_type, data),
            None => Self::Url(url),
        }
    }

    /// A file that was uploaded to the provider.
    #[must_use]
    pub fn file_id(id: impl Into<String>) -> Self {
        Self::FileId(id.into())
    }

    /// The URL; for bytes a `data:` URL. `None` for a file of the provider.
    #[must_use]
    pub fn to_url(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Bytes { media_type, data } => {
                let mut url = format!("data:{media_type};base64,");
                BASE64.encode_string(data, &mut url);
                Some(url.into())
            }
            Self::Url(url) => Some(url.into()),
            Self::FileId(_) => None,
        }
    }
}

/// Media type and bytes of a `data:` URL that [`Media::to_url`] would write the same.
fn of_data_url(url: &str) -> Option<(&str, Vec<u8>)> {
    let (media_type, data) = url.strip_prefix("data:")?.split_once(";base64,")?;
    // The decoder refuses every text but the one that it would write itself.
    let data = BASE64.decode(data).ok()?;
    (!media_type.is_empty()).then_some((media_type, data))
}

impl fmt::Debug for Media {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes { media_type, data } => {
                write!(f, "Bytes({media_type:?}, {:?})", debug_text::Bytes(data.len()))
            }
            Self::Url(url) => write!(f, "Url({:?})", debug_text::text(url)),
            Self::FileId(id) => write!(f, "FileId({:?})", debug_text::text(id)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_data_url_that_would_not_be_written_the_same_stays_a_url() {
        for url in [
            "data:image/png;base64,AQI",
            "data:image/png;base64,AQJ=",
            "data:image/png;base64,AQ ID",
            "data:image/png,abc",
            "data:;base64,AQID",
            "DATA:image/png;base64,AQID",
            "https://x.example/a.png",
        ] {
            assert_eq!(Media::url(url), Media::Url(url.to_owned()), "{url}");
        }
    }

    #[test]
    fn debug_shows_lengths() {
        let shown = [Media::bytes("image/png", "MARK"), Media::url("MARK"), Media::file_id("MARK")];
        let expected = r#"[Bytes("image/png", <4 bytes>), Url(<4 bytes>), FileId(<4 bytes>)]"#;
        assert_eq!(format!("{shown:?}"), expected);
    }

    proptest! {
        #[test]
        fn a_url_is_read_as_the_media_that_wrote_it(
            url in prop_oneof![any::<String>(), "data:[a-z/;=]{0,12};base64,[A-Za-z0-9+/=]{0,9}"],
            data in any::<Vec<u8>>(),
        ) {
            let read = Media::url(url.clone());
            prop_assert_eq!(read.to_url(), Some(Cow::from(&url)));
            let bytes = Media::bytes("audio/wav;codecs=1", data);
            let url = bytes.to_url().expect("a URL").into_owned();
            prop_assert_eq!(Media::url(url), bytes);
        }
    }
}
