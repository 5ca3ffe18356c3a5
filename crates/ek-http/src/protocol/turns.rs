//! Messages as turns, for protocols in which the roles alternate.

use ek_core::{Message, Result, Role};

/// A role, and the neighbouring messages that have it.
pub(super) type Turn<'s, 'm> = (&'static str, &'s [&'m Message]);

/// Whether a message is an instruction, which stands apart from the conversation.
pub(super) fn is_instruction(message: &Message) -> bool {
    matches!(message.role, Role::System | Role::Developer)
}

/// Joins neighbouring messages of one role.
///
/// # Errors
/// Those of `role`, which names the role of a message in the protocol.
pub(super) fn turns<'s, 'm>(
    messages: &'s [&'m Message],
    role: impl Fn(&Message) -> Result<&'static str>,
) -> Result<Vec<Turn<'s, 'm>>> {
    let roles = messages.iter().map(|message| role(message)).collect::<Result<Vec<_>>>()?;
    let mut begin = 0;
    let turns = roles.chunk_by(|role, next| role == next).map(|same| {
        let turn = &messages[begin..begin + same.len()];
        begin += same.len();
        (same[0], turn)
    });
    Ok(turns.collect())
}

#[cfg(test)]
mod tests {
    use ek_core::{Error, ErrorKind};

    use super::*;

    #[test]
    fn neighbours_of_one_role_are_one_turn_and_a_role_without_a_name_is_refused() {
        let role = |message: &Message| match message.role {
            Role::User | Role::Tool => Ok("user"),
            Role::Assistant => Ok("model"),
            _ => Err(Error::new(ErrorKind::Unsupported, "a role")),
        };
        let said = [
            Message::user("a"),
            Message::tool("1", "b"),
            Message::assistant("c"),
            Message::user("d"),
        ];
        let said: Vec<&Message> = said.iter().collect();
        let lengths = |turns: Vec<Turn<'_, '_>>| {
            turns.iter().map(|(role, turn)| (*role, turn.len())).collect::<Vec<_>>()
        };
        let found = turns(&said, role).map(lengths).expect("turns");
        assert_eq!(found, [("user", 2), ("model", 1), ("user", 1)]);
        assert!(turns(&[], role).expect("none").is_empty());
        let system = Message::system("x");
        assert_eq!(turns(&[&system], role).expect_err("no name").kind(), ErrorKind::Unsupported);
    }
}
