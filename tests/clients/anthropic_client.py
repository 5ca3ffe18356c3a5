"""The official Anthropic client against `ek-mock serve tides.json`, which it does not know to be a mock.

Takes the base URL as its argument; ends with 1 and says what differs if anything does.
"""

import sys

import anthropic

TEXT = "Slowly cool kilns, or the clay cracks \u2014 \u6f6e."
TIDE = {
    "name": "tide",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}},
}


def expect(what, found, wanted):
    """One line for each thing that holds; the first that does not ends the program."""
    if found != wanted:
        sys.exit(f"FAILED {what}: {found!r}, and not {wanted!r}")
    print(f"ok     {what}")


def user(text):
    return {"role": "user", "content": text}


def main(base_url):
    client = anthropic.Anthropic(
        base_url=base_url, api_key="sk-of-the-python-client", max_retries=0
    )
    kilns = {"model": "mock", "max_tokens": 100, "messages": [user("How do kilns cool?")]}

    reply = client.messages.create(**kilns)
    expect("a completion", reply.content[0].text, TEXT)
    expect("its usage", (reply.usage.input_tokens, reply.usage.output_tokens), (11, 4))
    expect("its stop reason", reply.stop_reason, "end_turn")

    with client.messages.stream(**kilns) as stream:
        pieces = list(stream.text_stream)
        final = stream.get_final_message()
    expect("a stream", "".join(pieces), TEXT)
    expect("in pieces", len(pieces) > 5, True)
    expect("its final message", final.content[0].text, TEXT)
    expect("the usage at its end", (final.usage.input_tokens, final.usage.output_tokens), (11, 4))
    kinds = [event.type for event in client.messages.create(stream=True, **kilns)]
    expect("its first event", kinds[0], "message_start")
    expect("its last events", kinds[-3:], ["content_block_stop", "message_delta", "message_stop"])

    tides = [user("When is high tide in Oslo, and when in Riga?")]
    asked = {"model": "mock", "max_tokens": 100, "tools": [TIDE]}
    calls = client.messages.create(messages=tides, **asked)
    expect("tool calls", [call.input["city"] for call in calls.content], ["Oslo", "Riga"])
    expect("their stop reason", calls.stop_reason, "tool_use")
    with client.messages.stream(messages=tides, **asked) as stream:
        streamed = stream.get_final_message()
    expect(
        "tool calls of a stream",
        [(call.id, call.input) for call in streamed.content],
        [(call.id, call.input) for call in calls.content],
    )
    results = [
        {"type": "tool_result", "tool_use_id": call.id, "content": "14:05"}
        for call in calls.content
    ]
    turn = [{"role": "assistant", "content": calls.content}, user(results)]
    reply = client.messages.create(messages=tides + turn, **asked)
    expect("the turn after the tools", reply.content[0].text[:10], "High water")

    moon = {"model": "mock", "max_tokens": 9000, "messages": [user("Why the moon?")]}
    moon["thinking"] = {"type": "enabled", "budget_tokens": 2000}
    thought = client.messages.create(**moon)
    expect("thinking", [block.type for block in thought.content], ["thinking", "text"])
    expect("its signature", len(thought.content[0].signature) > 0, True)
    with client.messages.stream(**moon) as stream:
        streamed = stream.get_final_message()
    same = streamed.content[0].to_dict() == thought.content[0].to_dict()
    expect("thinking of a stream", same, True)
    expect("what a cache gave", thought.usage.cache_read_input_tokens, 20)
    expect("what it was not asked for", thought.usage.input_tokens, 5)

    try:
        client.messages.create(model="mock", max_tokens=9, messages=[user("overloaded?")])
        sys.exit("FAILED an error: there was none")
    except anthropic.APIStatusError as error:
        found = (error.status_code, error.body["error"]["type"])
        expect("an error", found, (529, "overloaded_error"))
    try:
        with client.messages.stream(
            model="mock", max_tokens=9, messages=[user("break off")]
        ) as stream:
            stream.until_done()
        sys.exit("FAILED an error in mid-stream: there was none")
    except anthropic.APIStatusError as error:
        expect("an error in mid-stream", error.body["error"]["type"], "overloaded_error")

    counted = client.messages.count_tokens(model="mock", messages=[user("123456789")])
    expect("a count of tokens", counted.input_tokens, 3)
    expect("the models", [model.id for model in client.models.list()], ["mock"])


main(sys.argv[1])
