//! The model, which stands in the path: `/v1beta/models/{model}:generateContent`, or at Vertex AI
//! `/v1/projects/{project}/locations/{location}/publishers/google/models/{model}:generateContent`.

use percent_encoding::percent_decode_str;

/// The model as a client names it: without the collection where that is `models`.
pub(in crate::wire) fn model(path: &str) -> Option<String> {
    let (path, _method) = path.rsplit_once(':')?;
    let (collection, name) = path.rsplit_once('/')?;
    let collection = collection.rsplit('/').next().unwrap_or_default();
    let name = percent_decode_str(name).decode_utf8_lossy();
    match collection {
        "tunedModels" | "endpoints" => Some(format!("{collection}/{name}")),
        _ => Some(name.into_owned()),
    }
    .filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_read_out_of_every_form_of_the_path() {
        for (path, expected) in [
            ("/v1beta/models/gemini-3:generateContent", Some("gemini-3")),
            ("/v1/models/a%2Fb%3Ac:streamGenerateContent", Some("a/b:c")),
            ("/v1beta/tunedModels/mine:generateContent", Some("tunedModels/mine")),
            ("/v1/projects/p/locations/l/publishers/google/models/g:countTokens", Some("g")),
            ("/v1/projects/p/locations/l/endpoints/12:generateContent", Some("endpoints/12")),
            ("/v1beta/models/:generateContent", None),
        ] {
            assert_eq!(model(path).as_deref(), expected, "{path}");
        }
    }
}
