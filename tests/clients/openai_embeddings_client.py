"""The official OpenAI client asks `ek-mock serve tides.json` for embeddings; it does not know it to be a mock.

Takes the base URL as its argument; ends with 1 and says what differs if anything does.
"""

import json
import math
import sys
import urllib.request

import openai

TEXTS = ["Kilns cool slowly.", "The lake is calm.", "Kilns cool down slowly."]


def expect(what, found, wanted):
    """One line for each thing that holds; the first that does not ends the program."""
    if found != wanted:
        sys.exit(f"FAILED {what}: {found!r}, and not {wanted!r}")
    print(f"ok     {what}")


def cosine(one, other):
    length = math.hypot(*one) * math.hypot(*other)
    return sum(a * b for a, b in zip(one, other)) / length


def main(base_url):
    client = openai.OpenAI(base_url=base_url, api_key="sk-of-the-python-client", max_retries=0)
    embed = client.embeddings.create

    # The client asks for base64 by itself, and decodes it.
    found = embed(model="mock", input=TEXTS)
    vectors = [item.embedding for item in found.data]
    expect("a vector for each text", [item.index for item in found.data], [0, 1, 2])
    expect("of one width", {len(vector) for vector in vectors}, {256})
    expect("the model", found.model, "mock")
    expect("the usage", found.usage.prompt_tokens > 0, True)
    expect("its total", found.usage.total_tokens, found.usage.prompt_tokens)
    near, far = cosine(vectors[0], vectors[2]), cosine(vectors[0], vectors[1])
    expect("texts that share words are near", near > far + 0.2, True)

    numbers = embed(model="mock", input=TEXTS, encoding_format="float").data
    close = all(
        math.isclose(a, b, abs_tol=1e-7)
        for one, other in zip(numbers, vectors)
        for a, b in zip(one.embedding, other)
    )
    expect("numbers are what base64 is", close, True)
    coded = embed(model="mock", input=TEXTS[0], encoding_format="base64").data[0].embedding
    expect("base64 where it is asked for", isinstance(coded, str), True)
    alone = embed(model="mock", input=TEXTS[1]).data[0].embedding
    expect("one text alone", alone, vectors[1])
    short = embed(model="mock", input=TEXTS, dimensions=8).data
    expect("shorter vectors", [len(item.embedding) for item in short], [8, 8, 8])
    tokens = embed(model="mock", input=[[9906, 0], [1, 2, 3]])
    expect("token ids", (len(tokens.data), tokens.usage.prompt_tokens), (2, 5))
    one = embed(model="mock", input=[9906, 0]).data
    expect("one list of token ids", one[0].embedding, tokens.data[0].embedding)

    try:
        embed(model="mock", input="a busy harbour")
        sys.exit("FAILED an error: there was none")
    except openai.RateLimitError as error:
        expect("an error", (error.status_code, "slow down" in str(error)), (429, True))
    try:
        embed(model="mock", input=[])
        sys.exit("FAILED no input: there was no error")
    except openai.BadRequestError as error:
        expect("no input", "empty list" in str(error), True)
    patient = client.with_options(max_retries=2).embeddings.create
    patient(model="mock", input="a busy harbour")
    retried = patient(model="mock", input="a busy harbour").data
    expect("a retry of the client's own", len(retried), 1)

    with urllib.request.urlopen(base_url.removesuffix("/v1") + "/__journal") as answer:
        journal = json.load(answer)
    expect("no key in the journal", "sk-of-the" in json.dumps(journal), False)


main(*sys.argv[1:])
