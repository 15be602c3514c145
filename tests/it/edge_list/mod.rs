//! Tests of the module `edge_list`.

mod formats;
mod oracle;
mod read;
