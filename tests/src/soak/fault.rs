//! What can go wrong with an attempt, and what the client has to make of it.

use executionkit::ErrorKind;

/// Over what a fault can be staged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Any,
    Http1,
    /// A stream of a connection, which the others do not notice.
    Http2,
    /// A connection of HTTP/2 with all its streams. What one of them ends in may befall the others.
    Http2Connection,
}

macro_rules! faults {
    ($($place:ident { $($name:ident $text:literal $($kind:ident)|* $(, $only:ident)?;)* })*) => {
        /// One fault, staged for one attempt.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(super) enum Fault { $($($name,)*)* }

        impl Fault {
            pub(super) const ALL: &[Self] = &[$($(Self::$name,)*)*];

            /// Its name in tables and in the request that asks the server for it.
            pub(super) const fn name(self) -> &'static str {
                match self { $($(Self::$name => $text,)*)* }
            }

            pub(super) const fn place(self) -> Place {
                match self { $($(Self::$name => Place::$place,)*)* }
            }

            /// The kinds of error that it may end in; none for what is answered well.
            pub(super) const fn ends_in(self) -> &'static [ErrorKind] {
                match self { $($(Self::$name => &[$(ErrorKind::$kind),*],)*)* }
            }

            /// Whether it can befall a reply in pieces (true) or in one (false).
            pub(super) fn befalls(self, streamed: bool) -> bool {
                match self { $($(Self::$name => faults!(@ streamed $($only)?),)*)* }
            }
        }
    };
    (@ $streamed:ident stream) => { $streamed };
    (@ $streamed:ident unary) => { !$streamed };
    (@ $streamed:ident) => { true };
}

faults! {
    Any {
        Nothing "nothing" ;
        SlowStream "slow stream" , stream;
        NoDone "no [DONE]" , stream;
        Silence "silence" Timeout;
        Status302 "302" Rejected;
        Status400 "400" Rejected;
        Status401 "401" Rejected;
        Status429 "429" RateLimited;
        Status500 "500" Server;
        Status503 "503, body cut" Server;
        StalledBody "stalled body" Timeout, unary;
        Page "HTML under 200" Malformed;
        NotJson "no JSON" Malformed;
        ErrorUnder200 "error under 200" Server;
        TooLarge "beyond the cap" TooLarge, unary;
        StreamCut "stream cut" Interrupted, stream;
        StreamStall "stream stalls" Timeout, stream;
        StreamFrame "unreadable frame" Malformed, stream;
        StreamError "error frame" Server, stream;
        HugeEvent "huge event" TooLarge, stream;
    }
    Http1 {
        Refused "port closed" Connect;
        BlackHole "packets swallowed" Timeout;
        UnknownIssuer "unknown issuer" Tls;
        SilentHandshake "silent handshake" Timeout;
        ResetOnAccept "reset on accept" Interrupted | Connect;
        EndAfterRequest "end after request" Interrupted;
        ResetAfterRequest "reset after request" Interrupted;
        DrippedHead "dripped head" Timeout;
        PartialHead "half a head" Interrupted;
        Garbage "garbage" Malformed;
        HugeHead "huge head" TooLarge;
        ShortBody "short body" Interrupted, unary;
        CutChunk "cut chunk" Interrupted, unary;
        ResetInBody "reset in body" Interrupted, unary;
        StreamReset "stream reset" Interrupted, stream;
    }
    Http2 {
        RefusedStream "refused HTTP/2 stream" Interrupted | Connect;
        ResetBeforeHead "RST_STREAM, no head" Interrupted;
        ResetInside "RST_STREAM in the body" Interrupted;
        ResetWithoutError "RST_STREAM, NO_ERROR" Interrupted;
        GoingAway "GOAWAY, answered" ;
        Held "held unread" , stream;
    }
    Http2Connection {
        GoneAway "GOAWAY, not answered" Interrupted | Malformed | Connect;
        Died "connection died" Interrupted | Malformed | Connect;
        Flood "flood of small frames" Interrupted | Malformed | Connect;
        BrokenRules "frame of no stream" Interrupted | Malformed | Connect;
    }
}
