"""The official OpenAI client against `ek-mock serve tides.json`, which it does not know to be a mock.

Takes the base URL as its argument; ends with 1 and says what differs if anything does.
"""

import json
import sys
import urllib.request

import openai

TEXT = "Slowly cool kilns, or the clay cracks \u2014 \u6f6e."
TIDE = {
    "type": "function",
    "function": {
        "name": "tide",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}


def expect(what, found, wanted):
    """One line for each thing that holds; the first that does not ends the program."""
    if found != wanted:
        sys.exit(f"FAILED {what}: {found!r}, and not {wanted!r}")
    print(f"ok     {what}")


def main(base_url):
    client = openai.OpenAI(base_url=base_url, api_key="sk-of-the-python-client", max_retries=0)
    kilns = [{"role": "user", "content": "How do kilns cool?"}]
    tides = [{"role": "user", "content": "When is high tide in Oslo, and when in Riga?"}]

    reply = client.chat.completions.create(model="mock", messages=kilns)
    expect("a completion", reply.choices[0].message.content, TEXT)
    expect("its usage", (reply.usage.prompt_tokens, reply.usage.total_tokens), (11, 15))
    expect("its finish reason", reply.choices[0].finish_reason, "stop")

    options = {"include_usage": True}
    stream = client.chat.completions.create(
        model="mock", messages=kilns, stream=True, stream_options=options
    )
    chunks = list(stream)
    pieces = [c.choices[0].delta.content for c in chunks if c.choices and c.choices[0].delta.content]
    expect("a stream", "".join(pieces), TEXT)
    expect("in pieces", len(pieces) > 5, True)
    expect("the usage at its end", chunks[-1].usage.total_tokens, 15)

    asked = {"model": "mock", "messages": tides, "tools": [TIDE]}
    calls = client.chat.completions.create(**asked).choices[0].message.tool_calls
    cities = [json.loads(call.function.arguments)["city"] for call in calls]
    expect("tool calls", cities, ["Oslo", "Riga"])
    with client.chat.completions.stream(**asked) as helper:
        final = helper.get_final_completion().choices[0].message
    streamed = [(call.id, call.function.arguments) for call in final.tool_calls]
    expect("tool calls of a stream", streamed, [(c.id, c.function.arguments) for c in calls])

    said = [{"id": c.id, "type": "function", "function": c.function.model_dump()} for c in calls]
    turn = [{"role": "assistant", "content": None, "tool_calls": said}]
    turn += [{"role": "tool", "tool_call_id": call.id, "content": "14:05"} for call in calls]
    reply = client.chat.completions.create(model="mock", messages=tides + turn, tools=[TIDE])
    expect("the turn after the tools", reply.choices[0].message.content[:10], "High water")

    try:
        client.chat.completions.create(model="mock", messages=[{"role": "user", "content": "busy?"}])
        sys.exit("FAILED an error: there was none")
    except openai.RateLimitError as error:
        expect("an error", (error.status_code, "slow down" in str(error)), (429, True))
    patient = client.with_options(max_retries=2)
    busy = [{"role": "user", "content": "busy?"}]
    patient.chat.completions.create(model="mock", messages=busy)
    reply = patient.chat.completions.create(model="mock", messages=busy)
    expect("a retry of the client's own", reply.choices[0].message.content, "Now there is time.")

    expect("the models", [model.id for model in client.models.list()], ["mock"])
    with urllib.request.urlopen(base_url.removesuffix("/v1") + "/__journal") as answer:
        journal = json.load(answer)
    expect("no call that no rule fitted", [c["number"] for c in journal["calls"] if not c["rule"]], [])
    expect("no key in the journal", "sk-of-the" in json.dumps(journal), False)


main(*sys.argv[1:])
