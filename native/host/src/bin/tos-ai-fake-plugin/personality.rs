macro_rules! personalities {
    ($($variant:ident $name:literal $does:literal,)*) => {
        /// In which way the plugin is broken.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Personality {
            $(#[doc = $does] $variant,)*
        }

        /// Each name, and what it stands for.
        pub const NAMES: &[(&str, &str)] = &[$(($name, $does)),*];

        impl Personality {
            /// By its name.
            pub fn read(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

personalities! {
    WellBehaved "well-behaved" "does what docs/managed.md says",
    NoCredit "no-credit" "well-behaved, and grants no credit but by ai_grant",
    Silent "silent" "reads everything and never says a word",
    ExitsAtOnce "exits-at-once" "ends with exit code 1 before it reads anything",
    WrongCookie "wrong-cookie" "gives back another cookie in its manifest",
    RefusesCookie "refuses-cookie" "answers getmanifest with -32001",
    WrongVersion "wrong-version" "chooses version 2 of the protocol",
    RefusesVersion "refuses-version" "answers getmanifest with -32002",
    BadManifest "bad-manifest" "its manifest lacks what it must have",
    BadMethods "bad-methods" "its manifest claims a method of the node's own RPC",
    BadInit "bad-init" "its answer to init lacks what it must have",
    RefusesInit "refuses-init" "answers init with an error",
    Disables "disables" "answers init with a reason not to run, and ends with exit code 0",
    DiesInInit "dies-in-init" "ends with exit code 3 when init comes",
    HangsInInit "hangs-in-init" "never answers init",
    SlowStart "slow-start" "answers init after eight reports of progress, 50 ms apart",
    Garbage "garbage" "after init writes lines that are no messages, without end",
    SomeGarbage "some-garbage" "writes 15 such lines after each message, which is just allowed",
    StrayPrints "stray-prints" "writes one line of text before each message",
    HalfLine "half-line" "after init writes half a message and ends",
    LongLine "long-line" "after init writes a line of 5 MiB, then goes on well-behaved",
    EndlessLine "endless-line" "after init writes a line without end",
    LargeGarbage "large-garbage" "after init writes lines of 4 MiB that are deep and wide, without end",
    ReadsNothing "reads-nothing" "after init reads nothing any more",
    AsksAndReadsNothing "asks-reads-nothing" "after init asks without end, and reads no answer",
    FloodsRequests "floods-requests" "after init asks without end, and reads the answers",
    FloodsLogs "floods-logs" "after init logs without end",
    FloodsStandardError "floods-stderr" "after init writes to standard error without end",
    AbsurdCredit "absurd-credit" "grants more credit than there are integers",
    StrayAnswers "stray-answers" "answers what nobody asked, after each message",
    NoPong "no-pong" "answers everything but pings",
    LatePong "late-pong" "answers only every third ping",
    DiesOfEvents "dies-of-events" "kills itself at its tenth event",
    ClosesOutput "closes-output" "after init closes its standard output and lives on",
    LeavesChild "leaves-child" "after init starts a process that holds its pipes, and ends",
    IgnoresShutdown "ignores-shutdown" "answers nothing to shutdown, and does not end with its standard input",
    OnlyInput "only-input" "answers nothing to shutdown, SIGTERM does not end it, the end of its standard input does",
    IgnoresTerm "ignores-sigterm" "nothing but SIGKILL ends it",
}
