"""The official OpenAI client with the Responses API against `ek-mock serve tides.json`.

Takes the base URL as its argument; ends with 1 and says what differs if anything does.
"""

import json
import sys

import openai
import pydantic

TEXT = "Slowly cool kilns, or the clay cracks \u2014 \u6f6e."
TIDE = {
    "type": "function",
    "name": "tide",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    "strict": False,
}


class Plan(pydantic.BaseModel):
    hour: int


def expect(what, found, wanted):
    """One line for each thing that holds; the first that does not ends the program."""
    if found != wanted:
        sys.exit(f"FAILED {what}: {found!r}, and not {wanted!r}")
    print(f"ok     {what}")


def main(base_url):
    client = openai.OpenAI(base_url=base_url, api_key="sk-of-the-python-client", max_retries=0)
    kilns = {"model": "mock", "input": "How do kilns cool?"}

    reply = client.responses.create(**kilns)
    expect("a completion", reply.output_text, TEXT)
    expect("its usage", (reply.usage.input_tokens, reply.usage.output_tokens), (11, 4))
    expect("its status", (reply.status, reply.incomplete_details), ("completed", None))

    events = list(client.responses.create(stream=True, **kilns))
    pieces = [event.delta for event in events if event.type == "response.output_text.delta"]
    expect("a stream", "".join(pieces), TEXT)
    expect("in pieces", len(pieces) > 5, True)
    kinds = [event.type for event in events]
    expect("its first events", kinds[:2], ["response.created", "response.in_progress"])
    expect("its last event", kinds[-1], "response.completed")
    expect("the usage at its end", events[-1].response.usage.total_tokens, 15)
    numbers = [event.sequence_number for event in events]
    expect("its events in order", numbers, list(range(len(events))))
    with client.responses.stream(**kilns) as stream:
        final = stream.get_final_response()
    expect("the helper for streams", final.output_text, TEXT)

    tides = [{"role": "user", "content": "When is high tide in Oslo, and when in Riga?"}]
    asked = {"model": "mock", "tools": [TIDE]}
    called = client.responses.create(input=tides, **asked)
    calls = [item for item in called.output if item.type == "function_call"]
    expect("tool calls", [json.loads(call.arguments)["city"] for call in calls], ["Oslo", "Riga"])
    with client.responses.stream(input=tides, **asked) as stream:
        streamed = stream.get_final_response()
    expect(
        "tool calls of a stream",
        [(call.call_id, call.arguments) for call in streamed.output],
        [(call.call_id, call.arguments) for call in calls],
    )
    results = [
        {"type": "function_call_output", "call_id": call.call_id, "output": "14:05"}
        for call in calls
    ]
    reply = client.responses.create(input=tides + called.output + results, **asked)
    expect("the turn after the tools", reply.output_text[:10], "High water")

    moon = {"model": "mock", "input": "Why the moon?", "store": False}
    moon |= {"reasoning": {"effort": "low"}, "include": ["reasoning.encrypted_content"]}
    thought = client.responses.create(**moon)
    expect("reasoning", [item.type for item in thought.output], ["reasoning", "message"])
    expect("its summary", thought.output[0].summary[0].text, "The moon pulls at the water.")
    expect("its encrypted content", len(thought.output[0].encrypted_content) > 0, True)
    with client.responses.stream(**moon) as stream:
        streamed = stream.get_final_response()
    said = [
        (item.summary[0].text, item.encrypted_content)
        for item in (thought.output[0], streamed.output[0])
    ]
    expect("reasoning of a stream", said[1], said[0])
    details = thought.usage.input_tokens_details
    expect("what a cache gave", (thought.usage.input_tokens, details.cached_tokens), (25, 20))

    plan = client.responses.parse(model="mock", input="A plan as JSON", text_format=Plan)
    expect("a value of its own type", plan.output_parsed, Plan(hour=20))
    cut = client.responses.create(model="mock", input="cut short")
    found = (cut.status, cut.incomplete_details.reason)
    expect("a reply that is cut", found, ("incomplete", "max_output_tokens"))

    try:
        client.responses.create(model="mock", input="overloaded?")
        sys.exit("FAILED an error: there was none")
    except openai.InternalServerError as error:
        expect("an error", (error.status_code, "overloaded" in str(error)), (529, True))
    try:
        list(client.responses.create(model="mock", input="break off", stream=True))
        sys.exit("FAILED an error in mid-stream: there was none")
    except openai.APIError as error:
        expect("an error in mid-stream", "overloaded" in str(error), True)

    counted = client.responses.input_tokens.count(model="mock", input="123456789")
    expect("a count of tokens", counted.input_tokens, 3)
    expect("the models", [model.id for model in client.models.list()], ["mock"])


main(sys.argv[1])
