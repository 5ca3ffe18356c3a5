//! A JSON text within quotes that comes in pieces: its escapes, and the pairs of surrogates among them.

/// A text whose end has not come.
#[derive(Clone, Default)]
pub(super) struct Text {
    /// What is known of it: no part of an escape, and no half of a pair.
    pub(super) known: String,
    escape: Escape,
    /// The first half of a pair of surrogates, whose second half has to come.
    half: Option<u16>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Escape {
    #[default]
    None,
    /// After the backslash.
    Begun,
    /// After the `u`: the digits that have come, and their number.
    Unicode(u8, u16),
}

/// How far a text was read.
pub(super) enum Read {
    /// All of the piece is part of the text.
    All,
    /// The text ended, after this number of bytes.
    Ended(usize),
}

impl Text {
    /// Reads on. The error has the place of what JSON does not allow, and what it is.
    pub(super) fn take(
        &mut self,
        piece: &str,
        lenient: bool,
    ) -> Result<Read, (usize, &'static str)> {
        let mut at = 0;
        while let Some(sign) = piece[at..].chars().next() {
            if self.escape != Escape::None {
                self.escaped(sign, lenient).map_err(|why| (at, why))?;
                at += sign.len_utf8();
                continue;
            }
            let rest = &piece[at..];
            let plain = rest.find(|c| c == '"' || c == '\\' || c < ' ').unwrap_or(rest.len());
            if self.half.is_some() && !rest.starts_with('\\') {
                return Err((at, LONE));
            }
            self.known.push_str(&rest[..plain]);
            at += plain;
            match rest[plain..].chars().next() {
                None => break,
                Some('"') => return Ok(Read::Ended(at + 1)),
                Some('\\') => self.escape = Escape::Begun,
                Some(control) if lenient => self.known.push(control),
                Some(_) => return Err((at, "a control character within a text")),
            }
            at += 1;
        }
        Ok(Read::All)
    }

    pub(super) fn is_after_backslash(&self) -> bool {
        self.escape == Escape::Begun
    }

    /// The next sign of an escape.
    fn escaped(&mut self, sign: char, lenient: bool) -> Result<(), &'static str> {
        if let Escape::Unicode(digits, code) = self.escape {
            let digit = sign.to_digit(16).and_then(|digit| u16::try_from(digit).ok());
            let code = code << 4 | digit.ok_or("an escape without its four digits")?;
            self.escape = Escape::Unicode(digits + 1, code);
            return if digits == 3 { self.unit(code) } else { Ok(()) };
        }
        if sign == 'u' {
            self.escape = Escape::Unicode(0, 0);
            return Ok(());
        }
        if self.half.is_some() {
            return Err(LONE);
        }
        self.escape = Escape::None;
        let sign = match sign {
            '"' | '\\' | '/' => sign,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '\'' if lenient => sign,
            _ if lenient => {
                self.known.push('\\');
                sign
            }
            _ => return Err("an unknown escape"),
        };
        self.known.push(sign);
        Ok(())
    }

    /// A whole escape of a UTF-16 code unit.
    fn unit(&mut self, code: u16) -> Result<(), &'static str> {
        self.escape = Escape::None;
        if self.half.is_none() && (0xD800..0xDC00).contains(&code) {
            self.half = Some(code);
            return Ok(());
        }
        let units = self.half.take().into_iter().chain([code]);
        for sign in char::decode_utf16(units) {
            self.known.push(sign.map_err(|_| LONE)?);
        }
        Ok(())
    }
}

const LONE: &str = "half of a pair of surrogates";
