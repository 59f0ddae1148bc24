//! Columns by name.

/// Columns with what stands before each, such as `"x."`. A statement that says `*` fails on PostgreSQL in connections
/// that have prepared it, as soon as a newer version gives its table a column.
macro_rules! columns {
    ($of:literal, $first:literal $(, $name:literal)* $(,)?) => {
        concat!($of, $first $(, ", ", $of, $name)*)
    };
}

pub(crate) use columns;
