//! What scripts get from and give to the rules.

/// A place in a file, as scripts see it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Position {
    /// The file.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 0.
    pub column: u32,
    /// Line of the end.
    pub line_end: u32,
    /// Column of the end.
    pub column_end: u32,
    /// The function around it.
    pub element: String,
}

/// The value of a metavariable.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Input {
    /// Code, as text.
    Text(String),
    /// Places.
    Positions(Vec<Position>),
}

/// What came of a run of a script.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Effects {
    /// What it printed.
    pub printed: String,
    /// Values of the metavariables that it set.
    pub outputs: Vec<(String, String)>,
    /// Whether the environment is dropped: `cocci.include_match(False)`.
    pub drop: bool,
    /// `cocci.exit()` was called: no more of this file is to be done.
    pub exit: bool,
}
