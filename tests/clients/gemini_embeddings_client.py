"""The official Gemini client asks `ek-mock serve tides.json` for embeddings; it does not know it to be a mock.

Takes the base URL as its argument; ends with 1 and says what differs if anything does.
"""

import sys

from google import genai
from google.genai import errors, types

TEXTS = ["Kilns cool slowly.", "The lake is calm.", "Kilns cool down slowly."]


def expect(what, found, wanted):
    """One line for each thing that holds; the first that does not ends the program."""
    if found != wanted:
        sys.exit(f"FAILED {what}: {found!r}, and not {wanted!r}")
    print(f"ok     {what}")


def dot(one, other):
    return sum(a * b for a, b in zip(one, other))


def main(base_url):
    options = types.HttpOptions(base_url=base_url)
    client = genai.Client(api_key="key-of-the-python-client", http_options=options)
    embed = client.models.embed_content

    found = embed(model="mock", contents=TEXTS)
    vectors = [item.values for item in found.embeddings]
    expect("a vector for each text", [len(vector) for vector in vectors], [256, 256, 256])
    near, far = dot(vectors[0], vectors[2]), dot(vectors[0], vectors[1])
    expect("texts that share words are near", near > far + 0.2, True)
    alone = embed(model="mock", contents=TEXTS[1])
    expect("one text alone", alone.embeddings[0].values, vectors[1])
    short = types.EmbedContentConfig(output_dimensionality=8, task_type="RETRIEVAL_QUERY")
    short = embed(model="mock", contents=TEXTS, config=short)
    expect("shorter vectors", [len(item.values) for item in short.embeddings], [8, 8, 8])

    try:
        embed(model="mock", contents="a busy harbour")
        sys.exit("FAILED an error: there was none")
    except errors.ClientError as error:
        expect("an error", (error.code, error.status), (429, "RESOURCE_EXHAUSTED"))
    again = embed(model="mock", contents="a busy harbour")
    expect("the next call", len(again.embeddings), 1)


main(sys.argv[1])
