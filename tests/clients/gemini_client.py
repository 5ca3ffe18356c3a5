"""The official Gemini client against `ek-mock serve tides.json`, which it does not know to be a mock.

Takes the base URL as its argument; ends with 1 and says what differs if anything does.
"""

import sys

import pydantic
from google import genai
from google.genai import errors, types

TEXT = "Slowly cool kilns, or the clay cracks \u2014 \u6f6e."
TIDE = types.Tool(
    function_declarations=[
        types.FunctionDeclaration(
            name="tide",
            parameters_json_schema={"type": "object", "properties": {"city": {"type": "string"}}},
        )
    ]
)


class Plan(pydantic.BaseModel):
    hour: int


def expect(what, found, wanted):
    """One line for each thing that holds; the first that does not ends the program."""
    if found != wanted:
        sys.exit(f"FAILED {what}: {found!r}, and not {wanted!r}")
    print(f"ok     {what}")


def main(base_url):
    options = types.HttpOptions(base_url=base_url)
    client = genai.Client(api_key="key-of-the-python-client", http_options=options)
    models = client.models
    kilns = {"model": "mock", "contents": "How do kilns cool?"}

    reply = models.generate_content(**kilns)
    expect("a completion", reply.text, TEXT)
    usage = reply.usage_metadata
    expect("its usage", (usage.prompt_token_count, usage.candidates_token_count), (11, 4))
    expect("its finish reason", reply.candidates[0].finish_reason, types.FinishReason.STOP)

    chunks = list(models.generate_content_stream(**kilns))
    pieces = [chunk.text for chunk in chunks if chunk.text]
    expect("a stream", "".join(pieces), TEXT)
    expect("in pieces", len(pieces) > 5, True)
    expect("the usage at its end", chunks[-1].usage_metadata.total_token_count, 15)
    reasons = [chunk.candidates[0].finish_reason for chunk in chunks]
    expect("one finish reason", reasons, [None] * (len(chunks) - 1) + [types.FinishReason.STOP])

    question = types.Content(
        role="user", parts=[types.Part(text="When is high tide in Oslo, and when in Riga?")]
    )
    off = types.AutomaticFunctionCallingConfig(disable=True)
    asked = {"model": "mock"}
    asked["config"] = types.GenerateContentConfig(tools=[TIDE], automatic_function_calling=off)
    called = models.generate_content(contents=[question], **asked)
    calls = called.function_calls
    expect("tool calls", [call.args["city"] for call in calls], ["Oslo", "Riga"])
    streamed = models.generate_content_stream(contents=[question], **asked)
    streamed = [call for chunk in streamed for call in chunk.function_calls or []]
    expect(
        "tool calls of a stream",
        [(call.id, call.args) for call in streamed],
        [(call.id, call.args) for call in calls],
    )
    results = [
        types.Part(
            function_response=types.FunctionResponse(
                id=call.id, name=call.name, response={"output": "14:05"}
            )
        )
        for call in calls
    ]
    turn = [called.candidates[0].content, types.Content(role="user", parts=results)]
    reply = models.generate_content(contents=[question] + turn, **asked)
    expect("the turn after the tools", reply.text[:10], "High water")

    def tide(city: str) -> str:
        """The next high tide."""
        return "14:05"

    by_itself = types.GenerateContentConfig(tools=[tide])
    reply = models.generate_content(
        model="mock", contents="When is high tide in Oslo?", config=by_itself
    )
    expect("tools that the client calls by itself", reply.text[:10], "High water")

    thinking = types.ThinkingConfig(include_thoughts=True, thinking_budget=1024)
    moon = {"model": "mock", "contents": "Why the moon?"}
    moon["config"] = types.GenerateContentConfig(thinking_config=thinking)
    thought = models.generate_content(**moon)
    parts = thought.candidates[0].content.parts
    expect("thoughts", (parts[0].thought, parts[0].text), (True, "The moon pulls at the water."))
    expect("their signature", len(parts[-1].thought_signature) > 0, True)
    expect("and the text", thought.text, "It pulls.")
    streamed = [
        part
        for chunk in models.generate_content_stream(**moon)
        for part in chunk.candidates[0].content.parts
    ]
    said = "".join(part.text for part in streamed if part.thought)
    expect("thoughts of a stream", said, parts[0].text)
    signatures = [part.thought_signature for part in streamed if part.thought_signature]
    expect("and their signature", signatures, [parts[-1].thought_signature])
    usage = thought.usage_metadata
    found = (usage.prompt_token_count, usage.cached_content_token_count)
    expect("what a cache gave", found, (25, 20))

    typed = types.GenerateContentConfig(
        response_mime_type="application/json", response_schema=Plan
    )
    plan = models.generate_content(model="mock", contents="A plan as JSON", config=typed)
    expect("a value of its own type", plan.parsed, Plan(hour=20))
    cut = models.generate_content(model="mock", contents="cut short")
    expect("a reply that is cut", cut.candidates[0].finish_reason, types.FinishReason.MAX_TOKENS)

    try:
        models.generate_content(model="mock", contents="overloaded?")
        sys.exit("FAILED an error: there was none")
    except errors.ServerError as error:
        expect("an error", (error.code, error.status), (529, "INTERNAL"))
    try:
        list(models.generate_content_stream(model="mock", contents="break off"))
        sys.exit("FAILED an error in mid-stream: there was none")
    except errors.APIError as error:
        expect("an error in mid-stream", error.code, 529)

    counted = models.count_tokens(model="mock", contents="123456789")
    expect("a count of tokens", counted.total_tokens, 3)
    expect("the models", [model.name for model in models.list()], ["models/mock"])


main(sys.argv[1])
