//! async-openai, as its examples have it.

use std::sync::Arc;

use async_openai::config::OpenAIConfig;
use async_openai::types::chat::{
    ChatCompletionMessageToolCalls, ChatCompletionRequestAssistantMessage,
    ChatCompletionRequestMessage, ChatCompletionRequestUserMessage, ChatCompletionStreamOptions,
    ChatCompletionTool, ChatCompletionTools, CreateChatCompletionRequest,
    CreateChatCompletionRequestArgs, FunctionObject,
};
use bench_load::Outcome;
use bench_load::answers::Found;
use bench_load::client::{Client, Outcomes};
use bench_load::job::Job;
use bench_load::scenario::{
    self, API_KEY, MAX_TOKENS, MODEL, Question, SCHEMA, TEMPERATURE, TOOL_DESCRIPTION, TOOL_NAMES,
};
use futures_util::StreamExt as _;

/// One client for all calls.
#[derive(Clone, Debug)]
pub struct Peer {
    client: async_openai::Client<OpenAIConfig>,
    request: Arc<CreateChatCompletionRequest>,
    /// A conversation whose request is made anew for each call.
    conversation: Option<Arc<[ChatCompletionRequestMessage]>>,
    stream: bool,
}

impl Client for Peer {
    fn new(job: &Job) -> Outcome<Self> {
        let question = job.scenario.question;
        let config = OpenAIConfig::new().with_api_base(&job.base).with_api_key(API_KEY);
        let conversation = messages(question);
        Ok(Self {
            client: async_openai::Client::with_config(config),
            request: Arc::new(request(conversation.clone(), question, job.answer.stream)?),
            conversation: (question == Question::Long).then(|| conversation.into()),
            stream: job.answer.stream,
        })
    }

    async fn call(&self) -> Outcome<Outcomes> {
        let request = match &self.conversation {
            Some(conversation) => request(conversation.to_vec(), Question::Long, self.stream)?,
            None => CreateChatCompletionRequest::clone(&self.request),
        };
        let mut found = Found::default();
        if self.stream {
            found = self.streamed(request).await?;
        } else {
            let reply = self.client.chat().create(request).await?;
            let message = reply.choices.into_iter().next().ok_or("no choice")?.message;
            found.text = message.content.unwrap_or_default().len();
            for call in message.tool_calls.into_iter().flatten() {
                let ChatCompletionMessageToolCalls::Function(call) = call else { continue };
                found.calls += 1;
                found.arguments += call.function.arguments.len();
            }
            found.tokens = reply.usage.ok_or("no usage")?.completion_tokens.into();
        }
        Ok(Outcomes { found, ..Outcomes::default() })
    }
}

impl Peer {
    async fn streamed(&self, request: CreateChatCompletionRequest) -> Outcome<Found> {
        let mut found = Found::default();
        let mut text = String::new();
        let mut calls: Vec<(String, String, String)> = Vec::new();
        let mut stream = self.client.chat().create_stream(request).await?;
        while let Some(chunk) = stream.next().await {
            let chunk = chunk?;
            if let Some(usage) = chunk.usage {
                found.tokens = usage.completion_tokens.into();
            }
            let Some(choice) = chunk.choices.into_iter().next() else { continue };
            if let Some(piece) = choice.delta.content.filter(|piece| !piece.is_empty()) {
                found.deltas += 1;
                text.push_str(&piece);
            }
            for delta in choice.delta.tool_calls.into_iter().flatten() {
                found.deltas += 1;
                let at = usize::try_from(delta.index)?;
                if calls.len() <= at {
                    calls.resize_with(at + 1, Default::default);
                }
                let (id, name, arguments) = &mut calls[at];
                id.push_str(&delta.id.unwrap_or_default());
                let Some(function) = delta.function else { continue };
                name.push_str(&function.name.unwrap_or_default());
                arguments.push_str(&function.arguments.unwrap_or_default());
            }
        }
        found.text = text.len();
        found.calls = calls.len();
        found.arguments = calls.iter().map(|(_, _, arguments)| arguments.len()).sum();
        Ok(found)
    }
}

fn messages(question: Question) -> Vec<ChatCompletionRequestMessage> {
    let message = |(role, text): (&str, String)| match role {
        "user" => ChatCompletionRequestUserMessage::from(text).into(),
        _ => ChatCompletionRequestAssistantMessage::from(text).into(),
    };
    scenario::conversation(question).into_iter().map(message).collect()
}

fn request(
    messages: Vec<ChatCompletionRequestMessage>,
    question: Question,
    stream: bool,
) -> Outcome<CreateChatCompletionRequest> {
    let mut request = CreateChatCompletionRequestArgs::default();
    request.model(MODEL).messages(messages);
    request.temperature(TEMPERATURE).max_completion_tokens(MAX_TOKENS);
    if question == Question::Tools {
        let parameters: serde_json::Value = serde_json::from_str(SCHEMA)?;
        let tool = |name: &str| {
            ChatCompletionTools::Function(ChatCompletionTool {
                function: FunctionObject {
                    name: name.to_owned(),
                    description: Some(TOOL_DESCRIPTION.to_owned()),
                    parameters: Some(parameters.clone()),
                    strict: None,
                },
            })
        };
        request.tools(TOOL_NAMES.map(tool));
    }
    if stream {
        let options =
            ChatCompletionStreamOptions { include_usage: Some(true), include_obfuscation: None };
        request.stream(true).stream_options(options);
    }
    Ok(request.build()?)
}
