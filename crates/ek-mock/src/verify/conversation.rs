//! A conversation as lines that a person can compare.

use ek_core::{Message, Role};

/// Longest line, in characters: of a longer one the rest is counted.
const LONGEST: usize = 200;

/// The lines of a conversation: who, and what is said; calls and results by the tool.
pub(super) fn lines(messages: &[Message]) -> Vec<String> {
    messages.iter().flat_map(message_lines).collect()
}

fn message_lines(message: &Message) -> Vec<String> {
    let who = match (&message.role, &message.tool_call_id) {
        (Role::Tool, Some(id)) => format!("tool, to {id}"),
        (role, _) => role.as_str().to_owned(),
    };
    let text = message.text();
    let mut lines: Vec<String> = Vec::new();
    if !text.is_empty() || message.tool_calls.is_empty() {
        let mut texts = text.split('\n');
        lines.push(format!("{who}: {}", texts.next().unwrap_or_default()).trim_end().to_owned());
        lines.extend(texts.map(|line| format!("    {line}")));
    }
    lines.extend(message.tool_calls.iter().map(|call| {
        format!("{who} calls {}({}) as {}", call.name, call.arguments.as_str(), call.id)
    }));
    lines.iter().map(|line| shortened(line)).collect()
}

fn shortened(line: &str) -> String {
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => {
            let more = line[end..].chars().count();
            format!("{}... ({more} characters more)", &line[..end])
        }
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ek_core::ToolCall;

    #[test]
    fn each_message_says_who_speaks_and_what() {
        let conversation = [
            Message::system("Be brief.\nBe kind."),
            Message::user("x".repeat(205)),
            Message::assistant("").with_tool_calls([ToolCall::new("call_1", "tide", "{}")]),
            Message::tool("call_1", "noon"),
            Message::assistant(""),
        ];
        let expected = [
            "system: Be brief.".to_owned(),
            "    Be kind.".to_owned(),
            format!("user: {}... (11 characters more)", "x".repeat(194)),
            "assistant calls tide({}) as call_1".to_owned(),
            "tool, to call_1: noon".to_owned(),
            "assistant:".to_owned(),
        ];
        assert_eq!(lines(&conversation), expected);
    }
}
